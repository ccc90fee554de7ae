import CSQLite

/// How much the statements of one call may do.
public struct WorkLimits: Sendable {
    /// Instructions of SQLite's virtual machine. The count depends on the state alone, so the limit strikes in the same place everywhere.
    public var instructions: Int
    /// A last resort against a stuck machine; reaching it is the environment's fault, because time is not reproducible.
    public var time: Duration

    /// Makes limits.
    public init(instructions: Int, time: Duration) {
        self.instructions = instructions
        self.time = time
    }

    /// 50 million instructions (about a second), 30 seconds.
    public static let standard = WorkLimits(instructions: 50_000_000, time: .seconds(30))
}

/// Counts work through SQLite's progress handler and stops statements that exceed their limits.
final class WorkMeter {
    /// Instructions between two looks.
    static let stride: Int32 = 10_000
    private var ticksLeft = Int.max
    private(set) var hasRunOutOfTime = false
    private var deadline: ContinuousClock.Instant?
    private var time = Duration.seconds(30)

    func refill(_ limits: WorkLimits) {
        ticksLeft = max(1, limits.instructions / Int(Self.stride))
        time = limits.time
        deadline = nil
        hasRunOutOfTime = false
    }

    fileprivate func tick() -> Bool {
        if ticksLeft == Int.max { return true }
        ticksLeft -= 1
        // Reading the clock costs more than most calls: it starts with the first look, not with the call.
        let now = ContinuousClock.now
        if let deadline {
            hasRunOutOfTime = ticksLeft > 0 && now >= deadline
            return ticksLeft > 0 && !hasRunOutOfTime
        }
        deadline = now + time
        return ticksLeft > 0
    }
}

let progressCallback: @convention(c) (UnsafeMutableRawPointer?) -> Int32 = { context in
    Unmanaged<WorkMeter>.fromOpaque(context!).takeUnretainedValue().tick() ? 0 : 1
}
