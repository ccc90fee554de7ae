import Foundation
import Testing
import WireJSON

/// Batches as a user makes them: the real binary, folders on disk.
@Suite struct GenerateTests {
    /// A folder that is removed in the end.
    private struct Folder: ~Copyable {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-generate-\(UUID().uuidString)")
        var path: String { url.path }
        deinit { try? FileManager.default.removeItem(at: url) }
    }

    private func contents(_ folder: URL) throws -> [String: Data] {
        var result: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            result[name] = try Data(contentsOf: folder.appendingPathComponent(name))
        }
        return result
    }

    @Test func theSampleIsWhatGenerateMakes() throws {
        let folder = Folder()
        let outcome = try Program.run(["generate", "--out", folder.path])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.hasPrefix("12 environments of 12 domains with 120 tasks in "))
        let made = try contents(folder.url)
        let kept = try contents(Program.root.appendingPathComponent("GeneratedEnvs/sample"))
        #expect(made.count == 13 && Set(made.keys) == Set(kept.keys))
        let differing = made.keys.filter { made[$0] != kept[$0] }.sorted()
        #expect(differing.isEmpty, "GeneratedEnvs/sample is out of date (make sample): \(differing)")
    }

    @Test func theSampleIsInOrderForEverybodyElse() throws {
        #expect(try Program.run(["check", "GeneratedEnvs/sample"]).status == 0)
        let outcome = try Program.run(["run", "GeneratedEnvs/sample", "--json"])
        #expect(try JSONParser.parse(Array(outcome.output.split(separator: "\n").last!.utf8))["successes"] == 120)
    }

    @Test func aKilledBatchGoesOnWhereItWas() throws {
        let whole = Folder()
        let killed = Folder()
        let arguments = [
            "generate", "--domain", "veterinary_practice", "--domain", "cinema", "--count", "30", "--tasks", "3", "--seed", "5", "--out",
        ]
        #expect(try Program.run(arguments + [whole.path]).status == 0)
        let process = Process()
        process.executableURL = Program.binary
        process.currentDirectoryURL = Program.root
        process.arguments = arguments + [killed.path, "--workers", "2"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        while process.isRunning, (try? contents(killed.url).count) ?? 0 < 8 { usleep(5_000) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal, "it was done before it could be killed")
        let again = try Program.run(arguments + [killed.path, "--workers", "1"])
        #expect(again.status == 1 && again.errors.contains("--resume"))
        let resumed = try Program.run(arguments + [killed.path, "--resume"])
        #expect(resumed.status == 0 && resumed.output.contains("were there)"), "\(resumed.errors)")
        #expect(try contents(killed.url) == contents(whole.url))
        let other = try Program.run([
            "generate", "--domain", "cinema", "--count", "30", "--tasks", "3", "--seed", "5", "--out", killed.path, "--resume",
        ])
        #expect(other.status == 1 && other.errors.contains("its domains are"), "\(other.errors)")
        #expect(try contents(killed.url) == contents(whole.url))
    }

    @Test(arguments: [
        (["--domain", "veterinary_practise"], "did you mean 'veterinary_practice'?"), (["--count", "0"], "--count is from 1 to 1000000"),
        (["--scale", "0"], "--scale is from"), (["--workers", "0"], "--workers is from"),
        (["--domains", "no/such/folder"], "no/such/folder"),
        (["--domains", "docs"], "there is no domain at docs"),
    ])
    func whatCannotBeDoneIsSaid(arguments: [String], words: String) throws {
        let folder = Folder()
        let outcome = try Program.run(["generate", "--out", folder.path] + arguments)
        #expect(outcome.status != 0)
        #expect((outcome.output + outcome.errors).contains(words), "\(outcome.output)\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test func aFolderThatCannotBeWrittenIsNamed() throws {
        let outcome = try Program.run(["generate", "--out", "/proc/orrery", "--count", "1"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("/proc/orrery"), "\(outcome.errors)")
    }

    @Test func previewPrintsTasksAndWhatIsNeverUsed() throws {
        let outcome = try Program.run(["preview", "EnvSpecs", "--domain", "veterinary_practice", "--count", "2"])
        #expect(outcome.status == 0)
        for words in ["seed 0: ", "seed 1: ", "[easy, ", "2 of 2 environments; on average", "Why parts of tasks came to nothing"] {
            #expect(outcome.output.contains(words), "\(words)")
        }
        #expect(try Program.run(["preview", "EnvSpecs", "--domain", "vets"]).status != 0)
    }

    @Test func reportPrintsAndWritesStatistics() throws {
        let folder = Folder()
        let outcome = try Program.run(["report", "GeneratedEnvs/sample", "--out", folder.path])
        #expect(outcome.status == 0)
        #expect(outcome.output.hasPrefix("12 environments of 12 domains, 120 tasks"))
        let made = try contents(folder.url)
        let json = try JSONParser.parse(Array(#require(made["report.json"])))
        #expect(json["environments"] == 12)
        #expect(String(decoding: try #require(made["report.html"]), as: UTF8.self).contains("<svg"))
        #expect(try Program.run(["report", "docs"]).status != 0)
    }
}
