import Foundation
import Testing

/// `orrery validate`, run as a user runs it.
@Suite struct ValidateTests {
    private static let loose = """
        orrery: environment/1
        id: loose
        title: Loose
        tables:
          lamps: {columns: {id: integer, lit: boolean, colour: string}, key: id, rows: [{id: 1, lit: false, colour: red}, {id: 2, lit: false, colour: blue}]}
        tools:
          light: {description: Lights a lamp., effect: write, arguments: {id: integer}, steps: [{change: "UPDATE lamps SET lit = 1 WHERE id = :id", else: {code: none, message: None.}}]}
          paint: {description: Paints a lamp., effect: write, arguments: {id: integer, colour: string}, steps: [{change: "UPDATE lamps SET colour = :colour WHERE id = :id", else: {code: none, message: None.}}]}
        tasks:
          light:
            instruction: Light lamp 1.
            solution: [{call: light, arguments: {id: 1}}]
            goal: {changes: [{table: lamps, op: update, key: {id: 1}, values: {lit: true}}], allow: [{table: lamps, columns: [colour]}]}
        """

    private func withFolder<R>(_ body: (URL) throws -> R) throws -> R {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Self.loose.write(to: folder.appendingPathComponent("loose.yaml"), atomically: true, encoding: .utf8)
        return try body(folder)
    }

    @Test func aFaultEndsWithStatusOneAndACommandThatShowsIt() throws {
        try withFolder { folder in
            let path = folder.appendingPathComponent("loose.yaml").path
            let outcome = try Program.run(["validate", path, "--explain"])
            #expect(outcome.status == 1)
            #expect(outcome.output.contains("the goal lets anything happen to lamps (colour)"))
            let command = try #require(outcome.output.split(separator: "\n").first { $0.contains("orrery validate ") })
            let again = try Program.run(command.split(separator: " ").dropFirst().map(String.init))
            #expect(again.status == 1)
            #expect(again.output.contains("1 environment, 1 task, 1 probe\n"))
        }
    }

