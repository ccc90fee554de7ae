import Determinism
import Testing

@testable import Database

@Suite struct ConnectionTests {
    private func value(_ sql: String, on connection: borrowing Connection) throws -> SQLValue {
        let statement = try connection.prepare(sql, access: .read)
        return try statement.step() ? statement.value(0) : .null
    }

    @Test(arguments: [
        "INSERT INTO t VALUES (2)", "UPDATE t SET id = 3", "DELETE FROM t", "SELECT random()", "SELECT last_insert_rowid()",
        "SELECT changes()",
        "SELECT CURRENT_TIMESTAMP", "SELECT * FROM sqlite_schema", "PRAGMA user_version", "ATTACH ':memory:' AS x", "SELECT 1; SELECT 2",
        "SELECT * FROM pragma_table_info('t')", "CREATE TABLE u (x)", "SELECT load_extension('x')", "EXPLAIN SELECT 1", "BEGIN",
        "VACUUM", "VACUUM INTO '/tmp/x'", "REINDEX", "ANALYZE", "EXPLAIN QUERY PLAN SELECT 1",
        "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
    ])
    func aReadingStatementMayOnlyReadTheState(sql: String) throws {
        let connection = try Connection()
        try connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (1)")
        #expect(throws: DatabaseError.self) { _ = try connection.prepare(sql, access: .read) }
    }

    @Test func aRefusalSaysWhatIsRefused() throws {
        let connection = try Connection()
        try connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT")
        #expect {
            _ = try connection.prepare("DELETE FROM t", access: .read)
        } throws: {
            ($0 as! DatabaseError).message.contains("writes to t")
        }
    }

    @Test func sqlSeesTheVirtualClock() throws {
        let connection = try Connection()
        connection.setClock(Instant("2025-03-10T09:00:00Z")!)
        #expect(try value("SELECT datetime('now')", on: connection) == .text("2025-03-10 09:00:00"))
        #expect(try value("SELECT date()", on: connection) == .text("2025-03-10"))
        connection.setClock(Instant("1999-12-31T23:59:59Z")!)
        #expect(try value("SELECT strftime('%s', 'now', '+1 second')", on: connection) == .text("946684800"))
        #expect(throws: DatabaseError.self) { _ = try value("SELECT datetime('now', 'localtime')", on: connection) }
    }

    @Test func workHasALimit() throws {
        let connection = try Connection()
        func count(to end: Int, _ limits: WorkLimits) throws -> (error: DatabaseError?, ranOutOfTime: Bool) {
            let query = try connection.prepare(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(end)) SELECT count(*) FROM n")
            do throws(DatabaseError) {
                try connection.limitingWork(limits) { () throws(DatabaseError) in try query.run() }
                return (nil, connection.hasRunOutOfTime)
            } catch {
                return (error, connection.hasRunOutOfTime)
            }
        }
        let few = WorkLimits(instructions: 1_000_000, time: .seconds(30))
        let stopped = try count(to: 10_000_000, few)
        #expect(stopped.error?.isInterrupt == true)
        #expect(!stopped.ranOutOfTime)
        #expect(try count(to: 10, few).error == nil)
        let late = try count(to: 1_000_000_000, WorkLimits(instructions: .max, time: .milliseconds(50)))
        #expect(late.error?.isInterrupt == true)
        #expect(late.ranOutOfTime)
        // Outside, nothing is limited.
        let free = try connection.prepare(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) FROM n")
        try free.run()
    }

    @Test(arguments: [
        ("1+1", 2.0), ("2*3-4/8", 5.5), ("-(1.5)*-2", 3), (" ( 7 ) ", 7), ("--1", 1), (".5+5.", 5.5), ("1/3*3", 1),
    ])
    func arithmetic(text: String, result: Double) throws {
        let connection = try Connection()
        #expect(try value("SELECT arithmetic('\(text)')", on: connection) == .real(result))
    }

    @Test(arguments: ["", "1+", "1/0", "(1", "1)", "1 2", "a", "1..2", ".", "2**3", "\(String(repeating: "(", count: 500))1"])
    func arithmeticRefuses(text: String) throws {
        let connection = try Connection()
        #expect(try value("SELECT arithmetic('\(text)')", on: connection) == .null)
    }

    @Test(arguments: [
        (2.675, 2, 2.67), (0.125, 2, 0.12), (0.375, 2, 0.38), (2.5, 0, 2), (3.5, 0, 4), (-0.125, 2, -0.12), (1e300, 2, 1e300),
        (41.91999999999999, 2, 41.92), (0.005, 2, 0.01), (1.005, 2, 1.0), (46_000_000_000_000.015625, 2, 46_000_000_000_000.02),
    ])
    func roundsByTheExactValue(value: Double, digits: Int, result: Double) {
        #expect(ExactRounding.round(value, digits: digits) == result)
    }

    @Test func aStatementMayOutliveItsConnection() throws {
        var statements: [CachedStatement] = []
        do {
            let connection = try Connection()
            try connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT")
            connection.recordChanges(of: [RecordedTable(name: "t", key: [0], isReal: [false])])
            statements.append(CachedStatement(try connection.prepare("INSERT INTO t VALUES (1)")))
        }
        try statements[0].statement.run()
    }

    private final class CachedStatement {
        let statement: Statement
        init(_ statement: consuming Statement) { self.statement = statement }
    }
}
