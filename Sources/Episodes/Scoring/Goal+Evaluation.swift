import Database
import Environments
import WireJSON

extension Goal {
    /// Judges net changes and an answer. A pure function: nothing else counts.
    ///
    /// - Parameters:
    ///   - assertions: whether each of the goal's assertions holds in the final state.
    ///   - answer: the final answer; nil: none was given.
    func evaluate(_ changes: ChangeSet, assertions isTrue: [Bool], answer given: JSON?, tables: [Table]) -> Evaluation {
        var rest = changes.entries
        var checks: [Evaluation.Check] = []
        let fulfilled = match(changes)
        let found = fulfilled.map { key in key.flatMap { key in rest.removeValue(forKey: key).map { (key, $0) } } }
        var wrong = WrongRows(rest)
        for (index, expected) in self.expected.enumerated() {
            // A row that is there but wrong is shown beside what was asked for, and counted once.
            let actual = found[index] ?? wrong.take(expected, &rest)
            checks.append(
                Evaluation.Check(
                    name: expected.name, kind: "change", passed: found[index] != nil, expected: expected.json(tables),
                    actual: actual.map { RowRendering.change($0.0, $0.1, tables) } ?? .null, weight: expected.weight))
        }
        for (assertion, isTrue) in zip(assertions, isTrue) {
            checks.append(
                Evaluation.Check(
                    name: assertion.name, kind: "assertion", passed: isTrue, expected: true, actual: .bool(isTrue),
                    weight: assertion.weight))
        }
        if let answer {
            checks.append(
                Evaluation.Check(
                    name: "answer", kind: "answer", passed: given.map { answer.kind.accepts($0) } ?? false,
                    expected: answer.kind.json, actual: given ?? .null, weight: answer.weight))
        }
        let collateral = rest.filter { !isAllowed($0.key, $0.value) }.sorted { $0.key < $1.key }
        if asksForNoChange {
            // Standing still is demanded but earns no progress where an answer is asked for as well.
            checks.append(
                Evaluation.Check(
                    name: "nothing changed", kind: "unchanged", passed: collateral.isEmpty, expected: true,
                    actual: .bool(collateral.isEmpty), weight: answer == nil ? 1 : 0))
        }
        return Evaluation(checks: checks, collateral: collateral.map { RowRendering.change($0.key, $0.value, tables) })
    }

    /// Finds for each expected change the row that fulfils it; nil where there is none.
    private func match(_ changes: ChangeSet) -> [RowKey?] {
        var result = [RowKey?](repeating: nil, count: expected.count)
        var taken: Set<RowKey> = []
        let positions = expected.map { MintedValues.positions(in: $0) }
        let hasMintedValues = positions.contains { !$0.isEmpty }
        for (index, expected) in expected.enumerated() where positions[index].isEmpty {
            guard let key = expected.key, let change = changes.entries[key], expected.isFulfilled(by: ActualRow(key, change)) else {
                continue
            }
            if taken.insert(key).inserted { result[index] = key }
        }
        // Of the others each row may fulfil several.
        let open = expected.indices.filter { expected[$0].key == nil || !positions[$0].isEmpty }
        guard !open.isEmpty else { return result }
        let rows = changes.sorted.filter { !taken.contains($0.key) }.map { ActualRow($0.key, $0.change) }
        let groups = Dictionary(grouping: rows.indices) { RowGroup(table: rows[$0].key.table, operation: rows[$0].operation) }
        let fitting = open.map { index -> [Int] in
            let expected = expected[index]
            return (groups[RowGroup(table: expected.table, operation: expected.operation)] ?? []).filter {
                (expected.key == nil || expected.key == rows[$0].key) && expected.isFulfilled(by: rows[$0])
            }
        }
        if hasMintedValues {
            var search = MintedValues(candidates: rows.map(\.after), fitting: fitting, positions: open.map { positions[$0] })
            for (offset, row) in search.solve().enumerated() { result[open[offset]] = row.map { rows[$0].key } }
        } else {
            for (row, offset) in BipartiteMatching.pair(fitting, candidateCount: rows.count).enumerated() {
                if let offset { result[open[offset]] = rows[row].key }
            }
        }
        return result
    }

