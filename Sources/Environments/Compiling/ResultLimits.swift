import Database

/// Bounds on what one call may return.
public struct ResultLimits: Sendable {
    /// Rows read for the result, nested ones included.
    public var rows = 10_000
    /// Bytes of JSON.
    public var bytes = 4 << 20

    /// The standard limits: 10,000 rows, 4 MiB.
    public init() {}

    /// Limits as given.
    public init(rows: Int, bytes: Int) {
        self.rows = rows
        self.bytes = bytes
    }

    /// No limits, for the trainer's views.
    public static let unlimited = ResultLimits(rows: .max, bytes: .max)
}

/// Why a result could not be written.
enum ResultFailure: Error {
    case database(DatabaseError)
    case tooLarge(String)
}
