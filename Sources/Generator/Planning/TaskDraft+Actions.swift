import Domains
import Simulation

extension TaskDraft {
    var model: Model { builder.model }
    var design: Design { builder.design }

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
    static func times(_ situation: Situation, _ design: Design) -> [Situation] {
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
    mutating func reserve(_ verb: Int, _ arguments: [Value], isAlone: Bool = false, isOneOfMany: Bool = false) throws(PlanFault) {
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
    func setsState(_ verb: Int) -> Bool {
        guard let first = model.verbs[verb].arguments.first, let entity = first.entity else { return false }
        return model.verbs[verb].effects.contains { effect in
            guard case .set(.variable(first.variable), let reference, _, _) = effect else { return false }
            return reference.index == model.entities[entity].stateAttribute
        }
    }

    func isRemoval(_ verb: Int) -> Bool {
        model.verbs[verb].effects.contains { if case .delete = $0 { true } else { false } }
    }

    /// Mentions something like what was asked for, to be left as it is.
    mutating func distract(_ verb: Int, _ arguments: [Value], _ dice: inout Dice) {
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
    func phrase(_ verb: Verb, _ arguments: [Value], _ dice: inout Dice) throws(PlanFault) -> (TextTemplate, [Value]) {
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
    mutating func act(_ verb: Int, _ arguments: [Value]) throws(PlanFault) {
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
            for step in means where isAtAnothersCost(step, verb, arguments) { throw PlanFault("it would be at somebody else's cost") }
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

    /// Whether a step is done to what belongs to other people than those whom the request is about.
    private func isAtAnothersCost(_ step: Establishing.Means, _ verb: Int, _ arguments: [Value]) -> Bool {
        func people(_ verb: Int, _ arguments: [Value]) -> Set<Thing> {
            var found: Set<Thing> = []
            var edge: [Thing] = zip(model.verbs[verb].arguments, arguments).compactMap { argument, value in
                guard let entity = argument.entity, case .reference(let index) = value else { return nil }
                return Thing(entity: entity, index: index)
            }
            for _ in 0..<4 {
                found.formUnion(edge)
                edge = edge.flatMap { thing in
                    model.entities[thing.entity].attributes.enumerated().compactMap { position, attribute in
                        guard let entity = attribute.type.entity, !attribute.isComputed,
                            case .reference(let index) = builder.situation.value(thing.index, thing.entity, position)
                        else { return nil }
                        return Thing(entity: entity, index: index)
                    }
                }
            }
            return found.filter { model.entities[$0.entity].isPerson }
        }
        let own = people(verb, arguments)
        return people(step.verb, step.arguments).contains { other in !own.contains(other) && own.contains { $0.entity == other.entity } }
    }

    /// Whether something was taken away and the like of it made: between the same things.
    func remakesWhatIsGone(since before: Situation) -> Bool {
        func matter(_ row: [Value]) -> [Value] { row.filter { if case .reference = $0 { true } else { false } } }
        for (entity, kind) in builder.situation.kinds.enumerated() {
            let old = before.kinds[entity]
            let gone = old.rows.indices.filter { old.isAlive[$0] && !kind.isAlive[$0] }
            for new in kind.rows[old.rows.count...] where gone.contains(where: { matter(old.rows[$0]) == matter(new) }) { return true }
        }
        return false
    }

    /// Makes the calls that show the things that a set-up step needs and that the request does not name.
    mutating func uncover(_ step: Establishing.Means, from verb: Verb, _ frame: [Value]) throws(PlanFault) {
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
}
