import Database
import Determinism
import Environments

/// A connection on which one episode at a time plays, inside a transaction that is never committed.
///
/// Seating an episode costs what it and its predecessor changed, not what the database weighs. A stage belongs to one thread at a time.
final class Stage {
    let environment: CompiledEnvironment
    let connection: Connection
    /// The episode that the connection's state belongs to.
    private(set) weak var occupant: Episode?
    /// When the stage was last used, by its pool's count.
    var lastUse = 0
    private var tools: [PreparedTool?]
    private var views: [PreparedView?]
    private var assertions: [String: PreparedView] = [:]
    private var rowStatements: [RowStatements?]
    private let transaction: TransactionStatements

    init(_ environment: CompiledEnvironment) throws(DatabaseError) {
        self.environment = environment
        connection = try environment.connect()
        transaction = try TransactionStatements(on: connection)
        let definition = environment.definition
        tools = Array(repeating: nil, count: definition.tools.count)
        views = Array(repeating: nil, count: definition.views.count)
        rowStatements = Array(repeating: nil, count: definition.tables.count)
        connection.recordChanges(of: environment.recordedTables)
        try transaction.begin.run()
    }

    // MARK: Seating

    /// Makes the connection's state the episode's.
    ///
    /// - Throws: ``DatabaseError``; the stage is then empty and the episode parked as it was.
    func seat(_ episode: Episode) throws(DatabaseError) {
        if occupant === episode { return }
        leave()
        if !connection.isInTransaction || !connection.changes.isEmpty { try returnToStart() }
        let changes = episode.parkedChanges
        if !changes.isEmpty {
            do {
                try apply(changes)
            } catch {
                try returnToStart()
                throw error
            }
        }
        occupant = episode
        episode.take(self)
    }

    /// Parks the occupant. Its changes go with it; the connection is tidied when the next one sits down.
    func leave() {
        occupant?.park(connection.changes)
        occupant = nil
    }

    /// Forgets an occupant that is being closed.
    func vacate() { occupant = nil }

    private func returnToStart() throws(DatabaseError) {
        if connection.isInTransaction { try transaction.rollBack.run() }
        connection.replaceChanges(with: ChangeSet(), recording: true)
        try transaction.begin.run()
    }

    /// Turns the initial state into the one that the changes lead to.
    ///
    /// Every changed row is deleted and what became of it inserted, so that no order of rows can collide with a unique column.
    private func apply(_ changes: ChangeSet) throws(DatabaseError) {
        connection.replaceChanges(with: changes, recording: false)
        for (key, change) in changes.entries where change.before != nil {
            let statement = try rowStatements(key.table).delete
            try statement.run(RowCodec.decode(key.bytes) ?? [])
        }
        for (key, change) in changes.entries {
            guard let after = change.after else { continue }
            let statement = try rowStatements(key.table).insert
            try statement.run(RowCodec.decode(after) ?? [])
        }
        connection.replaceChanges(with: changes, recording: true)
        if connection.hasForeignKeyViolations {
            throw DatabaseError(code: 787, message: "the changes of a snapshot leave a foreign key without its row")
        }
    }

    private func rowStatements(_ table: Int) throws(DatabaseError) -> RowStatements {
        if let statements = rowStatements[table] { return statements }
        let statements = try RowStatements(environment.definition.tables[table], on: connection)
        rowStatements[table] = statements
        return statements
    }

    // MARK: Calls

    /// Runs a body as one unit: unless it returns true, nothing of what it did remains.
    func attempt(_ body: () throws(DatabaseError) -> Bool) throws(DatabaseError) {
        let mark = connection.changeMark
        try transaction.savepoint.run()
        var failure: DatabaseError?
        var isKept = false
        do throws(DatabaseError) {
            isKept = try body()
        } catch {
            failure = error
        }
        if !isKept {
            connection.rollBackChanges(to: mark)
            if connection.isInTransaction {
                try transaction.rollBackTo.run()
            } else {
                try recover()
            }
        }
        connection.settleChanges()
        if connection.isInTransaction { try transaction.release.run() }
        if let failure { throw failure }
    }

    /// Rebuilds the occupant's state after SQLite gave up the whole transaction, as it does when it interrupts a write.
    private func recover() throws(DatabaseError) {
        let changes = connection.changes
        try returnToStart()
        try apply(changes)
        try transaction.savepoint.run()
    }

    func tool(_ index: Int) throws(DatabaseError) -> PreparedTool {
        if let tool = tools[index] { return tool }
        let tool = try environment.prepare(tool: index, on: connection)
        tools[index] = tool
        return tool
    }

    func view(_ index: Int) throws(DatabaseError) -> PreparedView {
        if let view = views[index] { return view }
        let view = try environment.prepare(view: environment.definition.views[index].shape, on: connection)
        views[index] = view
        return view
    }

    func assertion(_ assertion: Assertion) throws(DatabaseError) -> PreparedView {
        if let view = assertions[assertion.sql.sql] { return view }
        let view = try environment.prepare(assertion: assertion.sql, on: connection)
        assertions[assertion.sql.sql] = view
        return view
    }
}
