import Domains
import Simulation

extension Toolbox {
    /// Chooses the tools of a design.
    init(_ design: Design) {
        var dice = Dice(design.seed, "tools")
        var chooser = ToolChooser(design: design, dice: dice)
        readers = chooser.readers()
        actors = chooser.actors()
        dice = chooser.dice
        answer = dice.chance(65) ? .thing : .key
    }
}

private struct ToolChooser {
    let design: Design
    var dice: Dice
    private var taken: Set<String> = ["list_tools", "call_tool"]

    init(design: Design, dice: Dice) {
        self.design = design
        self.dice = dice
    }

    private var model: Model { design.model }
    private var naming: Naming { design.naming }

    private mutating func unique(_ name: String) -> String {
        var candidate = name
        var number = 2
        while !taken.insert(candidate).inserted {
            candidate = "\(name)\(naming.tools == .snake ? "_" : "")\(number)"
            number += 1
        }
        return candidate
    }

    // MARK: Reading

    mutating func readers() -> [Reader] {
        // Chosen for the whole environment, so that its tools look alike.
        let isBrief = dice.chance(35)
        let joins = dice.chance(50)
        let nests = dice.chance(25)
        let filterChance = dice.int(45...90)
        let isWrapped = dice.chance(40)
        let byPage = dice.chance(30)
        let hasPaging = design.scale > 1 || dice.chance(50)
        let sortChance = dice.pick([0, 40, 80])
        let listsByOwner = dice.chance(30)
        let childChance = dice.pick([0, 40, 80])
        let limit = dice.pick([10, 15, 20, 25])
        var result: [Reader] = []
        for index in model.entities.indices {
            let entity = model.entities[index]
            let table = design.schema.tables[index]
            let all = shown(index, everything: true, joins: joins, nests: nests)
            result.append(
                Reader(
                    name: unique(naming.tool(naming.get, entity.name)), entity: index, isGetter: true,
                    keyArgument: naming.argument("\(entity.name)_\(table.keyWord)"), filters: [], shown: all,
                    children: children(index, childChance, besides: all), order: nil, sorts: [], sortArgument: "", paging: nil,
                    isWrapped: false))
            let paging =
                hasPaging
                ? Reader.Paging(
                    limit: naming.argument(byPage ? "page_size" : "limit"), offset: naming.argument(byPage ? "page" : "offset"),
                    isByPage: byPage, defaultLimit: limit, greatestLimit: 50) : nil
            let order = order(index)
            let owner = listsByOwner ? entity.count.per : nil
            let filters = filters(index, filterChance)
            result.append(
                Reader(
                    name: unique(naming.tool(naming.find, entity.plural)), entity: index, isGetter: false, keyArgument: "",
                    filters: filters.filter { $0.attribute != owner },
                    shown: isBrief ? shown(index, everything: false, joins: joins, nests: nests) : all,
                    children: [], order: order, sorts: sorts(index, sortChance), sortArgument: naming.argument("sort"), paging: paging,
                    isWrapped: isWrapped))
            // Instead of a filter, a tool of its own for what belongs to something.
            if let owner, let target = entity.attributes[owner].type.entity, var filter = filters.first(where: { $0.attribute == owner }) {
                filter.isRequired = true
                result.append(
                    Reader(
                        name: listName(of: entity.plural, belongingTo: model.entities[target].name), entity: index, isGetter: false,
                        keyArgument: "", filters: [filter],
                        shown: isBrief ? shown(index, everything: false, joins: joins, nests: nests) : all, children: [], order: order,
                        sorts: [],
                        sortArgument: "", paging: nil, isWrapped: isWrapped))
            }
        }
        return result
    }

    /// `list_client_animals`, and `list_animal_notes` for the `animal_notes` of an `animal`.
    private mutating func listName(of plural: String, belongingTo owner: String) -> String {
        func name(_ parts: String...) -> String { naming.tools.joined(parts.flatMap { $0.split(separator: "_").map(String.init) }) }
        guard plural.hasPrefix(owner + "_") else { return unique(name("list", owner, plural)) }
        let short = name("list", plural)
        return unique(taken.contains(short) ? name("list", String(plural.dropFirst(owner.count + 1)), "of", owner) : short)
    }

    /// The attributes by which people refer to a thing.
    private func spoken(_ index: Int) -> Set<Int> {
        var result: Set<Int> = []
        func collect(_ expression: Expression) {
            _ = expression.contains { part in
                if case .attribute(.variable(let variable), let reference) = part, variable.slot == 0 { result.insert(reference.index) }
                return false
            }
        }
        for description in model.entities[index].descriptions {
            description.text.values.forEach(collect)
            if let condition = description.condition { collect(condition) }
            if let extreme = description.extreme { collect(extreme.by) }
        }
        return result
    }

