/// The words and signs of a statement without its comments: enough to tell what kind of statement it is before the engine sees it.
package struct SQLTokens {
    package enum Kind: Sendable {
        /// A keyword, a bare name or a number.
        case word
        /// `'text'`
        case text
        /// `"name"`, `[name]` or `` `name` ``
        case quotedName
        /// `:name`
        case parameter
        /// One other character.
        case sign
    }

    package struct Token: Sendable {
        package var kind: Kind
        /// The bytes of the statement, quotes included.
        package var range: Range<Int>
        /// In lower case, with what quotes it.
        package var text: String
    }

    package let tokens: [Token]

    package init(_ sql: String) {
        let bytes = Array(sql.utf8)
        var tokens: [Token] = []
        var index = 0
        while index < bytes.count {
            let start = index
            let next = start + 1 < bytes.count ? bytes[start + 1] : 0
            func end(after isInside: (UInt8) -> Bool) -> Int { bytes[(start + 1)...].firstIndex { !isInside($0) } ?? bytes.count }
            let kind: Kind?
            switch bytes[start] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x0c:
                (kind, index) = (nil, start + 1)
            case UInt8(ascii: "-") where next == UInt8(ascii: "-"):
                (kind, index) = (nil, end { $0 != UInt8(ascii: "\n") })
            case UInt8(ascii: "/") where next == UInt8(ascii: "*"):
                (kind, index) = (nil, Self.endOfComment(bytes, start + 2))
            case UInt8(ascii: "'"): (kind, index) = (.text, Self.endOfQuote(bytes, start, bytes[start]))
            case UInt8(ascii: "\""), UInt8(ascii: "`"): (kind, index) = (.quotedName, Self.endOfQuote(bytes, start, bytes[start]))
            case UInt8(ascii: "["): (kind, index) = (.quotedName, min(bytes.count, end { $0 != UInt8(ascii: "]") } + 1))
            case UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "$"): (kind, index) = (.parameter, end(after: Self.isWord))
            case let byte where Self.isWord(byte): (kind, index) = (.word, end(after: Self.isWord))
            default: (kind, index) = (.sign, start + 1)
            }
            guard let kind else { continue }
            tokens.append(
                Token(kind: kind, range: start..<index, text: String(decoding: bytes[start..<index], as: UTF8.self).lowercased()))
        }
        self.tokens = tokens
    }

    /// A table of the engine's that the first use would declare, so that the engine calls its reading a change of the schema.
    var engineTable: String? { tokens.map(\.text).first { $0.hasPrefix("pragma_") || $0.hasPrefix("sqlite_") || $0 == "dbstat" } }

    /// Whether every parenthesis has its partner, so that what is put around the text stays around it.
    var isBalanced: Bool {
        var depth = 0
        for token in tokens where token.kind == .sign {
            if token.text == "(" { depth += 1 }
            if token.text == ")" { depth -= 1 }
            if depth < 0 { return false }
        }
        return depth == 0
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte >= 0x80 || (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static func endOfQuote(_ bytes: [UInt8], _ start: Int, _ quote: UInt8) -> Int {
        var index = start + 1
        while index < bytes.count {
            index += 1
            guard bytes[index - 1] == quote else { continue }
            // A doubled quote stands for itself.
            if index < bytes.count, bytes[index] == quote { index += 1 } else { break }
        }
        return index
    }

    private static func endOfComment(_ bytes: [UInt8], _ start: Int) -> Int {
        var index = start
        while index + 1 < bytes.count, !(bytes[index] == UInt8(ascii: "*") && bytes[index + 1] == UInt8(ascii: "/")) { index += 1 }
        return min(bytes.count, index + 2)
    }
}
