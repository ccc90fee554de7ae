import Determinism
import Specifications

extension Resolver {
    /// The name of the attribute that holds the state of a lifecycle.
    static let stateName = "state"

    mutating func entities() {
        entitySpecs = presentEntities()
        attributeSpecs = []
        if let actor = spec.actor {
            model.actor = attempt(actor.location, "'actor'") { resolver throws(NameFault) in try resolver.entity(actor.name) }
        }
        for spec in entitySpecs { declare(spec) }
        resolveComputed()
        for index in entitySpecs.indices { resolveAttributes(index) }
        for index in entitySpecs.indices { resolveRest(index) }
        if isWhole {
            for index in entitySpecs.indices { checkOrder(index) }
            checkRelations()
        }
        for name in spec.focus {
            if let index = attempt(name.location, "'focus'", { resolver throws(NameFault) in try resolver.entity(name.name) }) {
                model.focus.append(index)
            }
        }
    }

    /// The entities without those that are absent and those that belong to an absent one, with what capabilities add to them.
    private mutating func presentEntities() -> [EntitySpec] {
        var specs: [EntitySpec] = []
        for spec in spec.entities {
            if specs.contains(where: { $0.name.name == spec.name.name }) {
                report(spec.name.location, "there are two entities called '\(spec.name.name)'")
            } else {
                specs.append(spec)
            }
        }
        for addition in spec.extensions {
            guard let index = specs.firstIndex(where: { $0.name.name == addition.entity.name }) else {
                if !absent.contains(addition.entity.name) {
                    let hint = NearestName.hint(for: addition.entity.name, among: specs.map(\.name.name))
                    report(addition.entity.location, "there is no entity '\(addition.entity.name)'\(hint)")
                }
                continue
            }
            specs[index].attributes += addition.attributes
            specs[index].edit += addition.edit
        }
        specs.removeAll { absent.contains($0.name.name) }
        var isSettled = false
        while !isSettled {
            isSettled = true
            for (index, spec) in specs.enumerated().reversed() {
                let needs = spec.attributes.contains { attribute in
                    guard case .relation(let target) = attribute.kind, attribute.missing == nil else { return false }
                    return absent.contains(target.name) && !absent.contains("\(spec.name.name).\(attribute.name.name)")
                }
                if needs {
                    absent.insert(spec.name.name)
                    specs.remove(at: index)
                    isSettled = false
                }
            }
        }
        return specs
    }

    /// Makes the entity with the names and types of its attributes.
    private mutating func declare(_ spec: EntitySpec) {
        let name = spec.name.name
        var attributes: [Attribute] = []
        var kept: [AttributeSpec?] = []
        func add(_ attribute: Attribute, _ spec: AttributeSpec?) {
            attributes.append(attribute)
            kept.append(spec)
        }
        for attribute in spec.attributes where !absent.contains("\(name).\(attribute.name.name)") {
            if attributes.contains(where: { $0.name == attribute.name.name })
                || (attribute.name.name == Self.stateName && !spec.states.isEmpty)
            {
                report(attribute.name.location, "\(name) has '\(attribute.name.name)' twice")
                continue
            }
            guard let type = type(of: attribute, in: name) else {
                faulty.insert("\(name).\(attribute.name.name)")
                continue
            }
            add(Self.attribute(attribute, type: type, source: .anyThing), attribute)
        }
        if !spec.states.isEmpty {
            add(
                Attribute(
                    name: Self.stateName, label: "status", about: "", type: .enumeration(spec.states.map(\.name.name)), missing: nil,
                    isUnique: false, unit: nil, source: .state, new: nil, atStart: nil), nil)
        }
        let noun = spec.noun ?? name.spaced
        let entity = Entity(
            name: name, plural: spec.plural ?? Wording.plural(name), noun: noun,
            nouns: spec.nouns ?? (spec.noun == nil ? spec.plural?.spaced : nil) ?? Wording.plural(noun), about: spec.about,
            isPerson: spec.isPerson, attributes: attributes, states: [],
            stateAttribute: spec.states.isEmpty ? nil : attributes.count - 1, unique: [], descriptions: [],
            count: count(spec, attributes), rules: [], code: nil)
        model.entities.append(entity)
        attributeSpecs.append(kept)
    }

