import Database
import Environments
import Episodes
import Foundation
import WireJSON

/// One measurement run over a workload.
struct Bench {
    let workload: Workload
    let binary: String
    let path: String
    let rounds: Int

    private var world: World { workload.world }

    func run() throws {
        let definition = world.environment.definition
        print(
            "\(definition.id): \(definition.tasks.count) tasks, \(workload.callCount) calls a round, best of \(rounds) rounds, µs per call\n"
        )
        let bare = try measureBare()
        row("(1) bare SQLite C API, the same statements", bare, bare)
        row("(2) episodes in process", try measureInProcess(), bare)
        row("(3) stdio, episodes.step in batches of 64, 1 worker", try measureBatches(workers: 1), bare)
        row("(3) stdio, episodes.step in batches of 64, 2 workers", try measureBatches(workers: 2), bare)
        row("(4) stdio, one call a line, 1 worker", try measureSingle(), bare)
        row("    a pipe's round trip alone (cat)", try measurePipe(), bare)
        print("")
        try measureReset()
        try measureParked()
    }

    private func row(_ name: String, _ micros: Double, _ floor: Double) {
        let label = name.padding(toLength: 56, withPad: " ", startingAt: 0)
        print("\(label) \(String(format: "%8.2f µs  %6.2f ×", micros, micros / floor))")
        fflush(nil)
    }

