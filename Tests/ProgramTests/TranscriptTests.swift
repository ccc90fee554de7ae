import Foundation
import Testing

/// Whole sessions with the real binary, byte for byte: `Tests/Transcripts/NAME.input.jsonl` in, `NAME.output.jsonl` out.
///
/// `ORRERY_RECORD=1` writes the outputs anew and fails, so that a new recording is read before it is trusted.
@Suite struct TranscriptTests {
    static let folder = Program.root.appendingPathComponent("Tests/Transcripts")
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".input.jsonl") }.map { String($0.dropLast(".input.jsonl".count)) }.sorted()
    }()

    @Test(arguments: names) func isRepeated(name: String) throws {
        let input = try String(contentsOf: Self.folder.appendingPathComponent("\(name).input.jsonl"), encoding: .utf8)
        let output = Self.folder.appendingPathComponent("\(name).output.jsonl")
        let outcomes = try ["1", "4"].map {
            try Program.run(["serve", "--environments", "EnvSpecs/library.yaml", "--workers", $0], input: input)
        }
        #expect(outcomes[0].output == outcomes[1].output)
        if ProcessInfo.processInfo.environment["ORRERY_RECORD"] == "1" {
            try Data(outcomes[0].output.utf8).write(to: output)
            Issue.record("\(name) was recorded anew; read it, then run without ORRERY_RECORD")
        }
        #expect(outcomes[0].status == 0)
        #expect(outcomes[0].output == (try String(contentsOf: output, encoding: .utf8)))
    }

    @Test func thereAreSome() { #expect(Self.names.count >= 3) }
}
