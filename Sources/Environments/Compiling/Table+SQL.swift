import Database
import WireJSON

extension Table {
    /// Whether the key is one integer column, which SQLite then uses as its row number.
    private var hasIntegerKey: Bool { key.count == 1 && column(key[0])?.type == .integer }

    /// The statement that makes the table.
    ///
    /// A table without an integer key is stored in key order, so that no hidden row number can show in a result.
    public var createStatement: String {
        var lines = columns.map { "  \($0.definition(isIntegerKey: hasIntegerKey && key == [$0.name]))" }
        if !hasIntegerKey { lines.append("  PRIMARY KEY (\(SQL.list(key)))") }
        for group in unique { lines.append("  UNIQUE (\(SQL.list(group)))") }
        for check in checks { lines.append("  CONSTRAINT \(SQL.name("\(name): \(check.sql)")) CHECK (\(check.sql)\n)") }
        for reference in references {
            lines.append(
                "  FOREIGN KEY (\(SQL.list(reference.columns))) REFERENCES \(SQL.name(reference.table)) (\(SQL.list(reference.to)))"
                    + " DEFERRABLE INITIALLY DEFERRED")
        }
        return "CREATE TABLE \(SQL.name(name)) (\n\(lines.joined(separator: ",\n"))\n) STRICT\(hasIntegerKey ? "" : ", WITHOUT ROWID")"
    }

    /// The statements that make the indexes: those declared, and one for every foreign key that no other index serves.
    public var indexStatements: [String] {
        var served = [key] + unique + columns.filter(\.isUnique).map { [$0.name] }
        var wanted = indexes
        for group in indexes { served.append(group) }
        for reference in references where !served.contains(where: { $0.starts(with: reference.columns) }) {
            wanted.append(reference.columns)
            served.append(reference.columns)
        }
        return wanted.map { group in
            "CREATE INDEX \(SQL.name("\(name)_by_\(group.joined(separator: "_"))")) ON \(SQL.name(name)) (\(SQL.list(group)))"
        }
    }

    /// What the change recorder must know.
    var recorded: RecordedTable {
        RecordedTable(name: name, key: key.compactMap(columnIndex), isReal: columns.map { $0.type == .number })
    }
}

extension Column {
    fileprivate func definition(isIntegerKey: Bool) -> String {
        var parts = [SQL.name(name), type.storage]
        // Behind the greatest key SQLite draws the next one at random.
        if isIntegerKey { parts.append("PRIMARY KEY CHECK (\(SQL.name(name)) < \(Int64.max))") }
        if !isNullable { parts.append("NOT NULL") }
        if isUnique { parts.append("UNIQUE") }
        if let value = defaultValue, let sql = ColumnValue.sql(value, type) { parts.append("DEFAULT \(SQL.literal(sql))") }
        let quoted = SQL.name(name)
        func check(_ what: String, _ condition: String) {
            // A condition may end in a comment, which must not swallow the parenthesis.
            parts.append("CONSTRAINT \(SQL.name("\(name) \(what)")) CHECK (\(condition)\n)")
        }
        switch type {
        case .boolean: check("is true or false", "\(quoted) IN (0, 1)")
        case .date: check("is a date", "\(quoted) IS date(\(quoted))")
        case .dateTime: check("is a date-time", "\(quoted) IS strftime('%Y-%m-%dT%H:%M:%SZ', \(quoted))")
        case .json: check("is JSON", "\(quoted) IS NULL OR json_valid(\(quoted))")
        case .enumeration(let values):
            check(
                "is one of \(values.joined(separator: ", "))",
                "\(quoted) IN (\(values.map { SQL.literal(.text($0)) }.joined(separator: ", ")))")
        default: break
        }
        if let minimum { check("is at least \(minimum.text)", "\(quoted) >= \(minimum.text)") }
        if let maximum { check("is at most \(maximum.text)", "\(quoted) <= \(maximum.text)") }
        if let minimumLength { check("has at least \(minimumLength) characters", "length(\(quoted)) >= \(minimumLength)") }
        if let maximumLength { check("has at most \(maximumLength) characters", "length(\(quoted)) <= \(maximumLength)") }
        if let condition = self.check { check("meets \(condition.sql)", condition.sql) }
        return parts.joined(separator: " ")
    }
}

/// Pieces of SQL text.
public enum SQL {
    /// A quoted name.
    public static func name(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// Quoted names with commas between.
    static func list(_ names: [String]) -> String { names.map(name).joined(separator: ", ") }

    /// A literal value.
    static func literal(_ value: SQLValue) -> String {
        switch value {
        case .null: "NULL"
        case .integer(let number): String(number)
        case .real(let number): number.description
        case .text(let text): "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        case .blob(let bytes): "x'" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "'"
        }
    }
}
