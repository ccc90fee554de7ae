import CSQLite
import Determinism

/// A connection to one private in-memory database.
///
/// A connection belongs to one thread at a time. Statements made from it may outlive it harmlessly: SQLite closes the
/// database when the last of them is gone.
public struct Connection: ~Copyable {
    let handle: OpaquePointer
    private let context: ConnectionContext

    /// Opens an empty database in memory.
    ///
    /// - Throws: ``DatabaseError`` when memory is short.
    public init() throws(DatabaseError) {
        // Before anything else touches the library: it takes its settings only once.
        try Engine.start()
        let context = ConnectionContext()
        handle = try Self.open(context)
        self.context = context
    }

    private static func open(_ context: ConnectionContext) throws(DatabaseError) -> OpaquePointer {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_MEMORY
        let code = sqlite3_open_v2(":memory:", &handle, flags, context.clock.name)
        guard code == SQLITE_OK, let handle else {
            sqlite3_close_v2(handle)
            throw DatabaseError(code: code, message: "an in-memory database could not be opened")
        }
        do {
            try configure(handle)
        } catch {
            sqlite3_close_v2(handle)
            throw error
        }
        sqlite3_set_authorizer(handle, authorizerCallback, Unmanaged.passUnretained(context.authorizer).toOpaque())
        sqlite3_progress_handler(
            handle, WorkMeter.stride, progressCallback, Unmanaged.passUnretained(context.meter).toOpaque())
        return handle
    }

