/// Reads JSON (RFC 8259) strictly: one value, valid UTF-8, no duplicate names, no number that a 64-bit float cannot hold.
public struct JSONParser {
    private let input: UnsafeBufferPointer<UInt8>
    private let limits: JSONLimits
    private var index = 0
    private var values = 0
    private var offsets: [Int]?

    /// Reads one value from bytes.
    ///
    /// - Throws: ``JSONError`` with the offset of the fault.
    public static func parse(_ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits = .wire) throws(JSONError) -> JSON {
        var parser = JSONParser(input: bytes, limits: limits)
        return try parser.document()
    }

    /// Reads one value from bytes.
    ///
    /// - Throws: ``JSONError`` with the offset of the fault.
    public static func parse(_ bytes: [UInt8], limits: JSONLimits = .wire) throws(JSONError) -> JSON {
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(JSONError) in try parse(buffer, limits: limits) }
        }
        return try result.get()
    }

    /// Reads one value and where its parts begin: the offset of every value and of every member's name, in the order in which
    /// they stand in the text.
    ///
    /// - Throws: ``JSONError`` with the offset of the fault.
    public static func parseRecordingOffsets(_ bytes: [UInt8]) throws(JSONError) -> (value: JSON, offsets: [Int]) {
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(JSONError) in
                var parser = JSONParser(input: buffer, limits: .file)
                parser.offsets = []
                let value = try parser.document()
                return (value, parser.offsets ?? [])
            }
        }
        return try result.get()
    }

    private init(input: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.input = input
        self.limits = limits
    }

    private mutating func document() throws(JSONError) -> JSON {
        let result = try value(depth: 0)
        skipSpace()
        if index < input.count { throw JSONError("unexpected text after the value", offset: index) }
        return result
    }

    @inline(__always)
    private mutating func skipSpace() {
        while index < input.count {
            let byte = input[index]
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return }
            index += 1
        }
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        skipSpace()
        guard index < input.count else { throw JSONError("the text ends where a value is expected", offset: index) }
        values += 1
        if values > limits.values { throw JSONError("more than \(limits.values) values", offset: index) }
        offsets?.append(index)
        switch input[index] {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case let byte: throw unexpected(byte, "a value")
        }
    }

    private func unexpected(_ byte: UInt8, _ wanted: String) -> JSONError {
        let shown = byte > 0x20 && byte < 0x7f ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
        return JSONError("\(shown) where \(wanted) is expected", offset: index)
    }

    private mutating func expect(_ scalar: Unicode.Scalar, _ wanted: String) throws(JSONError) {
        skipSpace()
        guard index < input.count else { throw JSONError("the text ends where \(wanted) is expected", offset: index) }
        if input[index] != UInt8(ascii: scalar) { throw unexpected(input[index], wanted) }
        index += 1
    }

    private mutating func word(_ text: StaticString, _ result: JSON) throws(JSONError) -> JSON {
        for offset in 0..<text.utf8CodeUnitCount {
            guard index + offset < input.count, input[index + offset] == text.utf8Start[offset] else {
                throw JSONError("a word that is not true, false or null", offset: index)
            }
        }
        index += text.utf8CodeUnitCount
        return result
    }

    private func checkDepth(_ depth: Int) throws(JSONError) {
        if depth > limits.depth { throw JSONError("nested deeper than \(limits.depth) levels", offset: index) }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSON {
        try checkDepth(depth)
        index += 1
        var elements: [JSON] = []
        skipSpace()
        if index < input.count, input[index] == UInt8(ascii: "]") {
            index += 1
            return .array(elements)
        }
        while true {
            elements.append(try value(depth: depth))
            skipSpace()
            if index < input.count, input[index] == UInt8(ascii: ",") {
                index += 1
                continue
            }
            try expect("]", "',' or ']'")
            return .array(elements)
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSON {
        try checkDepth(depth)
        index += 1
        var members: [JSONObject.Member] = []
        skipSpace()
        if index < input.count, input[index] == UInt8(ascii: "}") {
            index += 1
            return .object(JSONObject())
        }
        var names: Set<[UInt8]> = []
        while true {
            skipSpace()
            guard index < input.count else { throw JSONError("the text ends inside an object", offset: index) }
            guard input[index] == UInt8(ascii: "\"") else { throw unexpected(input[index], "a member's name") }
            offsets?.append(index)
            let start = index
            let name = try string()
            // A short object is searched; a long one needs a set, or hostile input would cost the square of its length.
            if members.count == 16 { names = Set(members.map { Array($0.name.utf8) }) }
            let repeated =
                members.count < 16 ? members.contains { $0.name.hasSameBytes(as: name) } : !names.insert(Array(name.utf8)).inserted
            if repeated { throw JSONError("the name \"\(name.prefix(80))\" occurs twice in one object", offset: start) }
            try expect(":", "':'")
            members.append(JSONObject.Member(name: name, value: try value(depth: depth)))
            skipSpace()
            if index < input.count, input[index] == UInt8(ascii: ",") {
                index += 1
                continue
            }
            try expect("}", "',' or '}'")
            return .object(JSONObject(uniqueMembers: members))
        }
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = index
        var integral = true
        if input[index] == UInt8(ascii: "-") { index += 1 }
        let whole = digits()
        if whole == 0 { throw JSONError("a number without digits", offset: start) }
        if whole > 1, input[index - whole] == UInt8(ascii: "0") { throw JSONError("a number with a leading zero", offset: start) }
        if index < input.count, input[index] == UInt8(ascii: ".") {
            integral = false
            index += 1
            if digits() == 0 { throw JSONError("a number that ends in '.'", offset: start) }
        }
        if index < input.count, input[index] | 0x20 == UInt8(ascii: "e") {
            integral = false
            index += 1
            if index < input.count, input[index] == UInt8(ascii: "+") || input[index] == UInt8(ascii: "-") { index += 1 }
            if digits() == 0 { throw JSONError("a number without digits in its exponent", offset: start) }
        }
        if integral, whole <= 18 {
            var result: Int64 = 0
            let negative = input[start] == UInt8(ascii: "-")
            for position in (negative ? start + 1 : start)..<index { result = result * 10 + Int64(input[position] - 48) }
            return .integer(negative ? -result : result)
        }
        let text = String(decoding: input[start..<index], as: UTF8.self)
        if integral, let result = Int64(text) { return .integer(result) }
        guard let result = Double(text), result.isFinite else {
            throw JSONError("a number beyond the range of a 64-bit float", offset: start)
        }
        return .number(result)
    }

    private mutating func digits() -> Int {
        let start = index
        while index < input.count, input[index] >= 48, input[index] <= 57 { index += 1 }
        return index - start
    }

    private mutating func string() throws(JSONError) -> String {
        let open = index
        index += 1
        let start = index
        while index < input.count {
            let byte = input[index]
            if byte == UInt8(ascii: "\"") {
                let result = try text(start, index)
                index += 1
                return result
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(open, start) }
            if byte < 0x20 { throw JSONError("a control character inside a string", offset: index) }
            index += 1
        }
        throw JSONError("a string without its closing quote", offset: open)
    }

    private func text(_ start: Int, _ end: Int) throws(JSONError) -> String {
        guard let result = String(validating: UnsafeBufferPointer(rebasing: input[start..<end]), as: UTF8.self) else {
            throw JSONError("bytes that are not UTF-8", offset: start)
        }
        return result
    }

    private mutating func escapedString(_ open: Int, _ start: Int) throws(JSONError) -> String {
        var result = try text(start, index)
        while index < input.count {
            let byte = input[index]
            if byte == UInt8(ascii: "\"") {
                index += 1
                return result
            }
            if byte == UInt8(ascii: "\\") {
                index += 1
                result.unicodeScalars.append(try escape())
                continue
            }
            let run = index
            while index < input.count, input[index] != UInt8(ascii: "\""), input[index] != UInt8(ascii: "\\"), input[index] >= 0x20 {
                index += 1
            }
            if index < input.count, input[index] < 0x20 { throw JSONError("a control character inside a string", offset: index) }
            result += try text(run, index)
        }
        throw JSONError("a string without its closing quote", offset: open)
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        guard index < input.count else { throw JSONError("the text ends inside an escape", offset: index) }
        let byte = input[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try fourHex()
            if first & 0xfc00 == 0xd800, index + 1 < input.count, input[index] == UInt8(ascii: "\\"),
                input[index + 1] == UInt8(ascii: "u")
            {
                index += 2
                let second = try fourHex()
                if second & 0xfc00 == 0xdc00 {
                    return Unicode.Scalar(0x10000 + (first & 0x3ff) << 10 + (second & 0x3ff))!
                }
            }
            guard let scalar = Unicode.Scalar(first) else { throw JSONError("half a surrogate pair", offset: index) }
            return scalar
        default: throw JSONError("an unknown escape", offset: index - 1)
        }
    }

    private mutating func fourHex() throws(JSONError) -> UInt32 {
        var result: UInt32 = 0
        for _ in 0..<4 {
            guard index < input.count, let digit = Character(Unicode.Scalar(input[index])).hexDigitValue else {
                throw JSONError("four hexadecimal digits are expected after \\u", offset: index)
            }
            result = result << 4 | UInt32(digit)
            index += 1
        }
        return result
    }
}
