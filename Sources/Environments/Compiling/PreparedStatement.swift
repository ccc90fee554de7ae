import Database
import Specifications

/// The parameters that a statement may use: those of the call, and the columns of the rows that enclose it.
struct Scope {
    /// The call's parameters and their places in its frame.
    var slots: [String: Int] = ["now": 0, "today": 1]
    /// The enclosing rows, innermost last.
    var rows: [(statement: PreparedStatement, columns: [String: Int32])] = []
    /// The shape stands for itself, and whoever uses it may bring any parameter.
    var isOpen = false

    func source(of name: String) -> PreparedStatement.Source? {
        for row in rows.reversed() {
            if let column = row.columns[name] { return .column(row.statement, column) }
        }
        return slots[name].map { .slot($0) } ?? (isOpen ? .slot(0) : nil)
    }

    var names: [String] { slots.keys + rows.flatMap(\.columns.keys) }

    /// Adds a parameter of the call.
    ///
    /// - Returns: its place, or nil if the name is taken.
    mutating func bind(_ name: String) -> Int? {
        guard slots[name] == nil else { return nil }
        slots[name] = slots.count
        return slots.count - 1
    }
}

/// A compiled statement and where its parameters come from.
final class PreparedStatement {
    enum Source {
        case slot(Int)
        case column(PreparedStatement, Int32)
    }

    let statement: Statement
    let columnNames: [String]
    private let bindings: [(index: Int32, source: Source)]

    /// Compiles a statement, checking names against the schema and parameters against the scope.
    ///
    /// - Throws: ``Diagnostic`` at the place of the statement.
    init(_ text: SQLText, access: StatementAccess, scope: Scope, on connection: borrowing Connection, schema: SchemaNames)
        throws(Diagnostic)
    {
        let sql = try text.statement(access)
        do {
            statement = try connection.prepare(sql, access: access)
        } catch {
            throw schema.diagnostic(error, text, parameters: scope.names)
        }
        columnNames = statement.columnNames
        if access == .read, columnNames.isEmpty { throw Diagnostic(text.location, "only SELECT is allowed here") }
        var bindings: [(index: Int32, source: Source)] = []
        for (offset, name) in statement.parameterNames.enumerated() {
            guard let name else { throw Diagnostic(text.location, "parameters need names, such as :name; '?' has none") }
            guard let source = scope.source(of: name) else {
                let token = SQLTokens(text.sql).tokens.first { $0.text == ":\(name)".lowercased() }
                throw Diagnostic(
                    text.location(at: token?.range.lowerBound),
                    "there is no parameter ':\(name)' here\(NearestName.hint(for: name, among: scope.names))")
            }
            bindings.append((Int32(offset + 1), source))
        }
        self.bindings = bindings
    }

    /// Whether `:now` or `:today` is among the parameters.
    var readsClock: Bool {
        bindings.contains { binding in
            if case .slot(let slot) = binding.source { slot < 2 } else { false }
        }
    }

    /// Runs a bound query and returns whether its first column is true; NULL is not.
    func isTrue() throws(DatabaseError) -> Bool {
        defer { statement.reset() }
        return try statement.step() && statement.type(0) != .null && statement.real(0) != 0
    }

    /// Binds every parameter from a call's values and from the current rows of enclosing statements.
    @inline(__always)
    func bind(_ frame: [SQLValue]) {
        for binding in bindings {
            switch binding.source {
            case .slot(let slot): statement.bind(frame[slot], at: binding.index)
            case .column(let source, let column): statement.bind(column: column, of: source.statement, at: binding.index)
            }
        }
    }
}

/// The names of a schema, to explain SQL that misses them.
struct SchemaNames: Sendable {
    let tables: [String: [String]]
    let types: [ColumnNameKey: ColumnType]

    struct ColumnNameKey: Hashable, Sendable {
        let table: String
        let column: String
    }

    init(_ tables: [Table]) {
        self.tables = Dictionary(tables.map { ($0.name, $0.columns.map(\.name)) }, uniquingKeysWith: { first, _ in first })
        types = Dictionary(
            tables.flatMap { table in table.columns.map { (ColumnNameKey(table: table.name, column: $0.name), $0.type) } },
            uniquingKeysWith: { first, _ in first })
    }

    func type(of name: ColumnName) -> ColumnType? { types[ColumnNameKey(table: name.table, column: name.column)] }

    /// Turns the engine's complaint into a mistake at the place of the statement, with the name that was probably meant.
    func diagnostic(_ error: DatabaseError, _ text: SQLText, parameters: [String] = []) -> Diagnostic {
        let location = text.location(at: error.offset)
        if error.message.contains("sqlite_master"), let name = SQLTokens(text.sql).engineTable {
            return Diagnostic(location, "the engine's own table \(name) may not be read")
        }
        let unknown = "no such column: "
        if error.message.hasPrefix(unknown), let name = parameters.first(where: { error.message == unknown + $0 }) {
            return Diagnostic(location, "\(error.message) (did you mean ':\(name)'?)")
        }
        var hint = ""
        for (prefix, candidates) in [
            ("no such table: ", Array(tables.keys)), (unknown, Array(Set(tables.values.joined()))),
            ("no such function: ", SQLNames.functions),
        ] where error.message.hasPrefix(prefix) {
            hint = suggest(String(error.message.dropFirst(prefix.count)), candidates)
        }
        if error.message.hasPrefix("table "), let range = error.message.split(separator: " ").last,
            error.message.contains("has no column named"), let table = error.message.split(separator: " ").dropFirst().first
        {
            hint = suggest(String(range), tables[String(table)] ?? [])
        }
        return Diagnostic(location, "\(error.message)\(hint)")
    }

    private func suggest(_ name: String, _ candidates: [String]) -> String {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        return NearestName.hint(for: last, among: candidates.sorted())
    }
}

/// Names of functions, for suggestions.
enum SQLNames {
    static let functions = [
        "fold", "arithmetic", "round_half_even", "number_text", "json_extract", "json_group_array", "json_group_object", "json_object",
        "json_array", "json_array_length", "coalesce", "ifnull", "nullif", "iif", "count", "sum", "total", "avg", "min", "max",
        "group_concat", "length", "lower", "upper", "trim", "substr", "replace", "instr", "printf", "format", "round", "abs", "date",
        "time", "datetime", "julianday", "strftime", "unixepoch", "typeof", "row_number", "rank",
    ]
}
