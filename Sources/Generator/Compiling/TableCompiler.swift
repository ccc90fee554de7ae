import Domains
import Simulation
import WireJSON

/// A table of an environment: how it is declared, and the rows that a situation puts into it.
struct TableSpec {
    let name: String
    let description: String
    var columns: [(name: String, declaration: JSON)]
    let key: [String]
    var unique: [[String]] = []
    var checks: [String] = []
    var indexes: [[String]] = []
    /// What the rows are made of.
    let source: Source

    enum Source {
        /// The same rows in every situation.
        case fixed([[JSON]])
        /// Rows for each thing of a kind.
        case things(Int, rows: (Situation, Int) -> [[JSON]])
    }

    /// The rows that a situation amounts to, in the order of their keys.
    func rows(_ situation: Situation) -> [[JSON]] {
        let rows: [[JSON]]
        switch source {
        case .fixed(let fixed): rows = fixed
        case .things(let entity, let make): rows = situation.things(entity).flatMap { make(situation, $0) }
        }
        let positions = keyPositions
        return rows.sorted { a, b in
            for position in positions where a[position] != b[position] { return a[position].precedesAsKey(b[position]) }
            return false
        }
    }

    /// The positions of the key's columns.
    var keyPositions: [Int] { key.map { name in columns.firstIndex { $0.name == name }! } }
}

/// Makes the tables of a design.
struct TableCompiler {
    let design: Design
    private let printing: Printing

    init(_ design: Design) {
        self.design = design
        printing = Printing(money: design.money)
    }

    private var model: Model { design.model }

    /// The tables: words first, then things, each after what it refers to as far as that can be.
    func tables() -> [TableSpec] {
        var result: [TableSpec] = []
        for (index, table) in design.schema.tables.enumerated() { result += table.lookups.map { lookup($0, index) } }
        for (index, table) in design.schema.tables.enumerated() {
            for (number, group) in table.groups.enumerated() {
                if case .reference = group.link { result.append(self.group(group, number, index)) }
            }
            result.append(main(index))
            for (number, group) in table.groups.enumerated() {
                if case .owner = group.link { result.append(self.group(group, number, index)) }
            }
            if let history = table.history { result.append(self.history(history, index)) }
        }
        return result
    }

    // MARK: Columns

    private func keyType(_ entity: Int) -> JSON { design.keyStyles[entity].format == .integer ? "integer" : "string" }

    private func reference(_ target: String, _ key: String) -> JSON { .string("\(target).\(key)") }

    /// The declaration of the column that holds an attribute.
    private func declaration(_ attribute: Attribute, isLookup: EntityTable.Lookup? = nil, unique: Bool) -> JSON {
        var object = JSONObject()
        switch attribute.type {
        case .boolean: object["type"] = "boolean"
        case .number(let places): object["type"] = places == 0 ? "integer" : "number"
        case .money: object["type"] = design.money == .decimals ? "number" : "integer"
        case .text: object["type"] = "string"
        case .enumeration(let words):
            if let lookup = isLookup {
                object["type"] = lookup.first == nil ? "string" : "integer"
                object["references"] = reference(lookup.table, lookup.key)
            } else {
                object["type"] = "enum"
                object["values"] = .array(words.map { .string($0) })
            }
        case .date: object["type"] = "date"
        case .instant: object["type"] = "date-time"
        case .reference(let entity):
            object["type"] = keyType(entity)
            object["references"] = reference(design.schema.tables[entity].name, design.schema.tables[entity].key)
        }
        if attribute.isOptional { object["null"] = true }
        if unique { object["unique"] = true }
        var notes = attribute.about.isEmpty ? [] : [attribute.about]
        if let unit = attribute.unit { notes.append("In \(unit).") }
        if attribute.type == .money { notes.append(design.money == .hundredths ? "In cents." : "") }
        let about = notes.filter { !$0.isEmpty }.joined(separator: " ")
        if !about.isEmpty { object["description"] = .string(about) }
        return object.count == 1 ? object["type"]! : .object(object)
    }

    // MARK: Tables

    private func main(_ index: Int) -> TableSpec {
        let table = design.schema.tables[index]
        let entity = model.entities[index]
        var columns: [(String, JSON)] = [(table.key, keyType(index))]
        var stored: [(Situation, Int) -> JSON] = [{ situation, thing in printing.key(situation.key(thing, index)) }]
        for (number, group) in table.groups.enumerated() {
            guard case .reference(let column, let key, _) = group.link else { continue }
            columns.append((column, ["type": "integer", "references": reference(group.table, key), "unique": true]))
            stored.append { situation, thing in groupKey(number, index, thing, situation) }
        }
        for (position, attribute) in entity.attributes.enumerated() {
            let value = { (situation: Situation, thing: Int) -> JSON in
                printing.json(situation.value(thing, index, position), attribute.type) { situation.key($0, $1) }
            }
            switch table.storage[position] {
            case .column(let name):
                columns.append((name, declaration(attribute, unique: attribute.isUnique || attribute.isCode)))
                stored.append(value)
            case .lookup(let name, let number):
                let lookup = table.lookups[number]
                columns.append((name, declaration(attribute, isLookup: lookup, unique: false)))
                stored.append { situation, thing in
                    guard let first = lookup.first, case .string(let word) = value(situation, thing) else { return value(situation, thing) }
                    return .integer(first + Int64(lookup.words.firstIndex(of: word)!))
                }
            case .key, .history, .group, .computed: break
            }
        }
        for (column, isMade) in [(table.made, true), (table.changed, false)] {
            guard let column else { continue }
            columns.append((column, "date-time"))
            stored.append { situation, thing in
                let times = situation.kinds[index].times[thing]
                return .string((isMade ? times.made : times.changed).text)
            }
        }
        let getters = stored
        var spec = TableSpec(
            name: table.name, description: entity.about, columns: columns, key: [table.key],
            source: .things(index) { situation, thing in [getters.map { $0(situation, thing) }] })
        spec.unique = entity.unique.compactMap { attributes in
            let names = attributes.compactMap { ownColumn($0, table) }
            return names.count == attributes.count ? names : nil
        }
        spec.checks = entity.rules.filter { isKeptByEveryStatement($0, index) }.compactMap { check($0, index) }
        return spec
    }

