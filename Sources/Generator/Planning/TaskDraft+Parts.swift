import Domains
import Simulation

extension TaskDraft {
    private var model: Model { builder.model }
    private var design: Design { builder.design }

    // MARK: What may be done

    /// The policies that forbid something.
    func forbidding(_ verb: Int, _ arguments: [Value], _ situation: Situation) -> [Policy] {
        model.policies.filter { policy in
            guard policy.verb == verb else { return false }
            return Self.times(situation, design).contains { situation in
                var frame = situation.frame(of: model.verbs[verb], arguments)
                return situation.isTrue(policy.condition, &frame)
            }
        }
    }

    /// The situation now and some hundred actions later: what is possible must not depend on how fast an agent is.
    private static func times(_ situation: Situation, _ design: Design) -> [Situation] {
        var later = situation
        later.now = situation.now.advanced(bySeconds: 150 * design.advance)
        return [situation, later]
    }

    /// The requirements that fail, now and later; nil if it depends on the time.
    func failures(_ verb: Int, _ arguments: [Value]) -> [Int]? {
        let failures = Self.times(builder.situation, design).map { $0.failures(of: model.verbs[verb], arguments) }
        return failures[0] == failures[1] ? failures[0] : nil
    }

    // MARK: Doing

    /// Something to do.
    mutating func act(_ verb: Int, _ arguments: [Value], prefersIndirect: Bool, _ dice: inout Dice) throws(PlanFault) {
        narrator.beginSentence()
        try reserve(verb, arguments)
        let text = try perform(verb, arguments, prefersIndirect: prefersIndirect, &dice)
        sentences.append(.request(text))
        kinds.append(.action)
        if dice.chance(15) { distract(verb, arguments, &dice) }
    }

    /// Keeps a request from coming back to the same: nothing is done twice, and what depends on a state is left alone by the rest.
    private mutating func reserve(_ verb: Int, _ arguments: [Value], isAlone: Bool = false, isOneOfMany: Bool = false) throws(PlanFault) {
        let values = zip(model.verbs[verb].arguments, arguments).filter { $0.0.entity == nil }.map(\.1)
        for other in done where other.verb == verb && !isOneOfMany {
            if other.arguments.first == arguments.first || (!values.isEmpty && values.allSatisfy(other.arguments.contains)) {
                throw PlanFault("it is done already")
            }
        }
        let things = zip(model.verbs[verb].arguments, arguments).compactMap { argument, value -> Thing? in
            guard let entity = argument.entity, case .reference(let index) = value else { return nil }
            return Thing(entity: entity, index: index)
        }
        if let first = things.first {
            // Nobody asks for something and for its end in one breath.
            if narrator.isAskedFor(first), setsState(verb) || isRemoval(verb) { throw PlanFault("it has only just been made") }
            if apart.contains(first) { throw PlanFault("it is spoken of already") }
            if isAlone {
                if subjects.contains(first) { throw PlanFault("it is spoken of already") }
                apart.insert(first)
            }
            subjects.insert(first)
        }
        done.append((verb, arguments))
    }

    /// Whether a verb changes the state of its first thing.
    private func setsState(_ verb: Int) -> Bool {
        guard let first = model.verbs[verb].arguments.first, let entity = first.entity else { return false }
        return model.verbs[verb].effects.contains { effect in
            guard case .set(.variable(first.variable), let reference, _, _) = effect else { return false }
            return reference.index == model.entities[entity].stateAttribute
        }
    }

    private func isRemoval(_ verb: Int) -> Bool {
        model.verbs[verb].effects.contains { if case .delete = $0 { true } else { false } }
    }

