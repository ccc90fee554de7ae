import Environments
import Episodes
import Testing

@testable import Validation

/// Faults are planted in goals; each must be named.
@Suite struct PlantedFaultTests {
    @Test func soundTasksHaveNoSurvivor() throws {
        let results = try Shop.tried(
            """
            cancel: {instruction: Cancel the order of Ana Sousa., \(Shop.cancel), goal: reference}
            ask: {instruction: What does the order of Bo Lind cost?, solution: [{call: find_customers, arguments: {name: Bo Lind}}, {call: list_orders, arguments: {customer_id: 3}}, {answer: 47.25}], goal: reference}
            two: {instruction: Two new orders., solution: [{call: place_order, arguments: {customer_id: 1, total: 5.0}}, {call: place_order, arguments: {customer_id: 2, total: 6.0}}, {answer: [47.25]}], goal: reference}
            """)
        for result in results {
            #expect(result.isSound, "\(result.task): \(result.survivors.map(\.cause)) \(result.findings) \(result.differences)")
            #expect(result.total.rewarded > 0 && result.total.caught > 20)
        }
    }

    @Test(arguments: [
        (
            "any",
            "goal: {changes: [{table: orders, op: update, key: {id: 11}, values: {state: cancelled, note: {any: true}}}]}",
            "the goal takes any orders.note"
        ),
        (
            "one of",
            "goal: {changes: [{table: orders, op: update, key: {id: 11}, values: {state: {one_of: [cancelled, shipped]}}}], allow: [{table: customers}]}",
            "the goal lets anything happen to customers"
        ),
        (
            "allowed columns",
            "goal: {changes: [{table: orders, op: update, key: {id: 11}, values: {state: cancelled}}], allow: [{table: orders, columns: [note]}]}",
            "the goal lets anything happen to orders (note)"
        ),
        (
            "only an assertion",
            "goal: {allow: [{table: orders}], assertions: {cancelled: \"SELECT count(*) >= 2 FROM orders WHERE state = 'cancelled'\"}}",
            "the goal lets anything happen to orders"
        ),
    ])
    func looseGoalsAreNamed(_ fault: String, _ goal: String, _ cause: String) throws {
        let causes = try Shop.causes("t: {instruction: Cancel the order of Ana Sousa., \(Shop.cancel), \(goal)}")
        #expect(causes.contains(cause), "\(fault): \(causes)")
    }

    @Test func aLooseValueIsNamedByItsColumn() throws {
        let solution = "solution: [{call: place_order, arguments: {customer_id: 1, total: 5.0}}]"
        func goal(_ total: String) -> String {
            "t: {instruction: Order for 5., \(solution), goal: {changes: [{table: orders, op: insert, values: {id: {any: true}, customer_id: 1, state: pending, total: \(total), placed_at: {any: true}, note: null}}]}}"
        }
        #expect(try Shop.causes(goal("{any: true}")).contains("the goal takes any orders.total"))
        #expect(try Shop.causes(goal("{within: [0, 100]}")).contains("the goal takes a range of orders.total"))
        #expect(try Shop.causes(goal("{one_of: [5.0, 6.0]}")).contains("the goal takes one of several orders.total"))
        #expect(try Shop.causes(goal("5.0")).isEmpty)
    }

    @Test func aGoalThatHoldsAtTheStartIsNamed() throws {
        let causes = try Shop.causes(
            """
            t:
              instruction: See that Bo Lind is gold.
              trivial: true
              solution: [{call: find_customers, arguments: {name: Bo Lind}}]
              goal: {assertions: {gold: "SELECT tier = 'gold' FROM customers WHERE id = 3"}}
            """)
        #expect(causes.contains(Causes.holdsAtStart))
    }

    @Test func aGuessableAnswerIsFound() throws {
        let ask =
            "instruction: Is Ana Sousa's order pending?, solution: [{call: list_orders, arguments: {customer_id: 1}}, {answer: true}], goal: reference"
        let results = try Shop.tried("t: {\(ask)}")
        #expect(results[0].guessChance == 0.5)
        #expect(results[0].findings.map(\.cause) == ["the answer, which is all that is asked for, can be guessed"])
        #expect(results[0].weaknesses.first?.place.contains("50.0 %") == true)
    }

