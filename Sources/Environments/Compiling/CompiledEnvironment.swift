import Database
import Determinism
import Specifications
import Synchronization
import WireJSON

/// An environment whose every statement has been checked, and its initial database.
///
/// It is shared by all threads; each connection copies the database and compiles the tools that it runs.
public final class CompiledEnvironment: Sendable {
    /// The environment as its file says it.
    public let definition: Environment
    /// The hash of the contents: of the file and of the files that it names.
    public let identity: Digest
    /// The hash of the initial state: every table's rows in key order.
    public let initialDigest: Digest
    /// The bytes of the database's pages.
    public let databaseBytes: Int
    /// The tables as the change recorder knows them.
    public let recordedTables: [RecordedTable]
    /// The names of the tables, in order.
    public let tableNames: [String]
    /// For each tool, the JSON Schema of its arguments.
    public let inputSchemas: [JSON]
    /// For each tool, the JSON Schema of its result.
    public let outputSchemas: [JSON]
    private let toolIndex: [String: Int]
    private let taskIndex: [String: Int]
    private let names: SchemaNames
    private let shapes: [String: Shape]
    private let base: BaseDatabase

    init(
        _ definition: Environment, identity: Digest, initialDigest: Digest, outputSchemas: [JSON], names: SchemaNames,
        databaseBytes: Int, base: BaseDatabase
    ) {
        self.definition = definition
        self.identity = identity
        self.initialDigest = initialDigest
        self.databaseBytes = databaseBytes
        self.outputSchemas = outputSchemas
        self.names = names
        self.base = base
        inputSchemas = definition.tools.map { JSONSchema.object($0.arguments) }
        recordedTables = definition.tables.map(\.recorded)
        tableNames = definition.tables.map(\.name)
        toolIndex = Dictionary(uniqueKeysWithValues: definition.tools.enumerated().map { ($1.name, $0) })
        taskIndex = Dictionary(uniqueKeysWithValues: definition.tasks.enumerated().map { ($1.id, $0) })
        shapes = definition.sharedShapes
    }

    /// The position of the tool of that name.
    public func toolIndex(_ name: String) -> Int? { toolIndex[name] }

    /// The position of the task of that id.
    public func taskIndex(_ id: String) -> Int? { taskIndex[id] }

    /// Opens a connection to a fresh copy of the initial database.
    public func connect() throws(DatabaseError) -> Connection {
        let connection = try Connection()
        try base.copy(to: connection)
        return connection
    }

    /// Compiles a tool for a connection made by ``connect()``.
    public func prepare(tool index: Int, on connection: borrowing Connection) throws(DatabaseError) -> PreparedTool {
        try checked { () throws(SpecificationError) in
            try PreparedTool(definition.tools[index], in: definition, on: connection, schema: names, shapes: shapes)
        }
    }

    /// Compiles a view for a connection made by ``connect()``.
    public func prepare(view: Shape, on connection: borrowing Connection) throws(DatabaseError) -> PreparedView {
        try checked { () throws(SpecificationError) in
            try PreparedView(view, in: definition, on: connection, schema: names, shapes: shapes)
        }
    }

    /// The condition of the trainer compiled for a connection made by ``connect()``.
    public func prepare(assertion: SQLText, on connection: borrowing Connection) throws(DatabaseError) -> PreparedView {
        try prepare(view: Shape(form: .value(assertion), location: assertion.location), on: connection)
    }

    /// What was compiled once compiles again; anything else is the engine's fault.
    private func checked<T>(_ body: () throws(SpecificationError) -> T) throws(DatabaseError) -> T {
        do {
            return try body()
        } catch {
            throw DatabaseError(code: 1, message: "a checked statement did not compile again: \(error)")
        }
    }

    /// The name nearest to a wrong one, as a hint for a message.
    public func toolHint(for name: String) -> String { NearestName.hint(for: name, among: definition.tools.map(\.name)) }
}

/// The connection that holds an initial database, from which every other connection is copied.
///
/// Unchecked: the connection is touched under the lock alone.
final class BaseDatabase: @unchecked Sendable {
    private let lock = Mutex(())
    private let connection: Connection

    init(_ connection: consuming Connection) { self.connection = connection }

    func copy(to target: borrowing Connection) throws(DatabaseError) {
        let result = lock.withLock { _ in
            Result { () throws(DatabaseError) in try target.copy(from: connection) }
        }
        try result.get()
    }
}

extension Environment {
    var sharedShapes: [String: Shape] {
        Dictionary(shapes.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    }
}

/// A view with its statements compiled for one connection.
public final class PreparedView {
    private let shape: PreparedShape
    private let hasActor: Bool

    init(
        _ shape: Shape, in environment: Environment, on connection: borrowing Connection, schema: SchemaNames,
        shapes: [String: Shape]
    ) throws(SpecificationError) {
        var scope = Scope()
        hasActor = environment.actor != nil
        if hasActor { _ = scope.bind("actor") }
        self.shape = try PreparedShape(shape, scope: scope, shared: shapes, on: connection, schema: schema)
    }

    /// Returns the view's JSON.
    public func read(now: Instant, actor: SQLValue) throws(DatabaseError) -> [UInt8] {
        var writer = JSONWriter()
        var budget = ResultLimits.unlimited
        do throws(ResultFailure) {
            try shape.write(frame(now, actor), to: &writer, &budget)
        } catch {
            if case .database(let error) = error { throw error }
        }
        return writer.bytes
    }

    /// Returns whether the view's single value is true.
    public func isTrue(now: Instant, actor: SQLValue) throws(DatabaseError) -> Bool {
        try shape.isTrue(frame(now, actor))
    }

    private func frame(_ now: Instant, _ actor: SQLValue) -> [SQLValue] {
        for statement in shape.statements { statement.statement.resetWork() }
        let text = now.text
        return [.text(text), .text(String(text.prefix(10)))] + (hasActor ? [actor] : [])
    }
}
