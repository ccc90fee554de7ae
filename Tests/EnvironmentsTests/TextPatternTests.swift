import Testing

@testable import Environments

@Suite struct TextPatternTests {
    @Test(arguments: [
        ("^H-[0-9]{5}$", ["H-00042"], ["H-0042", "xH-00042", "H-000421", "H-0004a"]),
        ("b", ["abc"], ["ac", ""]), ("^(foo|ba[rz])+$", ["foobarbaz"], ["foob", ""]), ("^$", [""], [" "]), ("", ["", "x"], []),
        ("^\\d{2,3}\\.\\w*$", ["12.", "123.a_9"], ["1.", "1234.", "12.é"]), ("^[^\\d\\s]+$", ["äb-"], ["a1", "a b"]),
        ("^a?b+?c*$", ["b", "abbcc"], ["ac", "cb"]), ("^[]a-c-]+$", ["]-b"], ["d"]), ("^.$", ["é", "😀"], ["", "ab", "\n"]),
        ("^(?:a|)b{0}c$", ["c", "ac"], ["bc"]), ("^x{2,}$", ["xx", "xxxx"], ["x"]), ("a|^b$", ["ca", "b"], ["cb"]),
        ("^[\\w.+-]+@[\\w-]+\\.[a-z]{2,}$", ["ana.s+1@example.org"], ["ana@example", "@example.org"]),
    ])
    func findsWhatThePatternSays(pattern: String, found: [String], missed: [String]) throws {
        let pattern = try TextPattern(pattern)
        for text in found { #expect(pattern.isFound(in: text), "\(pattern.source) must be found in '\(text)'") }
        for text in missed { #expect(!pattern.isFound(in: text), "\(pattern.source) must not be found in '\(text)'") }
    }

    @Test(arguments: [
        "(", ")", "[a", "a**", "*", "a{2", "a{3,2}", "a{9999}", "\\", "(?=a)", "\\1", "\\b", "[z-a]", "(a{1000}){1000}",
        "(((a{30}){30}){30})", "((((){1000}){1000}){1000}){1000}",
    ])
    func refusesWhatIsNoPattern(pattern: String) {
        #expect(throws: TextPattern.Fault.self) { try TextPattern(pattern) }
    }

    @Test func noPatternStalls() throws {
        for source in ["^(a+)+$", "^(a|a)*$", "(.*)*b(.*)*c$", "^(a?){500}a{500}$"] {
            let pattern = try TextPattern(source)
            let time = ContinuousClock().measure { #expect(!pattern.isFound(in: String(repeating: "a", count: 400) + "!")) }
            #expect(time < .seconds(5), "\(source)")
        }
    }
}
