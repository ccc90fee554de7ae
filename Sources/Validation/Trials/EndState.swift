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
    /// The changed rows without their times, and the times of each.
    private let expected: [Row: [[SQLValue]]]

    private struct Row: Hashable {
        let table: Int
        let before: [UInt8]?
        /// The values; nil stands for a time from the clock.
        let after: [SQLValue?]?
    }

    init(_ material: Material, _ reference: ReferencePath) {
        let definition = material.world.environment.definition
        meanings = material.meanings
        self.reference = reference
        start = definition.clock.start
        advance = definition.clock.advance
        var expected: [Row: [[SQLValue]]] = [:]
        for (key, change) in reference.changes.entries {
            let (row, times) = Self.row(key, change, reference.clockCells, meanings, Renaming())
            expected[row, default: []].append(times)
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
        if names.isEmpty, reference.clockCells.isEmpty { return false }
        let slack = Int64(steps + reference.calls.count + 1) * advance
        var rest = expected
        for (key, change) in changes.entries {
            let (row, times) = Self.row(key, change, reference.clockCells, meanings, names)
            guard let index = rest[row]?.firstIndex(where: { Self.areNear($0, times, slack) }) else { return false }
            rest[row]!.remove(at: index)
        }
        return true
    }

    private static func row(
        _ key: RowKey, _ change: RowChange, _ clockCells: Set<ColumnPlace>, _ meanings: ArgumentMeanings, _ names: Renaming
    ) -> (Row, times: [SQLValue]) {
        guard let after = change.after.flatMap(RowCodec.decode) else {
            return (Row(table: key.table, before: change.before, after: nil), [])
        }
        var times: [SQLValue] = []
        let cells = after.enumerated().map { column, value -> SQLValue? in
            if clockCells.contains(ColumnPlace(table: key.table, column: column)), case .text = value {
                times.append(value)
                return nil
            }
            let place = ColumnPlace(table: key.table, column: column)
            return names(value, in: [meanings.referred[key.table][column], place]) ?? value
        }
        return (Row(table: key.table, before: change.before, after: cells), times)
    }

    /// Whether times differ by no more than the steps of the episode take.
    private static func areNear(_ a: [SQLValue], _ b: [SQLValue], _ slack: Int64) -> Bool {
        a.count == b.count
            && zip(a, b).allSatisfy { a, b in
                guard case .text(let x) = a, case .text(let y) = b else { return a == b }
                if let x = Instant(x), let y = Instant(y) { return (x.seconds - y.seconds).magnitude <= slack }
                if let x = CalendarDate(x), let y = CalendarDate(y) {
                    return (x.daysSinceEpoch - y.daysSinceEpoch).magnitude <= slack / 86400 + 1
                }
                return x == y
            }
    }
}
