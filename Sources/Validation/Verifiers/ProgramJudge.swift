import Environments
import Episodes
import SystemPackage
import WireJSON

/// A reward function that is a program: it reads a JSON object from standard input and prints a verdict.
///
/// It gets `{"orrery": "verify/1", "environment", "task": {"id", "instruction", "facts"}, "initial_db", "final_db", "answer",
/// "trajectory": [{"tool", "arguments"}]}`, the databases as paths of SQLite files, and prints `{"reward": NUMBER}`, `{"success": BOOLEAN}` or
/// `{"result": "complete" | "others"}`, with a `"reason"` if it likes. Documented in `docs/validation.md`.
final class ProgramJudge: Judge {
    private let command: [String]
    private let folder: String
    private let task: TaskDefinition
    private let environment: String
    private let pool: StagePool
    private let initial: [UInt8]
    private let isCancelled: @Sendable () -> Bool
    /// How often it took too long.
    private var hangs = 0

    /// Prepares trials of a task.
    ///
    /// - Parameter folder: where each gets a folder of its own.
    /// - Throws: ``NoVerdict`` if the initial database cannot be read.
    init(
        _ command: [String], _ world: World, task: Int, folder: String, pool: StagePool, isCancelled: @escaping @Sendable () -> Bool
    ) throws(NoVerdict) {
        self.command = command
        self.folder = folder
        self.task = world.environment.definition.tasks[task]
        environment = world.id
        self.pool = pool
        self.isCancelled = isCancelled
        let start = Episode(world, id: "start", task: task, seed: 0, options: ReferencePath.options)
        do throws(EpisodeFault) {
            initial = try start.databaseImage(in: pool)
        } catch {
            throw NoVerdict("the engine failed: \(error.description)")
        }
    }

    func verdict(_ played: PlayedProbe, answer: JSON?) throws(NoVerdict) -> Verdict {
        if hangs >= 3 { throw NoVerdict("the verifier was not asked again after it had taken too long three times") }
        let final = try image(played.episode)
        let outcome: ChildProcess.Outcome
        // Its name is another one each time, which a finding must not be.
        var place = ""
        do {
            // Each time anew: whatever a verifier did to its files, the next one does not see it.
            outcome = try TemporaryFolder.with(in: folder) { folder in
                place = folder
                let folder = FilePath(folder)
                let (before, after) = (folder.appending("initial.db"), folder.appending("final.db"))
                try Self.write(initial, to: before)
                try Self.write(final, to: after)
                let input = folder.appending("request.json")
                try Self.write(request(played, answer, before, after).bytes, to: input)
                return ChildProcess(command: command, folder: folder.string, temporary: self.folder, isCancelled: isCancelled)
                    .run(input: input.string)
            }
        } catch {
            throw NoVerdict("the files for the verifier cannot be written: \(error)")
        }
        switch outcome.ending {
        case .exited(0): break
        case .exited(let code):
            throw NoVerdict("the verifier ended with status \(code)\(Self.lastLine(outcome.errors, place).map { ": \($0)" } ?? "")")
        case .killed(let signal):
            throw NoVerdict("the verifier was killed by signal \(signal)\(signal == 24 || signal == 9 ? ", as it is at a limit" : "")")
        case .outOfTime:
            hangs += 1
            throw NoVerdict("the verifier took longer than \(ChildProcess.Limits().seconds) s")
        case .tooMuchOutput: throw NoVerdict("the verifier printed more than \(ChildProcess.Limits().output >> 20) MiB")
        case .notStarted(let reason): throw NoVerdict("the verifier could not be started: \(reason)")
        }
        return try Self.read(outcome.output)
    }

    private func request(_ played: PlayedProbe, _ answer: JSON?, _ initial: FilePath, _ final: FilePath) -> JSON {
        [
            "orrery": "verify/1", "environment": .string(environment),
            "task": [
                "id": .string(task.id), "instruction": .string(task.instruction), "facts": .array(task.facts.map { .string($0) }),
            ],
            "initial_db": .string(initial.string), "final_db": .string(final.string), "answer": answer ?? .null,
            "trajectory": .array(played.calls.map { ["tool": .string($0.tool), "arguments": .object($0.arguments)] }),
        ]
    }

    private static func read(_ output: [UInt8]) throws(NoVerdict) -> Verdict {
        guard let json = try? JSONParser.parse(output), json.object != nil else {
            throw NoVerdict("the verifier did not print a JSON object but '\(PrintedText(output.prefix(60)).text)'")
        }
        let kinds = ["reward", "success", "result"].filter { json[$0] != nil && json[$0] != .null }
        if kinds.count > 1 {
            throw NoVerdict("the verifier's object has \(kinds.map { "'\($0)'" }.joined(separator: " and ")): one of them says it")
        }
        if let reward = json["reward"]?.double { return Verdict(isPaid: reward >= 1, reasons: json) }
        if let success = json["success"]?.bool { return Verdict(isPaid: success, reasons: json) }
        switch json["result"]?.string {
        case "complete"?: return Verdict(isPaid: true, reasons: json)
        case "others"?: return Verdict(isPaid: false, reasons: json)
        default: throw NoVerdict("the verifier's object has no 'reward', no 'success', and no 'result' that is complete or others")
        }
    }

    private static func lastLine(_ bytes: [UInt8], _ folder: String) -> String? {
        bytes.suffix(4000).split(separator: UInt8(ascii: "\n")).last.map {
            String(PrintedText($0).text.replacing(folder, with: "FOLDER").prefix(200))
        }
    }

    private func image(_ episode: Episode) throws(NoVerdict) -> [UInt8] {
        do throws(EpisodeFault) {
            return try episode.databaseImage(in: pool)
        } catch {
            throw NoVerdict("the engine failed: \(error.description)")
        }
    }

    private static func write(_ bytes: [UInt8], to path: FilePath) throws {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .exclusiveCreate], permissions: [.ownerReadWrite, .groupRead, .otherRead])
        try file.closeAfter { _ = try file.writeAll(bytes) }
    }
}
