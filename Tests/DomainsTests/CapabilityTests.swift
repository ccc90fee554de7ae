import Specifications
import Testing

@testable import Domains

@Suite struct CapabilityTests {
    private static let stamps = """
        orrery: capability/1
        capability: stamps
        takes: {on: an entity, by: {is: people, optional: true}, colours: {is: words, default: stamp_colour}}
        words: {stamp_colour: [red, blue], "<on>_place": [top, bottom]}
        entities:
          <on>_stamp:
            belongs to: {<on>: <on>, giver: <by>}
            attributes: {colour: {text: <colours>}, place: {text: <on>_place}}
            described: ["the {colour} stamp on {<on>}"]
        verbs:
          stamp_<on>:
            creates: <on>_stamp
            given: {<on>: <on>, giver: <by>, colour: <on>_stamp.colour, place: <on>_stamp.place}
            phrase: ["put a {colour} stamp on {<on>}, at the {place}"]
        extends:
          <on>: {attributes: {stamps: {computed: "count(<on>_stamp: <on>_stamp.<on> = <on>)"}}}

        """

    @Test func parametersStandForWhatIsGiven() throws {
        let domain = try Fixtures.domain(Fixtures.whole + "capabilities: [{stamps: {on: book, by: reader}}]\n", capabilities: [Self.stamps])
        let model = try domain.model(absent: [], parameters: [:])
        #expect(model.entities.map(\.name) == ["reader", "book", "loan", "book_stamp"])
        #expect(model.entities[3].attributes.map(\.name) == ["book", "giver", "colour", "place"])
        #expect(model.entities[1].attribute("stamps") != nil)
        #expect(model.verb("stamp_book")?.arguments.map(\.variable.name) == ["book", "giver", "colour", "place"])
    }

    @Test func whatMentionsAMissingParameterIsLeftOut() throws {
        let domain = try Fixtures.domain(Fixtures.whole + "capabilities: [{stamps: book}]\n", capabilities: [Self.stamps])
        let model = try domain.model(absent: [], parameters: [:])
        #expect(model.entities[3].attributes.map(\.name) == ["book", "colour", "place"])
    }

    @Test func aCapabilityMayBeAbsent() throws {
        let text =
            Fixtures.whole
            + "capabilities: [{stamps: {on: book}, sometimes: true}]\nquestions: [{ask: \"How many stamps has {book}?\", given: {book: book}, answer: book.stamps}]\n"
        let domain = try Fixtures.domain(text, capabilities: [Self.stamps])
        let name = try #require(domain.choices.sometimes.first)
        #expect(try domain.model(absent: [], parameters: [:]).questions.count == 1)
        let without = try domain.model(absent: [name], parameters: [:])
        #expect(without.entities.count == 3 && without.questions.isEmpty)
    }

    @Test(arguments: [
        ("capabilities: [{stamp: book}]", "there is no capability 'stamp' (did you mean 'stamps'?)"),
        ("capabilities: [{stamps: {}}]", "'stamps' must be given 'on'"),
        ("capabilities: [{stamps: {on: book, buy: reader}}]", "'stamps' takes no 'buy' (did you mean 'by'?)"),
        ("capabilities: [{stamps: {on: bok}}]", "there is no entity 'bok'"),
        ("capabilities: [{stamps: book, notes: book}]", "a use of a capability is"),
    ])
    func mistakesInItsUseAreReported(_ line: String, _ message: String) {
        let mistakes = Fixtures.mistakes(Fixtures.whole + line + "\n", capabilities: [Self.stamps])
        #expect(mistakes.contains { $0.contains(message) }, "\(mistakes)")
    }

    @Test func aMistakeInACapabilityNamesItsUses() {
        let broken = Self.stamps.replacing("put a {colour}", with: "put a {color}")
        let uses = "capabilities: [{stamps: book}, {stamps: reader}]\n"
        do {
            _ = try Fixtures.domain(Fixtures.whole + uses, capabilities: [broken])
            Issue.record("the mistake is not found")
        } catch {
            let places = error.diagnostics.filter { $0.message.contains("'color' means nothing here") }
            #expect(places.allSatisfy { $0.location.file == "capability.yaml" && $0.location.line == 14 })
            #expect(Set(places.flatMap(\.location.usedAt).map(\.file)) == ["shelf.yaml"])
        }
    }

    @Test func anUnknownParameterIsReported() {
        let broken = Self.stamps.replacing("{text: <colours>}", with: "{text: <colour>}")
        let mistakes = Fixtures.mistakes(Fixtures.whole + "capabilities: [{stamps: book}]\n", capabilities: [broken])
        #expect(mistakes == ["8: there is no parameter 'colour' (did you mean 'colours'?)"], "\(mistakes)")
    }
}