    /// Mentions something like what was asked for, to be left as it is.
    private mutating func distract(_ verb: Int, _ arguments: [Value], _ dice: inout Dice) {
        guard let entity = model.verbs[verb].arguments.first?.entity, case .reference(let index)? = arguments.first else { return }
        let start = builder.start
        guard index < start.kinds[entity].rows.count else { return }
        let relations = model.entities[entity].attributes.indices.filter { model.entities[entity].attributes[$0].type.entity != nil }
        for relation in dice.shuffled(relations) where !model.entities[entity].attributes[relation].isComputed {
            guard case .reference(let owner) = start.value(index, entity, relation) else { continue }
            let others = start.things(entity, whose: relation, is: owner).filter {
                $0 != index && !subjects.contains(Thing(entity: entity, index: $0))
            }
            guard let other = others.isEmpty ? nil : dice.pick(others) else { continue }
            let thing = Thing(entity: entity, index: other)
            guard let referral = Referring(situation: start).referrals(thing).first else { continue }
            var copy = narrator
            copy.beginSentence()
            copy.call(referral)
            guard let text = try? copy.mention(thing).text else { continue }
            narrator = copy
            apart.insert(thing)
            sentences.append(
                .whole(dice.pick(["Leave \(text) as it is.", "Do not touch \(text).", "\(Wording.capitalised(text)) stays as it is."])))
            return
        }
    }

    /// Words for a verb, and the arguments without those that the words leave out.
    private func phrase(_ verb: Verb, _ arguments: [Value], _ dice: inout Dice) throws(PlanFault) -> (TextTemplate, [Value]) {
        func mentions(_ phrase: TextTemplate, _ variable: Variable) -> Bool {
            phrase.values.contains { $0.contains { if case .variable(variable) = $0 { true } else { false } } }
        }
        let fitting = verb.phrases.filter { phrase in
            zip(verb.arguments, arguments).allSatisfy { $1 != .missing || !mentions(phrase, $0.variable) }
        }
        guard !fitting.isEmpty else { throw PlanFault("no words fit") }
        let phrase = dice.pick(fitting)
        let kept = zip(verb.arguments, arguments).map { argument, value in
            argument.variable.isOptional && !mentions(phrase, argument.variable) ? .missing : value
        }
        return (phrase, kept)
    }

    /// Finds what a verb needs and does it.
    ///
    /// - Returns: the words that ask for it.
    mutating func perform(_ verb: Int, _ arguments: [Value], prefersIndirect: Bool, _ dice: inout Dice) throws(PlanFault) -> String {
        let definition = model.verbs[verb]
        let (phrase, arguments) = try phrase(definition, arguments, &dice)
        builder.tick()
        guard failures(verb, arguments) == [] else { throw PlanFault("\(definition.name) is not possible") }
        if !forbidding(verb, arguments, builder.situation).isEmpty { throw PlanFault("\(definition.name) is forbidden") }
        let frame = builder.situation.frame(of: definition, arguments)
        try introduce(
            definition.arguments, frame, saidBy: phrase, conditions: definition.requirements.map(\.condition),
            prefersIndirect: prefersIndirect,
            &dice)
        let text = try narrator.render(phrase, frame, builder.situation, units: definition.arguments.units)
        // Whoever knows the rules looks whether one stands in the way.
        for policy in model.policies where policy.verb == verb { try builder.gatherEvidence(policy.condition, frame) }
        try act(verb, arguments)
        return text
    }

    /// Does a verb, and notes what is new.
    private mutating func act(_ verb: Int, _ arguments: [Value]) throws(PlanFault) {
        let before = builder.situation.kinds.map(\.rows.count)
        try builder.act(verb, arguments)
        verbs.append(verb)
        for (entity, kind) in builder.situation.kinds.enumerated() {
            let isAskedFor = model.verbs[verb].created?.type == .reference(entity)
            for index in before[entity]..<kind.rows.count {
                narrator.note(made: Thing(entity: entity, index: index), isAskedFor: isAskedFor)
            }
        }
        if let first = model.verbs[verb].arguments.first, let entity = first.entity, case .reference(let index)? = arguments.first,
            let state = model.entities[entity].stateAttribute, index < builder.start.kinds[entity].rows.count,
            builder.situation.kinds[entity].transitions[index].count > builder.start.kinds[entity].transitions[index].count,
            builder.situation.value(index, entity, state) == builder.start.value(index, entity, state)
        {
            throw PlanFault("it ends where it began")
        }
    }

