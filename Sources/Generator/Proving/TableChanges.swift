import Simulation
import WireJSON

/// What a change of situation does to the tables: what an episode's net changes are compared with.
struct TableChanges {
    let tables: [TableSpec]

    /// What is different in the tables after a change, in an episode's form but for the keys: `{table, op, before, after}`.
    ///
    /// - Returns: one text for each changed row, sorted.
    func texts(from before: Situation, to after: Situation) -> [String] {
        var result: [String] = []
        for thing in after.things(differentFrom: before) {
            for table in tables {
                guard case .things(thing.entity, let make) = table.source else { continue }
                let positions = table.keyPositions
                func rows(_ situation: Situation) -> [(key: [JSON], row: [JSON])] {
                    guard thing.index < situation.kinds[thing.entity].rows.count, situation.isAlive(thing.index, thing.entity) else {
                        return []
                    }
                    return make(situation, thing.index).map { row in (positions.map { row[$0] }, row) }
                }
                let (old, new) = (rows(before), rows(after))
                for (key, row) in old {
                    let other = new.first { $0.key == key }?.row
                    if other != row { result.append(text(table, row, other)) }
                }
                for (key, row) in new where !old.contains(where: { $0.key == key }) { result.append(text(table, nil, row)) }
            }
        }
        return result.sorted()
    }

    private func text(_ table: TableSpec, _ before: [JSON]?, _ after: [JSON]?) -> String {
        func object(_ row: [JSON]?) -> JSON {
            row.map { .object(JSONObject(uniqueMembers: zip(table.columns, $0).map { .init(name: $0.name, value: $1) })) } ?? .null
        }
        let change: JSON = [
            "table": .string(table.name), "op": before == nil ? "insert" : after == nil ? "delete" : "update", "before": object(before),
            "after": object(after),
        ]
        return change.text
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
