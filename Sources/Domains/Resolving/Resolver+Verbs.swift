import Determinism
import Specifications

extension Resolver {
    mutating func verbs() {
        var seen: Set<String> = []
        for spec in spec.verbs where !absent.contains(spec.name.name) {
            if EngineNames.tools.contains(spec.name.name) {
                report(spec.name.location, "the name '\(spec.name.name)' belongs to the engine's own tools")
            }
            if !seen.insert(spec.name.name).inserted {
                report(spec.name.location, "there are two verbs called '\(spec.name.name)'")
                continue
            }
            if let verb = verb(spec) { model.verbs.append(verb) } else { absent.insert(spec.name.name) }
        }
        for addition in spec.verbExtensions where !seen.contains(addition.verb.name) && !absent.contains(addition.verb.name) {
            let hint = NearestName.hint(for: addition.verb.name, among: seen.sorted())
            report(addition.verb.location, "there is no verb '\(addition.verb.name)'\(hint)")
        }
        for entity in entitySpecs.indices { derivedVerbs(entity) }
        for spec in spec.verbs {
            guard let derived = model.verbs.first(where: { $0.name == spec.name.name && $0.origin != .written }) else { continue }
            report(spec.name.location, "'manage' makes a verb called '\(derived.name)' already")
        }
    }

    /// - Returns: nil if the verb is wrong or cannot be without something absent.
    private mutating func verb(_ spec: VerbSpec) -> Verb? {
        let what = "the verb '\(spec.name.name)'"
        var scope = Scope()
        guard let arguments = arguments(spec.given, what, &scope, areNeeded: true) else { return nil }
        let extensions = self.spec.verbExtensions.filter { $0.verb.name == spec.name.name }
        var lets: [Verb.Let] = []
        for (name, value) in spec.lets {
            if let what = kind(of: name.name, scope) {
                report(name.location, "'\(name.name)' is \(what) already")
                continue
            }
            if let resolved = attempt(value.location, what, { resolver throws(NameFault) in try resolver.expression(value, &scope) }) {
                lets.append(
                    Verb.Let(variable: scope.declare(name.name, resolved.type, isOptional: resolved.isOptional), value: resolved))
            } else {
                scope.absent.insert(name.name)
            }
        }
        var requirements: [Requirement] = []
        for requirement in spec.requirements + extensions.flatMap(\.requirements) {
            guard let resolved = self.requirement(requirement, what, &scope) else { continue }
            requirements.append(resolved)
            for part in resolved.condition.conjuncts {
                if case .not(.isMissing(let value)) = part, let path = value.path { scope.certain.insert(path) }
            }
        }
        var effects: [Effect] = []
        var created: Variable?
        if let name = spec.creates {
            let made = attempt(name.location, what) { resolver throws(NameFault) in
                try resolver.creation(name, spec.with, name, when: nil, arguments, what, &scope)
            }
            guard let made, case .create(_, _, let variable, _) = made else { return nil }
            created = variable
            effects.append(made)
        }
        for effect in spec.effects + extensions.flatMap(\.effects) {
            if let resolved = attempt(
                effect.location, what, { resolver throws(NameFault) in try resolver.effect(effect, arguments, what, &scope) })
            {
                effects.append(resolved)
            }
        }
        if effects.isEmpty { return nil }
        let phrases = spec.phrases.compactMap { placed in
            let phrase = attempt(placed.location, "a phrase of \(what)") { r throws(NameFault) in try r.text(placed, &scope) }
            if let phrase { checkArguments(of: phrase, placed.location, arguments, what) }
            return phrase
        }
        if phrases.isEmpty { return nil }
        return Verb(
            name: spec.name.name, about: spec.about ?? "", origin: .written, arguments: arguments, lets: lets,
            requirements: requirements, effects: effects, phrases: phrases, created: created, frameSize: scope.frameSize)
    }

    /// A request that leaves out what only the user knows cannot be carried out.
    private mutating func checkArguments(
        of phrase: TextTemplate, _ location: SourceLocation, _ arguments: [Verb.Argument], _ what: String
    ) {
        for argument in arguments where !argument.variable.isOptional && argument.entity == nil && !phrase.mentions(argument.variable) {
            report(location, "a phrase of \(what) does not say '{\(argument.variable.name)}', which only the user knows")
        }
    }

    /// What a name is already where it could be given again; nil: nothing that it would hide.
    private func kind(of name: String, _ scope: Scope) -> String? {
        if parameters[name] != nil { return "a parameter" }
        return scope.variable(name) == nil ? nil : "an argument or a value"
    }