    /// The type of an attribute; nil if it is absent or wrong. A computed one's is found later.
    private mutating func type(of spec: AttributeSpec, in entity: String) -> ValueType? {
        switch spec.kind {
        case .relation(let target):
            if let index = entitySpecs.firstIndex(where: { $0.name.name == target.name }) { return .reference(index) }
            if absent.contains(target.name) {
                becomesAbsent("\(entity).\(spec.name.name)")
            } else {
                report(
                    target.location,
                    "there is no entity '\(target.name)'\(NearestName.hint(for: target.name, among: entitySpecs.map(\.name.name)))")
            }
            return nil
        case .words(let list):
            if words.contains(list.name) { return .text }
            report(
                list.location, "there is no list of words '\(list.name)'\(NearestName.hint(for: list.name, among: words.sorted()))")
            return nil
        case .template, .code: return .text
        case .enumeration(let words):
            if words.count < 2 { report(spec.name.location, "an enumeration has at least two words") }
            return .enumeration(words)
        case .boolean: return .boolean
        case .number(let range, let isMoney): return isMoney ? .money : .number(places: range.places)
        case .date: return .date
        case .instant: return .instant
        case .computed: return .boolean
        case .like:
            report(spec.name.location, "an attribute has a type of its own; 'ENTITY.ATTRIBUTE' is for arguments")
            return nil
        }
    }

    static func attribute(
        _ spec: AttributeSpec, type: ValueType, source: Attribute.Source, new: Expression? = nil, atStart: Expression? = nil
    )
        -> Attribute
    {
        Attribute(
            name: spec.name.name, label: spec.label ?? spec.name.name.spaced, about: spec.about ?? "", type: type, missing: spec.missing,
            isUnique: spec.isUnique, unit: spec.unit, source: source, new: new, atStart: atStart)
    }

    private mutating func count(_ spec: EntitySpec, _ attributes: [Attribute]) -> Entity.Count {
        guard let per = spec.count.per else { return Entity.Count(range: spec.count.range, per: nil) }
        let index = attributes.firstIndex { attribute in
            guard let target = attribute.type.entity else { return false }
            return attribute.name == per.name || entitySpecs[target].name.name == per.name
        }
        if index == nil, !absent.contains(per.name) {
            report(per.location, "\(spec.name.name) belongs to no '\(per.name)' of which there could be so many each")
        }
        return Entity.Count(range: spec.count.range, per: index)
    }

    // MARK: Computed attributes

    /// Finds the types of computed attributes; one may build on another.
    private mutating func resolveComputed() {
        var open: [(entity: Int, attribute: Int, spec: AttributeSpec, syntax: PlacedSyntax)] = []
        for (entity, specs) in attributeSpecs.enumerated() {
            for (index, spec) in specs.enumerated() {
                if case .computed(let syntax)? = spec?.kind { open.append((entity, index, spec!, syntax)) }
            }
        }
        while !open.isEmpty {
            let waiting = Set(open.map { "\(model.entities[$0.entity].name).\($0.spec.name.name)" })
            var rest: [(entity: Int, attribute: Int, spec: AttributeSpec, syntax: PlacedSyntax)] = []
            for (entity, index, spec, syntax) in open {
                let name = "\(model.entities[entity].name).\(spec.name.name)"
                var scope = ownScope(entity)
                do throws(NameFault) {
                    let value = try expression(syntax, &scope)
                    if mentions(value, waiting) {
                        rest.append((entity, index, spec, syntax))
                        continue
                    }
                    var settled = spec
                    settled.missing = value.isOptional ? 100 : nil
                    model.entities[entity].attributes[index] = Self.attribute(settled, type: value.type, source: .computed(value))
                } catch {
                    switch error {
                    case .absent: becomesAbsent(name)
                    // The type of what it builds on may not be known yet.
                    case .mistake where open.count > 1 && rest.count < open.count - 1: rest.append((entity, index, spec, syntax))
                    case .mistake(let message, _): report(syntax.location, "'computed' of \(name): \(message)")
                    }
                }
            }
            if rest.count == open.count {
                for item in rest {
                    report(item.syntax.location, "'computed' of \(item.spec.name.name): it builds on itself, or on what has no meaning")
                }
                return
            }
            open = rest
        }
    }

