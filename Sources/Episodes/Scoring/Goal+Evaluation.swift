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
        let fulfilled = match(changes, tables)
        let found = fulfilled.map { key in key.flatMap { key in rest.removeValue(forKey: key).map { (key, $0) } } }
        for (index, expected) in self.expected.enumerated() {
            // A row that is there but wrong is shown beside what was asked for, and counted once.
            let actual = found[index] ?? expected.wrongRow(in: &rest)
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
    private func match(_ changes: ChangeSet, _ tables: [Table]) -> [RowKey?] {
        var result = [RowKey?](repeating: nil, count: expected.count)
        var taken: Set<RowKey> = []
        for (index, expected) in expected.enumerated() {
            guard let key = expected.key, let change = changes.entries[key], expected.isFulfilled(by: change) else { continue }
            if taken.insert(key).inserted { result[index] = key }
        }
        // Changes with free keys: each row may fulfil several.
        let open = expected.indices.filter { expected[$0].key == nil }
        guard !open.isEmpty || hasMintedValues else { return result }
        let candidates = changes.sorted.filter { !taken.contains($0.key) }
        let fitting = open.map { index in
            candidates.indices.filter {
                candidates[$0].key.table == expected[index].table && expected[index].isFulfilled(by: candidates[$0].change)
            }
        }
        if hasMintedValues {
            let rows = open.map { index in MintedValues.positions(in: expected[index]) }
            // A row with a known key may refer to a minted one.
            let fixed = expected.indices.compactMap { index -> MintedValues.FixedRow? in
                guard let key = result[index], let after = changes.entries[key]?.after else { return nil }
                let positions = MintedValues.positions(in: expected[index])
                return positions.isEmpty ? nil : MintedValues.FixedRow(index: index, positions: positions, row: after)
            }
            var search = MintedValues(candidates: candidates.map(\.change.after), fitting: fitting, positions: rows)
            let (pairs, kept) = search.solve(fixed)
            for row in fixed where !kept.contains(row.index) { result[row.index] = nil }
            for (offset, candidate) in pairs.enumerated() { result[open[offset]] = candidate.map { candidates[$0].key } }
        } else {
            for (candidate, offset) in BipartiteMatching.pair(fitting, candidateCount: candidates.count).enumerated() {
                if let offset { result[open[offset]] = candidates[candidate].key }
            }
        }
        return result
    }

    private var hasMintedValues: Bool { expected.contains { !MintedValues.positions(in: $0).isEmpty } }

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
    /// Takes the row that was probably meant for this out of the changes: the one of its key or, where the key is free, the first new one.
    func wrongRow(in rest: inout [RowKey: RowChange]) -> (RowKey, RowChange)? {
        let candidate = key ?? rest.filter { $0.key.table == table && Goal.operation(of: $0.value) == operation }.keys.min()
        return candidate.flatMap { key in rest.removeValue(forKey: key).map { (key, $0) } }
    }

    func isFulfilled(by change: RowChange) -> Bool {
        guard Goal.operation(of: change) == operation else { return false }
        switch test {
        case .gone: return change.after == nil
        case .row(let row): return change.after == row
        case .columns(let tests):
            guard let after = change.after.flatMap(RowCodec.decode) else { return false }
            let before = change.before.flatMap(RowCodec.decode)
            return zip(tests, after).enumerated().allSatisfy { index, pair in
                switch pair.0 {
                case .unchanged: before.map { RowCodec.encode([$0[index]]) == RowCodec.encode([pair.1]) } ?? false
                case .matches(let matcher): matcher.matches(pair.1)
                case .minted: pair.1 != .null
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
                case .minted(let number): values[column.name] = ["minted": .integer(Int64(number + 1))]
                }
            }
            object["values"] = .object(values)
        }
        return .object(object)
    }
}
