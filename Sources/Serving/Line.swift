import DequeModule
import Synchronization

/// A line of tasks for a number of places: who comes first is let in first, and who waits needs no thread.
final class Line: Sendable {
    private struct State {
        var free: Int
        var waiting: Deque<CheckedContinuation<Void, Never>> = []
    }

    private let state: Mutex<State>

    init(places: Int) { state = Mutex(State(free: places)) }

    /// Takes a place, if need be after waiting. It must be given back.
    func enter() async {
        if tryToEnter() { return }
        await withCheckedContinuation { continuation in
            let isLetIn = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isLetIn { continuation.resume() }
        }
    }

    /// Takes a place if one is free.
    func tryToEnter() -> Bool {
        state.withLock { state in
            guard state.free > 0 else { return false }
            state.free -= 1
            return true
        }
    }

    /// How many wait.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Gives the place to the one who has waited longest.
    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if let next = state.waiting.popFirst() { return next }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
