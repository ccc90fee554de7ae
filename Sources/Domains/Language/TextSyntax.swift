/// A text with places for values, as it is written: `book {animal} in for {a reason}`.
struct TextSyntax: Sendable {
    enum Piece: Sendable {
        case text(String)
        /// A path; `hasArticle` where the value stands with `a` or `an` before it; `filter` after a bar, as in `{name|slug}`.
        case value(Syntax, source: String, hasArticle: Bool, filter: String?)
    }

    let pieces: [Piece]

    init(_ text: String) throws(SyntaxError) {
        var pieces: [Piece] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
            guard let close = rest[open...].firstIndex(of: "}") else { throw SyntaxError(message: "'{' without '}'") }
            var inner = rest[rest.index(after: open)..<close]
            var filter: String?
            if let bar = inner.firstIndex(of: "|") {
                filter = String(inner[inner.index(after: bar)...])
                inner = inner[..<bar]
            }
            var hasArticle = false
            for article in ["a ", "an "] where inner.hasPrefix(article) {
                hasArticle = true
                inner = inner.dropFirst(article.count)
            }
            let source = String(inner)
            pieces.append(.value(try ExpressionParser.parse(source), source: source, hasArticle: hasArticle, filter: filter))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        self.pieces = pieces
    }

    /// The paths in the text.
    var sources: [String] { pieces.compactMap { if case .value(_, let source, _, _) = $0 { source } else { nil } } }
}
