/// Values of headers that could not be written plainly.
enum HeaderValue {
    /// The text of `=?base64?...?=`; what is not written so is itself, and what is written badly is nothing.
    ///
    /// Source: Model Context Protocol, revision 2026-07-28, streamable HTTP.
    static func decoded(_ value: String) -> String? {
        let (opening, closing) = ("=?base64?", "?=")
        guard value.hasPrefix(opening), value.hasSuffix(closing), value.count >= opening.count + closing.count else { return value }
        let digits = value.dropFirst(opening.count).dropLast(closing.count)
        guard let bytes = bytes(digits) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        guard text.utf8.count % 4 == 0 else { return nil }
        var result: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        var padding = 0
        for byte in text.utf8 {
            let digit: UInt32
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = UInt32(byte) - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = UInt32(byte) - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(byte) + 4
            case UInt8(ascii: "+"): digit = 62
            case UInt8(ascii: "/"): digit = 63
            case UInt8(ascii: "="):
                padding += 1
                digit = 0
            default: return nil
            }
            if padding > 0, byte != UInt8(ascii: "=") { return nil }
            bits = bits << 6 | digit
            count += 1
            if count % 4 == 0 {
                result += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
                bits = 0
            }
        }
        guard padding <= 2 else { return nil }
        result.removeLast(padding)
        return result
    }
}
