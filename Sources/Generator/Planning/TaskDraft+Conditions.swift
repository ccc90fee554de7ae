import Domains
import Simulation

extension TaskDraft {
    /// `If the order is still pending, cancel it; otherwise send it back.`
    mutating func condition(
        on thing: Thing, states: [String], then first: (verb: Int, arguments: [Value]), otherwise second: (verb: Int, arguments: [Value]),
        _ dice: inout Dice
    ) throws(PlanFault) {
        guard let attribute = model.entities[thing.entity].stateAttribute,
            case .text(let state) = builder.situation.value(thing.index, thing.entity, attribute)
        else { throw PlanFault("it has no state") }
        let holds = states.contains(state)
        narrator.beginSentence()
        try reserve(first.verb, first.arguments, isAlone: true)
        try introduce(thing, prefersIndirect: false, hidesState: true, &dice)
        let name = try narrator.mention(thing).text
        try builder.reveal(thing, [model.reference(thing.entity, attribute)])
        let done = holds ? first : second
        let other = holds ? second : first
        let words = Wording.list(states.map(\.spaced), "or")
        // The words of both ways come in their order.
        let doneText: String
        let otherText: String
        if holds {
            doneText = try perform(done.verb, done.arguments, prefersIndirect: false, &dice)
            otherText = try wording(other.verb, other.arguments, &dice)
        } else {
            otherText = try wording(other.verb, other.arguments, &dice)
            doneText = try perform(done.verb, done.arguments, prefersIndirect: false, &dice)
        }
        let pronoun = model.entities[thing.entity].isPerson ? "they are" : "it is"
        let (then, otherwise) = holds ? (doneText, otherText) : (otherText, doneText)
        sentences.append(
            .whole(
                dice.pick([
                    "If \(name) is \(words), \(then); otherwise \(otherwise).",
                    "Look at \(name) first: if \(pronoun) \(words), \(then), and if \(pronoun) not, \(otherwise).",
                ])))
        kinds.append(.condition)
    }

    /// The words for something that is not done after all.
    mutating func wording(_ verb: Int, _ arguments: [Value], _ dice: inout Dice) throws(PlanFault) -> String {
        let definition = model.verbs[verb]
        let (phrase, arguments) = try phrase(definition, arguments, &dice)
        for value in phrase.values where value.type.entity != nil {
            var frame = builder.start.frame(of: definition, arguments)
            guard case .reference(let index) = builder.start.evaluate(value, &frame) else {
                throw PlanFault("what would be said is missing")
            }
            let thing = Thing(entity: value.type.entity!, index: index)
            if narrator.isMade(thing) || narrator.referrals[thing] != nil { continue }
            guard let referral = Referring(situation: builder.start).referrals(thing).first else {
                throw PlanFault("nothing singles it out")
            }
            narrator.call(referral)
        }
        return try narrator.render(phrase, builder.start.frame(of: definition, arguments), builder.start, units: definition.arguments.units)
    }
}
