import Database
import Environments
import WireJSON

/// The first rows of each table, in the order of their keys: those that there are to begin with, or at another time.
struct TableRows: Sendable {
    private(set) var byTable: [[[SQLValue]]]
    /// The different values that are not null, by table and column, up to a thousand of each.
    private(set) var values: [[[JSON]]]
    private let types: [[ColumnType?]]

    /// The rows looked at in each table.
    private static let mostRows = 4000
    private static let mostValues = 1000

    /// Reads them.
    ///
    /// - Throws: ``DatabaseError`` if they cannot be read.
    init(_ environment: CompiledEnvironment) throws(DatabaseError) {
        let tables = environment.definition.tables
        types = tables.map { $0.columns.map(\.type) }
        let connection = try environment.connect()
        byTable = []
        for table in tables {
            let statement = try connection.prepare(
                "SELECT \(table.columns.map { "\"\($0.name)\"" }.joined(separator: ", ")) FROM \"\(table.name)\" ORDER BY \(table.key.map { "\"\($0)\"" }.joined(separator: ", ")) LIMIT \(Self.mostRows)",
                access: .read)
            var own: [[SQLValue]] = []
            while try statement.step() { own.append(table.columns.indices.map { statement.value(Int32($0)) }) }
            byTable.append(own)
        }
        values = []
        values = tables.indices.map { table in types[table].indices.map { values(table, $0) } }
    }

    /// With the rows that changes leave.
    func with(_ changes: ChangeSet) -> TableRows {
        var result = self
        for (key, change) in changes.sorted {
            if let row = change.after.flatMap(RowCodec.decode) { result.byTable[key.table].append(row) }
        }
        for table in Set(changes.entries.keys.map(\.table)) {
            result.values[table] = types[table].indices.map { result.values(table, $0) }
        }
        return result
    }

    /// A value of a column, as it is said in JSON.
    func json(_ value: SQLValue, _ table: Int, _ column: Int) -> JSON { ColumnValue.json(value, types[table][column]) }

    private func values(_ table: Int, _ column: Int) -> [JSON] {
        var seen: Set<SQLValue> = []
        var values: [JSON] = []
        for row in byTable[table] where values.count < Self.mostValues && row[column] != .null && seen.insert(row[column]).inserted {
            values.append(json(row[column], table, column))
        }
        return values
    }
}
