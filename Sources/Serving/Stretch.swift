#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The work that one client does without a break.
///
/// At first it needs nobody's leave. When it has taken longer than a slice it has to queue with others of its kind, for one slice at a time.
/// What counts is the processor's time: a client is not to blame for the work of others.
struct Stretch {
    private var spent = 0
    private var mustQueue: Bool
    private var hasPlace = false

    /// For how long one may work before one has to queue, in nanoseconds.
    private static let slice = 50_000_000

    /// - Parameter isLong: whether it is known to take long.
    init(isLong: Bool = false) { mustQueue = isLong }

    /// Whether the present slice is over.
    var isLong: Bool { spent > Self.slice }

    /// Lets the next thing begin, after waiting in the line if the slice is over.
    mutating func next(in line: Line) async {
        guard mustQueue || isLong else { return }
        if hasPlace { line.leave() }
        await line.enter()
        hasPlace = true
        mustQueue = false
        spent = 0
    }

    /// Does something and counts its time.
    mutating func doing<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        let start = Self.threadTime
        defer { spent += Self.threadTime - start }
        return try body()
    }

    /// Gives the place back.
    mutating func end(in line: Line) {
        if hasPlace { line.leave() }
        hasPlace = false
    }

    /// The time that the processor has spent on this thread, in nanoseconds.
    private static var threadTime: Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
    }
}
