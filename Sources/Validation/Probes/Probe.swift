import WireJSON

/// The kinds of probes.
public enum ProbeFamily: String, CaseIterable, Sendable {
    /// The reference solution.
    case reference
    /// Its writing steps in another order.
    case reordered
    /// Reading calls in between.
    case reads
    /// Refused and unknown calls in between, which change nothing.
    case refusals
    /// The same effect through another tool.
    case alternative
    /// The right answer in other words.
    case wording
    /// Nothing at all.
    case nothing
    /// The answer without the deeds.
    case answerOnly = "answer-only"
    /// The deeds without the answer.
    case deedsOnly = "deeds-only"
    /// The beginning of the solution.
    case prefix
    /// The solution without one writing step.
    case omission
    /// One argument replaced by a neighbour.
    case neighbour
    /// A writing step done twice.
    case twice
    /// The right thing done to the wrong one first.
    case detour
    /// A write that nobody asked for.
    case collateral
    /// A step undone afterwards.
    case undone
    /// The solution of another task.
    case other
    /// The deeds with a wrong answer.
    case wrongAnswer = "wrong-answer"
    /// An answer that names every candidate.
    case dump
    /// An answer made to upset the check.
    case odd
    /// The answer written into a column instead of given.
    case smuggled
    /// Many reading calls and nothing else.
    case flood
    /// A random agent.
    case random
    /// An agent that copies values out of the instruction.
    case greedy

    /// What probes of the family are, for people.
    public var title: String {
        switch self {
        case .reference: "the reference solution"
        case .reordered: "writing steps in another order"
        case .reads: "extra reads in between"
        case .refusals: "refused calls in between"
        case .alternative: "the same effect through another tool"
        case .wording: "the right answer in other words"
        case .nothing: "doing nothing"
        case .answerOnly: "the answer without the deeds"
        case .deedsOnly: "the deeds without the answer"
        case .prefix: "only the beginning of the solution"
        case .omission: "without one writing step"
        case .neighbour: "one argument replaced by a neighbour"
        case .twice: "a writing step done twice"
        case .detour: "the right thing done to the wrong one first"
        case .collateral: "a write that nobody asked for"
        case .undone: "a step undone afterwards"
        case .other: "the solution of another task"
        case .wrongAnswer: "a wrong answer after the deeds"
        case .dump: "an answer that names every candidate"
        case .odd: "an odd answer"
        case .smuggled: "the answer written into a column"
        case .flood: "many reads and nothing else"
        case .random: "a random agent"
        case .greedy: "an agent that copies from the instruction"
        }
    }
}

/// A trajectory whose right verdict is known once it has been played: it earns the reward if it ends in the state of the reference solution with a
/// right answer, and not otherwise.
struct Probe: Sendable {
    let family: ProbeFamily
    /// What is special about it: `2.seatCode/1`. With the family it names the probe within its task.
    let name: String
    /// What is special about it, for people.
    let note: String
    /// How many calls of the reference solution are made first, as they stand.
    var prefix = 0
    var steps: [Step] = []
    /// The seed of the episode.
    var seed: UInt64 = 0
    var answer: JSON?
    /// Whether the answer is right.
    var answerIsRight: Bool

    enum Step: Sendable {
        /// A call of the reference solution, by its position.
        case original(Int)
        /// A call of the reference solution with other arguments.
        case changed(Int, JSONObject)
        /// Another call.
        case extra(tool: Int, JSONObject)
        /// A call of a tool that there is not.
        case unknown(String)
    }

    var id: String { name.isEmpty ? family.rawValue : "\(family.rawValue)/\(name)" }
}
