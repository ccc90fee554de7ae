/// Tells whether bytes are one JSON value, without making anything of them: for text that is passed on as it is.
public struct JSONValidator {
    /// What the bytes are.
    public enum Verdict: Sendable {
        /// JSON that can stand on a line of the protocol.
        case plain
        /// Perhaps JSON, with something that needs a closer look: line ends, escapes by number, exponents, deep nesting.
        case unusual
        /// Not JSON.
        case invalid
    }

    private let input: UnsafeBufferPointer<UInt8>
    private var index = 0
    private var isUnusual = false

    /// Returns what the bytes are, by RFC 8259 and as UTF-8. Names may repeat.
    public static func check(_ bytes: UnsafeBufferPointer<UInt8>) -> Verdict {
        var validator = JSONValidator(input: bytes)
        guard validator.value(depth: 0) else { return .invalid }
        validator.skipSpace()
        guard validator.index == bytes.count, bytes.allSatisfy({ $0 < 0x80 }) || String(validating: bytes, as: UTF8.self) != nil
        else { return .invalid }
        return validator.isUnusual ? .unusual : .plain
    }

    private init(input: UnsafeBufferPointer<UInt8>) { self.input = input }

    private var next: UInt8? { index < input.count ? input[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
            if byte == 0x0a || byte == 0x0d { isUnusual = true }
            index += 1
        }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: scalar) else { return false }
        index += 1
        return true
    }

    private mutating func value(depth: Int) -> Bool {
        if depth > 32 { isUnusual = true }
        guard depth <= 1000 else { return false }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return members("}", depth) { $0.string() && $0.colon() && $0.value(depth: depth + 1) }
        case UInt8(ascii: "["): return members("]", depth) { $0.value(depth: depth + 1) }
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return word("true")
        case UInt8(ascii: "f"): return word("false")
        case UInt8(ascii: "n"): return word("null")
        default: return number()
        }
    }

    private mutating func members(_ close: Unicode.Scalar, _ depth: Int, _ member: (inout JSONValidator) -> Bool) -> Bool {
        index += 1
        skipSpace()
        if take(close) { return true }
        while true {
            skipSpace()
            guard member(&self) else { return false }
            skipSpace()
            if take(",") { continue }
            return take(close)
        }
    }

    private mutating func colon() -> Bool {
        skipSpace()
        return take(":")
    }

    private mutating func word(_ text: StaticString) -> Bool {
        for offset in 0..<text.utf8CodeUnitCount where index + offset >= input.count || input[index + offset] != text.utf8Start[offset] {
            return false
        }
        index += text.utf8CodeUnitCount
        return true
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while let byte = next {
            index += 1
            if byte == UInt8(ascii: "\"") { return true }
            if byte < 0x20 { return false }
            guard byte == UInt8(ascii: "\\") else { continue }
            guard let escaped = next else { return false }
            index += 1
            if escaped == UInt8(ascii: "u") {
                isUnusual = true
                for _ in 0..<4 {
                    guard let digit = next, Character(Unicode.Scalar(digit)).isHexDigit else { return false }
                    index += 1
                }
            } else if !"\"\\/bfnrt".utf8.contains(escaped) {
                return false
            }
        }
        return false
    }

    private mutating func digits() -> Int {
        let start = index
        while let byte = next, byte >= 48, byte <= 57 { index += 1 }
        return index - start
    }

    private mutating func number() -> Bool {
        _ = take("-")
        let start = index
        let whole = digits()
        guard whole > 0, whole == 1 || input[start] != UInt8(ascii: "0") else { return false }
        if take("."), digits() == 0 { return false }
        if whole > 300 { isUnusual = true }
        if let byte = next, byte | 0x20 == UInt8(ascii: "e") {
            isUnusual = true
            index += 1
            if !take("+") { _ = take("-") }
            return digits() > 0
        }
        return true
    }
}