    private func isAllowed(_ key: RowKey, _ change: RowChange) -> Bool {
        allowances.contains { allowance in
            guard allowance.table == key.table else { return false }
            guard let columns = allowance.columns else { return true }
            guard let before = change.before.flatMap(RowCodec.decode), let after = change.after.flatMap(RowCodec.decode) else {
                return false
            }
            return zip(before, after).enumerated().allSatisfy { index, pair in
                columns.contains(index) || RowCodec.encode([pair.0]) == RowCodec.encode([pair.1])
            }
        }
    }
}

extension Goal.ExpectedRow {
    func isFulfilled(by row: ActualRow) -> Bool {
        guard row.operation == operation else { return false }
        switch test {
        case .gone: return true
        case .row(let bytes): return row.change.after == bytes
        case .columns(let tests):
            return tests.indices.allSatisfy { index in
                switch tests[index] {
                case .unchanged: index < row.before.count && row.before[index].isSameValue(as: row.after[index])
                case .matches(let matcher): matcher.matches(row.after[index])
                case .minted: row.after[index] != .null
                }
            }
        }
    }

    /// `{table, op, key, values}`
    func json(_ tables: [Table]) -> JSON {
        let table = tables[self.table]
        var object = JSONObject()
        object["table"] = .string(table.name)
        object["op"] = .string(operation.rawValue)
        if let key { object["key"] = RowRendering.key(key, tables) }
        switch test {
        case .gone: break
        case .row(let row): object["values"] = RowRendering.row(row, table)
        case .columns(let tests):
            var values = JSONObject()
            for (column, test) in zip(table.columns, tests) {
                switch test {
                case .unchanged: break
                case .matches(let matcher): values[column.name] = matcher.json(column.type)
                case .minted(let identifier): values[column.name] = ["minted": .integer(Int64(identifier.number + 1))]
                }
            }
            object["values"] = .object(values)
        }
        return .object(object)
    }
}

/// A changed row, decoded once for all the comparisons that it takes part in.
struct ActualRow {
    let key: RowKey
    let change: RowChange
    let operation: RowOperation
    let before: [SQLValue]
    let after: [SQLValue]

    init(_ key: RowKey, _ change: RowChange) {
        self.key = key
        self.change = change
        operation = Goal.operation(of: change)
        before = change.before.flatMap(RowCodec.decode) ?? []
        after = change.after.flatMap(RowCodec.decode) ?? []
    }
}

/// The rows of one table that underwent one operation: those that an expected change may be met by.
private struct RowGroup: Hashable {
    let table: Int
    let operation: RowOperation
}

/// The rows left over when every right one has been found, to be shown beside what was asked for.
private struct WrongRows {
    private var keys: [RowGroup: [RowKey]]

    init(_ rest: [RowKey: RowChange]) {
        keys = Dictionary(grouping: rest.keys) { RowGroup(table: $0.table, operation: Goal.operation(of: rest[$0]!)) }
            .mapValues { $0.sorted(by: >) }
    }

    /// Takes the row that was probably meant: the one of the key asked for or, where the key is free, the first new one.
    mutating func take(_ expected: Goal.ExpectedRow, _ rest: inout [RowKey: RowChange]) -> (RowKey, RowChange)? {
        if let key = expected.key { return rest.removeValue(forKey: key).map { (key, $0) } }
        while let key = keys[RowGroup(table: expected.table, operation: expected.operation), default: []].popLast() {
            if let change = rest.removeValue(forKey: key) { return (key, change) }
        }
        return nil
    }
}

extension SQLValue {
    /// Whether two values are stored alike; `==` takes an accented letter for the same letter written in two parts.
    func isSameValue(as other: SQLValue) -> Bool {
        switch (self, other) {
        case (.text(let a), .text(let b)): a.hasSameBytes(as: b)
        default: self == other
        }
    }
}
