import CSQLite

/// How much the statements of one call may do.
public struct WorkLimits: Sendable {
    /// Instructions of SQLite's virtual machine. The count depends on the state alone, so the limit strikes in the same place everywhere.
    public var instructions: Int
    /// The processor's time: a last resort; reaching it is the environment's fault, because time is not reproducible.
    public var time: Duration

    /// Makes limits.
    public init(instructions: Int, time: Duration) {
        self.instructions = instructions
        self.time = time
    }

    /// 50 million instructions (about a second), 30 seconds of the processor.
    public static let standard = WorkLimits(instructions: 50_000_000, time: .seconds(30))
    /// For what trainers and authors ask: no count, 60 seconds of the processor.
    public static let trainer = WorkLimits(instructions: .max, time: .seconds(60))
}

/// Counts work through SQLite's progress handler and stops statements that exceed their limits, while it is armed.
///
/// Between calls it is not: what seats an episode or undoes a call must never be stopped halfway.
final class WorkMeter {
    /// Instructions between two looks.
    static let stride: Int32 = 10_000
    private(set) var hasRunOutOfTime = false
    private var isArmed = false
    private var ticksLeft = 0
    /// The thread's time at which work has to stop.
    private var deadline: Int?
    /// Nanoseconds.
    private var time = 0

    func arm(_ limits: WorkLimits) {
        isArmed = true
        ticksLeft = max(1, limits.instructions / Int(Self.stride))
        time = Int(limits.time / .nanoseconds(1))
        deadline = nil
        hasRunOutOfTime = false
    }

    func disarm() { isArmed = false }

    /// Returns whether work may go on.
    fileprivate func tick() -> Bool {
        guard isArmed else { return true }
        ticksLeft -= 1
        // Reading the clock costs more than most calls: it starts with the first look, not with the call.
        let now = ThreadTime.nanoseconds
        guard let deadline else {
            deadline = now + time
            return ticksLeft > 0
        }
        hasRunOutOfTime = ticksLeft > 0 && now >= deadline
        return ticksLeft > 0 && !hasRunOutOfTime
    }
}

let progressCallback: @convention(c) (UnsafeMutableRawPointer?) -> Int32 = { context in
    Unmanaged<WorkMeter>.fromOpaque(context!).takeUnretainedValue().tick() ? 0 : 1
}
