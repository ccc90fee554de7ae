import Determinism
import Domains
import Simulation

/// The tables of an environment: where each attribute of each thing is stored.
struct Schema: Sendable {
    /// The table of each kind of thing.
    let tables: [EntityTable]
}

/// The table of one kind of thing, with those that belong to it.
struct EntityTable: Sendable {
    let name: String
    /// The column that holds the key.
    let key: String
    /// What a column or argument that refers to one is called after the thing's role: `animal_id`.
    let keyWord: String
    /// Where each attribute is stored.
    let storage: [Storage]
    /// What each attribute is called where it is shown: by its column where it has one.
    let shownNames: [String]
    /// The columns that say when a row was made and last changed.
    let made: String?
    let changed: String?
    /// The states that things went through.
    let history: History?
    /// Attributes in tables of their own.
    let groups: [Group]
    /// Tables of words.
    let lookups: [Lookup]

    /// Where an attribute is stored.
    enum Storage: Sendable {
        /// In a column of the thing's own table.
        case column(String)
        /// As the key itself.
        case key
        /// In a column that refers to a row of a table of words.
        case lookup(column: String, table: Int)
        /// As the last of the states gone through.
        case history
        /// In a column of a group's table.
        case group(Int, column: String)
        /// Nowhere: it is worked out.
        case computed
    }

    struct History: Sendable {
        let table: String
        let owner: String
        let position: String
        let state: String
        let at: String
    }

    /// A table that holds some attributes of each thing.
    struct Group: Sendable {
        let table: String
        let attributes: [Int]
        let columns: [String]
        let link: Link

        enum Link: Sendable {
            /// The row has the thing's key as its own.
            case owner(column: String)
            /// The thing's row refers to it; the group's rows have keys of their own.
            case reference(column: String, key: String, first: Int64)
        }
    }

    /// A table of the words that an attribute can be.
    struct Lookup: Sendable {
        let table: String
        let key: String
        let word: String
        let attribute: Int
        let words: [String]
        /// The number of the first word's row; nil: the word itself is the key.
        let first: Int64?
    }
}

extension Schema {
    init(_ model: Model, naming: Naming, keys: [KeyStyle], codes: [KeyStyle?], times: Design.Times, dice: inout Dice) {
        let lookupChance = dice.pick([0, 30, 60, 85])
        let historyChance = dice.pick([0, 25, 60])
        let groupChance = dice.pick([0, 35, 80])
        var taken: Set<String> = []
        func unique(_ name: String, _ fallback: String) -> String {
            taken.insert(name.lowercased()).inserted
                ? name
                : {
                    taken.insert(fallback.lowercased()); return fallback
                }()
        }
        let names = model.entities.map { entity in
            unique(naming.table(entity.plural, singular: entity.name), naming.table(entity.name + "_rows", singular: entity.name + "_row"))
        }
        let keyWords = keys.map { style in
            switch style.format {
            case .integer, .uuid: "id"
            case .code: "code"
            }
        }
        func keyColumn(_ index: Int) -> String {
            naming.hasBareKeys ? naming.column(keyWords[index]) : naming.column("\(model.entities[index].name)_\(keyWords[index])")
        }
        tables = model.entities.enumerated().map { index, entity in
            var builder = TableBuilder(entity: entity, table: names[index], naming: naming)
            var columns: Set<String> = [keyColumn(index).lowercased()]
            func column(_ name: String) -> String {
                let plain = naming.column(name)
                if columns.insert(plain.lowercased()).inserted { return plain }
                let longer = naming.column("\(entity.name)_\(name)")
                columns.insert(longer.lowercased())
                return longer
            }
            let history =
                entity.stateAttribute != nil && dice.chance(historyChance) ? builder.history(&dice, unique) : nil
            builder.chooseGroups(groupChance, &dice, unique, column)
            for (position, attribute) in entity.attributes.enumerated() {
                if builder.storage[position] != nil { continue }
                builder.storage[position] =
                    switch attribute.source {
                    case .computed: .computed
                    case .code where codes[index] == nil: .key
                    case .state where history != nil: .history
                    case .state: .column(column(naming.state))
                    case .anyThing: .column(column("\(attribute.name)_\(keyWords[attribute.type.entity!])"))
                    default: builder.plain(position, column, &dice, lookupChance, unique)
                    }
            }
            var shown: Set<String> = [keyColumn(index).lowercased()]
            let shownNames = entity.attributes.enumerated().map { position, attribute -> String in
                var name = naming.column(position == entity.stateAttribute ? naming.state : attribute.name)
                if case .column(let own)? = builder.storage[position] { name = own }
                if !shown.insert(name.lowercased()).inserted {
                    name = naming.column("\(entity.name)_\(attribute.name)")
                    shown.insert(name.lowercased())
                }
                return name
            }
            return EntityTable(
                name: names[index], key: keyColumn(index), keyWord: keyWords[index], storage: builder.storage.map { $0! },
                shownNames: shownNames,
                made: times == .none ? nil : column(naming.made), changed: times == .both ? column(naming.changed) : nil,
                history: history, groups: builder.groups, lookups: builder.lookups)
        }
    }
}

