import CSQLite

/// A compiled statement, reused by binding again.
public struct Statement: ~Copyable {
    let handle: OpaquePointer
    /// The statement's text.
    public let sql: String

    init(handle: OpaquePointer, sql: String) {
        self.handle = handle
        self.sql = sql
    }

    deinit { sqlite3_finalize(handle) }

    /// Moves to the next row.
    ///
    /// - Returns: false when there is no further row; the statement is then reset.
    /// - Throws: ``DatabaseError``; the statement is then reset.
    @inline(__always)
    public func step() throws(DatabaseError) -> Bool {
        #if DEBUG
            if Faults.strikes() { throw failure(SQLITE_IOERR) }
        #endif
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE {
            sqlite3_reset(handle)
            return false
        }
        throw failure(code)
    }

    /// Runs the statement to its end.
    public func run() throws(DatabaseError) {
        while try step() {}
    }

    private func failure(_ code: Int32) -> DatabaseError {
        let database = sqlite3_db_handle(handle)
        let error = DatabaseError(code: code, message: String(cString: sqlite3_errmsg(database)), sql: sql)
        sqlite3_reset(handle)
        return error
    }

    /// Ends the run, so that it can start again. Bindings stay.
    public func reset() { sqlite3_reset(handle) }

    /// Whether the statement writes nothing.
    public var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 }

    /// Begins counting the statement's work anew. The limit on work looks at this count, which SQLite otherwise keeps for the statement's
    /// whole life: the same call would be stopped in one process and pass in another.
    public func resetWork() { sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_VM_STEP, 1) }

    /// The number of rows that the connection's last INSERT, UPDATE or DELETE touched.
    public var rowsChanged: Int { Int(sqlite3_changes64(sqlite3_db_handle(handle))) }
}

// MARK: - Parameters

extension Statement {
    /// The names of the parameters, without their colon, by position from 1; nil for a nameless one.
    public var parameterNames: [String?] {
        (0..<sqlite3_bind_parameter_count(handle)).map { index in
            sqlite3_bind_parameter_name(handle, index + 1).map { String(cString: $0 + 1) }
        }
    }

    /// Binds a value.
    ///
    /// - Parameter index: the parameter's position, from 1.
    @inline(__always)
    public func bind(_ value: SQLValue, at index: Int32) {
        assert(sqlite3_stmt_busy(handle) == 0, "bound while running: \(sql)")
        // A bind fails only for an index out of range or a value beyond the engine's 1 GB; the limits on input are far below.
        switch value {
        case .null: sqlite3_bind_null(handle, index)
        case .integer(let value): sqlite3_bind_int64(handle, index, value)
        case .real(let value): sqlite3_bind_double(handle, index, value)
        case .text(var value):
            value.withUTF8 { text in
                // An empty buffer may have no address, which SQLite would take for NULL.
                if let start = text.baseAddress, !text.isEmpty {
                    start.withMemoryRebound(to: CChar.self, capacity: text.count) {
                        _ = sqlite3_bind_text(handle, index, $0, Int32(text.count), transient)
                    }
                } else {
                    sqlite3_bind_text(handle, index, "", 0, transient)
                }
            }
        case .blob(let value):
            _ = value.withUnsafeBytes { bytes in
                if bytes.isEmpty {
                    sqlite3_bind_zeroblob(handle, index, 0)
                } else {
                    sqlite3_bind_blob(handle, index, bytes.baseAddress, Int32(bytes.count), transient)
                }
            }
        }
    }

    /// Binds the value of another statement's current row, without a detour through Swift.
    @inline(__always)
    public func bind(column: Int32, of source: borrowing Statement, at index: Int32) {
        let code = sqlite3_bind_value(handle, index, sqlite3_column_value(source.handle, column))
        assert(code == SQLITE_OK, "bound while running: \(sql)")
    }
}

private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

// MARK: - Columns

extension Statement {
    /// The number of columns; 0 where the statement returns none.
    public var columnCount: Int { Int(sqlite3_column_count(handle)) }

    /// The names of the columns.
    public var columnNames: [String] {
        (0..<sqlite3_column_count(handle)).map { String(cString: sqlite3_column_name(handle, $0)) }
    }

    /// The table and column that a result column is taken straight from; nil where it is computed.
    public func origin(ofColumn index: Int) -> ColumnName? {
        guard let table = sqlite3_column_table_name(handle, Int32(index)),
            let column = sqlite3_column_origin_name(handle, Int32(index))
        else { return nil }
        return ColumnName(table: String(cString: table), column: String(cString: column))
    }

    /// The type of the current row's column.
    @inline(__always)
    public func type(_ column: Int32) -> ValueType { ValueType(rawValue: sqlite3_column_type(handle, column)) ?? .null }

    /// The column as an integer.
    @inline(__always)
    public func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// The column as a float.
    @inline(__always)
    public func real(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

    /// Calls a body with the column's text as UTF-8. The buffer is valid during the call only.
    @inline(__always)
    public func withText<R>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        let start = sqlite3_column_text(handle, column)
        return body(UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    /// The column's value.
    public func value(_ column: Int32) -> SQLValue {
        switch type(column) {
        case .null: return .null
        case .integer: return .integer(integer(column))
        case .real: return .real(real(column))
        case .text: return .text(withText(column) { String(decoding: $0, as: UTF8.self) })
        case .blob:
            let start = sqlite3_column_blob(handle, column)
            return .blob(Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))))
        }
    }
}

/// The types in which SQLite holds values.
public enum ValueType: Int32, Sendable {
    /// A 64-bit integer.
    case integer = 1
    /// A 64-bit float.
    case real = 2
    /// Text.
    case text = 3
    /// Bytes.
    case blob = 4
    /// NULL
    case null = 5
}

/// A column of a table, by name.
public struct ColumnName: Hashable, Sendable {
    /// The table's name.
    public let table: String
    /// The column's name.
    public let column: String
}
