import Database
import Determinism
import Environments

/// A connection on which one episode at a time plays, inside a transaction that is never committed.
///
/// Seating an episode costs what it and its predecessor changed, not what the database weighs. A stage belongs to one thread at a time.
final class Stage {
    let environment: CompiledEnvironment
    let connection: Connection
    /// Guards the occupant, and what the pool knows of the stage.
    private let lock: SeatLock
    /// The episode that the connection's state belongs to.
    private(set) weak var occupant: Episode?
    /// When the stage was last used, by its pool's count.
    var lastUse = 0
    /// Whether a thread is about to seat an episode here.
    var isReserved = false
    private var tools: [PreparedTool?]
    private var views: [PreparedView?]
    private var assertions: [String: PreparedView] = [:]
    private var rowStatements: [RowStatements?]
    private let transaction: TransactionStatements
    /// Whether the connection's state is known to be the initial one.
    private var isAtStart = true

    init(_ environment: CompiledEnvironment, _ lock: SeatLock) throws(DatabaseError) {
        self.environment = environment
        self.lock = lock
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

    /// Whether anyone may sit down.
    var isFree: Bool { !isReserved && occupant == nil }
    /// Whether a thread works here.
    var isInUse: Bool { isReserved || occupant?.isHeld ?? false }

    /// Makes the connection's state the episode's.
    ///
    /// - Precondition: nobody sits here.
    /// - Throws: ``DatabaseError``; the stage is then empty and the episode parked as it was.
    func seat(_ episode: Episode) throws(DatabaseError) {
        if !isAtStart { try returnToStart() }
        let changes = episode.parkedChanges
        isAtStart = false
        if !changes.isEmpty { try apply(changes) }
        lock.locked {
            occupant = episode
            episode.take(self)
        }
    }

    /// Parks the occupant. Its changes go with it; the connection is tidied when the next one sits down.
    ///
    /// - Precondition: the pool's lock is held, or the pool has one thread.
    func leave() {
        guard let occupant else { return }
        let changes = connection.changes
        occupant.park(changes)
        isAtStart = connection.isInTransaction && changes.isEmpty
        self.occupant = nil
    }

    /// Forgets an episode that is being closed, if it sits here.
    func vacate(_ episode: Episode) {
        lock.locked {
            guard occupant === episode else { return }
            episode.loseStage()
            occupant = nil
            isAtStart = connection.isInTransaction && connection.changes.isEmpty
        }
    }

    /// Forgets an episode whose state is lost, if it sits here.
    func discard(_ episode: Episode) {
        lock.locked {
            guard occupant === episode else { return }
            episode.loseStage()
            occupant = nil
            isAtStart = false
        }
    }

    private func returnToStart() throws(DatabaseError) {
        if connection.isInTransaction { try transaction.rollBack.run() }
        connection.replaceChanges(with: ChangeSet(), recording: true)
        try transaction.begin.run()
        isAtStart = true
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

    /// Runs a body as one unit, within limits on its work: unless it returns true, nothing of what it did remains.
    ///
    /// - Returns: the error that the body failed with, after it has been undone.
    /// - Throws: ``DatabaseError`` if it could not be undone; the occupant's state is then lost.
    func attempt(
        _ limits: WorkLimits, _ body: () throws(DatabaseError) -> Bool
    ) throws(DatabaseError) -> DatabaseError? {
        let mark = connection.changeMark
        try transaction.savepoint.run()
        var failure: DatabaseError?
        var isKept = false
        do throws(DatabaseError) {
            isKept = try connection.limitingWork(limits, body)
        } catch {
            failure = error
        }
        if !isKept {
            connection.rollBackChanges(to: mark)
            // SQLite gives up the whole transaction when it interrupts a write; the state is then built anew.
            if connection.isInTransaction {
                try transaction.rollBackTo.run()
                try transaction.release.run()
            } else {
                try restore(connection.changes)
            }
        } else {
            try transaction.release.run()
        }
        connection.settleChanges()
        return failure
    }

    private func restore(_ changes: ChangeSet) throws(DatabaseError) {
        try returnToStart()
        try apply(changes)
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
