import CSQLite

/// A failure of the engine: which one, in which statement.
public struct DatabaseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// SQLite's extended result code.
    public let code: Int32
    /// The engine's own words.
    public let message: String
    /// The statement, where there was one.
    public let sql: String?
    /// Where in the statement the fault is: bytes from its start; nil where the engine does not know.
    public let offset: Int?

    /// Makes an error.
    public init(code: Int32, message: String, sql: String? = nil, offset: Int? = nil) {
        self.code = code
        self.message = message
        self.sql = sql
        self.offset = offset
    }

    /// Whether a constraint (CHECK, NOT NULL, UNIQUE, key, foreign key, column type) refused a change.
    public var isConstraintViolation: Bool { code & 0xff == SQLITE_CONSTRAINT }
    /// Whether the work limit or time limit stopped a statement.
    public var isInterrupt: Bool { code & 0xff == SQLITE_INTERRUPT }
    /// Whether a statement's own values were unusable (bad JSON text, integer overflow, a value too big): what an argument can cause.
    public var isStatementError: Bool { [SQLITE_ERROR, SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_RANGE].contains(code & 0xff) }

    /// Code, message and statement.
    public var description: String {
        let name = String(cString: sqlite3_errstr(code))
        let place = sql.map { " in: \($0)" } ?? ""
        return "SQLite error \(code) (\(name)): \(message)\(place)"
    }
}
