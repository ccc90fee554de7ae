import Testing

@testable import WireJSON

@Suite struct JSONWriterTests {
    @Test(arguments: [
        (0.1, "0.1"), (250.0, "250.0"), (41.91999999999999, "41.91999999999999"), (1e21, "1e+21"), (-0.0, "-0.0"), (5e-324, "5e-324"),
    ])
    func writesTheShortestNumber(value: Double, text: String) { #expect(JSON.number(value).text == text) }

    @Test func writesNoInfinity() { #expect(JSON.number(.infinity).text == "null") }

    @Test(arguments: [Int64.min, -10, -1, 0, 9, 10, 99, 100, .max])
    func writesIntegers(value: Int64) { #expect(JSON.integer(value).text == "\(value)") }

    @Test func escapesOnlyWhatMustBe() {
        #expect(JSON.string("\"\\/\u{8}\u{c}\n\r\t\u{1}\u{7f}é😀").text == #""\"\\/\b\f\n\r\t\u0001"# + "\u{7f}é😀\"")
    }

    @Test func mendsTextThatIsNotUTF8() {
        var writer = JSONWriter()
        [UInt8]([0x61, 0xff, 0x62]).withUnsafeBufferPointer { writer.string(utf8: $0) }
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "\"a\u{fffd}b\"")
    }
}
