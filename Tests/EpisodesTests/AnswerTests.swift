@testable import Environments
import Testing
import WireJSON

@testable import Episodes

@Suite struct AnswerTests {
    private func kind(_ type: String, _ value: JSON, tolerance: Double = 0.01, ordered: Bool = true) throws -> AnswerDefinition.Kind {
        try #require(AnswerDefinition.Kind(type, value, tolerance: tolerance, isOrdered: ordered))
    }

    /// An answer, and as JSON arrays what it must accept and what it must not.
    struct Case: Sendable {
        let type: String
        let value: String
        let right: String
        let wrong: String

        init(_ type: String, _ value: String, right: String, wrong: String) {
            self.type = type
            self.value = value
            self.right = right
            self.wrong = wrong
        }
    }

    static let cases = [
        Case(
            "number", "12.5", right: #"[12.5, 12.51, 12.49, "12.50", " $12.5 ", "12.504"]"#,
            wrong: #"[12.6, "12.5 or 13", "about 12.5", "", "1e1", null, [12.5]]"#),
        Case("number", "1250", right: #"["1,250.00", "1250"]"#, wrong: #"["1,25", "12,50", "1250 and 1251"]"#),
        Case("text", #""Café  Noir""#, right: #"["café noir", " CAFÉ\nNOIR "]"#, wrong: #"["cafe noir", "café noir!", "", 3]"#),
        Case("text", #"["red", "scarlet"]"#, right: #"["Scarlet"]"#, wrong: #"["red, scarlet"]"#),
        Case("boolean", "true", right: #"[true, "Yes", "TRUE"]"#, wrong: #"[false, "no", 1, "yes no"]"#),
        Case("date", #""2025-03-31""#, right: #"["2025-03-31", "2025-03-31T10:00:00Z"]"#, wrong: #"["2025-03-30", "31 March", 20250331]"#),
        Case(
            "date-time", #""2025-03-31T10:00:00Z""#, right: #"["2025-03-31T12:00:00+02:00"]"#,
            wrong: #"["2025-03-31", "2025-03-31T10:00:01Z"]"#),
        Case("set", #"["a", 2]"#, right: #"["a, 2", ["2", "A"], [2, "a", "a"]]"#, wrong: #"[["a"], ["a", 2, 3], "a 2", ["a", 3]]"#),
        Case("set", "[1234567, 7654321]", right: "[[7654321, 1234567]]", wrong: "[[1234568, 7654321]]"),
        Case("list", #"["a", "b"]"#, right: #"[["A", "b"], "a; b"]"#, wrong: #"[["b", "a"], ["a"], ["a", "b", "b"]]"#),
        Case(
            "table", #"[["a", 1], ["b", 2.5]]"#, right: #"[[["a", 1], ["b", 2.5]], [{"n": "a", "c": 1}, {"n": "b", "c": "2.5"}]]"#,
            wrong: #"[[["b", 2.5], ["a", 1]], [["a", 1]]]"#),
        Case("mentions", #"["42", "Main St"]"#, right: #"["It is 42, on  main st."]"#, wrong: #"["42", "", 42]"#),
    ]

    @Test(arguments: cases) func acceptsWhatMeansTheSameAndNothingElse(each: Case) throws {
        func json(_ text: String) throws -> JSON { try JSONParser.parse(Array(text.utf8)) }
        let answer = try kind(each.type, try json(each.value))
        for given in try #require(try json(each.right).array) {
            #expect(answer.accepts(given), "\(each.type) \(each.value) must accept \(given.text)")
        }
        for given in try #require(try json(each.wrong).array) {
            #expect(!answer.accepts(given), "\(each.type) \(each.value) must not accept \(given.text)")
        }
    }

    @Test func anUnorderedTableCountsItsRows() throws {
        let answer = try kind("table", [["a"], ["a"], ["b"]], ordered: false)
        #expect(answer.accepts([["b"], ["a"], ["a"]]))
        #expect(!answer.accepts([["b"], ["b"], ["a"]]))
    }

    @Test func aFloodOfCandidatesIsWrongAndCheap() throws {
        let answer = try kind("set", .array((0..<100).map { .string("item \($0)") }))
        let flood = JSON.array((0..<100_000).map { .string("item \($0)") })
        let time = ContinuousClock().measure { #expect(!answer.accepts(flood)) }
        #expect(time < .seconds(5))
    }
}
