import Database
import Specifications
import WireJSON

extension EnvironmentCompiler {
    mutating func fillTables(on connection: borrowing Connection) {
        do {
            try connection.execute("BEGIN")
            for table in environment.tables {
                let before = diagnostics.count
                switch table.rows {
                // Values of a column that is not declared well cannot be judged.
                case _ where table.columns.contains(where: \.isDoubtful): doubtfulTables.insert(table.name)
                case .inline(let rows): insert(rows, into: table, on: connection)
                case .query(let query): insert(query, into: table, on: connection)
                }
                if table.mayLackRows || diagnostics.count > before { doubtfulTables.insert(table.name) }
            }
            checkActors(on: connection)
            // Deferred foreign keys would refuse to commit; they are checked one by one, to name the rows.
            if connection.hasForeignKeyViolations {
                checkForeignKeys(on: connection)
                if diagnostics.isEmpty { report(environment.location, "a row refers to a row that does not exist") }
                try connection.execute("ROLLBACK")
            } else {
                try connection.execute("COMMIT")
            }
        } catch {
            report(environment.location, "the rows could not be stored: \(error.message)")
        }
    }

    private mutating func insert(_ rows: [InlineRow], into table: Table, on connection: borrowing Connection) {
        let parameters = table.columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        guard !rows.isEmpty else { return }
        let insert: Statement
        do {
            insert = try connection.prepare("INSERT INTO \(SQL.name(table.name)) VALUES (\(parameters))")
        } catch {
            report(table.location, "the rows of '\(table.name)' cannot be stored: \(error.message)")
            return
        }
        for row in rows {
            guard let values = values(of: row, in: table) else { continue }
            for (index, value) in values.enumerated() { insert.bind(value, at: Int32(index + 1)) }
            do {
                try insert.run()
            } catch {
                report(row.location, "the row cannot be stored: \(error.message)")
            }
        }
    }

    private mutating func values(of row: InlineRow, in table: Table) -> [SQLValue]? {
        var values: [SQLValue?] = table.columns.map { column in column.defaultValue.flatMap { ColumnValue.sql($0, column.type) } }
        var isSound = true
        var hasUnknownColumn = false
        for (name, value, location) in row.values {
            guard let index = table.columnIndex(name) else {
                report(location, "\(table.name) has no column '\(name)'\(NearestName.hint(for: name, among: table.columns.map(\.name)))")
                hasUnknownColumn = true
                continue
            }
            if let fault = ColumnValue.fault(value, table.columns[index]) {
                report(location, "\(table.name).\(name) \(fault)")
                isSound = false
            }
            values[index] = ColumnValue.sql(value, table.columns[index].type) ?? .null
        }
        // A value that is missing may be the one under a wrong name.
        if hasUnknownColumn { return nil }
        for (index, column) in table.columns.enumerated() where values[index] == nil && !column.isNullable {
            report(row.location, "the row has no value for \(table.name).\(column.name), which is not nullable")
            isSound = false
        }
        return isSound ? values.map { $0 ?? .null } : nil
    }

    // MARK: Queries

    private mutating func insert(_ query: SQLText, into table: Table, on connection: borrowing Connection) {
        do {
            try store(query, in: table, on: connection)
        } catch {
            diagnostics.append(error)
        }
    }

    private mutating func store(_ query: SQLText, in table: Table, on connection: borrowing Connection) throws(Diagnostic) {
        let select = try prepare(query, on: connection)
        for (offset, name) in select.parameterNames.enumerated() {
            guard let name, let source = environment.sources.first(where: { $0.name == name }) else {
                let hint = NearestName.hint(for: name ?? "?", among: environment.sources.map(\.name))
                throw Diagnostic(query.location, "there is no source '\(name ?? "?")'\(hint)")
            }
            if source.isMissing {
                doubtfulTables.insert(table.name)
                return
            }
            select.bind(.text(source.text), at: Int32(offset + 1))
        }
        let columns = select.columnNames
        for column in columns where table.column(column) == nil {
            report(
                query.location, "\(table.name) has no column '\(column)'\(NearestName.hint(for: column, among: table.columns.map(\.name)))")
        }
        guard columns.allSatisfy({ table.column($0) != nil }) else { return }
        var row = 0
        do throws(DatabaseError) {
            let parameters = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
            let insert = try connection.prepare(
                "INSERT INTO \(SQL.name(table.name)) (\(SQL.list(columns))) VALUES (\(parameters))")
            try connection.limitingWork(Self.queryLimits) { () throws(DatabaseError) in
                while try select.step() {
                    row += 1
                    for index in columns.indices { insert.bind(column: Int32(index), of: select, at: Int32(index + 1)) }
                    try insert.run()
                }
            }
        } catch  where error.isInterrupt {
            throw Diagnostic(query.location, "the query was stopped after \(row) rows: it takes more work than a query of rows may")
        } catch {
            throw Diagnostic(query.location, "row \(row) of the query cannot be stored: \(error.message)")
        }
    }

