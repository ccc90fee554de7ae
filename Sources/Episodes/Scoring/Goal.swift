import Database
import Environments
import WireJSON

/// What must be true at the end of a task, compiled against the schema.
public struct Goal: Sendable {
    /// The net changes asked for.
    let expected: [ExpectedRow]
    /// What may change freely.
    let allowances: [AllowedTable]
    /// Conditions on the final state.
    let assertions: [Assertion]
    /// The answer asked for.
    let answer: AnswerDefinition?
    /// The progress of the initial state, before anything was done.
    var initialProgress = 0.0

    /// A row change asked for.
    struct ExpectedRow: Sendable {
        let name: String
        let table: Int
        let operation: RowOperation
        /// The row; nil for an insertion whose key is not known beforehand.
        let key: RowKey?
        let test: Test
        let weight: Double

        enum Test: Sendable {
            /// Exactly this row.
            case row([UInt8])
            /// Each column as its matcher says.
            case columns([ColumnTest])
            /// Nothing left.
            case gone
        }
    }

    /// What one column must hold.
    enum ColumnTest: Sendable {
        /// What it held before.
        case unchanged
        /// What the matcher says.
        case matches(CompiledMatcher)
        /// An identifier that a call mints: whatever it is, the same wherever the goal has this one, and another for another one.
        case minted(MintedIdentifier)
    }

    struct AllowedTable: Sendable {
        let table: Int
        let columns: [Int]?
    }

    /// The row operation that a change amounts to.
    static func operation(of change: RowChange) -> RowOperation {
        change.before == nil ? .insert : change.after == nil ? .delete : .update
    }
}

/// A matcher whose literals have the column's stored type.
enum CompiledMatcher: Sendable {
    case any
    case oneOf([SQLValue])
    case within(SQLValue, SQLValue)
    case text(String)

    init(_ matcher: Matcher, _ type: ColumnType) {
        func sql(_ value: JSON) -> SQLValue { ColumnValue.sql(value, type) ?? .null }
        self =
            switch matcher {
            case .any: .any
            case .equals(let value): .oneOf([sql(value)])
            case .oneOf(let values): .oneOf(values.map(sql))
            case .within(let low, let high): .within(sql(low), sql(high))
            case .text(let text): .text(NormalisedText.of(text))
            }
    }

    func matches(_ value: SQLValue) -> Bool {
        switch self {
        case .any: true
        case .oneOf(let values): values.contains { $0.isSameValue(as: value) }
        case .within(let low, let high): value != .null && value >= low && value <= high
        case .text(let text): if case .text(let value) = value { NormalisedText.of(value) == text } else { false }
        }
    }

    /// The matcher as a specification writes it.
    func json(_ type: ColumnType) -> JSON {
        func json(_ value: SQLValue) -> JSON { ColumnValue.json(value, type) }
        return switch self {
        case .any: ["any": true]
        case .oneOf(let values): values.count == 1 ? json(values[0]) : ["one_of": .array(values.map(json))]
        case .within(let low, let high): ["within": [json(low), json(high)]]
        case .text(let text): ["text": .string(text)]
        }
    }
}

extension Goal {
    /// The goal of ending where a reference solution leads.
    ///
    /// What depends on how the solution went about it is left free: identifiers that its calls minted may be others, as long as they are
    /// used alike, and a date-time that it wrote from the clock may be any of the episode's.
    init(reaching reference: ReferenceRun, answer: AnswerDefinition?, tables: [Table]) {
        expected = reference.changes.sorted.map { key, change in
            let operation = Goal.operation(of: change)
            let freedom = reference.freedom(of: key, change)
            let test: ExpectedRow.Test
            if let after = change.after {
                let values = RowCodec.decode(after) ?? []
                test =
                    freedom.isEmpty
                    ? .row(after) : .columns(values.enumerated().map { freedom[$0] ?? .matches(.oneOf([$1])) })
            } else {
                test = .gone
            }
            let hasFreeKey = tables[key.table].key.contains { freedom[tables[key.table].columnIndex($0)!] != nil }
            return ExpectedRow(
                name: hasFreeKey ? "\(operation.rawValue) \(tables[key.table].name)" : RowRendering.name(operation, key, tables),
                table: key.table, operation: operation, key: hasFreeKey ? nil : key, test: test, weight: 1)
        }
        allowances = []
        assertions = []
        self.answer = answer
    }

    /// A goal as its file states it.
    init(_ stated: StatedGoal, answer: AnswerDefinition?, tables: [Table]) {
        func index(_ name: String) -> Int { tables.firstIndex { $0.name == name }! }
        expected = stated.changes.map { change in
            let table = tables[index(change.table)]
            func value(_ column: String, _ json: JSON) -> SQLValue { ColumnValue.sql(json, table.column(column)!.type) ?? .null }
            let matchers = Dictionary(
                change.values.map { ($0.column, CompiledMatcher($0.matcher, table.column($0.column)!.type)) },
                uniquingKeysWith: { first, _ in first })
            let keyValues = table.key.compactMap { column -> SQLValue? in
                if let given = change.key.first(where: { $0.column == column }) { return value(column, given.value) }
                if case .oneOf(let values) = matchers[column], values.count == 1 { return values[0] }
                return nil
            }
            let key = keyValues.count == table.key.count ? RowKey(table: index(change.table), bytes: RowCodec.encode(keyValues)) : nil
            let test: ExpectedRow.Test
            switch change.operation {
            case .delete: test = .gone
            case .update: test = .columns(table.columns.map { column in matchers[column.name].map { .matches($0) } ?? .unchanged })
            case .insert:
                test = .columns(
                    table.columns.map { column in
                        // A column that the goal does not mention must be as an insertion leaves it.
                        .matches(matchers[column.name] ?? CompiledMatcher(.equals(column.defaultValue ?? .null), column.type))
                    })
            }
            let name = key.map { RowRendering.name(change.operation, $0, tables) } ?? "insert \(change.table)"
            return ExpectedRow(
                name: name, table: index(change.table), operation: change.operation, key: key, test: test, weight: change.weight)
        }
        allowances = stated.allowances.map { allowance in
            AllowedTable(
                table: index(allowance.table),
                columns: allowance.columns?.compactMap { tables[index(allowance.table)].columnIndex($0) })
        }
        assertions = stated.assertions
        self.answer = answer
    }

    /// Whether the initial state meets the goal already, with nothing to answer.
    public var holdsAtStart: Bool { initialProgress == 1 }

    /// Whether nothing is asked for: then the state must stay as it is.
    var asksForNoChange: Bool { expected.isEmpty && assertions.isEmpty }
}
