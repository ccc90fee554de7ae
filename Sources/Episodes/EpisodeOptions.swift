import Database
import Environments
import WireJSON

/// How steps are rewarded.
public enum RewardProfile: String, CaseIterable, Sendable {
    /// 1 for success at the end, otherwise 0.
    case binary
    /// As Agent World Model has it (arXiv 2602.10090): 1 for success, 0.1 for part of it, 0 otherwise; −1 and the end for a malformed call.
    case awm
    /// `binary` with potential-based shaping by progress (Ng, Harada and Russell, 1999): each step adds what it gained, and the end gives
    /// it all back, so that the best policy stays the best.
    case dense
}

/// How an agent sees the tools.
public enum ToolMode: String, CaseIterable, Sendable {
    /// All of them, in the first observation.
    case all
    /// `list_tools` and `call_tool` only.
    case meta
}

/// What a reset chooses.
public struct EpisodeOptions: Hashable, Sendable {
    /// The number of steps after which the episode is truncated.
    public var maxSteps = 200
    /// How steps are rewarded.
    public var reward = RewardProfile.binary
    /// How the agent sees the tools.
    public var tools = ToolMode.all

    /// The most steps that an episode may be given.
    public static let greatestMaxSteps = 100_000

    /// The default options: 200 steps, binary reward, all tools.
    public init() {}
}

/// Bounds on what one call may do and return.
public struct CallLimits: Sendable {
    /// Rows and bytes of a result.
    public var result = ResultLimits()
    /// Instructions and time of the statements.
    public var work = WorkLimits.standard

    /// The standard limits.
    public init() {}
}
