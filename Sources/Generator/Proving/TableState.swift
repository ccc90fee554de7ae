import Simulation
import WireJSON

/// The rows that a situation puts into the tables, by key: what an episode's net changes are compared with.
struct TableState {
    private let tables: [TableSpec]
    /// For each table, the rows by the text of their key.
    private var rows: [[String: [JSON]]]

    init(_ tables: [TableSpec], _ situation: Situation) {
        self.tables = tables
        rows = tables.map { table in
            let positions = table.key.map { key in table.columns.firstIndex { $0.name == key }! }
            return Dictionary(uniqueKeysWithValues: table.rows(situation).map { row in (Self.key(positions.map { row[$0] }), row) })
        }
    }

    private static func key(_ values: [JSON]) -> String { JSON.array(values).text }

    /// What is different in another state, as an episode reports it: `{table, op, key, before, after}`.
    ///
    /// - Returns: one text for each changed row, sorted.
    func changes(to other: TableState) -> [String] {
        var result: [String] = []
        for (index, table) in tables.enumerated() {
            let (old, new) = (rows[index], other.rows[index])
            func object(_ row: [JSON]?) -> JSON {
                row.map { .object(JSONObject(uniqueMembers: zip(table.columns, $0).map { .init(name: $0.name, value: $1) })) } ?? .null
            }
            for key in Set(old.keys).union(new.keys) where old[key] != new[key] {
                let change: JSON = [
                    "table": .string(table.name), "op": old[key] == nil ? "insert" : new[key] == nil ? "delete" : "update",
                    "before": object(old[key]), "after": object(new[key]),
                ]
                result.append(change.text)
            }
        }
        return result.sorted()
    }

    /// An episode's net changes in the same form.
    static func texts(_ changes: JSON) -> [String] {
        (changes.array ?? []).map { change in
            var object = change.object ?? JSONObject()
            object["key"] = nil
            return JSON.object(object).text
        }.sorted()
    }
}
