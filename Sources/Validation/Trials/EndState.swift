import Database
import Determinism
import Environments
import Episodes

/// Says whether two ways of playing a task end in the same state, but for what is an accident of the way: which identifiers were minted,
/// and times that were taken from the clock.
///
/// Written apart from the scoring of goals, so that the two can be held against each other.
struct EndState {
    private let reference: ReferencePath
    private let start: Instant
    private let advance: Int64
    private let meanings: ArgumentMeanings
    /// The changed rows, by what they were.
    private let expected: [Place: [Row]]

    private struct Place: Hashable {
        let table: Int
        let before: [UInt8]?
    }

    private struct Row {
        /// The values; nil if the row is gone.
        let after: [SQLValue]?
        /// The columns that hold times from the clock.
        let clockColumns: Set<Int>
    }

    init(_ material: Material, _ reference: ReferencePath) {
        let definition = material.world.environment.definition
        meanings = material.meanings
        self.reference = reference
        start = definition.clock.start
        advance = definition.clock.advance
        var expected: [Place: [Row]] = [:]
        for (key, change) in reference.changes.entries {
            let row = Row(after: change.after.flatMap(RowCodec.decode), clockColumns: reference.clockColumns[key] ?? [])
            expected[Place(table: key.table, before: change.before), default: []].append(row)
        }
        self.expected = expected
    }

    /// Whether net changes amount to the reference solution's.
    ///
    /// - Parameters:
    ///   - names: what the identifiers minted on this way are called on the reference's.
    ///   - steps: how many steps were taken.
    func isReached(by changes: ChangeSet, names: Renaming, steps: Int) -> Bool {
        if changes == reference.changes { return true }
        if changes.count != reference.changes.count { return false }
        if names.isEmpty, reference.clockColumns.isEmpty { return false }
        let slack = Int64(steps + reference.calls.count + 1) * advance
        var rest = expected
        for (key, change) in changes.entries {
            let place = Place(table: key.table, before: change.before)
            let after = change.after.flatMap(RowCodec.decode).map { renamed($0, key.table, names) }
            guard let index = rest[place]?.firstIndex(where: { isLike($0, after, slack) }) else { return false }
            rest[place]!.remove(at: index)
        }
        return true
    }

    private func renamed(_ row: [SQLValue], _ table: Int, _ names: Renaming) -> [SQLValue] {
        if names.isEmpty { return row }
        return row.enumerated().map { column, value in
            names(value, in: [meanings.referred[table][column], ColumnPlace(table: table, column: column)]) ?? value
        }
    }

    private func isLike(_ row: Row, _ after: [SQLValue]?, _ slack: Int64) -> Bool {
        guard let expected = row.after, let after else { return row.after == nil && after == nil }
        return expected.indices.allSatisfy { column in
            expected[column] == after[column]
                || row.clockColumns.contains(column) && Self.areNear(expected[column], after[column], slack)
        }
    }

    /// Whether times differ by no more than the steps of the episode take.
    private static func areNear(_ a: SQLValue, _ b: SQLValue, _ slack: Int64) -> Bool {
        guard case .text(let x) = a, case .text(let y) = b else { return false }
        if let x = Instant(x), let y = Instant(y) { return (x.seconds - y.seconds).magnitude <= slack }
        if let x = CalendarDate(x), let y = CalendarDate(y) { return (x.daysSinceEpoch - y.daysSinceEpoch).magnitude <= slack / 86400 + 1 }
        return false
    }
}
