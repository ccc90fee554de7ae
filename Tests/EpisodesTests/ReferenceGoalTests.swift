import Environments
import Specifications
import Testing
import WireJSON

@testable import Episodes

/// What a goal taken from a reference solution insists on, and what it leaves free.
@Suite struct ReferenceGoalTests {
    private let world = try! Worlds.world(
        """
        clock: {start: 2025-03-10T09:00:00Z, advance: 60}
        sequences: {ord: {start: 5}, line: {start: 5}, bat: {start: 1}, tok: {format: uuid}}
        tables:
          customers: {columns: {id: integer, tier: {type: integer, default: 0}}, key: id, rows: [{id: 5}, {id: 6}, {id: 7}]}
          orders: {columns: {id: integer, cid: {type: integer, references: customers.id}}, key: id}
          rooms: {columns: {id: integer, booking: {type: integer, null: true, references: bookings.id}}, key: id, rows: [{id: 1}, {id: 2}]}
          bookings: {columns: {id: integer, state: {type: string, default: open}}, key: id}
          batches: {columns: {id: integer}, key: id}
          lines: {columns: {id: integer, batch: {type: integer, references: batches.id}, item: integer}, key: id}
          loans: {columns: {item: integer, due: date-time, day: date, token: string}, key: item}
        tools:
          order: {description: x, effect: write, arguments: {cid: integer}, steps: [{next: {new: ord}}, {change: "INSERT INTO orders VALUES (:new, :cid)"}]}
          drop: {description: x, effect: destructive, arguments: {id: integer}, steps: [{change: "DELETE FROM orders WHERE id = :id"}]}
          tier: {description: x, effect: write, arguments: {id: integer}, steps: [{change: "UPDATE customers SET tier = 1 WHERE id = :id"}]}
          book:
            description: x
            effect: write
            arguments: {room: integer}
            steps: [{next: {new: bat}}, {change: "INSERT INTO bookings (id) VALUES (:new)"}, {change: "UPDATE rooms SET booking = :new WHERE id = :room"}]
          batch:
            description: x
            effect: write
            arguments: {item: integer}
            steps: [{next: {b: bat}}, {next: {l: line}}, {change: "INSERT INTO batches VALUES (:b)"}, {change: "INSERT INTO lines VALUES (:l, :b, :item)"}]
          lend:
            description: x
            effect: write
            arguments: {item: integer, days: integer}
            steps:
              - next: {t: tok}
              - change: "INSERT INTO loans VALUES (:item, strftime('%Y-%m-%dT%H:%M:%SZ', :now, '+' || :days || ' days'), date(:today, '+' || :days || ' days'), 'receipt ' || :days)"
        tasks:
          one_order: {instruction: x, solution: [{call: order, arguments: {cid: 5}}], goal: reference}
          order_and_tier: {instruction: x, solution: [{call: order, arguments: {cid: 7}}, {call: tier, arguments: {id: 5}}], goal: reference}
          two_rooms: {instruction: x, solution: [{call: book, arguments: {room: 1}}, {call: book, arguments: {room: 2}}], goal: reference}
          ten_batches:
            instruction: x
            solution: [{call: batch, arguments: {item: 1}}, {call: batch, arguments: {item: 2}}, {call: batch, arguments: {item: 3}}, {call: batch, arguments: {item: 4}}, {call: batch, arguments: {item: 5}}, {call: batch, arguments: {item: 6}}, {call: batch, arguments: {item: 7}}, {call: batch, arguments: {item: 8}}, {call: batch, arguments: {item: 9}}, {call: batch, arguments: {item: 10}}]
            goal: reference
          lend: {instruction: x, solution: [{call: lend, arguments: {item: 1, days: 14}}], goal: reference}
        """)

    private func succeeds(_ task: String, _ calls: [(String, JSON)], waiting: Int = 0) throws -> Bool {
        let player = Player(world, task: task, seed: 3)
        for _ in 0..<waiting { try player.step(.message("...")) }
        for (tool, arguments) in calls { #expect(try player.call(tool, arguments)["type"] == "result") }
        return try #require(try player.episode.evaluation(in: player.pool)).success
    }

    @Test func aKeyThatEqualsAMintedNumberByChanceStaysFixed() throws {
        #expect(try succeeds("one_order", [("order", ["cid": 7]), ("drop", ["id": 5]), ("order", ["cid": 5])]))
        #expect(try !succeeds("one_order", [("order", ["cid": 7]), ("drop", ["id": 5]), ("order", ["cid": 6])]))
        #expect(try succeeds("order_and_tier", [("tier", ["id": 5]), ("order", ["cid": 7])]))
        #expect(try !succeeds("order_and_tier", [("order", ["cid": 7]), ("tier", ["id": 6])]))
    }

    @Test func rowsWithKnownKeysTellMintedOnesApart() throws {
        #expect(try succeeds("two_rooms", [("book", ["room": 2]), ("book", ["room": 1])]))
        #expect(try !succeeds("two_rooms", [("book", ["room": 2]), ("book", ["room": 2])]))
    }

    @Test func manyLikeRowsAreToldApartByWhatRefersToThem() throws {
        #expect(try succeeds("ten_batches", (1...10).reversed().map { ("batch", ["item": .integer($0)]) }))
        #expect(try !succeeds("ten_batches", (2...11).map { ("batch", ["item": .integer($0)]) }))
    }

    @Test func timesFromTheClockMayBeLaterButNotOtherwise() throws {
        #expect(try succeeds("lend", [("lend", ["item": 1, "days": 14])], waiting: 30))
        #expect(try !succeeds("lend", [("lend", ["item": 1, "days": 3])]))
        #expect(try !succeeds("lend", [("lend", ["item": 1, "days": 16])]))
    }

    @Test func aGoalThatItsOwnSolutionMissesWithAnotherSeedIsAMistake() {
        #expect {
            _ = try Worlds.world(
                """
                sequences: {tok: {format: uuid}}
                tables: {notes: {columns: {id: integer, text: string}, key: id}}
                tools: {note: {description: x, effect: write, steps: [{next: {t: tok}}, {change: "INSERT INTO notes VALUES (1, 'Your receipt is ' || :t)"}]}}
                tasks: {note: {instruction: x, solution: [{call: note}], goal: reference}}
                """)
        } throws: {
            ($0 as! SpecificationError).description.contains("another seed")
        }
    }
}
