import Domains
import Simulation

extension TaskDraft {
    /// The same for every thing in a state that belongs to something.
    mutating func doForAll(
        _ verb: Int, _ arguments: [Value], _ things: [Int], relation: Attribute.Reference, owner: Thing, state: String?, _ dice: inout Dice
    ) throws(PlanFault) {
        let definition = model.verbs[verb]
        let entity = definition.arguments[0].entity!
        let kind = model.entities[entity]
        guard
            let phrase = definition.phrases.first(where: { phrase in
                let own = phrase.values.filter {
                    $0.contains { if case .variable(definition.arguments[0].variable) = $0 { true } else { false } }
                }
                guard own.count == 1, case .variable = own[0] else { return false }
                return true
            })
        else { throw PlanFault("its words are about one thing") }
        narrator.beginSentence()
        for index in things { try reserve(verb, [.reference(index)] + arguments.dropFirst(), isAlone: true, isOneOfMany: true) }
        try introduce(owner, prefersIndirect: false, &dice)
        let variable = Variable(slot: 1, type: .reference(entity), isOptional: false, name: kind.name)
        let other = Variable(slot: 0, type: .reference(owner.entity), isOptional: false, name: "owner")
        var conditions: [Expression] = [.compare(.equal, .attribute(.variable(variable), relation), .variable(other))]
        if let state, let attribute = kind.stateAttribute {
            conditions.append(.isOneOf(.attribute(.variable(variable), model.reference(entity, attribute)), [state]))
        }
        let name = try narrator.mention(owner).text
        try builder.gatherEvidence(entity, variable, .all(conditions), [], [.reference(owner.index), .missing])
        for index in things {
            let thing = Thing(entity: entity, index: index)
            guard builder.knowledge.isShown(thing) else { throw PlanFault("they are not all shown") }
            builder.knowledge.know(thing)
        }
        let isAdjective = state.map { !$0.contains("_") } ?? true
        let adjective = isAdjective ? state.map { "\($0) " } ?? "" : ""
        let clause = isAdjective ? "" : " whose status is \"\(state!.spaced)\""
        let group = dice.pick(["every \(adjective)\(kind.noun) of \(name)", "all \(adjective)\(kind.nouns) of \(name)"]) + clause
        var text = ""
        for piece in phrase.pieces {
            switch piece {
            case .text(let plain): text += plain
            case .value(.variable(definition.arguments[0].variable), _): text += group
            case .value(let expression, let hasArticle):
                text += try narrator.render(
                    TextTemplate(pieces: [.value(expression, hasArticle: hasArticle)]), [.reference(things[0])] + arguments.dropFirst(),
                    builder.situation,
                    units: definition.arguments.units)
            }
        }
        for index in things {
            let own = [Value.reference(index)] + arguments.dropFirst()
            builder.tick()
            guard failures(verb, own) == [], forbidding(verb, own, builder.situation).isEmpty else {
                throw PlanFault("not possible for all of them")
            }
            try act(verb, own)
        }
        sentences.append(.request(text))
        kinds.append(.bulk)
    }
}
