import Domains
import Simulation
import WireJSON

/// Writes effects as steps of a tool, each seeing what those before it did.
struct EffectWriter {
    let design: Design
    var compiler: SQLCompiler
    var names: ParameterNames
    /// What parameters must say for anything to be done; nil: always.
    let guardCondition: String?
    private(set) var steps: [JSON] = []
    private(set) var isDestructive = false
    /// The first thing that is made.
    private(set) var created: (entity: Int, key: String)?
    private var deleted: [String] = []
    /// Columns of one row that are set together.
    private var pending: Pending?

    private struct Pending {
        let entity: Int
        let key: String
        let filter: String
        var columns: [(attribute: Int, sql: String)]
    }

    init(design: Design, compiler: SQLCompiler, names: ParameterNames, guardCondition: String?) {
        self.design = design
        self.compiler = compiler
        self.names = names
        self.guardCondition = guardCondition
    }

    private var model: Model { design.model }
    private func table(_ entity: Int) -> EntityTable { design.schema.tables[entity] }

    mutating func write(_ effects: [Effect]) {
        for effect in effects { write(effect) }
        flush()
    }

    func deletesSubject(_ key: String?) -> Bool { key.map(deleted.contains) ?? false }

    private mutating func change(_ sql: String) { steps.append(["change": .string(sql)]) }

    private func and(_ conditions: [String?]) -> String { (conditions + [guardCondition]).compactMap { $0 }.joined(separator: " AND ") }

    /// Binds a value now, before what follows changes it.
    private mutating func bind(_ sql: String, _ name: String) -> String {
        let name = names.fresh(name)
        steps.append(["find": .string("SELECT \(sql) AS \(name)")])
        return ":\(name)"
    }

    private mutating func write(_ effect: Effect) {
        switch effect {
        case .set(let thing, let reference, let value, let when): set(thing, reference, value, when)
        case .create(let entity, let values, let variable, let when):
            flush()
            create(entity, values, variable, when)
        case .delete(let thing, let entity, let when):
            flush()
            delete(thing, entity, when)
        case .each(let entity, let variable, let condition, let effects):
            flush()
            each(entity, variable, condition, effects)
        }
    }

    // MARK: Setting

    private mutating func set(_ thing: Expression, _ reference: Attribute.Reference, _ value: Expression, _ when: Expression?) {
        let table = table(reference.entity)
        // A value that depends on a column set just before must see it.
        if let pending,
            value.contains({ part in
                guard case .attribute(_, let other) = part else { return false }
                return other.entity == pending.entity
                    && (pending.columns.contains { $0.attribute == other.index } || model.attribute(other).isComputed)
            }) || value.contains({ if case .aggregate = $0 { true } else if case .pick = $0 { true } else { false } }) || when != nil
        {
            flush()
        }
        let key = compiler.sql(thing)
        let condition = when.map { compiler.sql($0) }
        let filter = and([condition.map { "(\($0))" }])
        switch table.storage[reference.index] {
        case .column, .lookup:
            // What the row itself holds need not be looked up: `balance = balance + :amount`.
            if case .column(let own) = table.storage[reference.index], let path = Expression.attribute(thing, reference).path {
                compiler.paths[path] = SQLNames.quoted(own)
            }
            let assigned = assignment(reference, compiler.sql(value), table)
            compiler.paths = [:]
            if pending?.entity == reference.entity, pending?.key == key, pending?.filter == filter {
                pending!.columns.append((reference.index, assigned))
            } else {
                flush()
                pending = Pending(entity: reference.entity, key: key, filter: filter, columns: [(reference.index, assigned)])
            }
        case .history:
            flush()
            touch(table, "\(SQLNames.quoted(table.key)) = \(key)", filter)
            let history = table.history!
            let owner = SQLNames.quoted(table.key)
            let alias = compiler.alias(table.name)
            let last = compiler.alias(history.table)
            let position =
                "(SELECT coalesce(max(\(last).\(SQLNames.quoted(history.position))), 0) + 1 FROM \(SQLNames.quoted(history.table)) \(last) WHERE \(last).\(SQLNames.quoted(history.owner)) = \(alias).\(owner))"
            let conditions = ["\(alias).\(owner) = \(key)", filter].filter { !$0.isEmpty }.joined(separator: " AND ")
            change(
                "INSERT INTO \(SQLNames.quoted(history.table)) (\(columns([history.owner, history.position, history.state, history.at]))) SELECT \(alias).\(owner), \(position), \(compiler.sql(value)), :now FROM \(SQLNames.quoted(table.name)) \(alias) WHERE \(conditions)"
            )
        case .group(let index, let column):
            flush()
            touch(table, "\(SQLNames.quoted(table.key)) = \(key)", filter)
            let group = table.groups[index]
            let link =
                switch group.link {
                case .owner(let owner): "\(SQLNames.quoted(owner)) = \(key)"
                case .reference(let own, let groupKey, _):
                    "\(SQLNames.quoted(groupKey)) = (SELECT \(SQLNames.quoted(own)) FROM \(SQLNames.quoted(table.name)) WHERE \(SQLNames.quoted(table.key)) = \(key))"
                }
            let conditions = [link, filter].filter { !$0.isEmpty }.joined(separator: " AND ")
            change("UPDATE \(SQLNames.quoted(group.table)) SET \(SQLNames.quoted(column)) = \(compiler.sql(value)) WHERE \(conditions)")
        case .key, .computed: break
        }
    }