    @Test func aGoalThatInsistsOnTheTimeDeniesOtherRightWays() throws {
        let causes = try Shop.causes(
            """
            t:
              instruction: Order for 5.
              solution: [{call: place_order, arguments: {customer_id: 1, total: 5.0}}]
              goal: {changes: [{table: orders, op: insert, values: {id: {any: true}, customer_id: 1, state: pending, total: 5.0, placed_at: 2025-03-10T09:00:00Z, note: null}}]}
            """)
        #expect(
            causes.contains("another right way is denied: the goal insists on placed_at"), "\(causes)")
    }

    @Test func aGoalThatInsistsOnAMintedNumberDeniesOtherRightWays() throws {
        let causes = try Shop.causes(
            """
            t:
              instruction: Order for 5, and for 6.
              solution: [{call: place_order, arguments: {customer_id: 1, total: 5.0}}, {call: place_order, arguments: {customer_id: 2, total: 6.0}}]
              goal:
                changes:
                  - {table: orders, op: insert, values: {id: 100, customer_id: 1, state: pending, total: 5.0, placed_at: {any: true}, note: null}}
                  - {table: orders, op: insert, values: {id: 101, customer_id: 2, state: pending, total: 6.0, placed_at: {any: true}, note: null}}
            """)
        #expect(causes.contains { $0.hasPrefix("another right way is denied") }, "\(causes)")
    }

    @Test func aTaskWithoutASolutionIsAFinding() throws {
        let causes = try Shop.causes(
            "t: {instruction: Cancel the order., goal: {changes: [{table: orders, op: update, key: {id: 11}, values: {state: cancelled}}]}}"
        )
        #expect(causes.contains { $0.hasPrefix("the task has no reference solution") })
    }

    @Test func examplesAreMinimal() throws {
        let results = try Shop.tried(
            "t: {instruction: Cancel the order of Ana Sousa., \(Shop.cancel), goal: {changes: [{table: orders, op: update, key: {id: 11}, values: {state: cancelled}}], allow: [{table: customers}]}}"
        )
        let survivor = try #require(results[0].survivors.first { $0.family == .collateral })
        #expect(survivor.calls.map(\.tool) == ["cancel_order", "set_tier"])
    }

    @Test func whatAMatcherAcceptsIsTriedHoweverFarAway() throws {
        let causes = try Shop.causes(
            "t: {instruction: Order for Ana Sousa., solution: [{call: place_order, arguments: {customer_id: 1, total: 5.0}}], goal: {changes: [{table: orders, op: insert, values: {id: {any: true}, customer_id: {one_of: [1, 6]}, state: pending, total: 5.0, placed_at: {any: true}, note: null}}]}}"
        )
        #expect(causes == ["the goal takes one of several orders.customer_id"])
    }

    @Test func anAnswerThatAcceptsSeveralCandidatesIsFound() throws {
        let causes = try Shop.causes(
            "t: {instruction: Cancel the order of Ana Sousa. Who is gold?, \(Shop.cancel.dropLast()), {call: find_customers, arguments: {name: Bo Lind}}, {answer: Bo Lind}], goal: {changes: [{table: orders, op: update, key: {id: 11}, values: {state: cancelled}}], answer: {type: text, value: [Bo Lind, Ed Lake]}}}"
        )
        #expect(causes == ["the check of the answer accepts several of the values that could be meant"])
    }

    @Test func aWriteThatChangesNothingIsFound() throws {
        let causes = try Shop.causes(
            "t: {instruction: Cancel it and make her plain., \(Shop.cancel.dropLast()), {call: set_tier, arguments: {customer_id: 1, tier: plain}}], goal: reference}"
        )
        #expect(causes == ["a writing call of the reference solution changes nothing, so that it may be left out"])
    }

    /// What shows of a task without a probe, each with what is nearly the same and sound.
    @Test(arguments: [
        (
            "Note 'Call first' on order 11.", "[{call: note_order, arguments: {order_id: 11, note: Call Ana}}]", "reference",
            "the goal insists on a text that nobody has said"
        ),
        (
            "Note CALL FIRST on order 11.", "[{call: note_order, arguments: {order_id: 11, note: Call first}}]", "reference",
            "the goal insists on a text that was said with other capitals"
        ),
        ("Note 'Call first' on order 11.", "[{call: note_order, arguments: {order_id: 11, note: Call first}}]", "reference", nil),
        (
            "Order for 5.", "[{call: place_order, arguments: {customer_id: 1, total: 5.0}}]",
            "{changes: [{table: orders, op: insert, values: {id: 100, customer_id: 1, state: pending, total: 5.0, placed_at: {any: true}, note: null}}]}",
            "the goal insists on an identifier that the tools make up: orders.id"
        ),
        (
            "What does 12 cost?", "[{call: list_orders, arguments: {customer_id: 2}}, {answer: {type: number, value: 31, tolerance: 15}}]",
            "reference", "the tolerance of the answer takes in other values than the right one, rounded"
        ),
        (
            "What does 12 cost?", "[{call: list_orders, arguments: {customer_id: 2}}, {answer: '$31.00'}]", "reference",
            "the answer is a number, but is checked as a text, which refuses other ways to write it"
        ),
        (
            "When was 12 placed?", "[{call: list_orders, arguments: {customer_id: 2}}, {answer: 2 March 2025}]", "reference",
            "the answer is a date, but is checked as a text, which refuses other ways to write it"
        ),
        (
            "Who are 1 and 2?", "[{call: find_customers, arguments: {name: Ana Sousa}}, {answer: Ana Sousa and Ana Souza}]", "reference",
            "the answer is several values, but is checked as a text, which refuses other ways to write it"
        ),
        (
            "Who is gold?", "[{call: find_customers, arguments: {name: Ana Sousa}}, {answer: Di Moon}]", "reference",
            "the answer stands in nothing that the solution was shown"
        ),
        (
            "Is 11 pending or shipped?", "[{call: list_orders, arguments: {customer_id: 1}}, {answer: pending}]", "reference",
            "the answer, which is all that is asked for, can be guessed"
        ),
    ])
    func whatShowsWithoutAProbeIsFound(_ instruction: String, _ solution: String, _ goal: String, _ cause: String?) throws {
        let causes = try Shop.causes("t: {instruction: \"\(instruction)\", solution: \(solution), goal: \(goal)}")
        if let cause { #expect(causes.contains(cause), "\(causes)") } else { #expect(causes.isEmpty, "\(causes)") }
    }

    @Test func anAnswerThatPassesIsFound() throws {
        let tool =
            "  clock_left: {description: x, effect: read, result: {row: \"SELECT 1440 - CAST(strftime('%M', :now) AS INTEGER) AS left\"}}\n"
        let text = Shop.head.replacing("tasks:\n", with: tool + "tasks:\n")
        let task = "  t: {instruction: How many minutes are left?, solution: [{call: clock_left}, {answer: 1440}], goal: reference}\n"
        let world = try World(try EnvironmentLoader.load(Array((text + task).utf8), file: "shop.yaml"))
        let causes = try Shop.tried(world).flatMap(\.findings).map(\.cause)
        #expect(causes.contains("the answer is another one some steps later: it depends on how quick the agent is"), "\(causes)")
    }

    /// Two calls that may be given each other's arguments, and a row that only few calls can reach.
    @Test func valuesThatAreExchangedAndRowsThatAreRareAreTried() throws {
        let exchanged = try Shop.causes(
            """
            t:
              instruction: Order for 5 for Ana Sousa, and for 6 for Bo Lind.
              solution: [{call: place_order, arguments: {customer_id: 1, total: 5.0}}, {call: place_order, arguments: {customer_id: 3, total: 6.0}}]
              goal:
                changes:
                  - {table: orders, op: insert, values: {id: {any: true}, customer_id: 1, state: pending, total: {one_of: [5.0, 6.0]}, placed_at: {any: true}, note: null}}
                  - {table: orders, op: insert, values: {id: {any: true}, customer_id: 3, state: pending, total: {one_of: [5.0, 6.0]}, placed_at: {any: true}, note: null}}
                assertions: {sum: "SELECT sum(total) = 11 FROM orders WHERE id >= 100"}
            """)
        #expect(Set(exchanged) == ["the goal takes one of several orders.total"])
        let rare =
            "  refund: {description: x, effect: write, arguments: {order_id: integer, customer_id: integer, total: number, placed_at: date-time}, steps: [{find: \"SELECT id FROM orders WHERE id = :order_id AND customer_id = :customer_id AND total = :total AND placed_at = :placed_at AND customer_id <> 4 AND EXISTS (SELECT 1 FROM orders WHERE id >= 100)\", else: {code: no, message: No.}}, {change: \"UPDATE customers SET tier = CASE tier WHEN 'gold' THEN 'plain' ELSE 'gold' END WHERE id = :customer_id\"}]}\n"
        let text = Shop.head.replacing("tasks:\n", with: rare + "tasks:\n").replacing(
            "  set_tier:", with: "  set_tier_of_nobody:"
        ).replacing("SET tier = :tier WHERE id = :customer_id", with: "SET tier = :tier WHERE id = :customer_id AND 0")
        let task =
            "  t: {instruction: Order for 5., solution: [{call: place_order, arguments: {customer_id: 4, total: 5.0}}], goal: {changes: [{table: orders, op: insert, values: {id: {any: true}, customer_id: 4, state: pending, total: 5.0, placed_at: {any: true}, note: null}}], allow: [{table: customers}]}}\n"
        let world = try World(try EnvironmentLoader.load(Array((text + task).utf8), file: "shop.yaml"))
        #expect(try Shop.tried(world).flatMap(\.survivors).map(\.cause).contains("the goal lets anything happen to customers"))
    }

    /// However few there are: each of the other customers in turn is the only one whom the call accepts, too.
    @Test(arguments: 2...6) func anotherRowIsTriedUntilACallAcceptsIt(_ other: Int) throws {
        let text = Shop.head.replacing(
            "- next: {new: order}",
            with: "- require: \":customer_id IN (1, \(other))\"\n        else: {code: no, message: No.}\n      - next: {new: order}")
        let task =
            "  t: {instruction: Order for 5., solution: [{call: place_order, arguments: {customer_id: 1, total: 5.0}}], goal: {changes: [{table: orders, op: insert, values: {id: {any: true}, customer_id: {any: true}, state: pending, total: 5.0, placed_at: {any: true}, note: null}}]}}\n"
        let world = try World(try EnvironmentLoader.load(Array((text + task).utf8), file: "shop.yaml"))
        let survivors = try Shop.tried(world).flatMap(\.survivors).filter { $0.family == .neighbour }
        #expect(survivors.map(\.cause).contains("the goal takes any orders.customer_id"))
    }

    @Test func aQuestionThatNobodyAnswersIsAWeakness() throws {
        let ask = "t: {instruction: \"Cancel the order of Ana Sousa. What did it cost?\", \(Shop.cancel), goal: reference}"
        #expect(try Shop.tried(ask)[0].weaknesses.contains { $0.place.contains("What did it cost?") })
        let polite = "t: {instruction: \"Could you cancel the order of Ana Sousa?\", \(Shop.cancel), goal: reference}"
        #expect(try Shop.tried(polite)[0].weaknesses.isEmpty)
    }

    /// Tools whose outcome depends on the seed or on the time, with goals that do not show it when they are proven.
    @Test(arguments: [
        (
            "stamp", "with another seed: a tool depends on it",
            "UPDATE orders SET note = CASE WHEN :token < '8' THEN 'low' ELSE 'high' END WHERE id = :order_id"
        ),
        (
            "stamp", "at another pace: a tool depends on the clock",
            "UPDATE orders SET note = CASE WHEN :now < '2025-03-10T09:05:00Z' THEN 'early' ELSE 'late' END WHERE id = :order_id"
        ),
    ])
    func toolsThatDependOnMoreThanTheStateAreFound(_ name: String, _ cause: String, _ sql: String) throws {
        let tool =
            "  \(name): {description: x, effect: write, arguments: {order_id: integer}, steps: [{next: {token: token}}, {change: \"\(sql)\"}]}\n"
        let text = Shop.head.replacing("order: {start: 100}", with: "order: {start: 100}, token: {format: uuid}").replacing(
            "tasks:\n", with: tool + "tasks:\n")
        let task =
            "  t: {instruction: Stamp it., solution: [{call: \(name), arguments: {order_id: 11}}], goal: {changes: [{table: orders, op: update, key: {id: 11}, values: {note: {one_of: [low, high, early, late]}}}]}}\n"
        let world = try World(try EnvironmentLoader.load(Array((text + task).utf8), file: "shop.yaml"))
        let causes = try Shop.tried(world).flatMap(\.findings).map(\.cause)
        #expect(causes.contains { $0.hasSuffix(cause) }, "\(causes)")
    }
}
