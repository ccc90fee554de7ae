import Database
import Determinism
import Environments

/// An identifier that a reference solution minted: a place holder for whatever another way of doing the same mints.
struct MintedIdentifier: Hashable, Sendable {
    /// Its number among those of the solution.
    let number: Int
    /// The table whose new row it names; nil for a text that names no row, such as the number of a receipt.
    let table: Int?
}

/// Where a reference solution led, and what in it is an accident of the way there.
struct ReferenceRun {
    /// The net changes.
    let changes: ChangeSet
    private let tables: [Table]
    /// The same solution played a little later, and about a day later: by how many seconds, and its net changes then.
    private let later: [(seconds: Int64, changes: ChangeSet)]
    /// How much later than the solution another way may write the time: 1,000 actions.
    private let slack: Int64
    /// How much earlier: the length of the solution.
    private let head: Int64
    private var numbers: [Name: Int] = [:]

    private struct Name: Hashable {
        let table: Int?
        let value: SQLValue
    }

    /// - Parameters:
    ///   - minted: the identifiers that the solution's calls minted.
    ///   - later: the net changes of the solution played so many seconds later.
    ///   - steps: the number of the solution's steps.
    ///   - advance: seconds per step.
    init(
        changes: ChangeSet, minted: [SQLValue], tables: [Table], later: [(seconds: Int64, changes: ChangeSet)], steps: Int, advance: Int64
    ) {
        self.changes = changes
        self.tables = tables
        self.later = later
        slack = 1000 * advance
        head = Int64(steps) * advance
        // Equal numbers need not be one identifier: a name is a value in the key of a row that the solution made.
        for (key, change) in changes.sorted where change.before == nil {
            guard let values = change.after.flatMap(RowCodec.decode) else { continue }
            let table = tables[key.table]
            for (column, value) in zip(table.columns, values) where minted.contains(value) {
                let isReference = table.references.contains { $0.columns.contains(column.name) }
                if !isReference, table.key.contains(column.name) || column.isUnique { name(key.table, value) }
            }
        }
        for value in minted {
            if case .text = value, !numbers.keys.contains(where: { $0.value == value }) { name(nil, value) }
        }
    }

    private mutating func name(_ table: Int?, _ value: SQLValue) {
        let name = Name(table: table, value: value)
        if numbers[name] == nil { numbers[name] = numbers.count }
    }

    /// Returns a test for each column of a changed row that must not be insisted on.
    func freedom(of key: RowKey, _ change: RowChange) -> [Int: Goal.ColumnTest] {
        guard let values = change.after.flatMap(RowCodec.decode) else { return [:] }
        let table = tables[key.table]
        var result: [Int: Goal.ColumnTest] = [:]
        for (index, (column, value)) in zip(table.columns, values).enumerated() {
            if let identifier = identifier(column, value, table, isNew: change.before == nil, key.table) {
                result[index] = .minted(identifier)
            } else if let range = timeRange(column, index, value, key) {
                result[index] = .matches(.within(range.0, range.1))
            }
        }
        return result
    }

    private func identifier(_ column: Column, _ value: SQLValue, _ table: Table, isNew: Bool, _ index: Int) -> MintedIdentifier? {
        func find(_ table: Int?) -> MintedIdentifier? {
            numbers[Name(table: table, value: value)].map { MintedIdentifier(number: $0, table: table) }
        }
        let references = table.references.filter { $0.columns.contains(column.name) }
        for reference in references {
            if let found = find(tables.firstIndex { $0.name == reference.table }) { return found }
        }
        if references.isEmpty, isNew, table.key.contains(column.name) || column.isUnique, let found = find(index) { return found }
        guard case .text = value else { return nil }
        return find(nil) ?? tables.indices.lazy.compactMap(find).first
    }

    /// The range of a date or date-time that the solution took from the clock: one that moves with it.
    private func timeRange(_ column: Column, _ index: Int, _ value: SQLValue, _ key: RowKey) -> (SQLValue, SQLValue)? {
        guard case .text(let text) = value else { return nil }
        for (seconds, changes) in later {
            guard case .text(let other)? = changes.entries[key]?.after.flatMap(RowCodec.decode)?[index] else { continue }
            switch column.type {
            case .dateTime:
                guard let time = Instant(text), Instant(other) == time.advanced(bySeconds: seconds), seconds > 0 else { continue }
                return (.text(time.advanced(bySeconds: -head).text), .text(time.advanced(bySeconds: slack).text))
            case .date:
                guard let day = CalendarDate(text), let moved = CalendarDate(other), moved > day,
                    moved.daysSinceEpoch - day.daysSinceEpoch <= seconds / 86400 + 1
                else { continue }
                return (
                    .text(CalendarDate(daysSinceEpoch: day.daysSinceEpoch - head / 86400).text),
                    .text(CalendarDate(daysSinceEpoch: day.daysSinceEpoch + slack / 86400 + 1).text)
                )
            default: continue
            }
        }
        return nil
    }
}
