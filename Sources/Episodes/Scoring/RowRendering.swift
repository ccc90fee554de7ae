import Database
import Environments
import WireJSON

/// Rows as JSON, for people and trainers.
enum RowRendering {
    /// `update loans 7`
    static func name(_ operation: RowOperation, _ key: RowKey, _ tables: [Table]) -> String {
        let values = (RowCodec.decode(key.bytes) ?? []).map { value in
            let json = ColumnValue.json(value, nil)
            return json.string ?? json.text
        }
        return "\(operation.rawValue) \(tables[key.table].name) \(values.joined(separator: " "))"
    }

    static func key(_ key: RowKey, _ tables: [Table]) -> JSON {
        let table = tables[key.table]
        return object(table.key.compactMap { table.column($0) }, RowCodec.decode(key.bytes) ?? [])
    }

    static func row(_ bytes: [UInt8]?, _ table: Table) -> JSON {
        bytes.map { object(table.columns, RowCodec.decode($0) ?? []) } ?? .null
    }

    private static func object(_ columns: [Column], _ values: [SQLValue]) -> JSON {
        .object(
            JSONObject(
                uniqueMembers: zip(columns, values).map { .init(name: $0.name, value: ColumnValue.json($1, $0.type)) }))
    }

    /// `{table, op, key, before, after}`
    static func change(_ key: RowKey, _ change: RowChange, _ tables: [Table]) -> JSON {
        let table = tables[key.table]
        return [
            "table": .string(table.name), "op": .string(Goal.operation(of: change).rawValue), "key": self.key(key, tables),
            "before": row(change.before, table), "after": row(change.after, table),
        ]
    }
}

extension ChangeSet {
    /// The changes as a JSON array of `{table, op, key, before, after}`, in canonical order.
    public func json(_ tables: [Table]) -> JSON { .array(sorted.map { RowRendering.change($0.key, $0.change, tables) }) }
}
