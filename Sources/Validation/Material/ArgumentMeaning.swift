import Environments

/// A column of a table, by positions.
struct ColumnPlace: Hashable, Sendable {
    let table: Int
    let column: Int
}

/// What the arguments of tools stand for: the columns that their statements compare them with or put them into.
///
/// Read off the tokens of the SQL. What is not understood has no meaning; probes are then built from the argument's type alone.
struct ArgumentMeanings: Sendable {
    /// For each tool, by argument, in the order in which the statements mention it. Columns that refer stand for the key referred to.
    let places: [[String: [ColumnPlace]]]
    /// For each tool, by the identifiers that it mints, in order.
    let minted: [[[ColumnPlace]]]
    /// For each table, by column: the key that the column refers to, or the column itself.
    let referred: [[ColumnPlace]]

    init(_ definition: Environment) {
        let tables = TableNames(definition)
        referred = definition.tables.enumerated().map { index, table in
            table.columns.indices.map { tables.referred(ColumnPlace(table: index, column: $0)) }
        }
        let shapes = Dictionary(definition.shapes.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
        let places = definition.tools.map { tool in
            var result: [String: [ColumnPlace]] = [:]
            for sql in tool.steps.compactMap(\.action.sql) + (tool.result?.statements(shapes) ?? []) {
                StatementReading(sql.sql, tables).mentions { parameter, place in
                    let meant = tables.referred(place)
                    if result[parameter]?.contains(meant) != true { result[parameter, default: []].append(meant) }
                }
            }
            return result
        }
        self.places = places
        minted = zip(definition.tools, places).map { tool, places in
            tool.steps.compactMap { step in
                if case .next(let name, _) = step.action { places[name.lowercased()] ?? [] } else { nil }
            }
        }
    }
}

/// The tables of an environment by name.
private struct TableNames {
    let tables: [Table]
    private let index: [String: Int]

