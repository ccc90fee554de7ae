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
    /// The rows that there are to begin with.
    let rows: TableRows
    /// Calls that are accepted in the initial state, for each tool that writes.
    let writes: [AcceptedCall]
    /// Tools that write of which no accepted call was found.
    let unreachable: [String]
    /// Calls of reading tools that are accepted in the initial state.
    let reads: [AcceptedCall]

    /// Gathers the material.
    ///
    /// - Parameter seed: of what is drawn.
    /// - Throws: ``DatabaseError`` if the initial rows cannot be read.
    init(_ world: World, seed: UInt64) throws(DatabaseError) {
        self.world = world
        let definition = world.environment.definition
        meanings = ArgumentMeanings(definition)
        rows = try TableRows(world.environment)
        let finder = CallFinder(world, meanings, rows)
        (writes, unreachable) = finder.writes(seed: seed)
        reads = finder.reads(seed: seed)
    }

    private var tables: [Table] { world.environment.definition.tables }

    /// The different values of a column to begin with, up to a thousand.
    func values(_ place: ColumnPlace) -> [JSON] { rows.values[place.table][place.column] }

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
        guard let stored = ColumnValue.sql(value, type), let own = rows.byTable[place.table].first(where: { $0[place.column] == stored })
        else {
            return nil
        }
        var best: (likeness: Int, value: SQLValue)?
        for row in rows.byTable[place.table] where row[place.column] != stored && row[place.column] != .null {
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
                if rows.byTable[index].contains(where: { $0[column] == stored }) {
                    result.append(ColumnPlace(table: index, column: column))
                }
            }
        }
        return result
    }

    /// Whether a text stands in a column of texts to begin with.
    func isText(_ text: String) -> Bool {
        columns(holding: .string(text)).contains { place in
            switch tables[place.table].columns[place.column].type {
            case .string, .enumeration: true
            default: false
            }
        }
    }

    /// Every identifier that there is to begin with, up to a bound.
    var identifiers: [JSON] {
        var result: [JSON] = []
        for (index, table) in tables.enumerated() {
            guard table.key.count == 1, let column = table.columnIndex(table.key[0]) else { continue }
            result += rows.values[index][column]
        }
        return result
    }
}
