import Environments
import Testing
import WireJSON

@testable import Episodes

@Suite struct ScoringTests {
    @Test func everyReferenceSolutionEarnsOneAndNothingEarnsNothing() throws {
        for task in Worlds.library.environment.definition.tasks {
            let player = Player(Worlds.library, task: task.id)
            for action in Worlds.library.solution(task.id) where player.episode.status == .running { try player.step(action) }
            if player.episode.status == .running { try player.step(.answer(.null)) }
            #expect(player.rewards.reduce(0, +) == 1, "\(task.id)")
            let idle = Player(Worlds.library, task: task.id)
            try idle.step(.answer(.null))
            #expect(idle.rewards == [0], "\(task.id)")
        }
    }

    @Test func leavingOutAWritingCallEarnsLess() throws {
        let world = Worlds.library
        for task in world.environment.definition.tasks {
            let solution = world.solution(task.id)
            for (index, action) in solution.enumerated() {
                guard case .call(let tool, _) = action, let position = world.environment.toolIndex(tool),
                    world.environment.definition.tools[position].effect != .read
                else { continue }
                let player = Player(world, task: task.id)
                for (other, action) in solution.enumerated() where other != index && player.episode.status == .running {
                    try player.step(action)
                }
                if player.episode.status == .running { try player.step(.answer(.null)) }
                #expect(player.rewards.last == 0, "\(task.id) without step \(index)")
            }
        }
    }

    private let world = try! Worlds.world(
        """
        sequences: {n: {start: 10}}
        tables:
          orders: {columns: {id: integer, what: string, state: {type: string, default: new}, at: {type: date-time, null: true}}, key: id, rows: [{id: 1, what: old}, {id: 2, what: other}]}
          lines: {columns: {order_id: {type: integer, references: orders.id}, item: string}, key: [order_id, item]}
          log: {columns: {id: integer, text: string}, key: id}
        tools:
          order: {description: x, effect: write, arguments: {what: string}, steps: [{next: {new: n}}, {change: "INSERT INTO orders VALUES (:new, :what, 'new', :now)"}], result: {value: "SELECT :new"}}
          line: {description: x, effect: write, arguments: {order_id: integer, item: string}, steps: [{change: "INSERT INTO lines VALUES (:order_id, :item)"}]}
          cancel: {description: x, effect: destructive, arguments: {id: integer}, steps: [{change: "UPDATE orders SET state = 'cancelled' WHERE id = :id"}]}
          drop: {description: x, effect: destructive, arguments: {id: integer}, steps: [{change: "DELETE FROM orders WHERE id = :id"}]}
          rename: {description: x, effect: write, arguments: {id: integer, what: string}, steps: [{change: "UPDATE orders SET what = :what WHERE id = :id"}]}
          note: {description: x, effect: write, arguments: {id: integer, text: string}, steps: [{change: "INSERT INTO log VALUES (:id, :text)"}]}
        tasks:
          two_orders:
            instruction: Order tea with milk and coffee with sugar.
            solution:
              - {call: order, arguments: {what: tea}}
              - {call: order, arguments: {what: coffee}}
              - {call: line, arguments: {order_id: 10, item: milk}}
              - {call: line, arguments: {order_id: 11, item: sugar}}
            goal: reference
          stated:
            instruction: x
            goal:
              changes:
                - {table: orders, op: insert, values: {id: {any: true}, what: {text: "  Green TEA "}, at: {within: ["2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z"]}}}
                - {table: orders, op: insert, values: {id: {any: true}, what: {any: true}, at: {any: true}}}
                - {table: orders, op: update, key: {id: 1}, values: {state: cancelled}, weight: 2}
                - {table: orders, op: delete, key: {id: 2}}
              allow: [{table: log}]
              assertions: {nothing lost: SELECT count(*) = 3 FROM orders, no lines: {sql: SELECT count(*) = 0 FROM lines, weight: 3}}
          look:
            instruction: How many?
            solution: [{answer: 2}]
            goal: reference
        """)

