import Database
import Environments
import Testing
import WireJSON

@testable import Episodes

/// What a call leaves behind, and what it does not.
@Suite struct CallTests {
    private let world = try! Worlds.world(
        """
        sequences: {n: {start: 10}}
        tables:
          owners: {columns: {id: integer}, key: id, rows: [{id: 1}]}
          things:
            columns: {id: integer, owner: {type: integer, references: owners.id}, name: {type: string, unique: true}, size: {type: number, default: 1, minimum: 0}}
            key: id
            rows: [{id: 1, owner: 1, name: a}, {id: 2, owner: 1, name: b}]
          notes: {columns: {id: integer, body: {type: json, null: true}, raw: {type: string, null: true}}, key: id}
        tools:
          add:
            description: x
            effect: write
            arguments: {owner: integer, name: string}
            steps:
              - next: {new: n}
              - change: INSERT INTO things (id, owner, name) VALUES (:new, :owner, :name)
              - require: ":name <> 'bad'"
                else: {code: bad_name, message: "{name} is bad.", details: [new]}
            result: {row: "SELECT id, owner, name, size FROM things WHERE id = :new"}
          swap:
            description: x
            effect: write
            steps:
              - change: UPDATE things SET name = 'c' WHERE id = 1
              - change: UPDATE things SET name = 'a' WHERE id = 2
              - change: UPDATE things SET name = 'b' WHERE id = 1
          fill:
            description: x
            effect: write
            arguments: {count: integer}
            steps:
              - change: "WITH RECURSIVE k(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM k WHERE i < 100 + :count) INSERT INTO things SELECT i, 1, 'n' || i, 1 FROM k"
          work:
            description: x
            effect: write
            arguments: {count: integer}
            steps:
              - change: "UPDATE things SET size = (WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < :count) SELECT count(*) FROM k)"
          count: {description: x, effect: read, result: {value: SELECT count(*) FROM things}}
          nested:
            description: x
            effect: read
            arguments: {count: integer}
            result:
              row: SELECT id FROM things WHERE id = 1
              with: {many: {values: "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < :count) SELECT i FROM k"}}
          note:
            description: x
            effect: write
            arguments: {body: {type: string, required: false}, hex: {type: string, required: false}}
            steps:
              - change: "INSERT INTO notes VALUES ((SELECT count(*) FROM notes), :body, CAST(CASE :hex WHEN 'bad' THEN x'61ff' END AS TEXT))"
            result: {rows: "SELECT id, body FROM notes ORDER BY id"}
          extract: {description: x, effect: read, arguments: {json: string}, result: {value: "SELECT json_extract(:json, '$.a')"}}
        """)

    @Test func aRefusedCallLeavesNothingNotEvenItsIdentifier() throws {
        let player = Player(world)
        let digest = player.episode.digest
        let refused = try player.call("add", ["owner": 1, "name": "bad"])
        #expect(refused == ["type": "error", "code": "bad_name", "message": "bad is bad.", "details": ["new": 10]])
        #expect(player.episode.digest == digest)
        #expect(player.episode.changes.isEmpty)
        #expect(try player.call("add", ["owner": 1, "name": "good"])["content"]?["id"] == 10)
    }

    @Test func aViolatedConstraintIsTheAgentsMistake() throws {
        let player = Player(world)
        for arguments: JSON in [["owner": 1, "name": "a"], ["owner": 99, "name": "z"]] {
            #expect(try player.call("add", arguments)["code"] == "constraint_violation")
            #expect(player.episode.changes.isEmpty)
        }
        #expect(try player.call("count")["content"] == 2)
    }

    @Test func rowsThatSwapUniqueValuesSurviveParking() throws {
        let player = Player(world)
        try player.call("swap")
        let before = player.episode.changes
        player.episode.park()
        try player.call("count")
        #expect(player.episode.changes == before)
        #expect(before.count == 2)
    }

    @Test func aCallThatIsStoppedIsUndoneWhole() throws {
        let player = Player(world)
        try player.call("fill", ["count": 3000])
        let digest = player.episode.digest
        #expect(try player.call("work", ["count": 20_000_000])["code"] == "limit_exceeded")
        #expect(player.episode.digest == digest)
        #expect(try player.call("count")["content"] == 3003)
        player.episode.park()
        #expect(try player.call("count")["content"] == 3003)
    }

    @Test func theLimitOnWorkStrikesInTheSamePlaceWhateverRanBefore() throws {
        let pool = StagePool(mostStages: 1)
        func isStopped(_ count: Int, _ pool: StagePool) throws -> Bool {
            let player = Player(Episode(world, id: "e", task: nil, seed: 0, options: EpisodeOptions()), pool: pool)
            return try player.call("work", ["count": .integer(Int64(count))])["code"] == "limit_exceeded"
        }
        var low = 100_000
        var high = 10_000_000
        while high - low > 1 {
            let middle = (low + high) / 2
            if try isStopped(middle, StagePool()) { high = middle } else { low = middle }
        }
        for other in [1, 777, 123_456] {
            _ = try isStopped(other, pool)
            #expect(try !isStopped(low, pool))
            _ = try isStopped(other, pool)
            #expect(try isStopped(high, pool))
        }
    }

    @Test func aStatementThatWasCutShortBindsAgain() throws {
        let player = Player(world)
        #expect(try player.call("nested", ["count": 20_000])["code"] == "limit_exceeded")
        #expect(try player.call("nested", ["count": 2])["content"] == ["id": 1, "many": [1, 2]])
    }

    @Test func jsonIsShownOnOneLineWhateverItsText() throws {
        let player = Player(world)
        let shown = try player.call("note", ["body": "{\"a\":\n[1,\r\n 2]}"])
        #expect(shown["content"]?.array?[0]["body"] == ["a": [1, 2]])
        #expect(!player.lines[0].utf8.contains(UInt8(ascii: "\n")))
        #expect(try player.call("note", ["body": "{not json"])["code"] == "constraint_violation")
    }

    @Test func textThatIsNotUTF8IsRefused() throws {
        let player = Player(world)
        #expect(try player.call("note", ["hex": "bad"])["code"] == "invalid_value")
        #expect(player.episode.changes.isEmpty)
    }

    @Test func aValueThatSQLCannotUseIsTheAgentsMistake() throws {
        let player = Player(world)
        #expect(try player.call("extract", ["json": "{"])["code"] == "invalid_value")
        #expect(try player.call("extract", ["json": "{\"a\":1}"])["content"] == 1)
    }

    @Test func everyFaultOfTheArgumentsIsNamed() throws {
        let observation = try Player(world).call("add", ["owner": "x", "nmae": 1])
        #expect(observation["code"] == "invalid_arguments")
        #expect(
            observation["details"]?["faults"] == [
                ["path": "owner", "message": "must be an integer, not a string"], ["path": "name", "message": "is required"],
                ["path": "nmae", "message": "is not an argument (did you mean 'name'?)"],
            ])
    }

    @Test func nulIsRefused() throws {
        #expect(try Player(world).call("add", ["owner": 1, "name": "a\u{0}b"])["code"] == "invalid_arguments")
    }
}