    @Test func soundEnvironmentsEndWithStatusZero() throws {
        let outcome = try Program.run(["validate", "EnvSpecs/library.yaml", "GeneratedEnvs/sample/cinema-00002.json"])
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.contains("\nNo probe survived.\n"))
    }

    @Test func theReportDoesNotDependOnWorkers() throws {
        try withFolder { folder in
            let runs = try [1, 2, 3].map { workers -> (String, Data, Data) in
                let (json, xml) = (folder.appendingPathComponent("r.json"), folder.appendingPathComponent("r.xml"))
                let outcome = try Program.run([
                    "validate", folder.appendingPathComponent("loose.yaml").path, "EnvSpecs/library.yaml", "--seed", "3",
                    "--workers", "\(workers)", "--json", json.path, "--junit", xml.path,
                ])
                return (outcome.output, try Data(contentsOf: json), try Data(contentsOf: xml))
            }
            #expect(runs[0] == runs[1] && runs[1] == runs[2])
            let json = try #require(try JSONSerialization.jsonObject(with: runs[0].1) as? [String: Any])
            #expect(json["orrery"] as? String == "validation/1")
            #expect(json["sound"] as? Bool == false)
        }
    }

    @Test func theExampleVerifiersAreToldApart() throws {
        func run(_ verifier: String) throws -> Program.Outcome {
            try Program.run([
                "validate", "EnvSpecs/library.yaml", "--task", "extend_then_wait", "--limit", "2", "--agents", "1", "--verifier",
                "python3 docs/verifiers/awm_adapter.py docs/verifiers/\(verifier).py",
            ])
        }
        let sound = try run("sound")
        #expect(sound.status == 0, "\(sound.output)")
        let holes = try run("holes")
        #expect(holes.status == 1)
        #expect(holes.output.contains("the goal holds at the start: doing nothing is paid"))
        #expect(holes.output.contains("changes that nobody asked for are not noticed"))
        #expect(holes.output.contains("a wrong answer passes the check of the answer") || holes.output.contains("names every candidate"))
    }

    @Test func devicesAndLinksAreWrittenToRatherThanReplaced() throws {
        try withFolder { folder in
            let (link, target) = (folder.appendingPathComponent("link.json"), folder.appendingPathComponent("target.json"))
            try Data(repeating: UInt8(ascii: "x"), count: 1 << 20).write(to: target)
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
            let arguments = ["validate", "EnvSpecs/library.yaml", "--task", "lend_to_ana", "--probe", "nothing"]
            #expect(try Program.run(arguments + ["--json", link.path]).status == 0)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == target.path)
            #expect(try JSONSerialization.jsonObject(with: Data(contentsOf: target)) is [String: Any])
            let both = try Program.run(arguments + ["--json", "/dev/stdout"])
            let json = try #require(both.output.split(separator: "\n").last)
            #expect(both.output.hasPrefix("1 environment, 1 task, 1 probe\n") && json.hasPrefix("{"))
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/dev/stdout") == "/proc/self/fd/1")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 3)
        }
    }

    /// However long its verifier would take, and nothing is left behind.
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aSignalEndsItAtOnce(_ number: Int32) throws {
        try withFolder { folder in
            let mark = "58.\(UInt32.random(in: 100_000...999_999))"
            let process = Process()
            process.executableURL = Program.binary
            process.currentDirectoryURL = Program.root
            process.arguments = ["validate", "EnvSpecs/library.yaml", "--workers", "2", "--verifier", "sleep \(mark)"]
            process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder.path]) { $1 }
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            for _ in 0..<600 where try Self.sleepers(mark) < 2 { usleep(50_000) }
            #expect(try Self.sleepers(mark) == 2)
            let start = ContinuousClock.now
            kill(process.processIdentifier, number)
            process.waitUntilExit()
            #expect(process.terminationStatus == 130 && process.terminationReason == .exit)
            #expect(ContinuousClock.now - start < .seconds(5))
            #expect(try Self.sleepers(mark) == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["loose.yaml"])
        }
    }

    private static func sleepers(_ mark: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }.count {
            guard let line = try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8) else { return false }
            return line.hasPrefix("sleep") && line.contains(mark)
        }
    }

    @Test func mistakesAreSaidOnce() throws {
        let outcome = try Program.run(["validate", "Tests/Broken/goals-at-start.yaml"])
        #expect(outcome.status == 1)
        #expect(outcome.output.components(separatedBy: "by_reference").count == 2)
    }

    @Test(arguments: [
        (["validate"], "Missing expected argument '<paths> ...'"), (["validate", "nowhere.yaml"], "nowhere.yaml"),
        (["validate", "EnvSpecs/library.yaml", "--probe", "neighbor"], "did you mean 'neighbour'?"),
        (["validate", "EnvSpecs/library.yaml", "--task", "nothing"], "there is no task called nothing"),
        (["validate", "EnvSpecs/library.yaml", "--limit", "0"], "--limit is at least 1"),
        (["validate", "EnvSpecs/library.yaml", "--verifier", " "], "--verifier is a command"),
        (["validate", "EnvSpecs/library.yaml", "--verifier", "python3 'x"], "a ' is not closed"),
        (["validate", "EnvSpecs/library.yaml", "--verifier", "no-such-program x"], "there is no program 'no-such-program'"),
        (["validate", "EnvSpecs/library.yaml", "--verifier", "docs/verifiers/sound.py"], "python3 docs/verifiers/sound.py"),
        (["validate", "EnvSpecs/library.yaml", "--task", "lend_to_ana", "--task", "nothing"], "there is no task called nothing"),
        (["validate", "EnvSpecs/library.yaml", "--probe", "neighbour/99"], "there is no probe called neighbour/99"),
        (["validate", "EnvSpecs/library.yaml", "--limit", "1", "--json", "/nonexistent/x.json"], "/nonexistent/x.json"),
        (["validate", "EnvSpecs/library.yaml", "--json", "EnvSpecs"], "it is a folder"),
        (["validate", "EnvSpecs/library.yaml", "--json", "/tmp/x", "--junit", "/tmp/./x"], "two files are to be written to"),
    ])
    func wrongCommandLinesAreExplained(_ arguments: [String], _ message: String) throws {
        let outcome = try Program.run(arguments)
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }

    @Test(.enabled(if: (try? Program.run(["check", "EnvSpecs/tau2-retail.yaml"]).status) == 0)) func retailsFaultsAreFound() throws {
        let outcome = try Program.run(["validate", "EnvSpecs/tau2-retail.yaml"])
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("the goal holds at the start: doing nothing is paid"))
        #expect(outcome.output.contains("of 11 tasks, paid"))
        #expect(outcome.output.contains("16 × a reading call of the reference solution is refused"))
        #expect(outcome.output.contains("2 × a writing call of the reference solution is refused"))
        #expect(outcome.output.contains("2 × the task has no reference solution"))
    }
}