    /// The least time of a number of rounds, in µs per call.
    private func best(_ body: () throws -> Void) rethrows -> Double {
        try body()
        var least = Double.infinity
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            try body()
            let elapsed = (ContinuousClock.now - start).components
            least = min(least, Double(elapsed.seconds) * 1e6 + Double(elapsed.attoseconds) / 1e12)
        }
        return least / Double(workload.callCount)
    }

    // MARK: The floor

    private func measureBare() throws -> Double {
        let tools = try BareTools(world.environment)
        let definition = world.environment.definition
        let first = definition.actor == nil ? 2 : 3
        let tasks = workload.tasks.map { calls in
            calls.map { call in
                let leading: [OpaquePointer?] = [
                    BareValues.shared.pointer(.text(definition.clock.start.text)),
                    BareValues.shared.pointer(.text(definition.clock.start.date.text)), nil,
                ]
                let arguments = definition.tools[call.tool].arguments.map { argument in
                    BareValues.shared.pointer(call.arguments[argument.name].map(ToolArgument.sql) ?? .null)
                }
                return (call.tool, Array(leading.prefix(first)) + arguments)
            }
        }
        return best {
            for calls in tasks {
                tools.beginTask()
                for (tool, values) in calls { tools.call(tool, values) }
                tools.endTask()
            }
        }
    }

    // MARK: In process

    private func measureInProcess() throws -> Double {
        let pool = StagePool(mostStages: 1)
        var writer = JSONWriter()
        return try best {
            for (index, calls) in workload.tasks.enumerated() {
                let episode = Episode(world, id: "e1", task: index, seed: 0, options: EpisodeOptions())
                for call in calls {
                    writer.bytes.removeAll(keepingCapacity: true)
                    try episode.step(.call(tool: call.name, arguments: .object(call.arguments)), in: pool, to: &writer)
                }
            }
        }
    }

    // MARK: Over stdio

    private static func line(_ method: String, _ params: JSON) -> [UInt8] {
        let request: JSON = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": params]
        return request.bytes + [UInt8(ascii: "\n")]
    }

    private func step(_ episode: Int, _ call: Workload.Call) -> JSON {
        let action: JSON = ["type": "call", "tool": .string(call.name), "arguments": .object(call.arguments)]
        return ["episode": .string("e\(episode)"), "action": action]
    }

    private func reset(_ task: Int) -> [UInt8] {
        let definition = world.environment.definition
        return Self.line("episode.reset", ["environment": .string(definition.id), "task": .string(definition.tasks[task].id)])
    }

    private func close(_ episode: Int) -> [UInt8] { Self.line("episode.close", ["episode": .string("e\(episode)")]) }

    /// Plays the tasks 64 at a time: the n-th calls of the 64 go in one request. Only the steps are timed; the requests are built beforehand.
    private func measureBatches(workers: Int) throws -> Double {
        let server = try ServerProcess(binary: binary, environment: path, workers: workers)
        defer { server.end() }
        var nextEpisode = 1
        var least = Double.infinity
        // A round plays every task, padded to whole groups of 64 by starting over.
        let groups = stride(from: 0, to: workload.tasks.count, by: 64).map { start in (start..<start + 64).map { $0 % workload.tasks.count }
        }
        for round in 0...min(rounds, 10) {
            var micros = 0.0
            var calls = 0
            for group in groups {
                let first = nextEpisode
                nextEpisode += group.count
                server.exchange(group.flatMap(reset), lines: group.count)
                let longest = group.map { workload.tasks[$0].count }.max() ?? 0
                let requests = (0..<longest).map { index -> [UInt8] in
                    let steps = group.enumerated().compactMap { offset, task in
                        index < workload.tasks[task].count ? step(first + offset, workload.tasks[task][index]) : nil
                    }
                    calls += steps.count
                    return Self.line("episodes.step", ["steps": .array(steps)])
                }
                let start = ContinuousClock.now
                for request in requests { server.exchange(request, lines: 1) }
                let elapsed = (ContinuousClock.now - start).components
                micros += Double(elapsed.seconds) * 1e6 + Double(elapsed.attoseconds) / 1e12
                server.exchange((first..<nextEpisode).flatMap(close), lines: group.count)
            }
            if round > 0 { least = min(least, micros / Double(calls)) }
        }
        return least
    }

    private func measureSingle() throws -> Double {
        let server = try ServerProcess(binary: binary, environment: path, workers: 1)
        defer { server.end() }
        var nextEpisode = 1
        var least = Double.infinity
        for round in 0...min(rounds, 5) {
            var micros = 0.0
            for (task, calls) in workload.tasks.enumerated() {
                server.exchange(reset(task), lines: 1)
                let requests = calls.map { Self.line("episode.step", step(nextEpisode, $0)) }
                let start = ContinuousClock.now
                for request in requests { server.exchange(request, lines: 1) }
                let elapsed = (ContinuousClock.now - start).components
                micros += Double(elapsed.seconds) * 1e6 + Double(elapsed.attoseconds) / 1e12
                server.exchange(close(nextEpisode), lines: 1)
                nextEpisode += 1
            }
            if round > 0 { least = min(least, micros / Double(workload.callCount)) }
        }
        return least
    }

    /// What two processes need to hand a line to and fro with nothing behind it.
    private func measurePipe() throws -> Double {
        let echo = try ServerProcess(running: "/bin/cat", ["-u"])
        defer { echo.end() }
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 150) + [UInt8(ascii: "\n")]
        return try best { for _ in 0..<workload.callCount { echo.exchange(line, lines: 1) } }
    }

    // MARK: Reset and parking

    /// The time to give up an episode that changed a few rows and have the next one ready for its first call.
    private func measureReset() throws {
        let pool = StagePool(mostStages: 1)
        var writer = JSONWriter()
        var times: [Double] = []
        var changed = 0
        var readCall: Workload.Call?
        for calls in workload.tasks {
            readCall = readCall ?? calls.first { world.environment.definition.tools[$0.tool].effect == .read }
        }
        guard let readCall else { return }
        let read = Action.call(tool: readCall.name, arguments: .object(readCall.arguments))
        // What the first call of a fresh episode costs by itself is taken off.
        var options = EpisodeOptions()
        options.maxSteps = 1_000
        let idle = Episode(world, id: "e0", task: 0, seed: 0, options: options)
        try idle.step(read, in: pool, to: &writer)
        var callTimes: [Double] = []
        for _ in 0..<200 {
            let start = ContinuousClock.now
            try idle.step(read, in: pool, to: &writer)
            callTimes.append(Self.micros(ContinuousClock.now - start))
        }
        for (task, calls) in workload.tasks.enumerated() {
            var episode: Episode? = Episode(world, id: "e1", task: task, seed: 0, options: EpisodeOptions())
            for call in calls {
                writer.bytes.removeAll(keepingCapacity: true)
                try episode?.step(.call(tool: call.name, arguments: .object(call.arguments)), in: pool, to: &writer)
            }
            guard let count = episode?.changes.count, count > 0 else { continue }
            changed += count
            writer.bytes.removeAll(keepingCapacity: true)
            let start = ContinuousClock.now
            episode = nil
            let next = Episode(world, id: "e2", task: task, seed: 0, options: EpisodeOptions())
            try next.step(read, in: pool, to: &writer)
            times.append(Self.micros(ContinuousClock.now - start))
        }
        times.sort()
        callTimes.sort()
        let median = times[times.count / 2] - callTimes[callTimes.count / 2]
        let mean = Double(changed) / Double(times.count)
        print(
            String(
                format: "reset after %.1f changed rows (mean of %d tasks): median %.1f µs, worst %.1f µs", mean, times.count, median,
                times.last!))
    }

    private static func micros(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1e6 + Double(duration.components.attoseconds) / 1e12
    }

    /// Opens 10,000 episodes, plays a task in each, and asks the server for its memory.
    private func measureParked() throws {
        let server = try ServerProcess(binary: binary, environment: path, workers: 1)
        defer { server.end() }
        let count = 10_000
        for start in stride(from: 0, to: count, by: 100) {
            let range = start..<start + 100
            server.exchange(range.flatMap { reset($0 % workload.tasks.count) }, lines: range.count)
            let lines = range.flatMap { index in
                workload.tasks[index % workload.tasks.count].map { Self.line("episode.step", step(index + 1, $0)) }
            }
            for line in lines { server.exchange(line, lines: 1) }
        }
        let answer = server.exchange(Self.line("server.stats", [:]), lines: 1)
        guard let stats = try JSONParser.parse(answer)["result"] else { return }
        let memory = Double(stats["memory_bytes"]?.integer ?? 0) / 1e6
        print(
            String(
                format: "%d episodes with their tasks played, %lld of them parked: %.0f MB resident", count, stats["parked"]?.integer ?? 0,
                memory))
    }
}
