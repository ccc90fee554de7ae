import Synchronization

/// Guards which episode of a pool sits on which stage.
final class SeatLock: Sendable {
    private let mutex = Mutex(())

    func locked<R>(_ body: () -> R) -> R {
        var result: R?
        mutex.withLock { _ in result = body() }
        return result!
    }
}