    private func mentions(_ expression: Expression, _ names: Set<String>) -> Bool {
        expression.contains { part in
            guard case .attribute(_, let reference) = part else { return false }
            return names.contains("\(model.entities[reference.entity].name).\(model.attribute(reference).name)")
        }
    }

    func ownScope(_ entity: Int) -> Scope {
        var scope = Scope()
        let own = scope.declare(model.entities[entity].name, .reference(entity))
        scope.own = .thing(own)
        return scope
    }

    // MARK: Sources

    private mutating func resolveAttributes(_ entity: Int) {
        for (index, spec) in attributeSpecs[entity].enumerated() {
            guard let spec else { continue }
            let name = "\(model.entities[entity].name).\(spec.name.name)"
            let type = model.entities[entity].attributes[index].type
            if case .computed = spec.kind { continue }
            if case .code(let format) = spec.kind {
                if model.entities[entity].code != nil { report(spec.name.location, "\(model.entities[entity].name) has a code already") }
                model.entities[entity].code = format
            }
            let source = attempt(spec.name.location, name) { resolver throws(NameFault) in try resolver.source(spec, type, entity: entity) }
            func own(_ placed: PlacedSyntax?, _ what: String) -> Expression? {
                guard let placed else { return nil }
                return attempt(placed.location, "'\(what)' of \(name)") { resolver throws(NameFault) in
                    var scope = resolver.ownScope(entity)
                    return try resolver.expression(placed, &scope, as: type)
                }
            }
            for (placed, option) in [(spec.value, "value"), (spec.new, "new"), (spec.atStart, "at_start")] where spec.missing == nil {
                if case .name("missing")? = placed?.syntax {
                    report(placed!.location, "'\(option)' of \(name): \"missing\" may be missing, and '\(spec.name.name)' never is")
                }
            }
            let value = own(spec.value, "value")
            let new = own(spec.new, "new")
            let atStart = own(spec.atStart, "at_start")
            model.entities[entity].attributes[index] = Self.attribute(
                spec, type: type, source: value.map { .expression($0) } ?? source ?? .anyWord, new: new, atStart: atStart)
        }
    }

    /// Where the values of an attribute or an argument come from.
    func source(_ spec: AttributeSpec, _ type: ValueType, entity: Int?) throws(NameFault) -> Attribute.Source {
        switch spec.kind {
        case .relation: return .anyThing
        case .words(let list): return .words(list.name)
        case .template(let text): return .template(try wordTemplate(text, entity: entity))
        case .enumeration: return .anyWord
        case .boolean(let chance): return .chance(chance)
        case .number(let range, _): return .number(low: range.low, high: range.high, step: range.step)
        case .date(let range), .instant(let range):
            var scope = entity.map(ownScope) ?? Scope()
            let anchor = try range.anchor.map { placed throws(NameFault) in try expression(placed, &scope) }
            if let anchor, anchor.type != .date, anchor.type != .instant { throw .mistake("'after' and 'before' name a day or a moment") }
            return .time(
                TimeSource(
                    low: range.low, high: range.high, unit: range.unit, anchor: anchor,
                    window: range.window.map { ($0.from, $0.to, $0.step) }, isOnWeekdays: range.isOnWeekdays))
        case .code: return .code
        case .computed, .like: throw .mistake("it has no values of its own")
        }
    }

