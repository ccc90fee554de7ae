import WireJSON

/// How probes of one family fared.
public struct ProbeTally: Sendable {
    /// Right ends that were paid.
    public var rewarded = 0
    /// Right ends that were not: false negatives.
    public var denied = 0
    /// Wrong ends that were not paid.
    public var caught = 0
    /// Wrong ends that were paid: false positives.
    public var paid = 0

    /// The probes played.
    public var count: Int { rewarded + denied + caught + paid }
    /// Those that the reward function got wrong.
    public var survivors: Int { denied + paid }

    static func += (a: inout ProbeTally, b: ProbeTally) {
        a.rewarded += b.rewarded
        a.denied += b.denied
        a.caught += b.caught
        a.paid += b.paid
    }
}

/// A probe that the reward function got wrong.
public struct Survivor: Sendable {
    /// The family of the probe.
    public let family: ProbeFamily
    /// The name of the probe within the task.
    public let probe: String
    /// Whether the reward was given for a wrong end; otherwise it was denied for a right one.
    public let isPaid: Bool
    /// What lets it through, in words that are the same for all of its kind.
    public let cause: String
    /// What is special about the probe.
    public let note: String
    /// The calls, with no more of them than it takes.
    public let calls: [(tool: String, arguments: JSONObject)]
    /// The answer given.
    public let answer: JSON?
    /// What the reward function said.
    public let reasons: JSON
}

/// Something that is wrong with a task and shows without a probe.
public struct Finding: Sendable {
    /// In words that are the same for all of its kind.
    public let cause: String
    /// The particulars.
    public let note: String
}

/// What became of the probes of one task.
public struct TaskResult: Sendable {
    /// The environment's name.
    public let environment: String
    /// The environment's file.
    public let file: String
    /// The task's name.
    public let task: String
    /// By family, in their order.
    public var tallies: [ProbeFamily: ProbeTally] = [:]
    /// Probes that the reward function got wrong.
    public var survivors: [Survivor] = []
    /// What is wrong and shows without a probe.
    public var findings: [Finding] = []
    /// What could not be made, and why.
    public var missing: [(family: ProbeFamily, reason: String)] = []
    /// Probes of which the reward function said nothing that can be used, by what happened.
    public var noVerdicts: [String: Int] = [:]
    /// Comparisons of one trajectory played in two ways.
    public var comparisons = 0
    /// Those that differed, in words.
    public var differences: [String] = []
    /// The chance that a random plausible answer is right; nil if none is asked for.
    public var guessChance: Double?
    /// What is weakest about the goal.
    public var weaknesses: [Weakness] = []

    init(environment: String, file: String, task: String) {
        self.environment = environment
        self.file = file
        self.task = task
    }

    /// All families together.
    public var total: ProbeTally { tallies.values.reduce(into: ProbeTally()) { $0 += $1 } }
    /// Whether anything is wrong.
    public var isSound: Bool { survivors.isEmpty && findings.isEmpty && differences.isEmpty && noVerdicts.isEmpty }
}
