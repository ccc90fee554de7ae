import CSQLite
@_spi(Floor) import Database
import Environments

/// The floor: the statements of the tools run by hand on SQLite's C API.
///
/// Prepared once, parameters bound by position, every column of every row read; no argument checks, no JSON, no savepoints, no digest.
final class BareTools {
    // The connection only lends its handle: its database is the initial one, and the functions that tools call are registered on it.
    private let connection: Connection
    private let tools: [BareTool]
    private let begin: OpaquePointer
    private let rollBack: OpaquePointer
    /// Keeps the columns that were read from being optimised away.
    private(set) var checksum = 0

    init(_ environment: CompiledEnvironment) throws {
        connection = try environment.connect()
        let db = connection.sqliteHandle
        let definition = environment.definition
        let shapes = Dictionary(uniqueKeysWithValues: definition.shapes.map { ($0.name, $0.shape) })
        tools = definition.tools.map { BareTool($0, hasActor: definition.actor != nil, shapes, db) }
        begin = prepareBare("BEGIN", db)
        rollBack = prepareBare("ROLLBACK", db)
    }

    func beginTask() { runBare(begin) }
    func endTask() { runBare(rollBack) }

    /// Runs one call whose parameter values are known.
    func call(_ tool: Int, _ values: [OpaquePointer?]) { checksum &+= tools[tool].run(values) }
}

