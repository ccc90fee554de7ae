import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Shows on standard error how far long work has come, its rate and the time left: a bar on a terminal, now and then a line elsewhere.
final class ProgressBar: Sendable {
    private let noun: String
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    private struct State {
        var first: Int?
        var done = 0
        var last = ContinuousClock.now
        var hasShown = false
    }

    init(_ noun: String) { self.noun = noun }

    /// Shows a state of affairs, unless the last one was shown just before.
    func show(_ done: Int, of count: Int, note: String) {
        state.withLock { state in
            if state.first == nil { state.first = done - 1 }
            state.done = max(state.done, done)
            let now = ContinuousClock.now
            let pause: Duration = isTerminal ? .milliseconds(100) : .seconds(10)
            if now - state.last < pause, done < count || !isTerminal { return }
            state.last = now
            state.hasShown = true
            let rate = self.rate(state, now)
            let left = rate > 0 ? Int(Double(count - state.done) / rate) : 0
            let text = "\(state.done)/\(count) \(noun), \(decimals(rate, 1))/s, \(Self.clock(left)) left\(note.isEmpty ? "" : ", \(note)")"
            if isTerminal {
                let width = 30
                let filled = count == 0 ? width : state.done * width / count
                Terminal.write(
                    "\r\u{1b}[K[\(String(repeating: "█", count: filled))\(String(repeating: "·", count: width - filled))] \(text)")
            } else {
                Terminal.write(text + "\n")
            }
        }
    }

    /// Takes the bar away.
    func end() { if isTerminal, state.withLock({ $0.hasShown }) { Terminal.write("\r\u{1b}[K") } }

    /// `9.3/s, 1:47 in all`
    var summary: String {
        state.withLock { state in
            let now = ContinuousClock.now
            return "\(decimals(rate(state, now), 1)) \(noun)/s, \(Self.clock(Int((now - start) / .seconds(1)))) in all"
        }
    }

    private func rate(_ state: State, _ now: ContinuousClock.Instant) -> Double {
        let seconds = (now - start) / .seconds(1)
        return seconds > 0 ? Double(state.done - (state.first ?? state.done)) / seconds : 0
    }

    private static func clock(_ seconds: Int) -> String {
        let rest = seconds % 60
        return "\(seconds / 60):\(rest < 10 ? "0" : "")\(rest)"
    }
}

/// Whether somebody has asked the process to stop, so that it can end at a good moment.
enum Interruption {
    private static let flag = Atomic(false)

    static var hasCome: Bool { flag.load(ordering: .relaxed) }

    /// Takes note of the first interruption; the second ends the process at once.
    static func watch() {
        let numbers = [SIGINT, SIGTERM, SIGHUP]
        // Whoever started the process may have held them back.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in numbers { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        for number in numbers {
            signal(number) { number in
                Interruption.flag.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }
}
