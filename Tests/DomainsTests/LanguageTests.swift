import Testing

@testable import Domains

@Suite struct LanguageTests {
    private func parsed(_ text: String) throws -> String { "\(try ExpressionParser.parse(text))" }

    private func fault(_ text: String) -> String? {
        do {
            _ = try ExpressionParser.parse(text)
            return nil
        } catch {
            return error.message
        }
    }

    @Test(arguments: [
        ("a or b and c", "a or (b and c)"), ("not a and b", "(not a) and b"), ("a + b * c", "a + (b * c)"), ("a - b - c", "(a - b) - c"),
        ("a = b + 1", "a = (b + 1)"), ("x is open or late", "(x is open or late)"), ("10 percent of a + b", "(10 percent of a) + b"),
        ("t + n days", "t + (n days)"), ("a.b.c < 3 hours + 1", "a.b.c < ((3 hours) + 1)"),
    ])
    func operatorsBindAsTheyRead(_ text: String, _ explicit: String) throws { #expect(try parsed(text) == parsed(explicit)) }

    @Test func anotherComparisonAfterOrIsNoFurtherWord() throws {
        #expect(try parsed("x is open or y is late") == parsed("(x is open) or (y is late)"))
        #expect(try parsed("x is open or n = 3") == parsed("(x is open) or (n = 3)"))
        #expect(try parsed("count(x: x is open or late)") != parsed("count(x: x is open)"))
    }

    @Test(arguments: [
        ("a +", "a value is expected at the end"), ("(a", "')' is expected at the end"), ("a b", "'b' is not expected there"),
        ("count(", "a kind of thing is expected at the end"), ("count(loan loan.a)", "')' is expected before 'loan'"),
        ("sum(loan)", "'for' is expected before ')'"), ("first(loan: a)", "'by' is expected before ':'"),
        ("a = 'x", "a quote is not closed"),
        ("a & b", "'&' means nothing here"), ("size(a)", "there is no function 'size'"), ("and", "'and' is not expected there"),
        ("", "a value is expected"),
    ])
    func faultsSayWhatIsExpected(_ text: String, _ message: String) {
        #expect(fault(text)?.contains(message) == true, "\(text): \(fault(text) ?? "no fault")")
    }

    @Test func nestingIsLimited() {
        #expect(fault(String(repeating: "(", count: 200) + "a" + String(repeating: ")", count: 200)) == "nested deeper than 40 levels")
    }

    @Test func longExpressionsAndPathsAreRefused() {
        #expect(fault(Array(repeating: "a", count: 250).joined(separator: " + ")) == nil)
        #expect(fault(Array(repeating: "a", count: 251).joined(separator: " + "))?.contains("more than 500 words and signs") == true)
        #expect(fault(Array(repeating: "a", count: 16).joined(separator: ".")) == nil)
        #expect(fault(Array(repeating: "a", count: 17).joined(separator: ".")) == "a path has more than 16 names")
    }

    @Test func aDayStandsInQuotes() {
        #expect(fault("due < 2025-03-31")?.contains("stands in quotes") == true)
        #expect(fault("due < '2025-03-31'") == nil)
    }

    @Test(
        arguments: [
            ("5..9", 5, 9, 1, 0), ("25..180 by 5", 25, 180, 5, 0), ("0.5..20.0 by 0.5", 5, 200, 5, 1), ("-3..3", -3, 3, 1, 0),
        ] as [(String, Int64, Int64, Int64, Int)])
    func rangesOfNumbersAreRead(_ text: String, _ low: Int64, _ high: Int64, _ step: Int64, _ places: Int) {
        #expect(NumberRange(text, places: nil) == NumberRange(low: low, high: high, step: step, places: places))
    }

    @Test(arguments: ["9..5", "5", "5..", "5..9 by 0", "5..9 by", "a..b", "5..9 every 2"])
    func wrongRangesAreNotRead(_ text: String) { #expect(NumberRange(text, places: 0) == nil) }

    @Test func wordsAreBentAsEnglishDoes() {
        #expect(
            Wording.plural("inquiry") == "inquiries" && Wording.plural("animal_species") == "animal_species"
                && Wording.plural("box") == "boxes")
        #expect(
            "hour".withArticle == "an hour" && "unit".withArticle == "a unit" && "X-ray".withArticle == "an X-ray"
                && "HbA1c".withArticle == "an HbA1c" && "invoice".withArticle == "an invoice")
        #expect(Wording.list(["a", "b", "c"]) == "a, b and c")
        #expect(
            Decimals.text(-1205, places: 2) == "-12.05" && Decimals.scaled("12.5", places: 2) == 1250
                && Decimals.scaled("1.234", places: 2) == nil)
    }
}
