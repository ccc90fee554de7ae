import Database

/// The work that one client does without a break.
///
/// At first it needs nobody's leave. When it has taken longer than a slice it has to queue with others of its kind, for one slice at a time.
/// What counts is the processor's time: a client is not to blame for the work of others.
struct Stretch {
    private(set) var spent = 0
    private var hasPlace = false
    /// Whether the last thing that was done took longer than a slice.
    private(set) var lastWasLong = false

    /// For how long one may work before one has to queue, in nanoseconds.
    private static let slice = 50_000_000

    /// Begins one without a place.
    ///
    /// - Parameter spent: how long the client has worked already.
    init(spent: Int = 0) { self.spent = spent }

    /// Lets the next thing begin, after waiting in the line if the slice is over.
    ///
    /// - Parameter isLong: whether the thing is known to take long.
    mutating func next(in line: Line, isLong: Bool) async {
        guard isLong || spent > Self.slice else { return }
        if hasPlace { line.leave() }
        await line.enter()
        hasPlace = true
        spent = 0
    }

    /// Does something and counts its time.
    mutating func doing<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        let start = ThreadTime.nanoseconds
        defer {
            let time = ThreadTime.nanoseconds - start
            spent += time
            lastWasLong = time > Self.slice
        }
        return try body()
    }

    /// Gives the place back; the next thing queues for another.
    mutating func end(in line: Line) {
        guard hasPlace else { return }
        line.leave()
        hasPlace = false
        spent = Self.slice + 1
    }
}
