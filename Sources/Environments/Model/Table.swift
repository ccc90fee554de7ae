import Specifications
import WireJSON

/// The types of columns and of computed results. They are also, but for `json`, the scalar types of arguments.
public enum ColumnType: Hashable, Sendable {
    /// Text.
    case string
    /// A 64-bit integer.
    case integer
    /// A 64-bit float.
    case number
    /// True or false, stored as 1 or 0.
    case boolean
    /// `YYYY-MM-DD`.
    case date
    /// `YYYY-MM-DDTHH:MM:SSZ`.
    case dateTime
    /// One of these texts.
    case enumeration([String])
    /// Any JSON value, stored as its text.
    case json

    /// The name that the format uses.
    public var name: String {
        switch self {
        case .string: "string"
        case .integer: "integer"
        case .number: "number"
        case .boolean: "boolean"
        case .date: "date"
        case .dateTime: "date-time"
        case .enumeration: "enum"
        case .json: "json"
        }
    }

    /// The name with its article: `an integer`.
    var nameWithArticle: String { "aeiou".contains(name.first!) ? "an \(name)" : "a \(name)" }

    static let names = ["string", "integer", "number", "boolean", "date", "date-time", "enum", "json"]

    /// The STRICT type that stores it.
    var storage: String {
        switch self {
        case .integer, .boolean: "INTEGER"
        case .number: "REAL"
        default: "TEXT"
        }
    }
}

/// A column of a table.
public struct Column: Sendable {
    /// The name.
    public var name: String
    /// The type.
    public var type = ColumnType.string
    /// The type or the default is not what it should be, so that no value can be judged by it.
    var isDoubtful = false
    /// What it holds, for people.
    public var description = ""
    /// Whether it may be NULL.
    public var isNullable = false
    /// The value of a row that does not say; nil: none.
    public var defaultValue: JSON?
    /// Whether its values are unique.
    public var isUnique = false
    /// The column it refers to.
    public var reference: Reference?
    /// The least value or length.
    public var minimum: JSON?
    /// The greatest value or length.
    public var maximum: JSON?
    /// The least length of a string.
    public var minimumLength: Int64?
    /// The greatest length of a string.
    public var maximumLength: Int64?
    /// A further condition.
    public var check: SQLText?
    /// Where the column is declared.
    public var location: SourceLocation
}

/// A foreign key.
public struct Reference: Sendable {
    /// The columns that refer.
    public var columns: [String]
    /// The table referred to.
    public var table: String
    /// The columns referred to, a key or unique.
    public var to: [String]
    /// Where it is declared.
    public var location: SourceLocation
}

/// A table: its columns, constraints and initial rows.
public struct Table: Sendable {
    /// The name.
    public var name: String
    /// What a row is, for people.
    public var description = ""
    /// The columns.
    public var columns: [Column] = []
    /// The columns of the key.
    public var key: [String] = []
    /// Sets of columns that are unique together.
    public var unique: [[String]] = []
    /// Foreign keys, those of single columns included.
    public var references: [Reference] = []
    /// Conditions on a row, with their names.
    public var checks: [SQLText] = []
    /// Columns of further indexes.
    public var indexes: [[String]] = []
    /// The initial rows.
    public var rows = RowSource.inline([])
    /// The declaration has a mistake, so that rows which should be there may not be.
    var mayLackRows = false
    /// Where the table is declared.
    public var location: SourceLocation

    /// The column of that name.
    public func column(_ name: String) -> Column? { columns.first { $0.name == name } }

    /// The position of the column of that name.
    public func columnIndex(_ name: String) -> Int? { columns.firstIndex { $0.name == name } }
}

/// Where a table's rows come from.
public enum RowSource: Sendable {
    /// Rows written down.
    case inline([InlineRow])
    /// A query over the sources and the tables before this one.
    case query(SQLText)
}

/// A row written down: the values by column, and where.
public struct InlineRow: Sendable {
    /// The values given, with their places.
    public var values: [(column: String, value: JSON, location: SourceLocation)]
    /// Where the row is.
    public var location: SourceLocation
}
