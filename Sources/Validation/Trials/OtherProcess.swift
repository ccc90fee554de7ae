import Environments
import Episodes
import SystemPackage
import WireJSON

/// Plays the reference solutions of an environment in another process and compares every byte.
struct OtherProcess {
    /// The program: this one.
    let program: String
    let file: String
    let world: World
    /// Where the requests are written.
    let folder: String
    let isCancelled: @Sendable () -> Bool

    /// - Returns: the tasks that were compared, and what differed.
    func compare(_ tasks: [Int], in pool: StagePool) -> (compared: [Int], differences: [(task: Int, text: String)]) {
        var requests: [JSON] = []
        var expected: [(task: Int, bytes: [UInt8])] = []
        for task in tasks {
            let definition = world.environment.definition.tasks[task]
            guard let reference = try? ReferencePath(world, task: task, in: pool) else { continue }
            let name = "e\(expected.count + 1)"
            requests.append(
                request(requests.count, "episode.reset", ["environment": .string(world.id), "task": .string(definition.id), "seed": 0]))
            var writer = JSONWriter()
            let episode = Episode(world, id: name, task: task, seed: 0, options: EpisodeOptions())
            var calls = reference.calls.map { call -> JSON in
                ["type": "call", "tool": .string(world.environment.definition.tools[call.tool].name), "arguments": .object(call.arguments)]
            }
            calls.append(["type": "answer", "content": reference.answer ?? .null])
            for action in calls where episode.status == .running {
                requests.append(request(requests.count, "episode.step", ["episode": .string(name), "action": action]))
                guard let step = try? Action(action), (try? episode.step(step, in: pool, to: &writer)) != nil else { break }
            }
            expected.append((task, writer.bytes))
        }
        guard !expected.isEmpty else { return ([], []) }
        let lines = requests.flatMap { $0.bytes + [UInt8(ascii: "\n")] }
        let outcome: ChildProcess.Outcome
        do {
            outcome = try TemporaryFolder.with(in: folder) { folder in
                let path = FilePath(folder).appending("requests.jsonl")
                let descriptor = try FileDescriptor.open(path, .writeOnly, options: [.create], permissions: .ownerReadWrite)
                try descriptor.closeAfter { _ = try descriptor.writeAll(lines) }
                return serve(path.string, folder)
            }
        } catch {
            return ([], [(tasks[0], "the requests to another process cannot be written: \(error)")])
        }
        guard case .exited(0) = outcome.ending else {
            return (expected.map(\.task), [(tasks[0], "another process could not serve it: \(outcome.ending)")])
        }
        return (expected.map(\.task), differences(outcome.output, expected))
    }

    private func serve(_ requests: String, _ folder: String) -> ChildProcess.Outcome {
        var limits = ChildProcess.Limits()
        limits.seconds = 300
        limits.memory = nil
        limits.output = 1 << 30
        limits.file = 1 << 30
        let command = [program, "serve", "--environments", file, "--workers", "1"]
        return ChildProcess(command: command, temporary: folder, limits: limits, isCancelled: isCancelled).run(input: requests)
    }

    private func request(_ id: Int, _ method: String, _ params: JSON) -> JSON {
        ["jsonrpc": "2.0", "id": .integer(Int64(id)), "method": .string(method), "params": params]
    }

    /// Puts the results of an episode's steps together again, and compares.
    private func differences(_ output: [UInt8], _ expected: [(task: Int, bytes: [UInt8])]) -> [(task: Int, text: String)] {
        var played: [[UInt8]] = []
        let marker = Array(#""result":"#.utf8)
        let opening = Array(#"{"episode":"#.utf8)
        for line in output.split(separator: UInt8(ascii: "\n")) {
            guard let place = line.firstRange(of: marker) else { continue }
            let result = line[place.upperBound...].dropLast()
            if result.starts(with: opening) { played.append([]) } else if !played.isEmpty { played[played.count - 1] += result }
        }
        if played.count != expected.count {
            return [(expected[0].task, "another process played \(played.count) of \(expected.count) episodes")]
        }
        return zip(expected, played).compactMap { expected, played in
            expected.bytes == played ? nil : (expected.task, "the reference solution, in another process: the bytes differ")
        }
    }
}
