/// A one-line effect as it is written.
enum StatementSyntax: Sendable {
    /// `path = value`, `path += value`, `path -= value`
    case set(Syntax, operator: String, Syntax)
    /// `delete path`
    case delete(Syntax)

    static func parse(_ text: String) throws(SyntaxError) -> StatementSyntax {
        var parser = try ExpressionParser(text)
        if parser.take("delete") {
            let target = try parser.path()
            try parser.expectEnd()
            return .delete(target)
        }
        let target = try parser.path()
        for symbol in ["=", "+=", "-="] where parser.take(symbol) {
            let value = try parser.expression()
            try parser.expectEnd()
            return .set(target, operator: symbol, value)
        }
        throw SyntaxError(message: "an effect is 'path = value', 'path += value', 'path -= value' or 'delete path'")
    }
}

extension ExpressionParser {
    fileprivate mutating func path() throws(SyntaxError) -> Syntax {
        try members(of: .name(try name("a path such as loan.state")))
    }
}