    private static func configure(_ handle: OpaquePointer) throws(DatabaseError) {
        sqlite3_extended_result_codes(handle, 1)
        for flag in [SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL] { _ = orrery_db_config_flag(handle, flag, 0) }
        _ = orrery_db_config_flag(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        try SQLFunctions.register(on: handle)
        // The first use of a table-valued function declares its table, which the authorizer would take for a change of the schema.
        let settings = """
            PRAGMA foreign_keys = ON; PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_spill = OFF;
            SELECT count(*) FROM json_each('[]'), json_tree('[]')
            """
        let code = sqlite3_exec(handle, settings, nil, nil, nil)
        if code != SQLITE_OK { throw DatabaseError(code: code, message: String(cString: sqlite3_errmsg(handle)), sql: settings) }
    }

    deinit {
        // A statement that outlives the connection must not reach objects that do not.
        sqlite3_set_authorizer(handle, nil, nil)
        sqlite3_progress_handler(handle, 0, nil, nil)
        sqlite3_preupdate_hook(handle, nil, nil)
        sqlite3_close_v2(handle)
    }

    /// SQLite's own handle, for measuring what this module costs above it.
    @_spi(Floor) public var sqliteHandle: OpaquePointer { handle }

    // MARK: Statements

    /// Compiles one statement.
    ///
    /// - Parameter access: what the statement may do; more than that is an error here, before it ever runs.
    /// - Throws: ``DatabaseError`` naming what is wrong, with the offset of the fault where SQLite tells it.
    public func prepare(_ sql: String, access: StatementAccess = .write) throws(DatabaseError) -> Statement {
        context.authorizer.begin(access)
        defer { context.authorizer.end() }
        var statement: OpaquePointer?
        var rest = 0
        let code = withCString(sql) { start, length in
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(handle, start, Int32(length), UInt32(SQLITE_PREPARE_PERSISTENT), &statement, &tail)
            if let tail { rest = tail - start }
            return code
        }
        guard code == SQLITE_OK else {
            sqlite3_finalize(statement)
            if let refusal = context.authorizer.refusal { throw DatabaseError(code: code, message: refusal, sql: sql) }
            throw error(code, sql: sql)
        }
        guard let statement else { throw DatabaseError(code: SQLITE_ERROR, message: "there is no statement", sql: sql) }
        let compiled = Statement(handle: statement, sql: sql)
        if sql.utf8.dropFirst(rest).contains(where: { !" \n\r\t;".utf8.contains($0) }) {
            throw DatabaseError(code: SQLITE_ERROR, message: "only one statement is allowed here", sql: sql, offset: rest)
        }
        if access != .everything, !context.authorizer.hasSeenQuery || sqlite3_stmt_isexplain(statement) != 0 {
            // VACUUM and EXPLAIN are never shown to an authorizer for what they are.
            throw DatabaseError(code: SQLITE_AUTH, message: "only SELECT, INSERT, UPDATE and DELETE are allowed here", sql: sql)
        }
        return compiled
    }

    /// Compiles and runs statements that return nothing, separated by semicolons, with full rights: for schemas and settings.
    public func execute(_ sql: String) throws(DatabaseError) {
        context.authorizer.begin(.everything)
        defer { context.authorizer.end() }
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        if code != SQLITE_OK { throw error(code, sql: sql) }
    }

    // MARK: Contents

    /// Makes this database a copy of another one.
    public func copy(from source: borrowing Connection) throws(DatabaseError) {
        guard let backup = sqlite3_backup_init(handle, "main", source.handle, "main") else {
            throw error(sqlite3_errcode(handle))
        }
        sqlite3_backup_step(backup, -1)
        let code = sqlite3_backup_finish(backup)
        if code != SQLITE_OK { throw error(code) }
    }

    /// The database as the bytes of a file that any SQLite opens, with what the open transaction has changed.
    public func image() throws(DatabaseError) -> [UInt8] {
        // SQLite asks for the number of pages by a statement of its own.
        context.authorizer.begin(.everything)
        defer { context.authorizer.end() }
        var size: Int64 = 0
        guard let start = sqlite3_serialize(handle, "main", &size, 0) else { throw error(SQLITE_NOMEM) }
        defer { sqlite3_free(start) }
        return Array(UnsafeBufferPointer(start: start, count: Int(size)))
    }

    /// The bytes of the database's pages.
    public func byteCount() throws(DatabaseError) -> Int {
        let pages = try integer("PRAGMA page_count")
        return Int(pages * (try integer("PRAGMA page_size")))
    }

    private func integer(_ pragma: String) throws(DatabaseError) -> Int64 {
        let statement = try prepare(pragma, access: .everything)
        return try statement.step() ? statement.integer(0) : 0
    }

    // MARK: Transactions

    /// Whether a transaction is open. SQLite ends one by itself after some failures.
    public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Whether foreign keys are violated at this point of the transaction.
    public var hasForeignKeyViolations: Bool {
        var current: Int32 = 0
        var highest: Int32 = 0
        sqlite3_db_status(handle, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
        return current != 0
    }

    // MARK: Changes

    /// Starts keeping net changes for these tables; statements from now on are seen.
    public func recordChanges(of tables: [RecordedTable]) {
        let recorder = ChangeRecorder(tables: tables)
        context.recorder = recorder
        sqlite3_preupdate_hook(handle, preupdateCallback, Unmanaged.passUnretained(recorder).toOpaque())
        recorder.isEnabled = true
    }

    /// The net changes since the recording began or the changes were last replaced.
    public var changes: ChangeSet { context.recorder?.changes ?? ChangeSet() }
    /// A number that grows whenever the changes may have become different.
    public var changesVersion: Int { context.recorder?.version ?? 0 }
    /// The point of the change log that belongs to a savepoint about to be opened.
    public var changeMark: Int { context.recorder?.mark ?? 0 }

    /// Whether a row was written since ``settleChanges()`` whose text is not UTF-8: such text could not be sent or kept.
    public var hasInvalidText: Bool { context.recorder?.hasInvalidText ?? false }

    /// Follows the rolling back of a savepoint.
    public func rollBackChanges(to mark: Int) { context.recorder?.rollBack(to: mark) }
    /// Follows the release of the outermost savepoint of a call: what it did stays.
    public func settleChanges() { context.recorder?.settle() }
    /// Sets the changes outright and stops or goes on recording.
    public func replaceChanges(with changes: ChangeSet, recording: Bool) {
        context.recorder?.replace(with: changes)
        context.recorder?.isEnabled = recording
    }

    // MARK: Surroundings

    /// Sets the time that SQLite's date functions see.
    public func setClock(_ now: Instant) { context.clock.set(now) }

    /// Runs a body whose statements together may do only so much work.
    public func limitingWork<R>(_ limits: WorkLimits, _ body: () throws(DatabaseError) -> R) throws(DatabaseError) -> R {
        context.meter.arm(limits)
        defer { context.meter.disarm() }
        return try body()
    }

    /// Whether the last limit that struck was that on time.
    public var hasRunOutOfTime: Bool { context.meter.hasRunOutOfTime }

    func error(_ code: Int32, sql: String? = nil) -> DatabaseError {
        let offset = sqlite3_error_offset(handle)
        return DatabaseError(
            code: code, message: String(cString: sqlite3_errmsg(handle)), sql: sql, offset: offset >= 0 ? Int(offset) : nil)
    }

    private func withCString<R>(_ sql: String, _ body: (UnsafePointer<CChar>, Int) -> R) -> R {
        sql.withCString { body($0, sql.utf8.count) }
    }
}

/// What the callbacks of a connection reach: kept at a fixed address for as long as the connection lives.
final class ConnectionContext {
    let authorizer = Authorizer()
    let meter = WorkMeter()
    let clock = ClockVFS()
    var recorder: ChangeRecorder?
}

/// The SQLite library that the process runs on.
public enum Engine {
    /// Its version: results of floating-point sums, for one, are the same only for the same version.
    public static var version: String { String(cString: sqlite3_libversion()) }

    private static let result: Int32 = {
        // Accounting for memory takes a global lock on every allocation.
        var code = orrery_config_memstatus(0)
        if code == SQLITE_OK { code = sqlite3_initialize() }
        _ = orrery_refuse_localtime()
        return code
    }()

    static func start() throws(DatabaseError) {
        if result != SQLITE_OK { throw DatabaseError(code: result, message: "SQLite could not be initialised") }
    }
}