    /// - Parameter areNeeded: whether nothing is left without an argument that is absent.
    mutating func arguments(_ specs: [AttributeSpec], _ what: String, _ scope: inout Scope, areNeeded: Bool) -> [Verb.Argument]? {
        var arguments: [Verb.Argument] = []
        for spec in specs {
            let name = spec.name.name
            if scope.variable(name) != nil { report(spec.name.location, "\(what) is given '\(name)' twice") }
            if parameters[name] != nil { report(spec.name.location, "\(what) is given '\(name)', which is a parameter already") }
            do throws(NameFault) {
                arguments.append(try argument(spec, &scope))
            } catch {
                switch error {
                case .absent:
                    if spec.missing == nil { return nil }
                    scope.absent.insert(name)
                case .mistake(let message, let place):
                    report(place ?? spec.name.location, "\(what), '\(name)': \(message)")
                    // What mentions it is not wrong for that.
                    scope.absent.insert(name)
                }
            }
        }
        return arguments
    }

    private func argument(_ spec: AttributeSpec, _ scope: inout Scope) throws(NameFault) -> Verb.Argument {
        let name = spec.name.name
        let label = spec.label ?? name.spaced
        let isOptional = spec.missing != nil
        switch spec.kind {
        case .words(let word) where entitySpecs.contains { $0.name.name == word.name } || absent.contains(word.name):
            let entity = try entity(word)
            return Verb.Argument(
                variable: scope.declare(name, .reference(entity), isOptional: isOptional), label: label, about: spec.about ?? "", like: nil,
                source: .anyThing, unit: nil)
        case .like(let entityName, let attributeName):
            let reference = try attribute(attributeName.name, of: try entity(entityName.name))
            let attribute = model.attribute(reference)
            return Verb.Argument(
                variable: scope.declare(name, reference.type, isOptional: isOptional), label: spec.label ?? label,
                about: spec.about ?? attribute.about, like: reference, source: attribute.source, unit: attribute.unit)
        default:
            let type: ValueType
            switch spec.kind {
            case .words(let list):
                guard words.contains(list.name) else {
                    let known = entitySpecs.map(\.name.name) + words.sorted()
                    throw .mistake(
                        "'\(list.name)' is neither an entity nor a list of words\(NearestName.hint(for: list.name, among: known))")
                }
                type = .text
            case .template: type = .text
            case .enumeration(let words):
                if words.count < 2 { throw .mistake("an enumeration has at least two words") }
                type = .enumeration(words)
            case .boolean: type = .boolean
            case .number(let range, let isMoney): type = isMoney ? .money : .number(places: range.places)
            case .date: type = .date
            case .instant: type = .instant
            default: throw .mistake("an argument is an entity, ENTITY.ATTRIBUTE or a type")
            }
            return Verb.Argument(
                variable: scope.declare(name, type, isOptional: isOptional), label: label, about: spec.about ?? "", like: nil,
                source: try source(spec, type, entity: nil), unit: spec.unit)
        }
    }

    // MARK: Requirements

    private mutating func requirement(_ spec: RequirementSpec, _ what: String, _ scope: inout Scope) -> Requirement? {
        attempt(spec.that.location, what) { resolver throws(NameFault) in
            let condition = try resolver.expression(spec.that, &scope, as: .boolean)
            try resolver.checkTurning(condition, spec.that)
            // Where the words or the fact are absent, the requirement still holds.
            let message = try resolver.unlessAbsent { () throws(NameFault) in
                try spec.say.map { text throws(NameFault) in try resolver.text(text, &scope) }
            }
            let report = try resolver.unlessAbsent { () throws(NameFault) in try resolver.report(spec.report, condition, &scope) }
            return Requirement(
                condition: condition, code: spec.code ?? Self.code(of: condition), message: message ?? resolver.message(of: condition),
                report: report)
        }
    }

    /// Checks that a condition turns on something; where parts of the domain are absent, what turned on them is always so.
    func checkTurning(_ condition: Expression, _ placed: PlacedSyntax) throws(NameFault) {
        if condition.turnsOnSomething { return }
        throw isWhole ? .mistake("\"\(placed.source)\" turns on nothing, so that it is always so or never", at: placed.location) : .absent
    }

    /// A body's value; nil where it mentions something absent.
    private func unlessAbsent<T>(_ body: () throws(NameFault) -> T?) throws(NameFault) -> T? {
        do throws(NameFault) {
            return try body()
        } catch {
            if case .absent = error { return nil }
            throw error
        }
    }

