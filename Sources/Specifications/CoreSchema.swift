import WireJSON

/// What a plain YAML scalar means by the core schema of YAML 1.2: `yes` and `2025-01-01` are text.
enum CoreSchema {
    static func resolve(_ text: String) -> JSON {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first,
            first == UInt8(ascii: "-") || first == UInt8(ascii: "+") || first == UInt8(ascii: ".")
                || (first >= 48 && first <= 57), text.utf8.allSatisfy({ "+-.0123456789eE".utf8.contains($0) })
        else { return .string(text) }
        // A code such as 00123 or a card number such as 0042 is text to whoever wrote it.
        let digits = text.drop { $0 == "-" || $0 == "+" }
        if digits.count > 1, digits.first == "0", digits.dropFirst().first?.isNumber == true { return .string(text) }
        if let integer = Int64(text) { return .integer(integer) }
        if let number = Double(text), number.isFinite { return .number(number) }
        return .string(text)
    }
}
