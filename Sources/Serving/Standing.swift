import Synchronization

/// Since when episodes have stood at which step.
final class Standing: Sendable {
    private let seen = Mutex<[String: (step: Int, since: ContinuousClock.Instant)]>([:])

    /// Looks at all open episodes, and returns those that have taken no step for longer than the limit.
    func idle(_ episodes: [OpenEpisode], _ limit: Duration) -> [OpenEpisode] {
        let now = ContinuousClock.now
        return seen.withLock { seen in
            var standing: [String: (step: Int, since: ContinuousClock.Instant)] = [:]
            standing.reserveCapacity(episodes.count)
            let idle = episodes.filter { open in
                let id = open.episode.id
                let before = seen[id].flatMap { $0.step == open.step ? $0 : nil } ?? (step: open.step, since: now)
                standing[id] = before
                return now - before.since > limit
            }
            seen = standing
            return idle
        }
    }
}