/// Chooses where the attributes of one kind of thing go.
private struct TableBuilder {
    let entity: Entity
    let table: String
    let naming: Naming
    var storage: [EntityTable.Storage?]
    var groups: [EntityTable.Group] = []
    var lookups: [EntityTable.Lookup] = []

    init(entity: Entity, table: String, naming: Naming) {
        self.entity = entity
        self.table = table
        self.naming = naming
        storage = Array(repeating: nil, count: entity.attributes.count)
    }

    /// Attributes that make up an address stand together, and so may others of which nothing else is said.
    mutating func chooseGroups(_ chance: Int, _ dice: inout Dice, _ unique: (String, String) -> String, _ column: (String) -> String) {
        let address = entity.attributes.indices.filter {
            ["street", "city", "postal_code", "country", "region"].contains(entity.attributes[$0].name)
        }
        if address.count >= 2, dice.chance(chance) {
            let name = unique(
                naming.table("\(entity.name)_addresses", singular: "\(entity.name)_address"), naming.column("\(entity.name)_places"))
            let key = naming.column("address_id")
            let link: EntityTable.Group.Link =
                dice.chance(50)
                ? .reference(column: column("address_id"), key: key, first: Int64(dice.pick([1, 301, 7001])))
                : .owner(column: naming.hasBareKeys ? naming.column("\(entity.name)_id") : naming.column("\(entity.name)_id"))
            add(name, address, link)
        }
        let spoken = spokenAttributes
        let others = entity.attributes.indices.filter { index in
            let attribute = entity.attributes[index]
            guard storage[index] == nil, !spoken.contains(index), !attribute.isUnique, attribute.type.entity == nil else { return false }
            switch attribute.source {
            case .words, .template, .number, .chance: return attribute.new == nil || attribute.isOptional
            default: return false
            }
        }
        if others.count >= 2, entity.attributes.count >= 6, dice.chance(chance) {
            let word = dice.pick(["detail", "profile", "extra"])
            let name = unique(
                naming.table("\(entity.name)_\(word)s", singular: "\(entity.name)_\(word)"), naming.column("\(entity.name)_more"))
            add(name, others, .owner(column: naming.column("\(entity.name)_id")))
        }
    }

    /// The attributes by which people refer to a thing.
    private var spokenAttributes: Set<Int> {
        var result: Set<Int> = []
        for description in entity.descriptions {
            for value in description.text.values {
                _ = value.contains { part in
                    if case .attribute(.variable(let variable), let reference) = part, variable.slot == 0 { result.insert(reference.index) }
                    return false
                }
            }
        }
        return result
    }

    private mutating func add(_ table: String, _ attributes: [Int], _ link: EntityTable.Group.Link) {
        let columns = attributes.map { naming.column(entity.attributes[$0].name) }
        for (attribute, column) in zip(attributes, columns) { storage[attribute] = .group(groups.count, column: column) }
        groups.append(EntityTable.Group(table: table, attributes: attributes, columns: columns, link: link))
    }

    func history(_ dice: inout Dice, _ unique: (String, String) -> String) -> EntityTable.History {
        let word = dice.pick([("\(naming.state)_changes", "\(naming.state)_change"), ("history", "history"), ("events", "event")])
        let table = unique(
            naming.table("\(entity.name)_\(word.0)", singular: "\(entity.name)_\(word.1)"), naming.column("\(entity.name)_states"))
        return EntityTable.History(
            table: table, owner: naming.column("\(entity.name)_id"), position: naming.column(dice.pick(["position", "seq", "step_no"])),
            state: naming.column(naming.state), at: naming.column(dice.pick(["changed_at", "happened_at", "since"])))
    }

    /// A column; or, for words, perhaps a table of them.
    mutating func plain(
        _ index: Int, _ column: (String) -> String, _ dice: inout Dice, _ chance: Int, _ unique: (String, String) -> String
    ) -> EntityTable.Storage {
        let attribute = entity.attributes[index]
        guard case .enumeration(let words) = attribute.type, dice.chance(chance) else { return .column(column(attribute.name)) }
        let singular = "\(entity.name)_\(attribute.name)"
        let table = unique(naming.table(Wording.plural(singular), singular: singular), naming.column(singular + "_words"))
        let hasNumbers = dice.chance(60)
        lookups.append(
            EntityTable.Lookup(
                table: table, key: hasNumbers ? naming.column("\(attribute.name)_id") : naming.column(attribute.name),
                word: naming.column(hasNumbers ? "name" : attribute.name == "label" ? "title" : "label"), attribute: index, words: words,
                first: hasNumbers ? 1 : nil))
        return .lookup(column: column(hasNumbers ? "\(attribute.name)_id" : attribute.name), table: lookups.count - 1)
    }
}
