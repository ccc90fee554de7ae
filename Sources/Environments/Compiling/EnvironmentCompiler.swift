import Database
import Determinism
import Specifications
import WireJSON

/// Builds the database of an environment, compiles everything in it once, and reports every mistake of meaning.
///
/// What has a mistake is left out of what is judged after it, so that no mistake is reported for another one's sake.
struct EnvironmentCompiler {
    var environment: Environment
    var diagnostics: [Diagnostic] = []
    /// Tables that are declared, but so that they cannot be made; in lower case, as SQL sees them.
    var absentTables: Set<String> = []
    /// Tables some of whose rows could not be read or stored, so that nothing can be said of rows that are missing.
    var doubtfulTables: Set<String> = []

    init(_ environment: Environment) { self.environment = environment }

    mutating func report(_ location: SourceLocation, _ message: String) { diagnostics.append(Diagnostic(location, message)) }

    /// - Throws: ``SpecificationError`` with everything found, the given mistakes of form included.
    mutating func compile(identity: Digest, formDiagnostics: [Diagnostic]) throws(SpecificationError) -> CompiledEnvironment {
        diagnostics = formDiagnostics
        // Without tables nothing else can be judged.
        if environment.tables.isEmpty, !formDiagnostics.isEmpty { throw SpecificationError(formDiagnostics) }
        let connection: Connection
        do {
            connection = try Connection()
        } catch {
            throw SpecificationError([Diagnostic(environment.location, "\(error)")])
        }
        connection.setClock(environment.clock.start)
        dropAbsentTables()
        dropFaultyReferences()
        dropFaultyChecks()
        createTables(on: connection)
        fillTables(on: connection)
        createIndexes(on: connection)
        let names = SchemaNames(environment.tables)
        let outputSchemas = checkStatements(on: connection, names)
        checkTasks()
        diagnostics.removeAll(where: followsFromAbsence)
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

    /// The table of that name; reports that there is none, unless that is reported where it is declared.
    mutating func table(_ name: String, _ location: SourceLocation) -> Table? {
        if let table = environment.tables.first(where: { $0.name == name }) { return table }
        if !absentTables.contains(name.lowercased()) {
            report(location, "there is no table '\(name)'\(NearestName.hint(for: name, among: environment.tables.map(\.name)))")
        }
        return nil
    }

    private func followsFromAbsence(_ diagnostic: Diagnostic) -> Bool {
        let start = "no such table: "
        guard diagnostic.message.hasPrefix(start) else { return false }
        return absentTables.contains(diagnostic.message.dropFirst(start.count).prefix { $0 != " " }.lowercased())
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
        checkUnusedShapes(on: connection, names, shapes)
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

    /// Compiles the shapes that no tool and no view uses; the others were compiled where they are used.
    private mutating func checkUnusedShapes(
        on connection: borrowing Connection, _ names: SchemaNames, _ shapes: [String: Shape]
    ) {
        var seen: Set<String> = []
        for shape in environment.tools.compactMap(\.result) + environment.views.map(\.shape) {
            shape.collectUses(from: shapes, into: &seen)
        }
        var scope = Scope()
        scope.isOpen = true
        for named in environment.shapes where seen.insert(named.name).inserted {
            named.shape.collectUses(from: shapes, into: &seen)
            do {
                let use = Shape(form: .use(named.name), location: named.location)
                _ = try PreparedShape(use, scope: scope, shared: shapes, on: connection, schema: names)
            } catch {
                diagnostics += error.diagnostics
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