    private func play(_ task: String, _ calls: [(String, JSON)], answer: JSON = .null) throws -> Evaluation {
        let player = Player(world, task: task)
        for (tool, arguments) in calls { #expect(try player.call(tool, arguments)["type"] == "result") }
        return try #require(try player.episode.evaluation(in: player.pool, answer: answer == .null ? nil : answer))
    }

    @Test func identifiersMayBeMintedInAnotherOrder() throws {
        let other: [(String, JSON)] = [
            ("order", ["what": "coffee"]), ("line", ["order_id": 10, "item": "sugar"]), ("order", ["what": "tea"]),
            ("line", ["order_id": 11, "item": "milk"]),
        ]
        #expect(try play("two_orders", other).success)
    }

    @Test func identifiersMustBeUsedAlike() throws {
        let crossed: [(String, JSON)] = [
            ("order", ["what": "tea"]), ("order", ["what": "coffee"]), ("line", ["order_id": 10, "item": "sugar"]),
            ("line", ["order_id": 11, "item": "milk"]),
        ]
        let evaluation = try play("two_orders", crossed)
        #expect(!evaluation.success)
        #expect(evaluation.progress < 1)
    }

    @Test func anUnaskedChangeIsCollateral() throws {
        let calls: [(String, JSON)] = [
            ("order", ["what": "tea"]), ("order", ["what": "coffee"]), ("line", ["order_id": 10, "item": "milk"]),
            ("line", ["order_id": 11, "item": "sugar"]), ("cancel", ["id": 2]),
        ]
        let evaluation = try play("two_orders", calls)
        #expect(!evaluation.success)
        #expect(evaluation.collateral.count == 1)
        #expect(evaluation.collateral[0]["table"] == "orders")
        #expect(evaluation.progress == 4.0 / 5)
    }

    @Test func matchersWeightsAllowancesAndAssertionsCount() throws {
        let right: [(String, JSON)] = [
            ("order", ["what": "coffee"]), ("order", ["what": "green  tea"]), ("cancel", ["id": 1]), ("drop", ["id": 2]),
            ("note", ["id": 1, "text": "done"]),
        ]
        let evaluation = try play("stated", right)
        #expect(evaluation.success, "\(evaluation)")
        #expect(evaluation.progress == 1)
        #expect(try !play("stated", right + [("rename", ["id": 1, "what": "changed"])]).success, "an update may change only what it lists")
        #expect(try !play("stated", Array(right.dropFirst())).success)
        // 1 + 1 + 2 + 1 for the changes, 1 + 3 for the assertions; at the start the second assertion holds.
        #expect(try play("stated", []).progress == 3.0 / 9)
    }

    @Test func aQuestionNeedsItsAnswerAndNothingElse() throws {
        #expect(try play("look", [], answer: 2).success)
        #expect(try !play("look", [], answer: 3).success)
        #expect(try !play("look", []).success)
        #expect(try play("look", []).progress == 0)
        #expect(try !play("look", [("cancel", ["id": 1])], answer: 2).success)
    }

    @Test(arguments: RewardProfile.allCases) func profilesRewardTheSameTask(profile: RewardProfile) throws {
        var options = EpisodeOptions()
        options.reward = profile
        let right = Player(world, task: "two_orders", options: options)
        for action in world.solution("two_orders") { try right.step(action) }
        try right.step(.answer(.null))
        #expect(abs(right.rewards.reduce(0, +) - 1) < 1e-12)
        let half = Player(world, task: "two_orders", options: options)
        try half.call("order", ["what": "tea"])
        try half.step(.answer(.null))
        let sum = half.rewards.reduce(0, +)
        switch profile {
        case .binary: #expect(half.rewards == [0, 0])
        case .awm: #expect(half.rewards == [0, 0.1])
        case .dense:
            #expect(half.rewards == [0.25, -0.25])
            #expect(sum == 0, "shaping must not pay for what is given back")
        }
    }

    @Test func awmPunishesAMalformedCallAndEnds() throws {
        var options = EpisodeOptions()
        options.reward = .awm
        for (tool, arguments): (String, JSON) in [("nope", [:]), ("order", ["what": 3]), ("order", "text")] {
            let player = Player(world, task: "two_orders", options: options)
            let result = try player.step(.call(tool: tool, arguments: arguments))
            #expect(result["reward"] == -1.0)
            #expect(result["terminated"] == true)
        }
        let refused = Player(world, task: "two_orders", options: options)
        try refused.call("line", ["order_id": 99, "item": "x"])
        #expect(refused.rewards == [0], "a refusal by the state is no malformed call")
        #expect(refused.episode.status == .running)
    }

    @Test func anEpisodeIsTruncatedAtItsLastStep() throws {
        var options = EpisodeOptions()
        options.maxSteps = 4
        let player = Player(world, task: "two_orders", options: options)
        for action in world.solution("two_orders") { try player.step(action) }
        #expect(player.episode.status == .truncated)
        #expect(player.rewards == [0, 0, 0, 1])
    }
}