    /// Something to do that needs other things done first.
    mutating func actAfterSetup(
        _ verb: Int, _ arguments: [Value], _ means: [Establishing.Means], isImplied: Bool, _ dice: inout Dice
    ) throws(PlanFault) {
        let definition = model.verbs[verb]
        narrator.beginSentence()
        try reserve(verb, arguments)
        let before = builder.situation
        var touched: [Thing] = []
        var trial = before
        for step in means {
            let earlier = trial
            _ = trial.apply(model.verbs[step.verb], step.arguments)
            touched += trial.things(differentFrom: earlier).map { Thing(entity: $0.entity, index: $0.index) }
        }
        if isImplied {
            // What has to be done first is for the agent to find out: the things are those of the request itself.
            let (phrase, arguments) = try phrase(definition, arguments, &dice)
            let frame = builder.situation.frame(of: definition, arguments)
            try introduce(
                definition.arguments, frame, saidBy: phrase, conditions: definition.requirements.map(\.condition), prefersIndirect: false,
                &dice)
            let text = try narrator.render(phrase, frame, builder.situation, units: definition.arguments.units)
            for step in means {
                try uncover(step, from: definition, frame)
                try act(step.verb, step.arguments)
            }
            builder.tick()
            guard failures(verb, arguments) == [], forbidding(verb, arguments, builder.situation).isEmpty else {
                throw PlanFault("not possible even so")
            }
            try act(verb, arguments)
            sentences.append(.request(text))
            sentences.append(
                .whole(
                    dice.pick([
                        "If something has to be done first to make that possible, do it, but nothing beyond that.",
                        "Should a step be missing that has to come first, take it; change nothing else.",
                        "Do what it takes to get there, and no more.",
                    ])))
        } else {
            var texts: [String] = []
            for step in means {
                try reserve(step.verb, step.arguments)
                texts.append(try perform(step.verb, step.arguments, prefersIndirect: false, &dice))
            }
            let text = try perform(verb, arguments, prefersIndirect: false, &dice)
            sentences.append(
                dice.pick([
                    .request("\(Wording.list(texts)), so that you can then \(text)"),
                    .request("\(Wording.list(texts)); once that is done, \(text)"),
                ]))
        }
        // What is undone again at once need not have been done.
        for thing in touched where thing.index < before.kinds[thing.entity].rows.count {
            let (old, new) = (before.kinds[thing.entity], builder.situation.kinds[thing.entity])
            if old.rows[thing.index] == new.rows[thing.index], old.isAlive[thing.index] == new.isAlive[thing.index] {
                throw PlanFault("the one undoes the other")
            }
        }
        if remakesWhatIsGone(since: before) { throw PlanFault("what is taken away is made again") }
        kinds.append(.setup)
        setups += means.count
    }

    /// Whether something was taken away and the like of it made: between the same things.
    private func remakesWhatIsGone(since before: Situation) -> Bool {
        func matter(_ row: [Value]) -> [Value] { row.filter { if case .reference = $0 { true } else { false } } }
        for (entity, kind) in builder.situation.kinds.enumerated() {
            let old = before.kinds[entity]
            let gone = old.rows.indices.filter { old.isAlive[$0] && !kind.isAlive[$0] }
            for new in kind.rows[old.rows.count...] where gone.contains(where: { matter(old.rows[$0]) == matter(new) }) { return true }
        }
        return false
    }

    /// Makes the calls that show the things that a set-up step needs and that the request does not name.
    private mutating func uncover(_ step: Establishing.Means, from verb: Verb, _ frame: [Value]) throws(PlanFault) {
        let setup = model.verbs[step.verb]
        for (argument, value) in zip(setup.arguments, step.arguments) {
            guard let entity = argument.entity, case .reference(let index) = value else { continue }
            let thing = Thing(entity: entity, index: index)
            if builder.knowledge.isKnown(thing) { continue }
            var isFound = false
            for requirement in verb.requirements where !isFound {
                let saved = builder
                do throws(PlanFault) {
                    try builder.gatherEvidence(requirement.condition, frame)
                    isFound = builder.knowledge.isShown(thing)
                } catch {
                    builder = saved
                }
            }
            guard isFound else { throw PlanFault("nothing shows what has to be done first") }
            builder.knowledge.know(thing)
        }
    }

