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
            let command = try #require(outcome.output.split(separator: "\n").first { $0.contains("--probe '") })
            let probe = try #require(command.split(separator: "'").dropFirst().first)
            let again = try Program.run(["validate", path, "--task", "light", "--probe", String(probe)])
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
        (["validate", "EnvSpecs/library.yaml", "--limit", "1", "--json", "/nonexistent/x.json"], "/nonexistent/x.json"),
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