    /// `column = value`
    private mutating func assignment(_ reference: Attribute.Reference, _ value: String, _ table: EntityTable) -> String {
        switch table.storage[reference.index] {
        case .lookup(let column, let index): "\(SQLNames.quoted(column)) = \(lookedUp(value, table.lookups[index]))"
        case .column(let column): "\(SQLNames.quoted(column)) = \(value)"
        default: ""
        }
    }

    /// The key of the row of a word.
    private func lookedUp(_ word: String, _ lookup: EntityTable.Lookup) -> String {
        guard lookup.first != nil else { return word }
        return
            "(SELECT \(SQLNames.quoted(lookup.key)) FROM \(SQLNames.quoted(lookup.table)) WHERE \(SQLNames.quoted(lookup.word)) = \(word))"
    }

    /// Notes in a thing's row that it has changed, where rows say so.
    private mutating func touch(_ table: EntityTable, _ condition: String, _ filter: String) {
        guard let column = table.changed else { return }
        let conditions = [condition, filter].filter { !$0.isEmpty }.joined(separator: " AND ")
        change("UPDATE \(SQLNames.quoted(table.name)) SET \(SQLNames.quoted(column)) = :now WHERE \(conditions)")
    }

    private mutating func flush() {
        guard let pending else { return }
        self.pending = nil
        let table = table(pending.entity)
        var sets = pending.columns.map(\.sql)
        if let column = table.changed { sets.append("\(SQLNames.quoted(column)) = :now") }
        let conditions = ["\(SQLNames.quoted(table.key)) = \(pending.key)", pending.filter].filter { !$0.isEmpty }.joined(
            separator: " AND ")
        change("UPDATE \(SQLNames.quoted(table.name)) SET \(sets.joined(separator: ", ")) WHERE \(conditions)")
    }

    private func columns(_ names: [String]) -> String { names.map(SQLNames.quoted).joined(separator: ", ") }

    // MARK: Making