    // MARK: Conditions

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
    private mutating func wording(_ verb: Int, _ arguments: [Value], _ dice: inout Dice) throws(PlanFault) -> String {
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

    // MARK: All of them

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

    // MARK: Refusals

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

    private mutating func introduceRefused(_ verb: Int, _ arguments: [Value], _ dice: inout Dice) throws(PlanFault) -> (String, [Value]) {
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
    private mutating func askKey(_ frame: [Value], _ variable: Variable) throws(PlanFault) -> String {
        guard case .reference(let index) = frame[variable.slot] else { throw PlanFault("it is about nothing") }
        let owner = Thing(entity: variable.type.entity!, index: index)
        answers.append(AnswerPart(form: .key(builder.situation.key(index, owner.entity))))
        narrator.beginSentence()
        let word = design.schema.tables[owner.entity].keyWord
        return "the \(word) of \(try narrator.mention(owner).text) in the system"
    }

    private mutating func addRefusal(_ text: String, _ reason: String, _ ask: String, _ dice: inout Dice) {
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

    private static func isGuessable(_ type: ValueType) -> Bool {
        switch type {
        case .boolean, .enumeration, .number: true
        default: false
        }
    }

    private static func root(_ expression: Expression) -> Variable? {
        switch expression {
        case .variable(let variable): variable
        case .attribute(let base, _): root(base)
        default: nil
        }
    }

    // MARK: Questions

    /// A question, asked of the things as they are by then.
    mutating func ask(_ question: Question, _ arguments: [Value], _ dice: inout Dice) throws(PlanFault) {
        var frame = arguments + Array(repeating: Value.missing, count: max(0, question.frameSize - arguments.count))
        narrator.beginSentence()
        try introduce(question.arguments, frame, saidBy: question.ask, conditions: [], prefersIndirect: false, &dice)
        let text = try narrator.render(question.ask, frame, builder.situation, units: question.arguments.units)
        builder.tick()
        switch question.answer {
        case .value(let expression):
            let value = builder.situation.evaluate(expression, &frame)
            switch value {
            case .missing, .reference: throw PlanFault("there is no answer")
            case .number(0): throw PlanFault("the answer is nothing")
            default: break
            }
            try builder.gatherEvidence(expression, frame)
            answers.append(AnswerPart(form: .value(value, expression.type)))
        case .which(let variable, let entity, let condition, let extreme, let show):
            var things = builder.situation.things(entity, variable, where: condition, &frame)
            try builder.gatherEvidence(entity, variable, condition, (extreme.map { [$0.by] } ?? []) + [show], frame)
            if let extreme {
                let values = things.map { thing -> Value in
                    frame[variable.slot] = .reference(thing)
                    return builder.situation.evaluate(extreme.by, &frame)
                }
                guard values.count > 1, !values.contains(.missing) else { throw PlanFault("there is nothing to choose from") }
                let ordered = values.sorted { $0.precedes($1) }
                let best = extreme.isGreatest ? ordered.last! : ordered.first!
                things = zip(things, values).filter { $0.1 == best }.map(\.0)
                if things.count != 1 { throw PlanFault("several come first") }
            }
            let shown = things.map { thing -> Value in
                frame[variable.slot] = .reference(thing)
                return builder.situation.evaluate(show, &frame)
            }
            guard !shown.isEmpty, shown.count <= 7, !shown.contains(.missing), Set(shown).count == shown.count else {
                throw PlanFault("there are too many answers, or none")
            }
            answers.append(
                AnswerPart(form: extreme == nil ? .set(shown, show.type) : .value(shown[0], show.type)))
        }
        // What the request itself lays down need not be looked up.
        for part in answers {
            guard case .value(let value, let type) = part.form, !Self.isGuessable(type) else { continue }
            let words = Speaking(design: design).words(value, type)
            let said = sentences.contains { sentence in
                switch sentence {
                case .request(let text), .whole(let text), .question(let text): text.contains(words)
                }
            }
            if said || text.contains(words) { throw PlanFault("the request says the answer") }
        }
        sentences.append(.question(text))
        kinds.append(.question)
    }
}
