import Database
import Determinism
import Environments
import Episodes
import WireJSON

/// What an environment offers to make probes of: the rows that it begins with, and what the arguments of its tools stand for.
///
/// Immutable and shared by all tasks of the environment.
final class Material: Sendable {
    let world: World
    let meanings: ArgumentMeanings
    /// The first rows of each table, in the order of their keys.
    private let rows: [[[SQLValue]]]
    private let valuesOfColumns: [[[JSON]]]
    /// Calls that are accepted in the initial state, for each tool that writes.
    let writes: [AcceptedCall]
    /// Tools that write of which no accepted call was found.
    let unreachable: [String]
    /// Calls of reading tools that are accepted in the initial state.
    let reads: [AcceptedCall]

    /// The rows looked at in each table.
    private static let mostRows = 4000
    private static let mostValues = 1000

    /// Gathers the material.
    ///
    /// - Parameter seed: of what is drawn.
    /// - Throws: ``DatabaseError`` if the initial rows cannot be read.
    init(_ world: World, seed: UInt64) throws(DatabaseError) {
        self.world = world
        let definition = world.environment.definition
        meanings = ArgumentMeanings(definition)
        let connection = try world.environment.connect()
        var rows: [[[SQLValue]]] = []
        for table in definition.tables {
            let statement = try connection.prepare(
                "SELECT \(table.columns.map { "\"\($0.name)\"" }.joined(separator: ", ")) FROM \"\(table.name)\" ORDER BY \(table.key.map { "\"\($0)\"" }.joined(separator: ", ")) LIMIT \(Self.mostRows)",
                access: .read)
            var own: [[SQLValue]] = []
            while try statement.step() { own.append(table.columns.indices.map { statement.value(Int32($0)) }) }
            rows.append(own)
        }
        self.rows = rows
        valuesOfColumns = zip(definition.tables, rows).map { table, rows in
            table.columns.indices.map { column in
                var seen: Set<SQLValue> = []
                var values: [JSON] = []
                for row in rows where values.count < Self.mostValues && row[column] != .null && seen.insert(row[column]).inserted {
                    values.append(ColumnValue.json(row[column], table.columns[column].type))
                }
                return values
            }
        }
        let finder = CallFinder(world, meanings, valuesOfColumns)
        (writes, unreachable) = finder.writes(seed: seed)
        reads = finder.reads(seed: seed)
    }

    private var tables: [Table] { world.environment.definition.tables }

    /// The different values of a column to begin with, up to a thousand.
    func values(_ place: ColumnPlace) -> [JSON] { valuesOfColumns[place.table][place.column] }

    /// The columns that an argument stands for.
    func places(_ tool: Int, _ argument: String) -> [ColumnPlace] { meanings.places[tool][argument.lowercased()] ?? [] }

    /// Whether a column alone names a row.
    func isKey(_ place: ColumnPlace) -> Bool {
        let table = tables[place.table]
        let column = table.columns[place.column]
        return table.key == [column.name] || column.isUnique || table.unique.contains([column.name])
    }

    /// The row, apart from its own, that has most in common with the one whose column holds a value.
    func namesake(of value: JSON, _ place: ColumnPlace) -> JSON? {
        let type = tables[place.table].columns[place.column].type
        guard let stored = ColumnValue.sql(value, type), let own = rows[place.table].first(where: { $0[place.column] == stored }) else {
            return nil
        }
        var best: (likeness: Int, value: SQLValue)?
        for row in rows[place.table] where row[place.column] != stored && row[place.column] != .null {
            let likeness = zip(row, own).count { $0 == $1 && $0 != .null }
            if likeness > best?.likeness ?? -1 { best = (likeness, row[place.column]) }
        }
        return best.map { ColumnValue.json($0.value, type) }
    }

    /// The columns in which a value stands to begin with.
    func columns(holding value: JSON) -> [ColumnPlace] {
        var result: [ColumnPlace] = []
        for (index, table) in tables.enumerated() {
            for (column, definition) in table.columns.enumerated() {
                guard let stored = ColumnValue.sql(value, definition.type), stored != .null else { continue }
                if rows[index].contains(where: { $0[column] == stored }) { result.append(ColumnPlace(table: index, column: column)) }
            }
        }
        return result
    }

    /// Every identifier that there is to begin with, up to a bound.
    var identifiers: [JSON] {
        var result: [JSON] = []
        for (index, table) in tables.enumerated() {
            guard table.key.count == 1, let column = table.columnIndex(table.key[0]) else { continue }
            result += valuesOfColumns[index][column]
        }
        return result
    }
}
