import Database
import Determinism
import Testing
import WireJSON

@testable import Episodes

@Suite struct SnapshotTests {
    private func played() throws -> Player {
        let player = Player(Worlds.library, task: "lend_to_ana")
        for action in Worlds.library.solution("lend_to_ana").dropLast() { try player.step(action) }
        return player
    }

    @Test func anyAlterationIsNoticed() throws {
        let text = try played().episode.snapshot.snapshotText(of: Worlds.library)
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<300 {
            var letters = Array(text)
            let index = generator.next(below: letters.count)
            letters[index] = letters[index] == "A" ? "B" : "A"
            #expect(throws: SnapshotError.self) { try EpisodeState(snapshotText: String(letters), of: Worlds.library) }
        }
        for broken in ["", "AAAA", String(text.dropLast(5)), text + "AAAA", "€"] {
            #expect(throws: SnapshotError.self) { try EpisodeState(snapshotText: broken, of: Worlds.library) }
        }
    }

    /// The checksum is no secret: a forger can write one.
    static let forgeries: [(String, JSON)] = [
        ("step", .integer(.max)), ("step", -1), ("max_steps", 0), ("max_steps", .integer(.max)), ("counters", [.integer(.max)]),
        ("counters", []),
        ("seed", "-1"), ("reward", "gold"), ("potential", "9221120237041090560"), ("status", "won"), ("task", "nope"),
        ("changes", [[0, "AA", .null, "AA"]]), ("changes", [[999, "EIAAAAAAAAAB", .null, .null]]), ("v", 2),
    ]

    @Test(arguments: forgeries) func aForgeryIsRefused(member: String, value: JSON) throws {
        let text = try played().episode.snapshot.snapshotText(of: Worlds.library)
        let bytes = try #require(Base64.decode(text))
        var object = try #require(try JSONParser.parse(Array(bytes[12...]), limits: .file).object)
        object[member] = value
        let content = JSON.object(object).bytes
        let forged = Base64.encode(Array(Digest(of: content).bytes.prefix(12)) + content)
        #expect(throws: SnapshotError.self) { try EpisodeState(snapshotText: forged, of: Worlds.library) }
    }

    @Test func anotherEnvironmentRefusesIt() throws {
        let text = try played().episode.snapshot.snapshotText(of: Worlds.library)
        let other = try Worlds.world("tables: {t: {columns: {id: integer}, key: id}}")
        #expect(throws: SnapshotError.self) { try EpisodeState(snapshotText: text, of: other) }
    }
}