    private mutating func create(_ entity: Int, _ values: [Expression], _ variable: Variable, _ when: Expression?) {
        let table = table(entity)
        let definition = model.entities[entity]
        let applies = when.map { bind(compiler.sql($0), "makes_\(definition.name)") }
        let key = names.fresh("new_\(definition.name)_\(table.keyWord)")
        steps.append(["next": .object([key: .string(design.keyStyles[entity].sequence)])])
        var texts: [Int: String] = [:]
        var rest = values[...]
        for (position, attribute) in definition.attributes.enumerated() where !attribute.isComputed {
            texts[position] = compiler.sql(rest.removeFirst())
        }
        if let code = design.codeStyles[entity], let position = definition.attributes.firstIndex(where: \.isCode) {
            let name = names.fresh("new_\(definition.name)_code")
            steps.append(["next": .object([name: .string(code.sequence)])])
            texts[position] = ":\(name)"
        }
        // The variable is bound after the values are written: a new thing is not there when they are worked out.
        compiler.slots[variable.slot] = .parameter(key)
        if created == nil { created = (entity, ":\(key)") }
        var columns = [table.key]
        var cells = [":\(key)"]
        for (number, group) in table.groups.enumerated() {
            guard case .reference(let column, let groupKey, _) = group.link else { continue }
            let name = names.fresh("new_\(definition.name)_address_id")
            steps.append(["next": .object([name: .string(Self.groupSequence(definition.name, number))])])
            insert(group.table, [groupKey] + group.columns, [":\(name)"] + group.attributes.map { texts[$0]! }, applies)
            columns.append(column)
            cells.append(":\(name)")
        }
        for (position, storage) in table.storage.enumerated() {
            switch storage {
            case .column(let name):
                columns.append(name)
                cells.append(texts[position]!)
            case .lookup(let name, let index):
                columns.append(name)
                cells.append(lookedUp(texts[position]!, table.lookups[index]))
            case .key, .history, .group, .computed: break
            }
        }
        for column in [table.made, table.changed].compactMap({ $0 }) {
            columns.append(column)
            cells.append(":now")
        }
        insert(table.name, columns, cells, applies)
        for group in table.groups {
            guard case .owner(let owner) = group.link else { continue }
            insert(group.table, [owner] + group.columns, [":\(key)"] + group.attributes.map { texts[$0]! }, applies)
        }
        if let history = table.history, let state = definition.stateAttribute {
            insert(
                history.table, [history.owner, history.position, history.state, history.at], [":\(key)", "1", texts[state]!, ":now"],
                applies)
        }
    }

    /// The sequence of the keys of a group's rows.
    static func groupSequence(_ entity: String, _ number: Int) -> String { "\(entity)_address\(number == 0 ? "" : String(number + 1))" }

    private mutating func insert(_ table: String, _ names: [String], _ cells: [String], _ applies: String?) {
        let filter = and([applies])
        let head = "INSERT INTO \(SQLNames.quoted(table)) (\(columns(names)))"
        change(
            filter.isEmpty
                ? "\(head) VALUES (\(cells.joined(separator: ", ")))" : "\(head) SELECT \(cells.joined(separator: ", ")) WHERE \(filter)")
    }

    // MARK: Deleting

    private mutating func delete(_ thing: Expression, _ entity: Int, _ when: Expression?) {
        isDestructive = true
        let applies = when.map { bind(compiler.sql($0), "deletes_\(model.entities[entity].name)") }
        var key = compiler.sql(thing)
        if !key.hasPrefix(":") { key = bind(key, "old_\(model.entities[entity].name)") }
        if applies == nil { deleted.append(key) }
        remove(entity, { "\(SQLNames.quoted($0)) = \(key)" }, and([applies]))
    }

    /// Deletes things and what is stored of them elsewhere.
    private mutating func remove(_ entity: Int, _ match: (String) -> String, _ filter: String) {
        let table = table(entity)
        func conditions(_ column: String) -> String { [match(column), filter].filter { !$0.isEmpty }.joined(separator: " AND ") }
        var late: [String] = []
        for group in table.groups {
            switch group.link {
            case .owner(let owner): change("DELETE FROM \(SQLNames.quoted(group.table)) WHERE \(conditions(owner))")
            case .reference(let column, let key, _):
                // The row goes after the one that refers to it, and which it is must be known before.
                let list = bind(
                    "(SELECT json_group_array(\(SQLNames.quoted(column))) FROM \(SQLNames.quoted(table.name)) WHERE \(conditions(table.key)))",
                    "old_addresses")
                late.append(
                    "DELETE FROM \(SQLNames.quoted(group.table)) WHERE \(SQLNames.quoted(key)) IN (SELECT value FROM json_each(\(list)))")
            }
        }
        if let history = table.history { change("DELETE FROM \(SQLNames.quoted(history.table)) WHERE \(conditions(history.owner))") }
        change("DELETE FROM \(SQLNames.quoted(table.name)) WHERE \(conditions(table.key))")
        for statement in late { change(statement) }
    }

