import Synchronization

/// Since when episodes have stood at which step.
final class Standing: Sendable {
    private let seen = Mutex<[String: (step: Int, since: ContinuousClock.Instant)]>([:])

    /// Looks at all open episodes, and returns those that have taken no step for longer than the limit, with the step at which they stand.
    func idle(_ episodes: [OpenEpisode], _ limit: Duration) -> [(open: OpenEpisode, step: Int)] {
        let now = ContinuousClock.now
        return seen.withLock { seen in
            var standing: [String: (step: Int, since: ContinuousClock.Instant)] = [:]
            standing.reserveCapacity(episodes.count)
            var idle: [(open: OpenEpisode, step: Int)] = []
            for open in episodes {
                let (id, step) = (open.episode.id, open.step)
                let before = seen[id].flatMap { $0.step == step ? $0 : nil } ?? (step: step, since: now)
                standing[id] = before
                if now - before.since > limit { idle.append((open, step)) }
            }
            seen = standing
            return idle
        }
    }
}