    private func shown(_ index: Int, everything: Bool, joins: Bool, nests: Bool) -> [Reader.Shown] {
        let entity = model.entities[index]
        let spoken = spoken(index)
        let names = design.schema.tables[index].shownNames
        var result: [Reader.Shown] = []
        for (position, attribute) in entity.attributes.enumerated() {
            let reference = model.reference(index, position)
            if attribute.isCode, case .key = design.schema.tables[index].storage[position] { continue }
            guard let target = attribute.type.entity else {
                if everything || spoken.contains(position) || position == entity.stateAttribute {
                    result.append(Reader.Shown(name: names[position], path: [reference]))
                }
                continue
            }
            result.append(Reader.Shown(name: names[position], path: [reference]))
            guard joins, let label = label(target) else { continue }
            let role = naming.column(attribute.name)
            let name =
                nests && !names.contains(role) && role != design.schema.tables[index].key
                ? "\(role).\(naming.column(model.attribute(label).name))"
                : naming.column("\(attribute.name)_\(model.attribute(label).name)")
            if !names.contains(name), !result.contains(where: { $0.name == name }) {
                result.append(Reader.Shown(name: name, path: [reference, label]))
            }
        }
        return result
    }

    /// The attribute that tells people most plainly which thing it is.
    private func label(_ index: Int) -> Attribute.Reference? {
        let entity = model.entities[index]
        let spoken = spoken(index).sorted().filter { entity.attributes[$0].type.entity == nil && !entity.attributes[$0].isOptional }
        return spoken.first { entity.attributes[$0].type == .text }.map { model.reference(index, $0) }
            ?? spoken.first.map { model.reference(index, $0) }
    }

    private mutating func children(_ index: Int, _ chance: Int, besides shown: [Reader.Shown]) -> [Reader.Child] {
        var result: [Reader.Child] = []
        var taken = Set(shown.map { String($0.name.prefix { $0 != "." }) }).union([design.schema.tables[index].key])
        for (other, entity) in model.entities.enumerated() {
            guard let relation = entity.count.per, entity.attributes[relation].type == .reference(index), other != index,
                dice.chance(chance)
            else { continue }
            let columns = self.shown(other, everything: false, joins: false, nests: false).filter { $0.path[0].index != relation }
            var name = naming.column(entity.plural)
            if !taken.insert(name).inserted {
                name = naming.column("\(entity.plural)_list")
                taken.insert(name)
            }
            result.append(Reader.Child(name: name, entity: other, relation: relation, shown: columns))
        }
        return result
    }

    private mutating func filters(_ index: Int, _ chance: Int) -> [Reader.Filter] {
        let entity = model.entities[index]
        let spoken = spoken(index)
        var result: [Reader.Filter] = []
        for (position, attribute) in entity.attributes.enumerated() {
            if attribute.isComputed { continue }
            if attribute.isCode, case .key = design.schema.tables[index].storage[position] { continue }
            func add(_ name: String, _ test: Reader.Filter.Test) {
                result.append(Reader.Filter(argument: naming.argument(name), attribute: position, test: test))
            }
            let isNeeded = spoken.contains(position)
            switch attribute.type {
            case .reference(let target):
                if isNeeded || entity.count.per == position || dice.chance(80) {
                    add("\(attribute.name)_\(design.schema.tables[target].keyWord)", .equals)
                }
            case .text:
                if attribute.isCode {
                    add(attribute.name, .equals)
                } else if isNeeded || dice.chance(chance / 2) {
                    add(attribute.name, .contains)
                }
            case .enumeration:
                if isNeeded || position == entity.stateAttribute || dice.chance(chance) {
                    add(position == entity.stateAttribute ? naming.state : attribute.name, .equals)
                }
            case .boolean: if dice.chance(chance / 2) { add(attribute.name, .equals) }
            case .date, .instant:
                if isNeeded || dice.chance(chance / 2) {
                    add("\(attribute.name)_from", .from)
                    add("\(attribute.name)_to", .to)
                }
            case .number, .money:
                if dice.chance(chance / 3) {
                    add("min_\(attribute.name)", .from)
                    add("max_\(attribute.name)", .to)
                }
            }
        }
        return result
    }

    private mutating func order(_ index: Int) -> Reader.Order? {
        let candidates = sortable(index)
        guard !candidates.isEmpty, dice.chance(50) else { return nil }
        return Reader.Order(attribute: dice.pick(candidates), isDescending: dice.chance(25))
    }

