import Database
import Determinism
import Environments

/// Where a reference solution led, and what in it is an accident of the way there.
struct ReferenceRun {
    /// The net changes.
    let changes: ChangeSet
    /// The identifiers that the solution's calls minted.
    let minted: [SQLValue]
    /// The net changes of the same solution played later in the episode; nil where it went another way.
    let later: ChangeSet?
    /// The first and the last time that an episode can have.
    let times: ClosedRange<Instant>

    /// Returns a test for each column of a row that must not be insisted on.
    func freedom(of row: [UInt8], _ key: RowKey, _ table: Table) -> [Int: Goal.ColumnTest] {
        guard let values = RowCodec.decode(row) else { return [:] }
        let laterValues = later?.entries[key]?.after.flatMap(RowCodec.decode)
        var result: [Int: Goal.ColumnTest] = [:]
        for (index, (column, value)) in zip(table.columns, values).enumerated() {
            if let number = minted.firstIndex(of: value), isIdentifier(column, value, table) {
                result[index] = .minted(number)
            } else if column.type == .dateTime, let laterValues, laterValues[index] != value {
                result[index] = .matches(.within(.text(times.lowerBound.text), .text(times.upperBound.text)))
            }
        }
        return result
    }

    /// A minted number may equal a quantity by chance; in a key or a reference it does not.
    private func isIdentifier(_ column: Column, _ value: SQLValue, _ table: Table) -> Bool {
        if case .text = value { return true }
        return table.key.contains(column.name) || column.isUnique || table.references.contains { $0.columns.contains(column.name) }
    }
}
