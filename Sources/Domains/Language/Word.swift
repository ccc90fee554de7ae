import Specifications

/// Names as domains give them: they become parts of the names of tables, tools and arguments.
enum Word {
    /// What is wrong with a name; nil: nothing.
    ///
    /// - Parameter what: what it would name, as in `an entity`.
    static func fault(_ name: String, _ what: String) -> String? {
        if !isPlain(name) || name.utf8.count > 48 {
            return "'\(name)' cannot name \(what): lower-case letters, digits and _ only, a letter first, at most 48"
        }
        if ExpressionParser.reserved.contains(name) {
            return "'\(name)' cannot name \(what): the expression language has the word for itself"
        }
        return nil
    }

    /// What is wrong with a name of which tables are called; nil: nothing.
    static func faultOfTable(_ name: String, _ what: String) -> String? {
        if name.hasPrefix(EngineNames.tablePrefix) {
            return "'\(name)' cannot name \(what): names that begin with \(EngineNames.tablePrefix) belong to the engine"
        }
        return fault(name, what)
    }

    /// Whether a name is of lower-case letters, digits and `_`, a letter first.
    static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, (97...122).contains(first) else { return false }
        return name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") }
    }
}
