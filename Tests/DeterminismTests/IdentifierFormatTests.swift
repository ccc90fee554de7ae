import Testing

@testable import Determinism

@Suite struct IdentifierFormatTests {
    @Test func padsCodes() {
        let format = IdentifierFormat("ORD-{00000}/x")
        #expect(format?.text(counter: 42, seed: 0, sequence: "s") == "ORD-00042/x")
        #expect(format?.text(counter: 1_234_567, seed: 0, sequence: "s") == "ORD-1234567/x")
    }

    @Test func mintsVersion4UUIDsFromSeedSequenceAndCounter() throws {
        let format = try #require(IdentifierFormat("uuid"))
        let first = format.text(counter: 1, seed: 7, sequence: "a")
        let parts = first.split(separator: "-")
        #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
        #expect(parts[2].first == "4")
        #expect("89ab".contains(parts[3].first!))
        #expect(first == format.text(counter: 1, seed: 7, sequence: "a"))
        #expect(
            Set([
                first, format.text(counter: 2, seed: 7, sequence: "a"), format.text(counter: 1, seed: 8, sequence: "a"),
                format.text(counter: 1, seed: 7, sequence: "b"),
            ]).count == 4)
    }

    @Test(arguments: ["", "ORD", "{}", "{00", "}0{", "{12}", "{00}{00}", "{0000000000000000000}"])
    func refusesOtherFormats(text: String) { #expect(IdentifierFormat(text) == nil) }
}
