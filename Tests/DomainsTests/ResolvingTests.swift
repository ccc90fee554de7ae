import Specifications
import Testing

@testable import Domains

@Suite struct ResolvingTests {
    @Test func aSmallDomainIsRead() throws {
        let model = try Fixtures.domain(Fixtures.whole).model(absent: [], parameters: ["limit": 2000])
        #expect(model.entities.map(\.name) == ["reader", "book", "loan"])
        #expect(model.verbs.map(\.name) == ["lend_book", "end_loan"])
        #expect(model.entities[2].states.map(\.name) == ["open", "closed"])
        #expect(model.verbs[1].requirements[0].code == "not_open")
        #expect(model.entities[1].attributes[2].type == .boolean)
    }

    /// What is put in place of a part of the sound domain, and what must be said of it.
    @Test(arguments: [
        ("{reader.name} owes", "{reader.nam} owes", "reader has no attribute 'nam' (did you mean 'name'?)"),
        ("reader.owes <= limit", "reader.owes <= limt", "'limt' means nothing here (did you mean 'limit'?)"),
        ("reader.owes <= limit", "reader.owes <= days", "that is a whole number, not an amount of money"),
        ("reader.owes <= limit", "reader.name <= limit", "that is an amount of money, not text"),
        ("reader.owes <= limit", "reader.owes", "that is an amount of money, not true or false"),
        ("other is open)\", else", "other is opne)\", else", "'opne' is not one of open, closed (did you mean 'open'?)"),
        ("other.book = book and other is open)\", else", "other.book = reader)\", else", "that is a reader, not a book"),
        ("loan is open", "book is open", "'book' means nothing here"),
        ("creates: loan", "creates: lone", "there is no entity 'lone' (did you mean 'loan'?)"),
        ("{due: today + days days}", "{duee: today + days days}", "loan has no attribute 'duee' (did you mean 'due'?)"),
        ("    with: {due: today + days days}\n", "", "nothing says what the 'due' of a new loan is"),
        ("loan.state = closed", "loan.state = 3", "that is a whole number, not one of open, closed"),
        ("loan.state = closed", "loan.due += 3", "'+=' goes with numbers"),
        ("loan.state = closed", "loan.book.heavy = true", "'heavy' is computed, so nothing can set it"),
        ("loan.ended = today", "loan.due = loan.ended", "may be missing, and 'due' never is"),
        ("given: {loan: loan}", "given: {loan: lone}", "'lone' is neither an entity nor a list of words"),
        ("belongs to: [reader, book]", "belongs to: [reader, bok]", "there is no entity 'bok' (did you mean 'book'?)"),
        ("1..2 per reader", "1..2 per shelf", "loan belongs to no 'shelf'"),
        ("{text: title, unique", "{text: titel, unique", "there is no list of words 'titel'"),
        ("pages > 500", "weight > 500", "'weight' means nothing here"), ("pages > 500", "heavy", "it builds on itself"),
        ("when: due >= today", "when: due >= now", "that is a moment, not a day"),
        ("lend {book} to", "lend {bok} to", "'bok' means nothing here"),
        ("when: due >= today", "when: \"days(due, now) > 1\"", "that is a moment, not a day"),
        ("{date: -10..20 days}", "{date: soon}", "is not a range of time"),
        ("{integer: 100..900}", "{integer: 900..100}", "is not a range of numbers"), ("count: 5", "count: few", "is not a count"),
        ("phrase: [\"take back {loan}\"]", "phrase: [\"take back {loan\"]", "'{' without '}'"),
        ("  end_loan:", "  lend_book:", "occurs twice"),
        ("loan.ended = today", "loan.ended == today", "a value is expected before '='"),
        ("reader: reader, book: book", "reader: reader", "'book' means nothing here"),
    ])
    func mistakesAreReportedWhereTheyAre(_ part: String, _ replacement: String, _ message: String) {
        let text = Fixtures.whole.replacing(part, with: replacement, maxReplacements: 1)
        #expect(text != Fixtures.whole)
        let mistakes = Fixtures.mistakes(text)
        #expect(mistakes.contains { $0.contains(message) }, "\(mistakes)")
        // Each names its line, and none is reported for another one's sake many times over.
        #expect(mistakes.count <= 4 && mistakes.allSatisfy { !$0.hasPrefix("0") })
    }

    @Test func aValueThatOnlyTheUserKnowsMustBeSaid() {
        let text = Fixtures.whole.replacing("given: {loan: loan}", with: "given: {loan: loan, day: {date: past 3 days}}")
        #expect(Fixtures.mistakes(text).contains { $0.contains("does not say '{day}'") })
    }

    @Test func whatCannotBeWithoutAnAbsentThingIsAbsentToo() throws {
        let domain = try Fixtures.domain(
            Fixtures.whole
                + "sometimes: [book, reader.owes]\nquestions: [{ask: \"How long is {book}?\", given: {book: book}, answer: book.pages}]\n")
        let without = try domain.model(absent: ["book"], parameters: [:])
        #expect(without.entities.map(\.name) == ["reader"])
        #expect(without.verbs.isEmpty && without.questions.isEmpty)
        // A requirement goes where its attribute is not; the verb stays.
        let free = try domain.model(absent: ["reader.owes"], parameters: [:])
        #expect(free.verbs[0].requirements.map(\.code) == ["lent"])
    }

    @Test func onlyPartsOfTheDomainMayBeAbsent() {
        #expect(
            Fixtures.mistakes(Fixtures.whole + "sometimes: [shelf.colour]\n").contains { $0.contains("'sometimes' names 'shelf.colour'") })
    }
}
