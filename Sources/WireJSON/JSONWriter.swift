/// Appends JSON text to a growing buffer: no white space, members in the order given.
///
/// The writer does not check structure: whoever writes raw brackets closes them.
public struct JSONWriter {
    /// The UTF-8 text so far.
    public var bytes: [UInt8] = []

    /// Makes an empty writer.
    public init() {}

    /// Appends text that is already JSON.
    @inlinable
    public mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends bytes that are already JSON.
    @inlinable
    public mutating func raw(_ text: [UInt8]) { bytes.append(contentsOf: text) }

    /// Appends one byte of JSON punctuation.
    @inlinable
    public mutating func byte(_ value: Unicode.Scalar) { bytes.append(UInt8(ascii: value)) }

    /// Appends `"name":`, preceded by a comma unless it begins an object.
    public mutating func name(_ name: String) {
        if let last = bytes.last, last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        string(name)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Appends a comma unless it would begin an array or follow nothing.
    public mutating func separator() {
        if let last = bytes.last, last != UInt8(ascii: "[") { bytes.append(UInt8(ascii: ",")) }
    }

    /// Appends a string, escaped.
    public mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(utf8: $0) }
    }

    /// Appends a string given as UTF-8; bytes that are not UTF-8 become U+FFFD.
    public mutating func string(utf8 text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        var highBits: UInt8 = 0
        for index in 0..<text.count {
            let byte = text[index]
            highBits |= byte
            if byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") { continue }
            append(text, start, index, highBits)
            start = index + 1
            escape(byte)
        }
        append(text, start, text.count, highBits)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ highBits: UInt8) {
        guard start < end else { return }
        let run = UnsafeBufferPointer(rebasing: text[start..<end])
        if highBits < 0x80 {
            bytes.append(contentsOf: run)
        } else {
            // An SQL expression can make text that is not UTF-8; a line of the protocol must be.
            bytes.append(contentsOf: String(decoding: run, as: UTF8.self).utf8)
        }
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0a: bytes.append(UInt8(ascii: "n"))
        case 0x0c: bytes.append(UInt8(ascii: "f"))
        case 0x0d: bytes.append(UInt8(ascii: "r"))
        default:
            raw("u00")
            for nibble in [byte >> 4, byte & 15] { bytes.append(nibble < 10 ? 48 + nibble : 87 + nibble) }
        }
    }

    /// Appends an integer.
    public mutating func integer(_ value: Int64) {
        if value >= 0 && value < 10 {
            bytes.append(48 + UInt8(value))
            return
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value.magnitude
            var index = 20
            repeat {
                index -= 1
                digits[index] = 48 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                index -= 1
                digits[index] = UInt8(ascii: "-")
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[index..<20]))
        }
    }

    /// Appends the shortest decimal that reads back as the same 64-bit float; an infinity or NaN, which JSON lacks, is `null`.
    public mutating func number(_ value: Double) {
        guard value.isFinite else {
            raw("null")
            return
        }
        var text = value.description
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    /// Appends `true` or `false`.
    public mutating func bool(_ value: Bool) {
        if value { raw("true") } else { raw("false") }
    }

    /// Appends any value.
    public mutating func value(_ value: JSON) {
        switch value {
        case .null: raw("null")
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .number(let value): number(value)
        case .string(let value): string(value)
        case .array(let elements):
            byte("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { byte(",") }
                self.value(element)
            }
            byte("]")
        case .object(let object):
            byte("{")
            for (index, member) in object.members.enumerated() {
                if index > 0 { byte(",") }
                string(member.name)
                byte(":")
                self.value(member.value)
            }
            byte("}")
        }
    }
}
