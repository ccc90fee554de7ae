import Episodes
import Synchronization

/// An episode that is open, and whose turn it is to act on it.
///
/// Unchecked: only who has the turn touches the episode, or, in a server of standard streams, the thread of its shard.
final class OpenEpisode: @unchecked Sendable {
    let episode: Episode
    /// One place: the turn.
    let turn = Line(places: 1)
    private let running = Atomic(true)
    private let steps = Atomic(0)
    private let slow = Atomic(false)

    init(_ episode: Episode) {
        self.episode = episode
        note()
    }

    /// Whether the episode runs, for those who do not have the turn.
    var isRunning: Bool { running.load(ordering: .relaxed) }
    /// The steps taken, for those who do not have the turn.
    var step: Int { steps.load(ordering: .relaxed) }
    /// Whether the last call took so long that the next one queues.
    var isSlow: Bool { slow.load(ordering: .relaxed) }

    /// Notes where the episode stands, after a turn.
    func note() {
        running.store(episode.status == .running, ordering: .relaxed)
        steps.store(episode.step, ordering: .relaxed)
    }

    /// Notes how long something took. What is short and no step says nothing about the next call.
    func note(wasLong: Bool, wasStep: Bool) { if wasLong || wasStep { slow.store(wasLong, ordering: .relaxed) } }
}