    func wordTemplate(_ placed: PlacedText, entity: Int?) throws(NameFault) -> WordTemplate {
        var pieces: [WordTemplate.Piece] = []
        for piece in placed.syntax.pieces {
            switch piece {
            case .text(let text): pieces.append(.text(text))
            case .value(let syntax, let source, _, let filter):
                if let filter, filter != "slug" { throw .mistake("there is no filter '\(filter)'; there is 'slug'") }
                if case .name(let name) = syntax {
                    if let entity, let index = model.entities[entity].attribute(name) {
                        pieces.append(.attribute(index, isSlug: filter != nil))
                        continue
                    }
                    if let entity, isAbsent(name, of: entity) { throw .absent }
                    if words.contains(name) {
                        pieces.append(.words(name, isSlug: filter != nil))
                        continue
                    }
                    let own = entity.map { model.entities[$0].attributes.map(\.name) } ?? []
                    throw .mistake(
                        "'\(name)' is no attribute of its own and no list of words\(NearestName.hint(for: name, among: own + words.sorted()))"
                    )
                }
                throw .mistake("'{\(source)}' must be an attribute of its own or a list of words")
            }
        }
        return WordTemplate(pieces: pieces)
    }

    // MARK: The rest

    private mutating func resolveRest(_ entity: Int) {
        let spec = entitySpecs[entity]
        let name = spec.name.name
        model.entities[entity].states = spec.states.map { state in
            let condition = state.condition.flatMap { placed in
                attempt(placed.location, "'when' of \(name).\(state.name.name)") { resolver throws(NameFault) in
                    var scope = resolver.ownScope(entity)
                    return try resolver.expression(placed, &scope, as: .boolean)
                }
            }
            return State(name: state.name.name, weight: state.weight, condition: condition)
        }
        model.entities[entity].rules = spec.rules.compactMap { placed in
            attempt(placed.location, "a rule of \(name)") { resolver throws(NameFault) in
                var scope = resolver.ownScope(entity)
                let rule = try resolver.expression(placed, &scope, as: .boolean)
                try resolver.checkTurning(rule, placed)
                return rule
            }
        }
        model.entities[entity].unique = spec.unique.compactMap { names in
            var indices: [Int] = []
            for placed in names {
                let found = attempt(placed.location, "'unique' of \(name)") { resolver throws(NameFault) in
                    try resolver.attribute(placed.name, of: entity).index
                }
                guard let found else { return nil }
                indices.append(found)
            }
            return indices
        }
        model.entities[entity].descriptions = spec.descriptions.compactMap { description in
            attempt(description.say.location, "'described' of \(name)") { resolver throws(NameFault) in
                var scope = resolver.ownScope(entity)
                let extreme = try description.extreme.map { extreme throws(NameFault) in
                    try resolver.extreme(extreme.by, isGreatest: extreme.isGreatest, ("greatest", "least"), &scope)
                }
                let text = try resolver.text(description.say, &scope)
                for value in text.values {
                    if case .variable = value {
                        throw .mistake("a description cannot be made of the thing itself", at: description.say.location)
                    }
                }
                return Description(
                    text: text, condition: try resolver.condition(description.condition, &scope),
                    extreme: extreme)
            }
        }
    }
}

extension Resolver {
    /// An order in which a thing comes first or last.
    func extreme(_ by: PlacedSyntax, isGreatest: Bool, _ words: (greatest: String, least: String), _ scope: inout Scope) throws(NameFault)
        -> Description.Extreme
    {
        let value = try expression(by, &scope)
        switch value.type {
        case .number, .money, .date, .instant: return Description.Extreme(by: value, isGreatest: isGreatest)
        default:
            let word = isGreatest ? words.greatest : words.least
            throw .mistake("'\(word)' is of numbers, days or moments, not of \(value.type.name), in \"\(by.source)\"", at: by.location)
        }
    }
}

/// A text made of words and of a thing's own attributes.
public struct WordTemplate: Sendable {
    /// A piece of it.
    public enum Piece: Sendable {
        /// Text as it is; each `#` is a digit.
        case text(String)
        /// A text drawn from a list.
        case words(String, isSlug: Bool)
        /// The text of another attribute of the thing.
        case attribute(Int, isSlug: Bool)
    }

    /// The pieces in order.
    public let pieces: [Piece]
}
