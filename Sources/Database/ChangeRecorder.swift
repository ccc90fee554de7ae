import CSQLite

/// What the recorder must know of a table.
public struct RecordedTable: Sendable {
    /// The table's name.
    public let name: String
    /// The positions of the key's columns, in key order.
    public let key: [Int]
    /// For every column, whether it is REAL.
    public let isReal: [Bool]

    /// Describes a table.
    public init(name: String, key: [Int], isReal: [Bool]) {
        self.name = name
        self.key = key
        self.isReal = isReal
    }
}

/// Keeps the net changes of a connection's transaction up to date as rows change, through SQLite's pre-update hook.
///
/// The session extension offers the same, but it reads every changed row back by SQL that it prepares anew each time; the hook already holds
/// both images. Tests compare the two. A mark and a rollback follow the savepoints of the connection.
final class ChangeRecorder {
    var changes = ChangeSet()
    var isEnabled = false
    private(set) var version = 0
    private(set) var hasInvalidText = false
    private let tables: [RecordedTable]
    /// For each table, how many first columns are its key; nil where the key is not the first columns in order.
    private let keyPrefixes: [Int?]
    private let indexByName: [String: Int]
    private var indexByAddress: [UnsafePointer<CChar>: Int] = [:]
    private var undo: [(key: RowKey, previous: RowChange?)] = []

    init(tables: [RecordedTable]) {
        self.tables = tables
        keyPrefixes = tables.map { $0.key == Array($0.key.indices) ? $0.key.count : nil }
        indexByName = Dictionary(uniqueKeysWithValues: tables.enumerated().map { ($1.name, $0) })
    }

    /// The present point of the undo log, to roll back to.
    var mark: Int { undo.count }

    func rollBack(to mark: Int) {
        if undo.count > mark { version += 1 }
        while undo.count > mark {
            let entry = undo.removeLast()
            changes.restore(entry.key, entry.previous)
        }
    }

    /// Forgets how to undo everything recorded so far.
    func settle() {
        undo.removeAll(keepingCapacity: undo.count < 1000)
        hasInvalidText = false
    }

    func replace(with changes: ChangeSet) {
        self.changes = changes
        undo.removeAll(keepingCapacity: true)
        version += 1
    }

    fileprivate func rowDidChange(_ db: OpaquePointer?, _ operation: Int32, _ name: UnsafePointer<CChar>?) {
        guard isEnabled, let name, let table = index(of: name) else { return }
        let before = operation == SQLITE_INSERT ? nil : image(db, table, sqlite3_preupdate_old)
        let after = operation == SQLITE_DELETE ? nil : image(db, table, sqlite3_preupdate_new)
        version += 1
        if let before, let after, before.key != after.key {
            record(before.key, before: before.row, after: nil)
            record(after.key, before: nil, after: after.row)
        } else if let key = before?.key ?? after?.key {
            record(key, before: before?.row, after: after?.row)
        }
    }

    private func record(_ key: RowKey, before: [UInt8]?, after: [UInt8]?) {
        undo.append((key, changes.record(key, before: before, after: after)))
    }

    private func index(of name: UnsafePointer<CChar>) -> Int? {
        // SQLite passes the schema's own string, so its address names the table while the schema lives.
        if let index = indexByAddress[name] { return index }
        guard let index = indexByName[String(cString: name)] else { return nil }
        indexByAddress[name] = index
        return index
    }

    private typealias Reader = (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Int32

    private func image(_ db: OpaquePointer?, _ table: Int, _ read: Reader) -> (key: RowKey, row: [UInt8]) {
        let columns = tables[table].isReal
        var row: [UInt8] = []
        row.reserveCapacity(16 * columns.count)
        // Most keys are the first columns, whose bytes are then the beginning of the row's.
        let prefix = keyPrefixes[table]
        var keyEnd = 0
        var ends: [Int] = prefix == nil ? [0] : []
        for column in columns.indices {
            var value: OpaquePointer?
            _ = read(db, Int32(column), &value)
            if !RowCodec.append(value, isReal: columns[column], to: &row) { hasInvalidText = true }
            if prefix == nil { ends.append(row.count) } else if column + 1 == prefix { keyEnd = row.count }
        }
        guard prefix == nil else { return (RowKey(table: table, bytes: Array(row[..<keyEnd])), row) }
        var key: [UInt8] = []
        for column in tables[table].key { key.append(contentsOf: row[ends[column]..<ends[column + 1]]) }
        return (RowKey(table: table, bytes: key), row)
    }
}

let preupdateCallback:
    @convention(c) (
        UnsafeMutableRawPointer?, OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?, sqlite3_int64, sqlite3_int64
    ) -> Void = { context, db, operation, _, table, _, _ in
        let recorder = Unmanaged<ChangeRecorder>.fromOpaque(context!).takeUnretainedValue()
        recorder.rowDidChange(db, operation, table)
    }
