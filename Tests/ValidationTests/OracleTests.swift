import Database
import Environments
import Testing
import WireJSON

@testable import Episodes
@testable import Validation

/// The oracle that says which ends are right.
@Suite struct OracleTests {
    private let world: World
    private let material: Material
    private let pool = StagePool()

    init() throws {
        world = try Shop.world(
            """
            two: {instruction: x, solution: [{call: place_order, arguments: {customer_id: 1, total: 5.0}}, {call: place_order, arguments: {customer_id: 2, total: 6.0}}, {call: note_order, arguments: {order_id: 101, note: second}}], goal: {assertions: {x: "SELECT count(*) > 6 FROM orders"}, allow: [{table: orders}]}}
            """)
        material = try Material(world, seed: 0)
    }

    private func isRight(_ steps: [Probe.Step], prefix: Int = 0) throws -> Bool {
        let reference = try #require(try ReferencePath(world, task: 0, in: pool))
        let player = ProbePlayer(
            world: world, meanings: material.meanings, task: 0, reference: reference, endState: EndState(material, reference), pool: pool)
        let probe = Probe(family: .reordered, name: "x", note: "", prefix: prefix, steps: steps, answer: nil, answerIsRight: true)
        return try player.play(probe).isRightState
    }

    private func tool(_ name: String) throws -> Int { try #require(world.environment.toolIndex(name)) }

    @Test func theSolutionIsRightFromAnyOfItsStates() throws {
        #expect(try isRight([.original(0), .original(1), .original(2)]))
        #expect(try isRight([.original(2)], prefix: 2))
        #expect(try !isRight([.original(0), .original(1)]))
    }

    @Test func mintedNumbersMayBeOthers() throws { #expect(try isRight([.original(1), .original(0), .original(2)])) }

    @Test func timesMayBeLater() throws {
        #expect(try isRight(Array(repeating: .unknown("nothing"), count: 30) + [.original(0), .original(1), .original(2)]))
    }

    @Test func aNoteOnTheOtherNewOrderIsWrong() throws {
        #expect(try !isRight([.original(0), .original(1), .extra(tool: try tool("note_order"), ["order_id": 100, "note": "second"])]))
    }

    @Test func aNumberThatLooksLikeAMintedOneKeepsItsMeaning() throws {
        // Customer 1's total becomes 101, which is also what the second order is called: no renaming there.
        #expect(
            try !isRight([.original(1), .extra(tool: try tool("place_order"), ["customer_id": 1, "total": 101.0]), .original(2)]))
    }

    @Test func anotherRowIsWrong() throws {
        #expect(try !isRight([.original(0), .original(1), .original(2), .extra(tool: try tool("cancel_order"), ["order_id": 14])]))
    }

    @Test func argumentsMeanTheColumnsThatStatementsCompareThemWith() throws {
        let definition = world.environment.definition
        func meant(_ tool: String, _ argument: String) throws -> [String] {
            material.places(try self.tool(tool), argument).map {
                "\(definition.tables[$0.table].name).\(definition.tables[$0.table].columns[$0.column].name)"
            }
        }
        #expect(try meant("cancel_order", "order_id") == ["orders.id"])
        #expect(try meant("place_order", "customer_id") == ["customers.id"])
        #expect(try meant("place_order", "total") == ["orders.total"])
        #expect(try meant("set_tier", "tier") == ["customers.tier"])
        #expect(try meant("find_customers", "name") == ["customers.name"])
        #expect(
            material.meanings.minted[try tool("place_order")]
                == [[ColumnPlace(table: try #require(definition.tables.firstIndex { $0.name == "orders" }), column: 0)]])
    }
}

@Suite struct AnswerWordingTests {
    /// Whether the format's own check agrees with what the wordings are meant to be.
    @Test(
        arguments: [
            ("number", AnswerDefinition.Kind.number(1250.5, tolerance: 0.005), JSON.number(1250.5)),
            ("text", .text(["Ana Sousa"]), "Ana Sousa"), ("boolean", .boolean(true), true), ("date", .date("2025-03-31"), "2025-03-31"),
            ("moment", .dateTime("2025-03-31T10:00:00Z"), "2025-03-31T10:00:00Z"), ("set", .set(["Momo", "Emma"]), ["Momo", "Emma"]),
            ("list", .list(["Momo", "Emma"]), ["Momo", "Emma"]), ("mentions", .mentions(["8985", "Momo"]), "8985, Momo"),
        ] as [(String, AnswerDefinition.Kind, JSON)])
    func theFormatAgrees(_ name: String, _ kind: AnswerDefinition.Kind, _ answer: JSON) throws {
        let wordings = AnswerWordings(kind, answer)
        #expect(!wordings.right.isEmpty)
        for right in wordings.right { #expect(kind.accepts(right), "\(name): \(right.text)") }
        for wrong in wordings.wrong(["Zeno", "Yves"]) { #expect(!kind.accepts(wrong), "\(name): \(wrong.text)") }
    }
}
