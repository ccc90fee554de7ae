import Database
import Specifications

extension EnvironmentCompiler {
    /// Leaves out the tables that cannot be made; why they cannot is reported where they were read, or here.
    mutating func dropAbsentTables() {
        var names: Set<String> = []
        var kept: [Table] = []
        for table in environment.tables {
            let name = table.name.lowercased()
            if !names.insert(name).inserted {
                report(table.location, "two tables are called '\(table.name)' but for their case, which SQL does not see")
            } else if table.columns.isEmpty || table.key.isEmpty || name.hasPrefix("sqlite_") {
                absentTables.insert(name)
            } else {
                kept.append(table)
            }
        }
        environment.tables = kept
    }

    // MARK: References

    /// Reports the references that lead nowhere, and leaves them out: with them no row of either table could be stored.
    mutating func dropFaultyReferences() {
        for (index, table) in environment.tables.enumerated() {
            environment.tables[index].references = table.references.filter { isSound($0, of: table) }
        }
        if let actor = environment.actor { _ = table(actor.table, actor.tableLocation) }
    }

    private mutating func isSound(_ reference: Reference, of table: Table) -> Bool {
        guard let target = self.table(reference.table, reference.location) else { return false }
        let before = diagnostics.count
        for (owner, columns) in [(target, reference.to), (table, reference.columns)] {
            for column in columns where owner.column(column) == nil {
                report(
                    reference.location,
                    "\(owner.name) has no column '\(column)'\(NearestName.hint(for: column, among: owner.columns.map(\.name)))")
            }
        }
        if reference.columns.count != reference.to.count { report(reference.location, "a reference has as many 'columns' as 'to'") }
        guard diagnostics.count == before else { return false }
        let unique = [target.key] + target.unique + target.columns.filter(\.isUnique).map { [$0.name] }
        if !unique.contains(where: { Set($0) == Set(reference.to) }) {
            report(
                reference.location,
                "\(reference.table).\(reference.to.joined(separator: ",")) is neither a key nor unique, so nothing can refer to it")
        }
        var isSound = true
        for (from, to) in zip(reference.columns, reference.to) {
            guard let a = table.column(from), let b = target.column(to), !a.isDoubtful, !b.isDoubtful else {
                isSound = false
                continue
            }
            if a.type.storage != b.type.storage {
                report(reference.location, "'\(from)' is \(a.type.nameWithArticle) and refers to \(b.type.nameWithArticle)")
            }
        }
        return isSound && diagnostics.count == before
    }

    // MARK: Checks

    /// Reports the conditions that are no SQL or that SQLite does not take, and leaves them out.
    mutating func dropFaultyChecks() {
        guard let scratch = try? Connection() else { return }
        for (index, table) in environment.tables.enumerated() {
            environment.tables[index].checks = table.checks.filter { isSound($0, of: table, scratch) }
            for (column, definition) in table.columns.enumerated() {
                guard let check = definition.check, !isSound(check, of: table, scratch) else { continue }
                environment.tables[index].columns[column].check = nil
            }
        }
    }

    private mutating func isSound(_ check: SQLText, of table: Table, _ scratch: borrowing Connection) -> Bool {
        var bare = table
        bare.references = []
        bare.checks = []
        for column in bare.columns.indices { bare.columns[column].check = nil }
        let names = SchemaNames([table])
        do throws(Diagnostic) {
            let query = try check.query(from: table.name)
            do throws(DatabaseError) {
                try scratch.execute("BEGIN; \(bare.createStatement)")
            } catch {
                // What is wrong with the rest is reported when the table is made.
                try? scratch.execute("ROLLBACK")
                return true
            }
            defer { try? scratch.execute("ROLLBACK") }
            _ = try PreparedStatement(query, access: .read, scope: Scope(), on: scratch, schema: names)
        } catch {
            diagnostics.append(error)
            return false
        }
        // A query may do what a condition may not: hold another query, for one.
        bare.checks = [check]
        do {
            try scratch.execute("BEGIN; \(bare.createStatement); ROLLBACK")
            return true
        } catch {
            try? scratch.execute("ROLLBACK")
            report(check.location, error.message)
            return false
        }
    }

    // MARK: Tables

    mutating func createTables(on connection: borrowing Connection) {
        for table in environment.tables {
            do {
                try connection.execute(table.createStatement)
            } catch {
                report(table.location, "the table '\(table.name)': \(error.message)")
                absentTables.insert(table.name.lowercased())
            }
        }
        environment.tables.removeAll { absentTables.contains($0.name.lowercased()) }
    }

    mutating func createIndexes(on connection: borrowing Connection) {
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
}