    /// The word for a refusal whose author gave none: `not_open`, `already_lent`.
    private static func code(of condition: Expression) -> String {
        switch condition {
        case .isOneOf(_, let words): "not_\(words.joined(separator: "_or_"))"
        case .not(.isOneOf(_, let words)): "already_\(words.joined(separator: "_or_"))"
        case .isMissing: "already_set"
        case .not(.isMissing): "not_set"
        default: "not_allowed"
        }
    }

    private func message(of condition: Expression) -> TextTemplate {
        if let (thing, attribute) = Self.firstFact(condition) {
            let label = model.attribute(attribute).label
            let noun = model.entities[thing.type.entity!].noun
            return TextTemplate(pieces: [
                .text("The \(label) of the \(noun) is "), .value(.attribute(thing, attribute), hasArticle: false), .text("."),
            ])
        }
        return TextTemplate(pieces: [.text("That is not possible as things stand.")])
    }

    /// The attribute that a condition turns on, if it is one of a thing that can be named.
    private static func firstFact(_ condition: Expression) -> (Expression, Attribute.Reference)? {
        switch condition {
        case .not(let inner), .isMissing(let inner): firstFact(inner)
        case .isOneOf(let value, _), .compare(_, let value, _), .rescaled(let value, _, _), .day(let value): firstFact(value)
        case .attribute(let thing, let reference): (thing, reference)
        default: nil
        }
    }

    func report(_ spec: ReportSpec?, _ condition: Expression, _ scope: inout Scope) throws(NameFault) -> Report? {
        guard let spec else {
            guard let (thing, reference) = Self.firstFact(condition), !reference.isOptional, reference.type.entity == nil,
                reference.type != .boolean
            else { return nil }
            return Report(ask: nil, answer: .attribute(thing, reference))
        }
        return Report(
            ask: try spec.ask.map { ask throws(NameFault) in try text(ask, &scope) }, answer: try expression(spec.answer, &scope))
    }

    // MARK: Effects

    private mutating func effect(_ spec: EffectSpec, _ arguments: [Verb.Argument], _ what: String, _ scope: inout Scope) throws(NameFault)
        -> Effect
    {
        switch spec {
        case .set(let target, let op, let value, let when):
            let resolved = try expression(target, &scope)
            guard case .attribute(let thing, let reference) = resolved else {
                throw .mistake("\"\(target.source)\" sets no attribute", at: target.location)
            }
            let attribute = model.attribute(reference)
            if attribute.isComputed { throw .mistake("'\(attribute.name)' is computed, so nothing can set it") }
            if case .code = attribute.source { throw .mistake("'\(attribute.name)' is a code, and stays as it is") }
            if op != "=", reference.type.places == nil { throw .mistake("'\(op)' goes with numbers") }
            var new = try expression(value, &scope, as: reference.type)
            if op != "=" {
                new = op == "+=" ? .add(resolved, new) : .subtract(resolved, new)
            }
            if new.isOptional(except: scope.certain), !reference.isOptional {
                throw .mistake("\"\(value.source)\" may be missing, and '\(attribute.name)' never is")
            }
            return .set(thing: thing, reference, value: new, when: try condition(when, &scope))
        case .create(let entity, let with, let alias, let when):
            let condition = try condition(when, &scope)
            return try creation(entity, with, alias, when: condition, [], what, &scope)
        case .delete(let target, let when):
            let thing = try expression(target, &scope)
            guard let entity = thing.type.entity else { throw .mistake("only things are deleted") }
            return .delete(thing: thing, entity: entity, when: try condition(when, &scope))
        case .each(let name, let alias, let filter, let inner):
            let entity = try entity(name)
            let variable = try each(entity, name, alias, &scope)
            defer { scope.variables.removeLast() }
            let condition = try condition(filter, &scope)
            var effects: [Effect] = []
            for effect in inner {
                switch effect {
                case .set, .delete: break
                case .create, .each: throw .mistake("an effect on each sets or deletes; it creates nothing and holds no other 'each'")
                }
                if let resolved = attempt(
                    effect.location, what, { resolver throws(NameFault) in try resolver.effect(effect, [], what, &scope) })
                {
                    effects.append(resolved)
                    if !resolved.changes(variable) {
                        report(effect.location, "\(what): the effect does not change '\(variable.name)' or what that leads to")
                    }
                }
            }
            if effects.isEmpty { throw .absent }
            return .each(entity: entity, variable: variable, condition: condition, effects: effects)
        }
    }

