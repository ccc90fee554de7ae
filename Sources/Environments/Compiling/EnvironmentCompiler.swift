import Database
import Determinism
import WireJSON

/// Builds the database of an environment, compiles everything in it once, and reports every mistake of meaning.
struct EnvironmentCompiler {
    let environment: Environment
    var diagnostics: [Diagnostic] = []

    init(_ environment: Environment) { self.environment = environment }

    mutating func report(_ location: SourceLocation, _ message: String) { diagnostics.append(Diagnostic(location, message)) }

    /// - Throws: ``SpecificationError`` with everything found, the given mistakes of form included.
    mutating func compile(identity: Digest, formDiagnostics: [Diagnostic]) throws(SpecificationError) -> CompiledEnvironment {
        diagnostics = formDiagnostics
        checkReferences()
        checkNames()
        let names = SchemaNames(environment.tables)
        let connection: Connection
        do {
            connection = try Connection()
        } catch {
            throw SpecificationError([Diagnostic(environment.location, "\(error)")])
        }
        let hasSchema = createTables(on: connection)
        if hasSchema {
            fillTables(on: connection)
            createIndexes(on: connection)
            checkForeignKeys(on: connection)
            checkActors(on: connection)
        }
        var outputSchemas: [JSON] = []
        if hasSchema { outputSchemas = checkStatements(on: connection, names) }
        checkTasks()
        guard diagnostics.isEmpty else { throw SpecificationError(diagnostics) }
        do {
            let digest = try initialDigest(on: connection)
            let bytes = try connection.byteCount()
            return CompiledEnvironment(
                environment, identity: identity, initialDigest: digest, outputSchemas: outputSchemas, names: names,
                databaseBytes: bytes, base: BaseDatabase(connection))
        } catch {
            throw SpecificationError([Diagnostic(environment.location, "\(error)")])
        }
    }

    // MARK: Names

    private mutating func checkReferences() {
        let tables = environment.tables
        for table in tables {
            for reference in table.references {
                guard let target = tables.first(where: { $0.name == reference.table }) else {
                    report(reference.location, "there is no table '\(reference.table)'\(NearestName.hint(for: reference.table, among: tables.map(\.name)))")
                    continue
                }
                for column in reference.to where target.column(column) == nil {
                    report(reference.location, "\(target.name) has no column '\(column)'\(NearestName.hint(for: column, among: target.columns.map(\.name)))")
                }
                for column in reference.columns where table.column(column) == nil {
                    report(reference.location, "\(table.name) has no column '\(column)'\(NearestName.hint(for: column, among: table.columns.map(\.name)))")
                }
                let unique = [target.key] + target.unique + target.columns.filter(\.isUnique).map { [$0.name] }
                if !unique.contains(where: { Set($0) == Set(reference.to) }) {
                    report(reference.location, "\(reference.table).\(reference.to.joined(separator: ",")) is neither a key nor unique, so nothing can refer to it")
                }
                if reference.columns.count != reference.to.count {
                    report(reference.location, "a reference has as many 'columns' as 'to'")
                }
                for (from, to) in zip(reference.columns, reference.to) {
                    guard let a = table.column(from)?.type, let b = target.column(to)?.type, a.storage != b.storage else { continue }
                    report(reference.location, "'\(from)' is a \(a.name) and refers to a \(b.name)")
                }
            }
        }
        if let actor = environment.actor, !tables.contains(where: { $0.name == actor.table }) {
            report(actor.location, "there is no table '\(actor.table)'\(NearestName.hint(for: actor.table, among: tables.map(\.name)))")
        }
    }

    private mutating func checkNames() {
        for table in environment.tables where table.key.isEmpty { report(table.location, "the table '\(table.name)' needs a key") }
        for tables in Dictionary(grouping: environment.tables, by: { $0.name.lowercased() }).values where tables.count > 1 {
            report(tables[1].location, "two tables are called '\(tables[1].name)' but for their case, which SQL does not see")
        }
    }

    // MARK: Database

    private mutating func createTables(on connection: borrowing Connection) -> Bool {
        var isComplete = true
        for table in environment.tables {
            guard !table.columns.isEmpty, !table.key.isEmpty, table.key.allSatisfy({ table.column($0) != nil }),
                table.references.allSatisfy({ $0.columns.allSatisfy { table.column($0) != nil } })
            else {
                isComplete = false
                continue
            }
            do {
                try connection.execute(table.createStatement)
            } catch {
                isComplete = false
                let names = SchemaNames([table])
                report(table.location, "the table '\(table.name)': \(names.diagnostic(error, SQLText(sql: "", location: table.location)).message)")
            }
        }
        return isComplete
    }