    init(_ definition: Environment) {
        tables = definition.tables
        index = Dictionary(definition.tables.enumerated().map { ($1.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    }

    func callAsFunction(_ name: String) -> Int? { index[name] }

    func column(_ table: Int, _ name: String) -> Int? { tables[table].columns.firstIndex { $0.name.lowercased() == name } }

    /// The key that a column refers to; the column itself if it refers to nothing.
    func referred(_ place: ColumnPlace) -> ColumnPlace {
        let column = tables[place.table].columns[place.column].name
        for reference in tables[place.table].references where reference.columns == [column] {
            if let table = self(reference.table.lowercased()), let key = self.column(table, reference.to[0].lowercased()) {
                return ColumnPlace(table: table, column: key)
            }
        }
        return place
    }
}

/// One statement, read for what it says of its parameters.
private struct StatementReading {
    private let tokens: [SQLTokens.Token]
    private let tables: TableNames
    /// Tables by the names under which the statement knows them, in order.
    private var names: [(name: String, table: Int)] = []

    private static let keywords: Set<String> = [
        "where", "set", "on", "join", "left", "inner", "cross", "order", "group", "limit", "values", "select", "default", "natural",
        "using",
        "returning", "union", "having", "and", "or", "then", "end", "else", "when", "as",
    ]
    /// What stands between two parts of a statement that have nothing to do with each other.
    private static let borders: Set<String> = [
        "and", "or", "where", "set", "select", "from", "then", "else", "when", "case", "on", "having", "order", "group", "values", "limit",
    ]

    init(_ sql: String, _ tables: TableNames) {
        tokens = SQLTokens(sql).tokens
        self.tables = tables
        for index in tokens.indices.dropLast() where ["from", "join", "update", "into", ","].contains(tokens[index].text) {
            guard let table = tables(name(index + 1)) else { continue }
            names.append((name(index + 1), table))
            var next = index + 2
            if next < tokens.count, tokens[next].text == "as" { next += 1 }
            guard next < tokens.count, tokens[next].kind != .sign, tokens[next].kind != .parameter,
                !Self.keywords.contains(tokens[next].text)
            else { continue }
            names.append((name(next), table))
        }
    }

    private func name(_ index: Int) -> String {
        guard tokens.indices.contains(index) else { return "" }
        let text = tokens[index].text
        return tokens[index].kind == .quotedName ? String(text.dropFirst().dropLast()) : text
    }

    /// The column that the token names.
    private func place(at index: Int) -> ColumnPlace? {
        guard tokens[index].kind == .word || tokens[index].kind == .quotedName else { return nil }
        let column = name(index)
        if index >= 2, tokens[index - 1].text == "." {
            let owner = name(index - 2)
            guard let table = names.last(where: { $0.name == owner })?.table, let position = tables.column(table, column) else {
                return nil
            }
            return ColumnPlace(table: table, column: position)
        }
        for (_, table) in names.reversed() {
            if let position = tables.column(table, column) { return ColumnPlace(table: table, column: position) }
        }
        return nil
    }

    /// Calls `body` with each parameter and a column that it stands for.
    func mentions(_ body: (String, ColumnPlace) -> Void) {
        inserted(body)
        for index in tokens.indices where tokens[index].kind == .parameter {
            if let place = before(index) ?? after(index) { body(String(tokens[index].text.dropFirst()), place) }
        }
    }

    /// The nearest column to the left within the same condition.
    private func before(_ index: Int) -> ColumnPlace? {
        var hasOperator = false
        for position in stride(from: index - 1, through: max(0, index - 14), by: -1) {
            let token = tokens[position]
            if ["=", "<", ">", "is", "like", "in", "glob", "between", "instr", "||"].contains(token.text) { hasOperator = true }
            if token.text == "," && !hasOperator { continue }
            // `IN (SELECT value FROM json_each(:ids))`
            let isWithin = ["select", "from"].contains(token.text) && tokens[position...index].contains { $0.text == "json_each" }
            if Self.borders.contains(token.text), !isWithin { return nil }
            if let place = place(at: position) { return place }
        }
        return nil
    }

    /// The column to the right: `:id = column`.
    private func after(_ index: Int) -> ColumnPlace? {
        for position in (index + 1)..<min(tokens.count, index + 8) {
            if Self.borders.contains(tokens[position].text) { return nil }
            if let place = place(at: position), position + 1 >= tokens.count || tokens[position + 1].text != "." { return place }
        }
        return nil
    }

    /// `INSERT INTO t (a, b) VALUES (:x, :y)`, and with SELECT: each parameter that stands alone is its column's.
    private func inserted(_ body: (String, ColumnPlace) -> Void) {
        guard let into = tokens.firstIndex(where: { $0.text == "into" }), let table = tables(name(into + 1)),
            let open = tokens.indices.dropFirst(into).first(where: { tokens[$0].text == "(" })
        else { return }
        var position = open + 1
        var columns: [Int?] = []
        while position < tokens.count, tokens[position].text != ")" {
            if tokens[position].kind != .sign { columns.append(tables.column(table, name(position))) }
            position += 1
        }
        position += 1
        guard position < tokens.count, ["values", "select"].contains(tokens[position].text) else { return }
        let isSelect = tokens[position].text == "select"
        position += isSelect ? 1 : 2
        var depth = 0
        var cell: [Int] = []
        var number = 0
        func end() {
            if cell.count == 1, tokens[cell[0]].kind == .parameter, number < columns.count, let column = columns[number] {
                body(String(tokens[cell[0]].text.dropFirst()), ColumnPlace(table: table, column: column))
            }
            number += 1
            cell = []
        }
        while position < tokens.count {
            let text = tokens[position].text
            if text == "(" { depth += 1 }
            if text == ")" { depth -= 1 }
            if depth < 0 || (depth == 0 && isSelect && ["from", "where"].contains(text)) { break }
            if depth == 0, text == "," { end() } else { cell.append(position) }
            position += 1
        }
        end()
    }
}

extension Step.Action {
    /// The statement; nil if it is none.
    fileprivate var sql: SQLText? {
        switch self {
        case .find(let text), .require(let text), .forbid(let text), .change(let text): text
        case .next: nil
        }
    }
}
