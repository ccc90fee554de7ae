import CSQLite
import Determinism
import Testing

@testable import Database

/// The recorder's net changes against those of SQLite's session extension, an implementation that nobody here wrote.
@Suite struct ChangeRecorderTests {
    private static let tables = [
        RecordedTable(name: "a", key: [0], isReal: [false, false, true]),
        RecordedTable(name: "b", key: [1, 0], isReal: [false, false, false]),
    ]

    private static let schema = """
        CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT UNIQUE, r REAL) STRICT;
        CREATE TABLE b (x TEXT NOT NULL, y INTEGER NOT NULL, v ANY, PRIMARY KEY (y, x)) STRICT, WITHOUT ROWID;
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
          INSERT INTO a SELECT i, 't' || i, i FROM n;
        INSERT INTO b SELECT 'x' || (id % 3), id, id FROM a;
        """

    private func randomStatement(_ generator: inout SeededGenerator) -> String {
        let id = generator.next(below: 30)
        let other = generator.next(below: 30)
        let real = ["\(generator.next(below: 5))", "2.5", "NULL", "-0.0"][generator.next(below: 4)]
        return switch generator.next(below: 12) {
        case 0: "INSERT OR IGNORE INTO a VALUES (\(id), 't\(other)', \(real))"
        case 1: "INSERT OR REPLACE INTO a VALUES (\(id), 't\(other)', \(real))"
        case 2: "UPDATE OR IGNORE a SET t = 't\(other)' WHERE id = \(id)"
        case 3: "UPDATE OR REPLACE a SET id = \(other) WHERE id = \(id)"
        case 4: "DELETE FROM a WHERE id = \(id)"
        case 5: "UPDATE a SET r = r + 1 WHERE id % 3 = \(id % 3)"
        case 6:
            "INSERT OR REPLACE INTO b VALUES ('x\(id % 4)', \(other), \(["1", "'s'", "NULL", "x'00ff00'", "1.5"][generator.next(below: 5)]))"
        case 7: "UPDATE OR REPLACE b SET y = \(other) WHERE y = \(id)"
        case 8: "UPDATE OR REPLACE b SET x = 'x\(other % 4)', v = \(id) WHERE y = \(id)"
        case 9: "DELETE FROM b WHERE y = \(id)"
        case 10: generator.next(below: 10) == 0 ? "DELETE FROM b" : "DELETE FROM b WHERE x = 'x\(id % 4)' AND y > 10"
        default: "INSERT INTO a VALUES (\(id), 't\(other)', \(real)) ON CONFLICT DO UPDATE SET r = excluded.r"
        }
    }

