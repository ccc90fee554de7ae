import Specifications

extension Resolver {
    /// The verbs that follow from an entity itself: a new one, another value of an attribute, one that goes.
    mutating func derivedVerbs(_ index: Int) {
        let spec = entitySpecs[index]
        if spec.canAdd, let verb = attempt(spec.name.location, "'manage: {add: true}'", { r throws(NameFault) in try r.addition(index) }) {
            model.verbs.append(verb)
        }
        for (position, name) in spec.edit.enumerated() {
            if spec.edit[..<position].contains(where: { $0.name == name.name }) {
                report(name.location, "'manage: {edit: ...}': '\(name.name)' is there twice")
                continue
            }
            let verb = attempt(name.location, "'manage: {edit: ...}'") { r throws(NameFault) in try r.edit(index, name.name) }
            if let verb { model.verbs.append(verb) }
        }
        if spec.canRemove { model.verbs.append(removal(index)) }
    }

    private func argument(_ reference: Attribute.Reference, _ name: String, isOptional: Bool, _ scope: inout Scope) -> Verb.Argument {
        let attribute = model.attribute(reference)
        return Verb.Argument(
            variable: scope.declare(name, attribute.type, isOptional: isOptional), label: attribute.label, about: attribute.about,
            like: reference, source: attribute.source, unit: attribute.unit)
    }

    private func thing(_ entity: Int, _ scope: inout Scope) -> Verb.Argument {
        let definition = model.entities[entity]
        return Verb.Argument(
            variable: scope.declare(definition.name, .reference(entity)), label: definition.noun, about: "", like: nil, source: .anyThing,
            unit: nil)
    }

    private func addition(_ index: Int) throws(NameFault) -> Verb {
        let entity = model.entities[index]
        var scope = Scope()
        var arguments: [Verb.Argument] = []
        for (position, attribute) in entity.attributes.enumerated() {
            switch attribute.source {
            case .state, .code, .expression, .computed: continue
            default: break
            }
            if attribute.new != nil { continue }
            arguments.append(
                argument(model.reference(index, position), attribute.name, isOptional: attribute.isOptional, &scope))
        }
        let name = PlacedName(name: entity.name, location: entitySpecs[index].name.location)
        let effect = try creation(name, [], name, when: nil, arguments, entity.name, &scope)
        guard case .create(_, _, let created, _) = effect else { throw .absent }
        var requirements: [Requirement] = []
        for unique in [entity.unique, entity.attributes.indices.filter { entity.attributes[$0].isUnique }.map { [$0] }].joined() {
            if let requirement = uniqueness(unique, index, arguments, &scope) { requirements.append(requirement) }
        }
        return Verb(
            name: "add_\(entity.name)", about: "", origin: .add(entity: index), arguments: arguments, lets: [],
            requirements: requirements, effects: [effect], phrases: [additionPhrase(entity, arguments)], created: created,
            frameSize: scope.frameSize)
    }

    /// `add a new animal for {client} with name {name} and species {species}`
    private func additionPhrase(_ entity: Entity, _ arguments: [Verb.Argument]) -> TextTemplate {
        var pieces: [TextTemplate.Piece] = [.text("add a new \(entity.noun)")]
        let needed = arguments.filter { !$0.variable.isOptional }
        for (position, argument) in needed.filter({ $0.entity != nil }).enumerated() {
            pieces += [.text(position == 0 ? " for " : " and "), .value(.variable(argument.variable), hasArticle: false)]
        }
        let values = needed.filter { $0.entity == nil }
        for (position, argument) in values.enumerated() {
            let link = position == 0 ? ": " : ", "
            pieces += [.text("\(link)\(argument.label) "), .value(.variable(argument.variable), hasArticle: false)]
        }
        return TextTemplate(pieces: pieces)
    }

