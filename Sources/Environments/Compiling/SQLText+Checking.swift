import Database
import Specifications

extension SQLText {
    private static let keywords: Set<String> = ["select", "with", "values", "insert", "replace", "update", "delete"]

    /// Returns the one statement that the text is, without what follows its end, before the engine compiles it.
    ///
    /// The engine refuses most of what is not allowed, but not everything: it compiles VACUUM and EXPLAIN without asking.
    ///
    /// - Throws: ``Diagnostic`` for what the engine would let pass.
    func statement(_ access: StatementAccess) throws(Diagnostic) -> String {
        let tokens = SQLTokens(sql).tokens
        if let first = tokens.first, !Self.keywords.contains(first.text) {
            let allowed = access == .read ? "SELECT is" : "SELECT, INSERT, UPDATE and DELETE are"
            throw Diagnostic(
                location(at: first.range.lowerBound),
                "only \(allowed) allowed here, and the statement begins with '\(first.text.uppercased())'")
        }
        for (index, token) in tokens.enumerated() {
            if token.kind == .text, token.text == "'localtime'" {
                throw Diagnostic(location(at: token.range.lowerBound), "localtime may not be used: it depends on the machine")
            }
            if token.text == "sqlite_log", index + 1 < tokens.count, tokens[index + 1].text == "(" {
                throw Diagnostic(
                    location(at: token.range.lowerBound), "the function sqlite_log may not be used: it writes to the machine's log")
            }
        }
        guard let end = tokens.firstIndex(where: { $0.kind == .sign && $0.text == ";" }) else { return sql }
        if let second = tokens[end...].first(where: { $0.text != ";" }) {
            throw Diagnostic(location(at: second.range.lowerBound), "only one statement is allowed here")
        }
        return String(decoding: sql.utf8.prefix(tokens[end].range.lowerBound), as: UTF8.self)
    }

    /// Returns the query for the value of the expression that the text is.
    ///
    /// - Throws: ``Diagnostic`` where the text would reach beyond the parentheses put around it.
    func query(from table: String? = nil) throws(Diagnostic) -> SQLText {
        let tokens = SQLTokens(sql)
        if !tokens.isBalanced || tokens.tokens.contains(where: { $0.kind == .sign && $0.text == ";" }) {
            throw Diagnostic(location, "a condition is one expression, whose parentheses are all closed")
        }
        let start = "SELECT ("
        let rest = table.map { " FROM \(SQL.name($0))" } ?? ""
        return SQLText(
            sql: "\(start)\(sql)\n)\(rest)", location: location, blockIndentation: blockIndentation, lead: start.utf8.count)
    }
}