    /// The column of the thing's own table that holds an attribute.
    private func ownColumn(_ attribute: Int, _ table: EntityTable) -> String? {
        switch table.storage[attribute] {
        case .column(let name), .lookup(let name, _): name
        default: nil
        }
    }

    /// Whether no verb sets what a rule is about piece by piece: a CHECK would forbid what lies between.
    private func isKeptByEveryStatement(_ rule: Expression, _ entity: Int) -> Bool {
        var attributes: Set<Int> = []
        _ = rule.contains { part in
            if case .attribute(_, let reference) = part, reference.entity == entity { attributes.insert(reference.index) }
            return false
        }
        func settings(_ effects: [Effect]) -> Int {
            effects.reduce(0) { total, effect in
                switch effect {
                case .set(_, let reference, _, _): total + (reference.entity == entity && attributes.contains(reference.index) ? 1 : 0)
                case .each(_, _, _, let inner): total + settings(inner)
                default: total
                }
            }
        }
        return attributes.count < 2 || model.verbs.allSatisfy { settings($0.effects) < 2 }
    }

    /// A rule as a CHECK, if it is about the row alone.
    private func check(_ rule: Expression, _ index: Int) -> String? {
        let table = design.schema.tables[index]
        let isForeign = rule.contains { part in
            switch part {
            case .aggregate, .pick, .now, .today, .actor: return true
            case .attribute(.variable(let variable), let reference):
                guard variable.slot == 0, case .column = table.storage[reference.index] else { return true }
                return false
            case .attribute: return true
            default: return false
            }
        }
        if isForeign { return nil }
        var compiler = SQLCompiler(design)
        compiler.slots[0] = .ownRow
        return compiler.sql(rule)
    }

    private func groupKey(_ number: Int, _ entity: Int, _ thing: Int, _ situation: Situation) -> JSON {
        guard case .reference(_, _, let first) = design.schema.tables[entity].groups[number].link else { return .null }
        return .integer(first + Int64(situation.kinds[entity].ordinals[thing]))
    }

    private func group(_ group: EntityTable.Group, _ number: Int, _ index: Int) -> TableSpec {
        let table = design.schema.tables[index]
        let entity = model.entities[index]
        var columns: [(String, JSON)]
        let key: String
        switch group.link {
        case .owner(let column):
            columns = [(column, ["type": keyType(index), "references": reference(table.name, table.key)])]
            key = column
        case .reference(_, let column, _):
            columns = [(column, "integer")]
            key = column
        }
        for (attribute, column) in zip(group.attributes, group.columns) {
            columns.append((column, declaration(entity.attributes[attribute], unique: false)))
        }
        let isOwner = if case .owner = group.link { true } else { false }
        return TableSpec(
            name: group.table, description: "More about each \(entity.noun).", columns: columns, key: [key],
            source: .things(index) { situation, thing in
                [
                    [isOwner ? printing.key(situation.key(thing, index)) : groupKey(number, index, thing, situation)]
                        + group.attributes.map { attribute in
                            printing.json(situation.value(thing, index, attribute), entity.attributes[attribute].type) {
                                situation.key($0, $1)
                            }
                        }
                ]
            })
    }

    private func history(_ history: EntityTable.History, _ index: Int) -> TableSpec {
        let table = design.schema.tables[index]
        let entity = model.entities[index]
        return TableSpec(
            name: history.table, description: "The states that each \(entity.noun) has gone through; the last one is where it stands.",
            columns: [
                (history.owner, ["type": keyType(index), "references": reference(table.name, table.key)]),
                (history.position, ["type": "integer", "minimum": 1]),
                (history.state, ["type": "enum", "values": .array(entity.states.map { .string($0.name) })]),
                (history.at, "date-time"),
            ], key: [history.owner, history.position],
            source: .things(index) { situation, thing in
                situation.kinds[index].transitions[thing].enumerated().map { position, transition in
                    [
                        printing.key(situation.key(thing, index)), .integer(Int64(position + 1)), .string(transition.state),
                        .string(transition.at.text),
                    ]
                }
            })
    }

    private func lookup(_ lookup: EntityTable.Lookup, _ index: Int) -> TableSpec {
        let label = model.entities[index].attributes[lookup.attribute].label
        let rows: [[JSON]] = lookup.words.enumerated().map { position, word in
            let key: JSON = lookup.first.map { .integer($0 + Int64(position)) } ?? .string(word)
            return [key, .string(lookup.first == nil ? word.spaced : word)]
        }
        return TableSpec(
            name: lookup.table, description: "What the \(label) of \(model.entities[index].noun.withArticle) can be.",
            columns: [
                (lookup.key, lookup.first == nil ? "string" : "integer"),
                (lookup.word, lookup.first == nil ? "string" : ["type": "string", "unique": true]),
            ], key: [lookup.key], source: .fixed(rows))
    }
}

extension JSON {
    /// The order in which a table keeps keys: numbers by size, texts by their bytes.
    func precedesAsKey(_ other: JSON) -> Bool {
        switch (self, other) {
        case (.integer(let a), .integer(let b)): a < b
        case (.string(let a), .string(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        default: false
        }
    }
}
