import Determinism
import Testing

@testable import WireJSON

@Suite struct JSONParserTests {
    @Test(
        arguments: [
            ("null", JSON.null), (" [1,-2,3.5,1e3] ", [1, -2, 3.5, 1000.0]), (#"{"b":1,"a":[]}"#, ["b": 1, "a": []]),
            (#""\u00e9\ud83d\ude00\n\/""#, "é😀\n/"), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("-0", 0), (#""""#, ""), ("{}", [:]),
            (
                #"{"\u00e9":1,"e\u0301":2}"#,
                .object(JSONObject(uniqueMembers: [.init(name: "\u{e9}", value: 1), .init(name: "e\u{301}", value: 2)]))
            ),
        ] as [(String, JSON)])
    func reads(text: String, value: JSON) throws { #expect(try JSONParser.parse(Array(text.utf8)) == value) }

    @Test(arguments: [
        ("", 0, "ends"), ("[1,]", 3, "value"), ("{\"a\":1,}", 7, "name"), ("{\"a\":1,\"a\":2}", 7, "twice"), ("01", 0, "leading zero"),
        ("1.", 0, "'.'"), ("1e", 0, "exponent"), ("-", 0, "digits"), ("1e999", 0, "range"), ("\"\\ud800\"", 7, "surrogate"),
        ("\"a\u{01}\"", 2, "control"), ("\"abc", 0, "closing"), ("nul", 0, "word"), ("[1 2]", 3, "']'"), ("{} x", 3, "after"),
        ("\"\\x\"", 2, "escape"), ("\"\\u12g4\"", 5, "hexadecimal"), ("+1", 0, "value"), ("'a'", 0, "value"), ("NaN", 0, "value"),
    ])
    func refusesWithThePlace(text: String, offset: Int, words: String) {
        #expect {
            try JSONParser.parse(Array(text.utf8))
        } throws: { error in
            let error = error as! JSONError
            return error.offset == offset && error.message.contains(words)
        }
    }

    @Test func refusesBytesThatAreNotUTF8() {
        for bytes: [UInt8] in [[0x22, 0xff, 0x22], [0x22, 0xc3, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0xc3, 0xa9]] {
            #expect(throws: JSONError.self) { try JSONParser.parse(bytes) }
        }
    }

    @Test func boundsDepthAndValues() {
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(throws: JSONError.self) { try JSONParser.parse(Array(deep.utf8)) }
        #expect(throws: JSONError.self) { try JSONParser.parse(Array(String(repeating: "[", count: 1_000_000).utf8)) }
        #expect(throws: JSONError.self) { try JSONParser.parse(Array("[1,1,1]".utf8), limits: JSONLimits(depth: 9, values: 3)) }
    }

    @Test func findsARepeatedNameInALongObjectQuickly() {
        let members = (0..<50_000).map { "\"k\($0)\":0" }
        let clock = ContinuousClock()
        let time = clock.measure {
            #expect(throws: JSONError.self) { try JSONParser.parse(Array("{\((members + ["\"k7\":0"]).joined(separator: ","))}".utf8)) }
        }
        #expect(time < .seconds(20))
    }

    /// Whatever the writer writes the parser reads back, and the validator accepts; a random mutation never makes the two disagree.
    @Test(arguments: 0..<20) func writingAndReadingAgree(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed, purpose: "json")
        for _ in 0..<200 {
            let value = randomValue(&generator, depth: 0)
            let bytes = value.bytes
            #expect(try JSONParser.parse(bytes) == value)
            #expect(bytes.withUnsafeBufferPointer { JSONValidator.check($0) } != .invalid)
            var mutated = bytes
            mutated[generator.next(below: mutated.count)] = UInt8(generator.next(below: 256))
            let isRead = (try? JSONParser.parse(mutated)) != nil
            let verdict = mutated.withUnsafeBufferPointer { JSONValidator.check($0) }
            let text = String(decoding: mutated, as: UTF8.self)
            if isRead { #expect(verdict != .invalid, "seed \(seed): \(text)") }
            // What may be passed on as it is would be read back; the validator knows nothing of repeated names alone.
            if verdict == .plain, !isRead { #expect(text.contains("\":"), "seed \(seed): \(text)") }
        }
    }

    private func randomValue(_ generator: inout SeededGenerator, depth: Int) -> JSON {
        switch generator.next(below: depth > 4 ? 6 : 8) {
        case 0: return .null
        case 1: return .bool(generator.next(below: 2) == 0)
        case 2: return .integer(Int64(truncatingIfNeeded: generator.next()) >> Int64(generator.next(below: 64)))
        case 3:
            let number = Double(bitPattern: generator.next())
            return number.isFinite ? .number(number) : .null
        case 4, 5:
            let scalars = (0..<generator.next(below: 12)).compactMap { _ in Unicode.Scalar(UInt32(generator.next(below: 0x3000))) }
            return .string(String(String.UnicodeScalarView(scalars)))
        case 6: return .array((0..<generator.next(below: 5)).map { _ in randomValue(&generator, depth: depth + 1) })
        default:
            return .object(
                JSONObject(
                    uniqueMembers: (0..<generator.next(below: 5)).map {
                        .init(name: "k\($0)\"\\\u{7}", value: randomValue(&generator, depth: depth + 1))
                    }))
        }
    }
}