    /// That there is no other thing with the same values.
    private func uniqueness(_ attributes: [Int], _ index: Int, _ arguments: [Verb.Argument], _ scope: inout Scope) -> Requirement? {
        let entity = model.entities[index]
        var conditions: [Expression] = []
        let other = scope.declare("other", .reference(index))
        scope.variables.removeLast()
        for attribute in attributes {
            guard let argument = arguments.first(where: { $0.variable.name == entity.attributes[attribute].name }) else { return nil }
            conditions.append(
                .compare(.equal, .attribute(.variable(other), model.reference(index, attribute)), .variable(argument.variable)))
            // Things that lack it are not alike for that.
            if argument.variable.isOptional { conditions.append(.not(.isMissing(.variable(argument.variable)))) }
        }
        let labels = attributes.map { entity.attributes[$0].label }
        return Requirement(
            condition: .not(
                .aggregate(Aggregate(kind: .exists, variable: other, entity: index, value: nil, condition: .all(conditions)))),
            code: "already_exists",
            message: TextTemplate(pieces: [.text("There is \(entity.noun.withArticle) with the same \(Wording.list(labels)) already.")]),
            report: nil)
    }

    private func edit(_ index: Int, _ name: String) throws(NameFault) -> Verb {
        let reference = try attribute(name, of: index)
        let entity = model.entities[index]
        let attribute = model.attribute(reference)
        switch attribute.source {
        case .state: throw .mistake("a state changes by verbs of its own")
        case .computed, .code: throw .mistake("'\(name)' cannot be edited: it is computed or a code")
        default: break
        }
        var scope = Scope()
        let thing = thing(index, &scope)
        let value = argument(reference, name == entity.name ? "new_\(name)" : name, isOptional: false, &scope)
        let phrase = TextTemplate(pieces: [
            .text("change the \(attribute.label) of "), .value(.variable(thing.variable), hasArticle: false), .text(" to "),
            .value(.variable(value.variable), hasArticle: false),
        ])
        var requirements: [Requirement] = []
        if attribute.isUnique {
            let other = scope.declare("other", .reference(index))
            scope.variables.removeLast()
            let same = Expression.all([
                .compare(.equal, .attribute(.variable(other), reference), .variable(value.variable)),
                .compare(.unequal, .variable(other), .variable(thing.variable)),
            ])
            requirements.append(
                Requirement(
                    condition: .not(.aggregate(Aggregate(kind: .exists, variable: other, entity: index, value: nil, condition: same))),
                    code: "already_exists",
                    message: TextTemplate(pieces: [.text("Another \(entity.noun) has that \(attribute.label) already.")]), report: nil))
        }
        return Verb(
            name: "change_\(entity.name)_\(name)", about: "", origin: .edit(reference), arguments: [thing, value], lets: [],
            requirements: requirements,
            effects: [.set(thing: .variable(thing.variable), reference, value: .variable(value.variable), when: nil)], phrases: [phrase],
            created: nil, frameSize: scope.frameSize)
    }

    private func removal(_ index: Int) -> Verb {
        let entity = model.entities[index]
        var scope = Scope()
        let thing = thing(index, &scope)
        var requirements: [Requirement] = []
        for (owner, other) in model.entities.enumerated() {
            for (position, attribute) in other.attributes.enumerated() where attribute.type == .reference(index) {
                let variable = scope.declare(other.name, .reference(owner))
                scope.variables.removeLast()
                let refers = Expression.compare(
                    .equal, .attribute(.variable(variable), model.reference(owner, position)), .variable(thing.variable))
                requirements.append(
                    Requirement(
                        condition: .not(
                            .aggregate(Aggregate(kind: .exists, variable: variable, entity: owner, value: nil, condition: refers))),
                        code: "has_\(other.plural)",
                        message: TextTemplate(pieces: [.text("The \(entity.noun) still has \(other.nouns), so it cannot be removed.")]),
                        report: nil))
            }
        }
        return Verb(
            name: "remove_\(entity.name)", about: "", origin: .remove(entity: index), arguments: [thing], lets: [],
            requirements: requirements, effects: [.delete(thing: .variable(thing.variable), entity: index, when: nil)],
            phrases: [TextTemplate(pieces: [.text("remove "), .value(.variable(thing.variable), hasArticle: false)])], created: nil,
            frameSize: scope.frameSize)
    }
}
