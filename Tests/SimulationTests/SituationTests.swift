import Determinism
import Domains
import Foundation
import Testing

@testable import Simulation

@Suite struct SituationTests {
    /// A model of readers, books and loans, from a file of its own.
    private static func model() throws -> Model {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-situation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = """
            orrery: domain/1
            domain: shelf
            category: test
            summary: Books are lent.
            setting: You lend books.
            words: {word: [a, b]}
            entities:
              reader: {attributes: {name: {text: word}, owes: {money: 0..30}, since: {date: past 3 years}}}
              loan:
                belongs to: {reader: reader, earlier: loan?}
                attributes: {fee: {money: 1..5}, rate: {integer: 1..9}, due: {date: next 9 days}, at: {datetime: next 9 days}, note: {text: word, missing: 50}}
                lifecycle: {open: 1, closed: 1}
                unique: [[reader, due]]
                rules: ["fee > 0"]
            verbs:
              close_loan:
                given: {loan: loan}
                requires: [loan is open]
                effects: ["loan.state = closed", "loan.reader.owes += loan.fee"]
                phrase: ["close {loan}"]
              close_all:
                given: {reader: reader}
                effects: [{each: loan, where: loan.reader = reader and loan is open, do: ["loan.state = closed", "loan.fee += 1"]}]
                phrase: ["close all of {reader}"]
              renew_loan:
                creates: loan
                given: {loan: loan, due: loan.due}
                let: {first: "first(loan as other by other.due: other.reader = loan.reader)"}
                with: {reader: loan.reader, earlier: first, fee: 10 percent of loan.fee, rate: loan.rate * 2, at: loan.at + 1 hour}
                effects: [{delete: loan, when: loan is closed}]
                phrase: ["renew {loan} until {due}"]
            """
        let file = folder.appendingPathComponent("shelf.yaml")
        try Data(text.utf8).write(to: file)
        return try DomainLibrary.load(file.path).domains[0].model(absent: [], parameters: [:])
    }

    private static func situation() throws -> Situation {
        let model = try model()
        let styles = model.entities.map { KeyStyle(format: IdentifierFormat("\($0.name.first!)-{000}")!, sequence: $0.name, first: 1) }
        var situation = Situation(model, keyStyles: styles, codeStyles: [nil, nil], now: Instant("2025-03-10T09:00:00Z")!)
        for name in ["Ana", "Bo"] { situation.add(0, [.text(name), .number(0), .date(20_000)]) }
        for (reader, due, state) in [(0, 20_100, "open"), (0, 20_050, "open"), (1, 20_090, "closed")] {
            situation.add(
                1,
                [
                    .reference(reader), .missing, .number(250), .number(3), .date(Int64(due)), .instant(1_741_600_000), .missing,
                    .text(state),
                ])
        }
        return situation
    }

    private func value(_ situation: Situation, _ entity: String, _ thing: Int, _ attribute: String) -> Value {
        let index = situation.model.entity(entity)!
        return situation.value(thing, index, situation.model.entities[index].attribute(attribute)!)
    }

    @Test func aVerbDoesAllOrNothing() throws {
        var situation = try Self.situation()
        let verb = try #require(situation.model.verb("close_loan"))
        guard case .done = situation.apply(verb, [.reference(0)]) else { return #expect(Bool(false), "it is refused") }
        #expect(value(situation, "loan", 0, "state") == .text("closed") && value(situation, "reader", 0, "owes") == .number(250))
        #expect(situation.kinds[1].transitions[0].map(\.state) == ["open", "closed"])
        let before = situation
        guard case .refused(0) = situation.apply(verb, [.reference(0)]) else { return #expect(Bool(false), "it is not refused") }
        #expect(situation.sameRows(as: before))
    }

    @Test func eachEffectIsDoneToAllBeforeTheNext() throws {
        var situation = try Self.situation()
        _ = situation.apply(try #require(situation.model.verb("close_all")), [.reference(0)])
        for loan in 0...1 {
            #expect(value(situation, "loan", loan, "state") == .text("closed") && value(situation, "loan", loan, "fee") == .number(350))
        }
        #expect(value(situation, "loan", 2, "fee") == .number(250))
    }

    @Test func newThingsHaveValuesAndKeysOfTheirOwn() throws {
        var situation = try Self.situation()
        let verb = try #require(situation.model.verb("renew_loan"))
        guard case .done = situation.apply(verb, [.reference(0), .date(20_200)]) else { return #expect(Bool(false), "it is refused") }
        #expect(situation.key(3, 1) == .text("l-004"))
        #expect(value(situation, "loan", 3, "earlier") == .reference(1))  // due first
        #expect(value(situation, "loan", 3, "fee") == .number(25) && value(situation, "loan", 3, "rate") == .number(6))
        #expect(value(situation, "loan", 3, "at") == .instant(1_741_603_600) && value(situation, "loan", 3, "state") == .text("open"))
        #expect(situation.things(1).count == 4)
        // A closed one goes.
        _ = situation.apply(verb, [.reference(2), .date(20_201)])
        #expect(situation.things(1) == [0, 1, 3, 4] && situation.things(1, whose: 0, is: 1) == [4])
    }

    @Test func duplicatesBrokenRulesAndDanglingReferencesAreSeen() throws {
        var situation = try Self.situation()
        #expect(situation.brokenRule() == nil && situation.isUnique(0, 1, [0, 4]))
        situation.set(0, 1, 4, to: .date(20_050))
        #expect(!situation.isUnique(0, 1, [0, 4]))
        situation.set(1, 1, 2, to: .number(0))
        #expect(situation.brokenRule()?.thing == 1)
        situation.delete(0, 0)
        #expect(situation.danglingReference() == "loan")
        #expect(situation.things(differentFrom: try Self.situation()).count >= 3)
    }

    @Test(
        arguments: [
            ("2025-01-31", 1, TimeUnit.months, "2025-03-03"), ("2024-01-31", 1, .months, "2024-03-02"),
            ("2024-02-29", 1, .years, "2025-03-01"),
            ("2025-03-10", -3, .months, "2024-12-10"), ("2025-12-31", 2, .weeks, "2026-01-14"), ("2025-03-01", -1, .days, "2025-02-28"),
        ] as [(String, Int64, TimeUnit, String)])
    func daysMoveAsInSQLite(_ from: String, _ count: Int64, _ unit: TimeUnit, _ to: String) {
        let moved = Time.shifted(.date(CalendarDate(from)!.daysSinceEpoch), by: count, unit)
        #expect(moved == .date(CalendarDate(to)!.daysSinceEpoch))
    }

    @Test func missingValuesAreEqualToNothingElse() throws {
        let situation = try Self.situation()
        let type = ValueType.integer
        func holds(_ comparison: Comparison, _ a: Value, _ b: Value) -> Bool {
            var frame: [Value] = []
            return situation.isTrue(.compare(comparison, .constant(a, type), .constant(b, type)), &frame)
        }
        #expect(holds(.equal, .missing, .missing) && !holds(.equal, .missing, .number(0)) && holds(.unequal, .missing, .number(0)))
        for comparison in [Comparison.less, .atMost, .greater, .atLeast] { #expect(!holds(comparison, .missing, .number(0))) }
        #expect(Value.missing.precedes(.number(-5)) && !Value.missing.precedes(.missing))
        #expect(Value.text("Z").precedes(.text("a")) && Value.text("a").precedes(.text("á")))
    }
}
