import Synchronization

/// Whether a session is in use, and since when it is not.
final class Usage: Sendable {
    private let state = Mutex((users: 0, last: ContinuousClock.now))

    func begin() { state.withLock { $0.users += 1 } }

    func end() { state.withLock { $0 = ($0.users - 1, .now) } }

    /// Since when nobody uses it; nil: somebody does.
    var unusedSince: ContinuousClock.Instant? { state.withLock { $0.users == 0 ? $0.last : nil } }

    /// Whether nobody has used it for longer than a limit.
    func isIdle(_ limit: Duration) -> Bool { state.withLock { $0.users == 0 && .now - $0.last > limit } }
}
