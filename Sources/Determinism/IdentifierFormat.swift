/// How a sequence turns its counter into an identifier.
public enum IdentifierFormat: Hashable, Sendable {
    /// The counter itself.
    case integer
    /// Text around the counter, padded with zeros to a width: `ORD-00042`.
    case code(prefix: String, width: Int, suffix: String)
    /// A version 4 UUID drawn from the episode's seed, the sequence's name and the counter.
    case uuid

    /// Reads `uuid`, or text with one run of zeros in braces, `ORD-{00000}`; nil for anything else.
    public init?(_ text: String) {
        if text == "uuid" {
            self = .uuid
            return
        }
        guard let open = text.firstIndex(of: "{"), let close = text.firstIndex(of: "}"), open < close else { return nil }
        let zeros = text[text.index(after: open)..<close]
        let suffix = text[text.index(after: close)...]
        guard !zeros.isEmpty, zeros.count <= 18, zeros.allSatisfy({ $0 == "0" }), !suffix.contains("{"), !suffix.contains("}")
        else { return nil }
        self = .code(prefix: String(text[..<open]), width: zeros.count, suffix: String(suffix))
    }

    /// Returns the text of one identifier; an integer's decimal digits for ``integer``.
    public func text(counter: Int64, seed: UInt64, sequence: String) -> String {
        switch self {
        case .integer: return String(counter)
        case .code(let prefix, let width, let suffix):
            let digits = String(counter)
            return prefix + String(repeating: "0", count: max(0, width - digits.count)) + digits + suffix
        case .uuid:
            var generator = SeededGenerator(seed: seed, purpose: "\(sequence) \(counter)")
            let high = (generator.next() & ~0xf000) | 0x4000
            let low = (generator.next() & ~(0xc0 << 56)) | (0x80 << 56)
            let hex = hexadecimal(high) + hexadecimal(low)
            var result = ""
            for (index, character) in hex.enumerated() {
                if [8, 12, 16, 20].contains(index) { result.append("-") }
                result.append(character)
            }
            return result
        }
    }
}

private func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
