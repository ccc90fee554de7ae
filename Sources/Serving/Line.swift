import Synchronization

/// A line of tasks for a number of places: who comes first is let in first, and who waits needs no thread.
final class Line: Sendable {
    private struct State {
        var free: Int
        /// Those who wait, from `first` on.
        var waiting: [CheckedContinuation<Void, Never>] = []
        var first = 0
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
    var waitingCount: Int { state.withLock { $0.waiting.count - $0.first } }

    /// Gives the place to the one who has waited longest.
    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.first < state.waiting.count else {
                state.free += 1
                return nil
            }
            defer {
                state.first += 1
                if state.first * 2 > state.waiting.count {
                    state.waiting.removeFirst(state.first)
                    state.first = 0
                }
            }
            return state.waiting[state.first]
        }
        next?.resume()
    }
}
