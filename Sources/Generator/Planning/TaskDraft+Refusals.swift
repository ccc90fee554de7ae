import Domains
import Simulation

extension TaskDraft {
    /// Something that cannot be done, and the fact that says why.
    mutating func refuse(_ verb: Int, _ arguments: [Value], _ report: Report, _ dice: inout Dice) throws(PlanFault) {
        let (text, frame) = try introduceRefused(verb, arguments, &dice)
        try builder.gatherEvidence(report.answer, frame)
        try builder.attempt(verb, arguments)
        var values = frame
        let answer = builder.situation.evaluate(report.answer, &values)
        if answer == .missing { throw PlanFault("there is no fact to report") }
        let said = Speaking(design: design).words(answer, report.answer.type)
        if report.answer.type != .boolean, text.contains(said) { throw PlanFault("the request says the fact itself") }
        // A fact that could be guessed is asked for together with one that cannot.
        var key = ""
        if Self.isGuessable(report.answer.type) {
            guard let thing = Self.root(report.answer) else { throw PlanFault("the fact is about nothing") }
            key = "\(try askKey(frame, thing)) and "
        }
        let ask: String
        if let template = report.ask {
            for value in template.values where value.type.entity != nil {
                guard case .reference(let index) = builder.situation.evaluate(value, &values) else {
                    throw PlanFault("what would be said is missing")
                }
                try introduce(Thing(entity: value.type.entity!, index: index), prefersIndirect: false, &dice)
            }
            ask = try narrator.render(template, frame, builder.situation, isDescription: true)
        } else {
            guard case .attribute(let thing, let reference) = report.answer,
                case .reference(let index) = builder.situation.evaluate(thing, &values)
            else { throw PlanFault("the fact has no name") }
            let owner = Thing(entity: reference.entity, index: index)
            try introduce(owner, prefersIndirect: false, &dice)
            let label = model.attribute(reference).label
            let mention = try narrator.mention(owner, isOwner: true)
            ask = mention.isPossessive ? "\(mention.text) \(label)" : "the \(label) of \(mention.text)"
        }
        answers.append(AnswerPart(form: .value(answer, report.answer.type)))
        addRefusal(text, dice.pick(["that is not possible as things stand", "the system does not allow it"]), key + ask, &dice)
        refusals.append((verb, arguments, report.answer, answer))
    }

    /// Something that a policy forbids, to be reported with the number of the rule.
    mutating func refuse(_ verb: Int, _ arguments: [Value], by policy: Policy, number: Int, _ dice: inout Dice) throws(PlanFault) {
        let (text, frame) = try introduceRefused(verb, arguments, &dice)
        try builder.gatherEvidence(policy.condition, frame)
        answers.append(AnswerPart(form: .value(.text("R\(number)"), .text)))
        guard let thing = model.verbs[verb].arguments.first(where: { $0.entity != nil && !$0.variable.isOptional }) else {
            throw PlanFault("it is about nothing")
        }
        let key = try askKey(frame, thing.variable)
        addRefusal(text, "the rules do not allow it", "the number of the rule and \(key)", &dice)
        refusals.append((verb, arguments, .constant(.missing, .text), .missing))
    }

    mutating func introduceRefused(_ verb: Int, _ arguments: [Value], _ dice: inout Dice) throws(PlanFault) -> (String, [Value]) {
        let definition = model.verbs[verb]
        let (phrase, arguments) = try phrase(definition, arguments, &dice)
        narrator.beginSentence()
        try reserve(verb, arguments, isAlone: true)
        builder.tick()
        let frame = builder.situation.frame(of: definition, arguments)
        try introduce(
            definition.arguments, frame, saidBy: phrase, conditions: definition.requirements.map(\.condition), prefersIndirect: false, &dice
        )
        return (try narrator.render(phrase, frame, builder.situation, units: definition.arguments.units), frame)
    }

    /// Asks for the key of a thing, which nobody can guess.
    mutating func askKey(_ frame: [Value], _ variable: Variable) throws(PlanFault) -> String {
        guard case .reference(let index) = frame[variable.slot] else { throw PlanFault("it is about nothing") }
        let owner = Thing(entity: variable.type.entity!, index: index)
        answers.append(AnswerPart(form: .key(builder.situation.key(index, owner.entity))))
        narrator.beginSentence()
        let word = design.schema.tables[owner.entity].keyWord
        return "the \(word) of \(try narrator.mention(owner).text) in the system"
    }

    mutating func addRefusal(_ text: String, _ reason: String, _ ask: String, _ dice: inout Dice) {
        sentences.append(
            .whole(
                dice.pick([
                    "\(Wording.capitalised(text)), if that may be done. If it may not, leave everything about it as it is and tell me \(ask).",
                    "Please \(text). If \(reason), change nothing about it and tell me \(ask) instead.",
                ])))
        kinds.append(.refusal)
    }

    /// Whether what was refused would still be, for the same reason.
    var refusalsStand: Bool {
        refusals.allSatisfy { refusal in
            let definition = model.verbs[refusal.verb]
            var frame = builder.situation.frame(of: definition, refusal.arguments)
            let isRefused =
                failures(refusal.verb, refusal.arguments)?.isEmpty == false
                || !forbidding(refusal.verb, refusal.arguments, builder.situation).isEmpty
            return isRefused && builder.situation.evaluate(refusal.answer, &frame) == refusal.value
        }
    }

    static func isGuessable(_ type: ValueType) -> Bool {
        switch type {
        case .boolean, .enumeration, .number: true
        default: false
        }
    }

    static func root(_ expression: Expression) -> Variable? {
        switch expression {
        case .variable(let variable): variable
        case .attribute(let base, _): root(base)
        default: nil
        }
    }
}