    @Test(arguments: 0..<40) func agreesWithTheSessionExtension(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed, purpose: "changes")
        // One connection has one pre-update hook, so the session watches a twin that runs the same statements.
        let recorded = try Connection()
        let watched = try Connection()
        try recorded.execute(Self.schema)
        try watched.execute(Self.schema)
        // The session runs SQL of its own on the connection, which the authorizer would refuse.
        sqlite3_set_authorizer(watched.handle, nil, nil)
        var session: OpaquePointer?
        try #require(sqlite3session_create(watched.handle, "main", &session) == SQLITE_OK)
        defer { sqlite3session_delete(session) }
        sqlite3session_attach(session, nil)
        try recorded.execute("BEGIN")
        try watched.execute("BEGIN")
        recorded.recordChanges(of: Self.tables)
        var log: [String] = []
        for _ in 0..<30 {
            let statements = (0..<1 + generator.next(below: 3)).map { _ in randomStatement(&generator) }
            let isKept = generator.next(below: 3) > 0
            log += ["-- \(isKept)"] + statements
            let mark = recorded.changeMark
            let script = "SAVEPOINT s; \(statements.joined(separator: "; ")); \(isKept ? "" : "ROLLBACK TO s; ")RELEASE s"
            // A statement that violates a constraint stops both scripts in the same place.
            let failed = (try? recorded.execute(script)) == nil
            let twinFailed = (try? watched.execute(script)) == nil
            #expect(twinFailed == failed)
            if failed {
                try recorded.execute("ROLLBACK TO s; RELEASE s")
                try watched.execute("ROLLBACK TO s; RELEASE s")
            }
            if failed || !isKept { recorded.rollBackChanges(to: mark) }
            recorded.settleChanges()
            let (changes, expected) = (recorded.changes, Self.changes(of: session, watched.handle))
            let keys = Set(changes.entries.keys).union(expected.entries.keys).filter { changes.entries[$0] != expected.entries[$0] }
            let differences = keys.map {
                "\($0): \(String(describing: changes.entries[$0])) is \(String(describing: expected.entries[$0]))"
            }
            #expect(differences.isEmpty, "seed \(seed): \(log.joined(separator: ";\n"))")
            if !differences.isEmpty { return }
        }
    }

    @Test func aChangeSetAndItsInverseCancelOut() {
        func key(_ id: Int64) -> RowKey { RowKey(table: 0, bytes: RowCodec.encode([.integer(id)])) }
        var changes = ChangeSet()
        changes.record(key(1), before: nil, after: [1])
        changes.record(key(2), before: [2], after: nil)
        changes.record(key(3), before: [3], after: [4])
        changes.record(key(4), before: [5], after: [5])
        #expect(changes.count == 3)
        #expect(changes.inverted.inverted == changes)
        var sum = changes
        for (key, change) in changes.inverted.entries { sum.record(key, before: change.before, after: change.after) }
        #expect(sum.isEmpty)
        #expect(sum.digest(from: Digest(of: [7]), tables: ["a"]) == ChangeSet().digest(from: Digest(of: [7]), tables: ["a"]))
        #expect(changes.digest(from: Digest(of: [7]), tables: ["a"]) != ChangeSet().digest(from: Digest(of: [7]), tables: ["a"]))
    }

    /// The session's net changes as a change set, the rows read in full from both ends.
    private static func changes(of session: OpaquePointer?, _ database: OpaquePointer) -> ChangeSet {
        var size: Int32 = 0
        var buffer: UnsafeMutableRawPointer?
        precondition(sqlite3session_changeset(session, &size, &buffer) == SQLITE_OK)
        defer { sqlite3_free(buffer) }
        var iterator: OpaquePointer?
        sqlite3changeset_start(&iterator, size, buffer)
        defer { sqlite3changeset_finalize(iterator) }
        var result = ChangeSet()
        while sqlite3changeset_next(iterator) == SQLITE_ROW {
            var name: UnsafePointer<CChar>?
            var columns: Int32 = 0
            var operation: Int32 = 0
            sqlite3changeset_op(iterator, &name, &columns, &operation, nil)
            let index = tables.firstIndex { $0.name == String(cString: name!) }!
            func image(_ read: (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Int32, fallback: [[UInt8]]?) -> [[UInt8]] {
                (0..<columns).map { column in
                    var value: OpaquePointer?
                    _ = read(iterator, column, &value)
                    guard value != nil else { return fallback?[Int(column)] ?? [] }
                    var bytes: [UInt8] = []
                    RowCodec.append(value, isReal: tables[index].isReal[Int(column)], to: &bytes)
                    return bytes
                }
            }
            // An update's images leave out what did not change: fill the gaps of each from the other; what neither has is the same in both.
            var before = operation == SQLITE_INSERT ? nil : image(sqlite3changeset_old, fallback: nil)
            var after = operation == SQLITE_DELETE ? nil : image(sqlite3changeset_new, fallback: before)
            if operation == SQLITE_UPDATE {
                let stored = storedRow(tables[index], key: tables[index].key.map { before![$0] }, database: database)
                before = zip(before!, stored).map { $0.isEmpty ? $1 : $0 }
                after = zip(after!, stored).map { $0.isEmpty ? $1 : $0 }
            }
            let key = tables[index].key.flatMap { (before ?? after)![$0] }
            result.record(
                RowKey(table: index, bytes: key), before: before.map { Array($0.joined()) }, after: after.map { Array($0.joined()) })
        }
        return result
    }

    private static func storedRow(_ table: RecordedTable, key: [[UInt8]], database: OpaquePointer) -> [[UInt8]] {
        var statement: OpaquePointer?
        sqlite3_prepare_v2(database, "SELECT * FROM \(table.name)", -1, &statement, nil)
        defer { sqlite3_finalize(statement) }
        while sqlite3_step(statement) == SQLITE_ROW {
            let row = table.isReal.indices.map { column -> [UInt8] in
                var bytes: [UInt8] = []
                RowCodec.append(sqlite3_column_value(statement, Int32(column)), isReal: table.isReal[column], to: &bytes)
                return bytes
            }
            if table.key.map({ row[$0] }) == key { return row }
        }
        return []
    }
}
