import Domains
import Simulation
import WireJSON

/// A task in the making: its calls, the words of its request, and what is to be answered.
struct TaskDraft {
    var builder: PlanBuilder
    var narrator: Narrator
    /// What sets the scene, and the thing that it is about.
    var opener: (text: String, thing: Thing)?
    var sentences: [Sentence] = []
    var answers: [AnswerPart] = []
    /// The verbs that are done.
    var verbs: [Int] = []
    /// What kinds of parts the request has.
    var kinds: [TaskKind] = []
    /// Set-up steps that a requirement forces.
    var setups = 0
    /// References that take more than a name.
    var indirections = 0
    /// What has been asked for, the things that it was done to, and those that nothing else may touch.
    var done: [(verb: Int, arguments: [Value])] = []
    var subjects: Set<Thing> = []
    var apart: Set<Thing> = []
    /// What was refused, and must still be refused when everything else has been done.
    var refusals: [(verb: Int, arguments: [Value], answer: Expression, value: Value)] = []

    /// A sentence of a request, before it is joined to the others.
    enum Sentence {
        /// Something to do: `cancel the visit`.
        case request(String)
        /// A sentence that stands as it is.
        case whole(String)
        /// A question: `How much does she owe?`
        case question(String)

        var text: String {
            switch self {
            case .request(let text), .whole(let text), .question(let text): text
            }
        }
    }

    init(_ design: Design, _ toolbox: Toolbox, _ situation: Situation) {
        builder = PlanBuilder(design, toolbox, situation)
        narrator = Narrator(design, situation)
    }
}

/// A kind of part that a request has.
enum TaskKind: String, CaseIterable, Sendable {
    case action, setup, condition, bulk, refusal, question
}

/// Something that must be answered.
struct AnswerPart {
    enum Form {
        /// One value.
        case value(Value, ValueType)
        /// Several, in any order.
        case set([Value], ValueType)
        /// The key of a thing.
        case key(Value)
    }

    let form: Form
    /// Among how many plausible answers one would have to choose.
    var choices = Guessing.many
}

extension TaskDraft {
    // MARK: Things

    /// Finds words for a thing by which an agent can find it, and makes the calls that find it.
    ///
    /// - Parameters:
    ///   - prefersIndirect: whether to try the more roundabout ways first.
    ///   - hidesState: whether the words must not give away what state it is in.
    mutating func introduce(_ thing: Thing, prefersIndirect: Bool, hidesState: Bool = false, _ dice: inout Dice) throws(PlanFault) {
        if narrator.isMade(thing) {
            // Keys that depend on the seed cannot stand in a reference solution.
            if builder.design.keyStyles[thing.entity].format == .uuid { throw PlanFault("its key depends on the seed") }
            if builder.knowledge.isKnown(thing) { return }
            // It came about by the way, and has to be looked for.
            for candidate in Referring(situation: builder.situation).referrals(thing) {
                let saved = builder
                do throws(PlanFault) { return try builder.identify(candidate) } catch { builder = saved }
            }
            throw PlanFault("nothing singles out what is new")
        }
        if narrator.referrals[thing] != nil {
            try builder.identify(narrator.referrals[thing]!)
            return
        }
        var candidates = Referring(situation: builder.start).referrals(thing)
        if hidesState { candidates.removeAll { $0.condition != nil } }
        if prefersIndirect, candidates.count > 1, !hidesState {
            candidates = dice.shuffled(Array(candidates.dropFirst())) + [candidates[0]]
        }
        var fault = PlanFault("nothing singles out \(builder.model.entities[thing.entity].noun.withArticle)")
        for candidate in candidates + [key(thing)].compactMap({ $0 }) {
            // What was so at the beginning must still be so when it is looked for.
            if !candidate.isKey, !builder.knowledge.isKnown(thing), !Referring(situation: builder.situation).isUnique(candidate) {
                continue
            }
            let saved = self
            do throws(PlanFault) {
                try builder.identify(candidate)
                narrator.call(candidate)
                if candidate.extreme != nil || candidate.nested.count > 1 { indirections += 1 }
                return
            } catch {
                self = saved
                fault = error
            }
        }
        throw fault
    }

    /// A thing called by its key, where keys are such that people use them.
    private func key(_ thing: Thing) -> Referral? {
        guard builder.design.keyStyles[thing.entity].format != .uuid else { return nil }
        return Referral(thing: thing, constraints: [], condition: nil, extreme: nil, nested: [], isKey: true, description: nil)
    }