    private func prepare(_ query: SQLText, on connection: borrowing Connection) throws(Diagnostic) -> Statement {
        let sql = try query.statement(.read)
        do {
            return try connection.prepare(sql, access: .read)
        } catch {
            throw SchemaNames(environment.tables).diagnostic(error, query)
        }
    }

    /// Enough for tens of millions of rows; a query that goes on is taken for one that never ends.
    private static let queryLimits = WorkLimits(instructions: 150_000_000, time: .seconds(60))

    // MARK: Foreign keys

    private mutating func checkForeignKeys(on connection: borrowing Connection) {
        for table in environment.tables {
            for reference in table.references where !doubtfulTables.contains(reference.table) {
                let pairs = zip(reference.columns, reference.to)
                let same = pairs.map { "p.\(SQL.name($1)) = c.\(SQL.name($0))" }.joined(separator: " AND ")
                let given = reference.columns.map { "c.\(SQL.name($0)) IS NOT NULL" }.joined(separator: " AND ")
                let shown = (table.key + reference.columns).map { "c.\(SQL.name($0))" }.joined(separator: ", ")
                let sql =
                    "SELECT \(shown) FROM \(SQL.name(table.name)) c WHERE \(given)"
                    + " AND NOT EXISTS (SELECT 1 FROM \(SQL.name(reference.table)) p WHERE \(same)) LIMIT 20"
                guard let orphans = try? connection.prepare(sql, access: .read) else { continue }
                while (try? orphans.step()) == true {
                    let values = (0..<orphans.columnCount).map { orphans.value(Int32($0)) }
                    let key = Array(values[..<table.key.count])
                    let target = values[table.key.count...].map(SQL.literal).joined(separator: ", ")
                    report(
                        location(of: key, in: table) ?? reference.location,
                        "\(table.name) \(key.map(SQL.literal).joined(separator: ", ")) refers to \(reference.table).\(reference.to.joined(separator: ",")) \(target), which does not exist"
                    )
                }
            }
        }
    }

    /// Where the inline row with that key stands.
    private func location(of key: [SQLValue], in table: Table) -> SourceLocation? {
        guard case .inline(let rows) = table.rows else { return nil }
        return rows.first { row in
            zip(table.key, key).allSatisfy { column, value in
                guard let given = row.values.first(where: { $0.column == column })?.value, let type = table.column(column)?.type
                else { return false }
                return ColumnValue.sql(given, type) == value
            }
        }?.location
    }

    private mutating func checkActors(on connection: borrowing Connection) {
        guard let actor = environment.actor, let table = environment.tables.first(where: { $0.name == actor.table }) else { return }
        guard table.key.count == 1, let column = table.column(table.key[0]) else {
            report(actor.tableLocation, "the actor's table must have a key of one column")
            return
        }
        let others = environment.tasks.compactMap { task in task.actorKey.map { ($0, task.actorLocation ?? task.location) } }
        for (key, location) in [(actor.key, actor.location)] + others where !column.isDoubtful {
            let sql = "SELECT 1 FROM \(SQL.name(table.name)) WHERE \(SQL.name(column.name)) = ?1"
            guard let value = ColumnValue.sql(key, column.type), let statement = try? connection.prepare(sql, access: .read) else {
                report(location, "the actor \(key.text) is not \(column.type.nameWithArticle)")
                continue
            }
            statement.bind(value, at: 1)
            if (try? statement.step()) != true, !doubtfulTables.contains(table.name) {
                report(location, "\(actor.table) has no row \(key.text) for the actor")
            }
        }
    }
}