    /// Makes the creation of a thing: each attribute's value is what `with` says, else the argument of its name, else what the attribute
    /// itself says of new things.
    func creation(
        _ name: PlacedName, _ with: [(name: PlacedName, value: PlacedSyntax)], _ alias: PlacedName?, when: Expression?,
        _ arguments: [Verb.Argument], _ what: String, _ scope: inout Scope
    ) throws(NameFault) -> Effect {
        let index = try entity(name)
        let entity = model.entities[index]
        for (name, _) in with { try checkAttribute(name, index) }
        var values: [Int: Expression] = [:]
        for (position, attribute) in entity.attributes.enumerated() where !attribute.isComputed {
            values[position] = try newValue(attribute, position, index, with, arguments, values, &scope)
        }
        let stored = entity.attributes.indices.filter { !entity.attributes[$0].isComputed }
        // The new thing may be called by its kind, unless an argument is.
        if alias?.location != name.location {
            do throws(NameFault) { try checkAlias(alias?.name, scope) } catch { throw error.placed(at: alias!.location) }
        }
        let called = alias?.name ?? name.name
        let variable = scope.declare(scope.variable(called) == nil ? called : "new_\(called)", .reference(index))
        return .create(entity: index, values: stored.map { values[$0]! }, variable: variable, when: when)
    }

    /// Checks that an entity has an attribute that can be given a value, or would have it.
    private func checkAttribute(_ name: PlacedName, _ entity: Int) throws(NameFault) {
        do throws(NameFault) {
            let attribute = model.attribute(try attribute(name.name, of: entity))
            if attribute.isComputed { throw .mistake("'\(name.name)' is computed, so nothing can set it") }
            if case .code = attribute.source { throw .mistake("'\(name.name)' is a code, which comes by itself") }
        } catch {
            if case .mistake = error { throw error.placed(at: name.location) }
        }
    }

    /// Declares the variable that each of many things is in turn.
    func each(_ entity: Int, _ name: PlacedName, _ alias: PlacedName?, _ scope: inout Scope) throws(NameFault) -> Variable {
        do throws(NameFault) { try checkAlias(alias?.name, scope) } catch { throw error.placed(at: alias!.location) }
        return scope.declare(alias?.name ?? name.name, .reference(entity))
    }

    private func newValue(
        _ attribute: Attribute, _ position: Int, _ entity: Int, _ with: [(name: PlacedName, value: PlacedSyntax)],
        _ arguments: [Verb.Argument], _ values: [Int: Expression], _ scope: inout Scope
    ) throws(NameFault) -> Expression {
        func needed(_ value: Expression) throws(NameFault) -> Expression {
            if value.isOptional(except: scope.certain), !attribute.isOptional {
                throw .mistake("a new \(model.entities[entity].name) needs '\(attribute.name)', which may be missing here")
            }
            return value
        }
        if let given = with.first(where: { $0.name.name == attribute.name }) {
            do {
                return try needed(try expression(given.value, &scope, as: attribute.type))
            } catch {
                // What is said of something absent is not said.
                if case .mistake = error { throw error }
            }
        }
        if let argument = arguments.first(where: { $0.variable.name == attribute.name }) {
            return try needed(try fit(.variable(argument.variable), to: attribute.type))
        }
        switch attribute.source {
        case .state: return .constant(.text(entitySpecs[entity].states[0].name.name), attribute.type)
        case .code: return .constant(.missing, attribute.type)
        default: break
        }
        // Relations that no argument names are those to the one argument of that kind.
        if let target = attribute.type.entity, attribute.new == nil {
            let candidates = arguments.filter { $0.entity == target }
            if candidates.count == 1, !attribute.isOptional { return .variable(candidates[0].variable) }
        }
        let spec = attributeSpecs[entity][position]
        if let placed = spec?.new ?? spec?.value {
            var inner = scope
            inner.own = .values(entity: entity, values)
            inner.variables = []
            let value = try needed(try expression(placed, &inner, as: attribute.type))
            scope.frameSize = inner.frameSize
            return value
        }
        if attribute.isOptional { return .constant(.missing, attribute.type) }
        throw .mistake(
            "nothing says what the '\(attribute.name)' of a new \(model.entities[entity].name) is: give it by 'with' or as an argument")
    }
}

extension Effect {
    /// Whether it sets something of a thing or of what that leads to, or makes such a thing go.
    fileprivate func changes(_ variable: Variable) -> Bool {
        switch self {
        case .set(let thing, _, _, _), .delete(let thing, _, _): thing.mentions(variable)
        case .create, .each: false
        }
    }
}

extension EffectSpec {
    var location: SourceLocation {
        switch self {
        case .set(let target, _, _, _), .delete(let target, _): target.location
        case .create(let entity, _, _, _), .each(let entity, _, _, _): entity.location
        }
    }
}