    // MARK: Many things

    private mutating func each(_ entity: Int, _ variable: Variable, _ condition: Expression?, _ effects: [Effect]) {
        let table = table(entity)
        let (alias, from) = compiler.source(entity, variable, condition)
        let list = bind("(SELECT json_group_array(\(alias).\(SQLNames.quoted(table.key)))\(from))", "each_\(model.entities[entity].name)")
        let members = "IN (SELECT value FROM json_each(\(list)))"
        for effect in effects {
            switch effect {
            case .set(let thing, let reference, let value, let when):
                setEach(thing, reference, value, when, entity, variable, members)
            case .delete(let thing, let target, let when):
                isDestructive = true
                compiler.slots[variable.slot] = .row(alias: SQLNames.quoted(table.name))
                if case .variable(variable) = thing {
                    let filter = when.map { compiler.sql($0) }
                    remove(entity, { "\(SQLNames.quoted($0)) \(members)" }, and([filter.map { "(\($0))" }]))
                } else {
                    let (_, source) = rows(entity, variable, members, when)
                    let keys = bind("(SELECT json_group_array(\(compiler.sql(thing)))\(source))", "old_\(model.entities[target].name)")
                    remove(target, { "\(SQLNames.quoted($0)) IN (SELECT value FROM json_each(\(keys)))" }, and([]))
                }
            case .create, .each: break
            }
        }
    }

    /// The rows of the things, under a name of their own.
    private mutating func rows(_ entity: Int, _ variable: Variable, _ members: String, _ when: Expression?) -> (
        alias: String, source: String
    ) {
        let table = table(entity)
        let alias = compiler.alias(table.name)
        compiler.slots[variable.slot] = .row(alias: alias)
        let filter = when.map { " AND (\(compiler.sql($0)))" } ?? ""
        return (alias, " FROM \(SQLNames.quoted(table.name)) \(alias) WHERE \(alias).\(SQLNames.quoted(table.key)) \(members)\(filter)")
    }

    /// Sets something of each of the things, or of what each of them leads to.
    private mutating func setEach(
        _ thing: Expression, _ reference: Attribute.Reference, _ value: Expression, _ when: Expression?, _ entity: Int,
        _ variable: Variable,
        _ members: String
    ) {
        let target = table(reference.entity)
        let each = Each(thing: thing, reference: reference, value: value, when: when, entity: entity, variable: variable, members: members)
        let key = SQLNames.quoted(target.key)
        let own = "\(SQLNames.quoted(target.name)).\(key)"
        let match: String
        if each.isOwn {
            compiler.slots[variable.slot] = .row(alias: SQLNames.quoted(target.name))
            match = members + (when.map { " AND (\(compiler.sql($0)))" } ?? "")
        } else {
            let (_, source) = rows(entity, variable, members, when)
            match = "IN (SELECT \(compiler.sql(thing))\(source))"
        }
        let filter = and([])
        let conditions = ["\(key) \(match)", filter].filter { !$0.isEmpty }.joined(separator: " AND ")
        switch target.storage[reference.index] {
        case .column, .lookup:
            let value = self.value(each, of: own)
            var sets = [assignment(reference, value, target)]
            if let column = target.changed { sets.append("\(SQLNames.quoted(column)) = :now") }
            change("UPDATE \(SQLNames.quoted(target.name)) SET \(sets.joined(separator: ", ")) WHERE \(conditions)")
        case .history:
            touch(target, "\(key) \(match)", filter)
            let history = target.history!
            let last = compiler.alias(history.table)
            let position =
                "(SELECT coalesce(max(\(last).\(SQLNames.quoted(history.position))), 0) + 1 FROM \(SQLNames.quoted(history.table)) \(last) WHERE \(last).\(SQLNames.quoted(history.owner)) = \(own))"
            change(
                "INSERT INTO \(SQLNames.quoted(history.table)) (\(columns([history.owner, history.position, history.state, history.at]))) SELECT \(own), \(position), \(self.value(each, of: own)), :now FROM \(SQLNames.quoted(target.name)) WHERE \(conditions)"
            )
        case .group(let index, let column):
            touch(target, "\(key) \(match)", filter)
            let group = target.groups[index]
            let (owner, link) =
                switch group.link {
                case .owner(let owner):
                    (
                        "\(SQLNames.quoted(group.table)).\(SQLNames.quoted(owner))",
                        "\(SQLNames.quoted(owner)) IN (SELECT \(key) FROM \(SQLNames.quoted(target.name)) WHERE \(conditions))"
                    )
                case .reference(let own, let groupKey, _):
                    (
                        "(SELECT \(key) FROM \(SQLNames.quoted(target.name)) WHERE \(SQLNames.quoted(own)) = \(SQLNames.quoted(group.table)).\(SQLNames.quoted(groupKey)))",
                        "\(SQLNames.quoted(groupKey)) IN (SELECT \(SQLNames.quoted(own)) FROM \(SQLNames.quoted(target.name)) WHERE \(conditions))"
                    )
                }
            let value = self.value(each, of: owner, isElsewhere: true)
            change("UPDATE \(SQLNames.quoted(group.table)) SET \(SQLNames.quoted(column)) = \(value) WHERE \(link)")
        case .key, .computed: break
        }
    }