private func prepareBare(_ sql: String, _ db: OpaquePointer) -> OpaquePointer {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(db, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    precondition(code == SQLITE_OK, "\(String(cString: sqlite3_errmsg(db))): \(sql)")
    return statement!
}

private func runBare(_ statement: OpaquePointer) {
    while sqlite3_step(statement) == SQLITE_ROW {}
    sqlite3_reset(statement)
}

private final class BareQuery {
    enum Source {
        case slot(Int)
        case column(OpaquePointer, Int32)
    }

    let statement: OpaquePointer
    let names: [String]
    let bindings: [Source]
    var nested: [BareQuery] = []

    init(_ sql: String, _ slots: [String: Int], rows: [BareQuery], _ db: OpaquePointer) {
        statement = prepareBare(sql, db)
        let handle = statement
        names = (0..<sqlite3_column_count(handle)).map { String(cString: sqlite3_column_name(handle, $0)) }
        bindings = (0..<sqlite3_bind_parameter_count(handle)).map { index in
            let name = String(cString: sqlite3_bind_parameter_name(handle, index + 1) + 1)
            for row in rows.reversed() {
                if let column = row.names.firstIndex(of: name) { return .column(row.statement, Int32(column)) }
            }
            return .slot(slots[name]!)
        }
    }

    @inline(__always)
    func bind(_ slots: [OpaquePointer?]) {
        for (index, source) in bindings.enumerated() {
            switch source {
            case .slot(let slot):
                if let value = slots[slot] {
                    sqlite3_bind_value(statement, Int32(index + 1), value)
                } else {
                    sqlite3_bind_null(statement, Int32(index + 1))
                }
            case .column(let parent, let column): sqlite3_bind_value(statement, Int32(index + 1), sqlite3_column_value(parent, column))
            }
        }
    }

    /// Reads every column of the current row.
    @inline(__always)
    func readRow() -> Int {
        var sum = 0
        for column in 0..<Int32(names.count) {
            switch sqlite3_column_type(statement, column) {
            case SQLITE_INTEGER: sum &+= Int(sqlite3_column_int64(statement, column))
            case SQLITE_FLOAT: sum &+= sqlite3_column_double(statement, column) > 0 ? 1 : 0
            case SQLITE_NULL: break
            default:
                let text = sqlite3_column_text(statement, column)
                sum &+= Int(sqlite3_column_bytes(statement, column)) &+ (text == nil ? 1 : 0)
            }
        }
        return sum
    }

    func readAll(_ slots: [OpaquePointer?], onlyFirst: Bool) -> Int {
        bind(slots)
        var sum = 0
        while sqlite3_step(statement) == SQLITE_ROW {
            sum &+= readRow()
            for query in nested { sum &+= query.readAll(slots, onlyFirst: false) }
            if onlyFirst { break }
        }
        sqlite3_reset(statement)
        return sum
    }
}

private final class BareTool {
    private enum Action {
        case find(BareQuery, outputs: Int, canRefuse: Bool)
        case require(BareQuery)
        case forbid(BareQuery)
        case change(BareQuery)
        case next(Int)
    }

    private var actions: [Action] = []
    private var results: [(query: BareQuery, onlyFirst: Bool)] = []
    private var slotCount = 0
    private let identifier = BareValues.shared.pointer(.integer(1_000_000))

    init(_ tool: Tool, hasActor: Bool, _ shapes: [String: Shape], _ db: OpaquePointer) {
        var slots = ["now": 0, "today": 1]
        if hasActor { slots["actor"] = 2 }
        for argument in tool.arguments { slots[argument.name] = slots.count }
        for step in tool.steps {
            switch step.action {
            case .find(let sql):
                let query = BareQuery(sql.sql, slots, rows: [], db)
                actions.append(.find(query, outputs: slots.count, canRefuse: step.refusal != nil))
                for name in query.names { slots[name] = slots.count }
            case .require(let sql): actions.append(.require(BareQuery("SELECT (\(sql.sql)\n)", slots, rows: [], db)))
            case .forbid(let sql): actions.append(.forbid(BareQuery(sql.sql, slots, rows: [], db)))
            case .change(let sql): actions.append(.change(BareQuery(sql.sql, slots, rows: [], db)))
            case .next(let name, _):
                actions.append(.next(slots.count))
                slots[name] = slots.count
            }
        }
        if let shape = tool.result { results = Self.queries(shape, slots, rows: [], shapes, db) }
        slotCount = slots.count
    }

    private static func queries(
        _ shape: Shape, _ slots: [String: Int], rows: [BareQuery], _ shapes: [String: Shape], _ db: OpaquePointer
    ) -> [(query: BareQuery, onlyFirst: Bool)] {
        switch shape.form {
        case .use(let name): return queries(shapes[name]!, slots, rows: rows, shapes, db)
        case .object(let members): return members.flatMap { queries($0.shape, slots, rows: rows, shapes, db) }
        case .value(let sql), .row(let sql), .values(let sql), .rows(let sql), .pairs(let sql), .keyed(let sql):
            let query = BareQuery(sql.sql, slots, rows: rows, db)
            query.nested = shape.members.flatMap { queries($0.shape, slots, rows: rows + [query], shapes, db).map(\.query) }
            switch shape.form {
            case .value, .row: return [(query, true)]
            default: return [(query, false)]
            }
        }
    }

    func run(_ values: [OpaquePointer?]) -> Int {
        var slots = values + [OpaquePointer?](repeating: nil, count: slotCount - values.count)
        var owned: [OpaquePointer?] = []
        defer { for value in owned { sqlite3_value_free(value) } }
        for action in actions {
            switch action {
            case .find(let query, let outputs, let canRefuse):
                query.bind(slots)
                if sqlite3_step(query.statement) == SQLITE_ROW {
                    for column in query.names.indices {
                        let copy = sqlite3_value_dup(sqlite3_column_value(query.statement, Int32(column)))
                        owned.append(copy)
                        slots[outputs + column] = copy
                    }
                    sqlite3_reset(query.statement)
                } else {
                    sqlite3_reset(query.statement)
                    if canRefuse { return 0 }
                }
            case .require(let query):
                query.bind(slots)
                let isTrue = sqlite3_step(query.statement) == SQLITE_ROW && sqlite3_column_int(query.statement, 0) != 0
                sqlite3_reset(query.statement)
                if !isTrue { return 0 }
            case .forbid(let query):
                query.bind(slots)
                let isRow = sqlite3_step(query.statement) == SQLITE_ROW
                sqlite3_reset(query.statement)
                if isRow { return 0 }
            case .change(let query):
                query.bind(slots)
                runBare(query.statement)
            case .next(let slot): slots[slot] = identifier
            }
        }
        return results.reduce(0) { $0 &+ $1.query.readAll(slots, onlyFirst: $1.onlyFirst) }
    }
}

/// Arguments as the engine's own values, made once before the clock runs.
final class BareValues {
    nonisolated(unsafe) static let shared = BareValues()
    private var pointers: [SQLValue: OpaquePointer] = [:]
    private let db: OpaquePointer
    private let identity: OpaquePointer

    private init() {
        var handle: OpaquePointer?
        sqlite3_open(":memory:", &handle)
        db = handle!
        identity = prepareBare("SELECT ?1", db)
    }

    func pointer(_ value: SQLValue) -> OpaquePointer? {
        if value == .null { return nil }
        if let pointer = pointers[value] { return pointer }
        switch value {
        case .null: return nil
        case .integer(let number): sqlite3_bind_int64(identity, 1, number)
        case .real(let number): sqlite3_bind_double(identity, 1, number)
        case .text(let text): sqlite3_bind_text(identity, 1, text, -1, unsafeBitCast(-1, to: sqlite3_destructor_type.self))
        case .blob: preconditionFailure("no argument is a blob")
        }
        precondition(sqlite3_step(identity) == SQLITE_ROW)
        let pointer = sqlite3_value_dup(sqlite3_column_value(identity, 0))
        sqlite3_reset(identity)
        pointers[value] = pointer
        return pointer
    }
}