    private mutating func createIndexes(on connection: borrowing Connection) {
        for table in environment.tables {
            for statement in table.indexStatements {
                do {
                    try connection.execute(statement)
                } catch {
                    report(table.location, "an index of '\(table.name)': \(error.message)")
                }
            }
        }
    }

    private mutating func fillTables(on connection: borrowing Connection) {
        do {
            try connection.execute("BEGIN")
            for table in environment.tables {
                switch table.rows {
                case .inline(let rows): insert(rows, into: table, on: connection)
                case .query(let query): insert(query, into: table, on: connection)
                }
            }
            // Deferred foreign keys would refuse to commit; they are checked one by one afterwards, to name the rows.
            if connection.hasForeignKeyViolations {
                checkForeignKeys(on: connection)
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
        guard !rows.isEmpty,
            let insert = try? connection.prepare("INSERT INTO \(SQL.name(table.name)) VALUES (\(parameters))")
        else { return }
        for row in rows {
            var values: [SQLValue?] = table.columns.map { column in column.defaultValue.flatMap { ColumnValue.sql($0, column.type) } }
            var isSound = true
            for (name, value, location) in row.values {
                guard let index = table.columnIndex(name) else {
                    report(location, "\(table.name) has no column '\(name)'\(NearestName.hint(for: name, among: table.columns.map(\.name)))")
                    isSound = false
                    continue
                }
                if let fault = ColumnValue.fault(value, table.columns[index]) {
                    report(location, "\(table.name).\(name) \(fault)")
                    isSound = false
                    continue
                }
                values[index] = ColumnValue.sql(value, table.columns[index].type)
            }
            let given = Set(row.values.map(\.column))
            for (index, column) in table.columns.enumerated()
            where values[index] == nil && !column.isNullable && !given.contains(column.name) {
                report(row.location, "the row has no value for \(table.name).\(column.name), which is not nullable")
                isSound = false
            }
            guard isSound else { continue }
            for (index, value) in values.enumerated() { insert.bind(value ?? .null, at: Int32(index + 1)) }
            do {
                try insert.run()
            } catch {
                report(row.location, "the row cannot be stored: \(error.message)")
            }
        }
    }

    private mutating func insert(_ query: SQLText, into table: Table, on connection: borrowing Connection) {
        let names = SchemaNames(environment.tables)
        let insert: Statement
        let select: Statement
        do {
            select = try connection.prepare(query.sql, access: .read)
        } catch {
            diagnostics.append(names.diagnostic(error, query))
            return
        }
        for (offset, name) in select.parameterNames.enumerated() {
            guard let name, let source = environment.sources.first(where: { $0.name == name }) else {
                let hint = NearestName.hint(for: name ?? "?", among: environment.sources.map(\.name))
                report(query.location, "there is no source '\(name ?? "?")'\(hint)")
                return
            }
            select.bind(.text(source.text), at: Int32(offset + 1))
        }
        let columns = select.columnNames
        for column in columns where table.column(column) == nil {
            report(query.location, "\(table.name) has no column '\(column)'\(NearestName.hint(for: column, among: table.columns.map(\.name)))")
        }
        guard columns.allSatisfy({ table.column($0) != nil }) else { return }
        do {
            let parameters = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
            insert = try connection.prepare("INSERT INTO \(SQL.name(table.name)) (\(SQL.list(columns))) VALUES (\(parameters))")
        } catch {
            diagnostics.append(names.diagnostic(error, query))
            return
        }
        var row = 0
        do {
            while try select.step() {
                row += 1
                for index in columns.indices { insert.bind(column: Int32(index), of: select, at: Int32(index + 1)) }
                try insert.run()
            }
        } catch {
            report(query.location, "row \(row) of the query cannot be stored: \(error.message)")
        }
    }

    private mutating func checkForeignKeys(on connection: borrowing Connection) {
        for table in environment.tables {
            for reference in table.references {
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
                        "\(table.name) \(key.map(SQL.literal).joined(separator: ", ")) refers to \(reference.table).\(reference.to.joined(separator: ",")) \(target), which does not exist")
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
            report(actor.location, "the actor's table must have a key of one column")
            return
        }
        let given = [(actor.key, actor.location)] + environment.tasks.compactMap { task in task.actorKey.map { ($0, task.location) } }
        for (key, location) in given {
            let sql = "SELECT 1 FROM \(SQL.name(table.name)) WHERE \(SQL.name(column.name)) = ?1"
            guard let value = ColumnValue.sql(key, column.type), let statement = try? connection.prepare(sql, access: .read) else {
                report(location, "the actor \(key.text) is not a \(column.type.name)")
                continue
            }
            statement.bind(value, at: 1)
            if (try? statement.step()) != true { report(location, "\(actor.table) has no row \(key.text) for the actor") }
        }
    }

    // MARK: Statements

    private mutating func checkStatements(on connection: borrowing Connection, _ names: SchemaNames) -> [JSON] {
        let shapes = environment.sharedShapes
        var outputSchemas: [JSON] = []
        for tool in environment.tools {
            do {
                let prepared = try PreparedTool(tool, in: environment, on: connection, schema: names, shapes: shapes)
                outputSchemas.append(prepared.outputSchema)
            } catch {
                diagnostics += error.diagnostics
            }
        }
        for view in environment.views { check(view.shape, on: connection, names, shapes) }
        for task in environment.tasks {
            guard case .stated(let goal) = task.goal else { continue }
            for assertion in goal.assertions {
                check(Shape(form: .value(assertion.sql), location: assertion.sql.location), on: connection, names, shapes)
            }
        }
        return outputSchemas
    }

    private mutating func check(
        _ shape: Shape, on connection: borrowing Connection, _ names: SchemaNames, _ shapes: [String: Shape]
    ) {
        do {
            _ = try PreparedView(shape, in: environment, on: connection, schema: names, shapes: shapes)
        } catch {
            diagnostics += error.diagnostics
        }
    }

    // MARK: Tasks

    private mutating func checkTasks() {
        let tools = environment.tools.map(\.name)
        for task in environment.tasks {
            for case .call(let tool, _, let location) in task.solution where !tools.contains(tool) {
                if !task.isImported { report(location, "there is no tool '\(tool)'\(NearestName.hint(for: tool, among: tools))") }
            }
            if task.actorKey != nil, environment.actor == nil {
                report(task.location, "the task names an actor, and the environment has none")
            }
            guard case .stated(let goal) = task.goal else { continue }
            for allowance in goal.allowances { checkColumns(allowance.columns ?? [], of: allowance.table, allowance.location) }
            for change in goal.changes { check(change) }
        }
    }

    private mutating func checkColumns(_ columns: [String], of name: String, _ location: SourceLocation) {
        guard let table = environment.tables.first(where: { $0.name == name }) else {
            report(location, "there is no table '\(name)'\(NearestName.hint(for: name, among: environment.tables.map(\.name)))")
            return
        }
        for column in columns where table.column(column) == nil {
            report(location, "\(name) has no column '\(column)'\(NearestName.hint(for: column, among: table.columns.map(\.name)))")
        }
    }

    private mutating func check(_ change: ExpectedChange) {
        checkColumns(change.key.map(\.column) + change.values.map(\.column), of: change.table, change.location)
        guard let table = environment.tables.first(where: { $0.name == change.table }) else { return }
        if change.operation != .insert, Set(change.key.map(\.column)) != Set(table.key) {
            report(change.location, "the key of \(table.name) is \(table.key.joined(separator: ", "))")
        }
        func check(_ column: String, _ values: [JSON], _ location: SourceLocation) {
            guard let column = table.column(column) else { return }
            for value in values {
                if let fault = ColumnValue.fault(value, column) { report(location, "\(table.name).\(column.name) \(fault)") }
            }
        }
        for (column, value) in change.key { check(column, [value], change.location) }
        for (column, matcher, location) in change.values {
            switch matcher {
            case .equals(let value): check(column, [value], location)
            case .oneOf(let values): check(column, values, location)
            case .within(let low, let high): check(column, [low, high], location)
            case .any, .text: break
            }
            if change.operation == .update, table.key.contains(column) {
                report(location, "an update keeps its key: a changed key is a deletion and an insertion")
            }
        }
    }

    // MARK: Digest

    private func initialDigest(on connection: borrowing Connection) throws(DatabaseError) -> Digest {
        var builder = DigestBuilder()
        for table in environment.tables {
            builder.update(Array("\(table.name)\u{0}".utf8))
            let columns = SQL.list(table.columns.map(\.name))
            let select = try connection.prepare(
                "SELECT \(columns) FROM \(SQL.name(table.name)) ORDER BY \(SQL.list(table.key))", access: .read)
            while try select.step() { builder.update(RowCodec.encode((0..<select.columnCount).map { select.value(Int32($0)) })) }
        }
        return builder.finish()
    }
}
