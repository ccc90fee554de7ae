import Database
import Determinism
import WireJSON

/// Everything that an episode is, apart from the connection that it may be playing on: a value that can be copied and sent.
public struct EpisodeState: Sendable {
    /// Where the episode stands.
    public enum Status: String, Sendable {
        /// It takes steps.
        case running
        /// The agent answered, or ended it by a malformed call.
        case terminated
        /// It ran out of steps.
        case truncated
        /// The environment failed; its score means nothing.
        case void
    }

    /// The position of the task; nil: free play.
    public let task: Int?
    /// The seed.
    public let seed: UInt64
    /// The options.
    public let options: EpisodeOptions
    /// The steps taken.
    public internal(set) var step = 0
    /// Where the episode stands.
    public internal(set) var status = Status.running
    /// The final answer.
    public internal(set) var answer: JSON?
    /// The next counter value of each sequence.
    var counters: [Int64]
    /// The net changes, while the episode is parked; a seated episode's are its stage's.
    var changes = ChangeSet()
    /// The progress after the last step, for the dense profile.
    var potential = 0.0
    /// Whether `list_tools` was called.
    var hasListedTools = false
    /// The digest of the state, if it is known.
    var digest: Digest?
}