    /// What is set for each of many things.
    private struct Each {
        let thing: Expression
        let reference: Attribute.Reference
        let value: Expression
        let when: Expression?
        let entity: Int
        let variable: Variable
        let members: String

        /// Whether it is of the things themselves, and not of what they lead to.
        var isOwn: Bool { if case .variable(variable) = thing { true } else { false } }
        /// Whether the value differs from thing to thing.
        var isOfEach: Bool { value.contains { if case .variable(variable) = $0 { true } else { false } } }
    }

    /// The value for the thing whose key is `own`, in a statement about its table's rows or about rows elsewhere.
    private mutating func value(_ each: Each, of own: String, isElsewhere: Bool = false) -> String {
        guard each.isOfEach, !each.isOwn || isElsewhere else { return compiler.sql(each.value) }
        if each.isOwn {
            let (alias, source) = rows(each)
            return "(SELECT \(compiler.sql(each.value))\(source) AND \(alias).\(SQLNames.quoted(table(each.entity).key)) = \(own))"
        }
        if let sum = sum(each, of: own) { return sum }
        let (alias, source) = rows(each)
        let key = "\(alias).\(SQLNames.quoted(table(each.entity).key))"
        return "(SELECT \(compiler.sql(each.value))\(source) AND \(compiler.sql(each.thing)) = \(own) ORDER BY \(key) DESC LIMIT 1)"
    }

    /// The old value and the sum of what each of the things that lead to `own` adds to it; nil for any other value.
    private mutating func sum(_ each: Each, of own: String) -> String? {
        let (sign, old, added): (String, Expression, Expression)
        switch each.value {
        case .add(let a, let b): (sign, old, added) = ("+", a, b)
        case .subtract(let a, let b): (sign, old, added) = ("-", a, b)
        default: return nil
        }
        guard old.path == Expression.attribute(each.thing, each.reference).path else { return nil }
        let column: String
        switch table(each.reference.entity).storage[each.reference.index] {
        case .column(let name), .group(_, let name): column = SQLNames.quoted(name)
        default: return nil
        }
        let (_, source) = rows(each)
        let total = "\(column) \(sign) (SELECT coalesce(sum(\(compiler.sql(added))), 0)\(source) AND \(compiler.sql(each.thing)) = \(own))"
        return compiler.isReal(each.reference.type) ? "round(\(total), \(each.reference.type.places!))" : total
    }

    private mutating func rows(_ each: Each) -> (alias: String, source: String) {
        rows(each.entity, each.variable, each.members, each.when)
    }
}