    /// Makes the calls that find everything that a text says and that a verb or question needs.
    ///
    /// - Parameter conditions: what links arguments that are not said to those that are.
    mutating func introduce(
        _ arguments: [Verb.Argument], _ frame: [Value], saidBy text: TextTemplate, conditions: [Expression], prefersIndirect: Bool,
        _ dice: inout Dice
    ) throws(PlanFault) {
        for (index, argument) in arguments.enumerated() {
            guard let entity = argument.entity, case .reference(let position) = frame[index] else { continue }
            let thing = Thing(entity: entity, index: position)
            if text.values.contains(where: { if case .variable(argument.variable) = $0 { true } else { false } }) {
                try introduce(thing, prefersIndirect: prefersIndirect, &dice)
                continue
            }
            let said = text.values.compactMap { value in Self.path(value, from: argument.variable).map { ($0, value) } }
            if said.isEmpty {
                try reach(thing, argument.variable, arguments, frame, conditions)
                continue
            }
            let linked = linked(argument.variable, conditions, frame)
            try introduce(thing, by: said.map(\.0), linked: linked, prefersIndirect: prefersIndirect, &dice)
        }
        // What is only named in passing must have a name, too.
        for value in text.values {
            guard let entity = value.type.entity else { continue }
            var frame = frame
            guard case .reference(let index) = builder.situation.evaluate(value, &frame) else {
                throw PlanFault("what would be said is missing")
            }
            try introduce(Thing(entity: entity, index: index), prefersIndirect: false, &dice)
        }
    }

    private static func path(_ expression: Expression, from variable: Variable) -> [Attribute.Reference]? {
        switch expression {
        case .variable(variable): []
        case .attribute(let base, let reference): path(base, from: variable).map { $0 + [reference] }
        default: nil
        }
    }

    /// A thing that is not named but described by what is said of it: `Dr Kim's slot` by `with Dr Kim on Tuesday at ten`.
    /// What conditions say of an argument in terms of others: `entry.season = other.season`.
    private func linked(_ variable: Variable, _ conditions: [Expression], _ frame: [Value]) -> [Referral.Constraint] {
        var result: [Referral.Constraint] = []
        for part in conditions.flatMap(\.conjuncts) {
            guard case .compare(.equal, let a, let b) = part else { continue }
            for (side, other) in [(a, b), (b, a)] {
                guard let path = Self.path(side, from: variable), !path.isEmpty, other.path != nil, Self.path(other, from: variable) == nil
                else { continue }
                var frame = frame
                let value = builder.situation.evaluate(other, &frame)
                // A thing must have been found before it can be a help.
                if let entity = other.type.entity, case .reference(let index) = value,
                    !builder.knowledge.isKnown(Thing(entity: entity, index: index))
                {
                    continue
                }
                result.append(Referral.Constraint(path: path, value: value))
            }
        }
        return result
    }

    private mutating func introduce(
        _ thing: Thing, by paths: [[Attribute.Reference]], linked: [Referral.Constraint], prefersIndirect: Bool, _ dice: inout Dice
    ) throws(PlanFault) {
        let referring = Referring(situation: builder.situation)
        var nested: [Referral] = []
        var constraints: [Referral.Constraint] = []
        for path in paths {
            let value = referring.value(thing, path)
            constraints.append(Referral.Constraint(path: path, value: value))
            if let entity = path.last!.type.entity, case .reference(let index) = value {
                let inner = Thing(entity: entity, index: index)
                try introduce(inner, prefersIndirect: prefersIndirect, &dice)
                if let referral = narrator.referrals[inner] { nested.append(referral) }
            }
        }
        let referral = Referral(
            thing: thing, constraints: constraints + linked, condition: nil, extreme: nil, nested: nested, isKey: false, description: nil)
        let isNew = narrator.isMade(thing)
        guard referring.isUnique(referral), isNew || Referring(situation: builder.start).isUnique(referral) else {
            throw PlanFault("what is said fits several \(builder.model.entities[thing.entity].nouns)")
        }
        try builder.identify(referral)
    }

    /// A thing that follows from another one: the client of an invoice.
    private mutating func reach(
        _ thing: Thing, _ variable: Variable, _ arguments: [Verb.Argument], _ frame: [Value], _ conditions: [Expression]
    ) throws(PlanFault) {
        if builder.knowledge.isKnown(thing) { return }
        for part in conditions.flatMap(\.conjuncts) {
            guard case .compare(.equal, let a, let b) = part else { continue }
            for (side, other) in [(a, b), (b, a)] {
                guard case .variable(variable) = side, case .attribute = other else { continue }
                try builder.gatherEvidence(other, frame)
                builder.knowledge.know(thing)
                return
            }
        }
        throw PlanFault("nothing says which \(builder.model.entities[thing.entity].noun) is meant")
    }
}