    private func sortable(_ index: Int) -> [Int] {
        let entity = model.entities[index]
        return entity.attributes.indices.filter { position in
            let attribute = entity.attributes[position]
            if attribute.isComputed || attribute.isOptional { return false }
            switch attribute.type {
            case .date, .instant, .number, .money: return true
            case .text: return attribute.name == "name" || attribute.name == "title"
            default: return false
            }
        }
    }

    private mutating func sorts(_ index: Int, _ chance: Int) -> [Reader.Sort] {
        let candidates = sortable(index)
        guard !candidates.isEmpty, dice.chance(chance) else { return [] }
        return candidates.flatMap { position -> [Reader.Sort] in
            let name = naming.column(model.entities[index].attributes[position].name)
            return [
                Reader.Sort(word: name, order: Reader.Order(attribute: position, isDescending: false)),
                Reader.Sort(word: "-\(name)", order: Reader.Order(attribute: position, isDescending: true)),
            ]
        }
    }

    // MARK: Acting

    mutating func actors() -> [ActingTool] {
        var result: [ActingTool] = []
        var done: Set<Int> = []
        for index in model.verbs.indices where !done.contains(index) {
            if let merged = edits(index) ?? transitions(index) {
                result.append(merged)
                done.formUnion(merged.verbs)
                continue
            }
            done.insert(index)
            let verb = model.verbs[index]
            result.append(
                ActingTool(
                    name: unique(name(verb)), form: .verb(index),
                    arguments: verb.arguments.map { argument($0, isRequired: !$0.variable.isOptional) }))
        }
        return result
    }

    private func name(_ verb: Verb) -> String {
        switch verb.origin {
        case .written: naming.tool(verb.name, nouns: model.entities.map(\.name))
        case .add(let entity): naming.tool(naming.add, model.entities[entity].name)
        case .remove(let entity): naming.tool(naming.remove, model.entities[entity].name)
        case .edit(let reference): naming.tool(naming.change, "\(model.entities[reference.entity].name)_\(model.attribute(reference).name)")
        }
    }

    private func argument(_ definition: Verb.Argument, isRequired: Bool) -> ActingTool.Argument {
        let name = definition.entity.map { "\(definition.variable.name)_\(design.schema.tables[$0].keyWord)" } ?? definition.variable.name
        return ActingTool.Argument(name: naming.argument(name), definition: definition, isRequired: isRequired)
    }

    /// One tool for all edits of a kind of thing.
    private mutating func edits(_ index: Int) -> ActingTool? {
        guard design.editing == .coarse, case .edit(let reference) = model.verbs[index].origin else { return nil }
        let all = model.verbs.indices.filter {
            if case .edit(let other) = model.verbs[$0].origin { other.entity == reference.entity } else { false }
        }
        guard all.count > 1 else { return nil }
        let thing = model.verbs[index].arguments[0]
        return ActingTool(
            name: unique(naming.tool(naming.change, model.entities[reference.entity].name)), form: .edits(all),
            arguments: [argument(thing, isRequired: true)] + all.map { argument(model.verbs[$0].arguments[1], isRequired: false) })
    }

    /// One tool for all verbs that do nothing but set the state of one thing.
    private mutating func transitions(_ index: Int) -> ActingTool? {
        guard design.transitions == .coarse, let (entity, _) = transition(index) else { return nil }
        var words: [String] = []
        var verbs: [Int] = []
        for other in model.verbs.indices {
            guard let (kind, word) = transition(other), kind == entity, !words.contains(word) else { continue }
            words.append(word)
            verbs.append(other)
        }
        guard verbs.count > 1, verbs.contains(index) else { return nil }
        let thing = model.verbs[index].arguments[0]
        let name = naming.tools.joined(
            [naming.change] + "\(model.entities[entity].name)_\(naming.state)".split(separator: "_").map(String.init))
        return ActingTool(
            name: unique(name), form: .transitions(verbs, argument: naming.argument("new_\(naming.state)"), words: words),
            arguments: [argument(thing, isRequired: true)])
    }

    /// The kind of thing and the state to which a verb moves it, if it takes nothing else and makes nothing.
    private func transition(_ index: Int) -> (entity: Int, state: String)? {
        let verb = model.verbs[index]
        guard verb.origin == .written, verb.arguments.count == 1, let entity = verb.arguments[0].entity, verb.lets.isEmpty,
            !verb.arguments[0].variable.isOptional, let attribute = model.entities[entity].stateAttribute
        else { return nil }
        var state: String?
        for effect in verb.effects {
            guard case .set(let thing, let reference, let value, let when) = effect, when == nil else { return nil }
            if case .variable(verb.arguments[0].variable) = thing, reference.index == attribute {
                guard case .constant(.text(let word), _) = value, state == nil else { return nil }
                state = word
            }
        }
        return state.map { (entity, $0) }
    }
}
