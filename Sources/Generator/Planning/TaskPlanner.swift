import Domains
import Simulation
import WireJSON

/// A task as it goes into the environment.
struct PlannedTask {
    var id: String
    let instruction: String
    let difficulty: String
    let solution: [JSON]
    /// What else is accepted as an answer.
    var accepted: JSON?
    /// The parts of the request.
    let kinds: [TaskKind]
    /// Where the model says that the solution leads.
    let end: Situation
    /// The calls, with what each does.
    let steps: [PlanBuilder.Step]
    let setups: Int
    let verbs: [Int]

    var json: JSON {
        var object: JSONObject = [
            "instruction": .string(instruction), "difficulty": .string(difficulty), "solution": .array(solution), "goal": "reference",
        ]
        object["answer"] = accepted
        return .object(object)
    }
}

/// Makes up tasks.
struct TaskPlanner {
    let design: Design
    let toolbox: Toolbox
    let situation: Situation
    private var dice: Dice
    /// How often each verb and each question has been used.
    private(set) var uses: [Int: Int] = [:]
    private(set) var questionUses: [Int: Int] = [:]
    private var seen: Set<String> = []
    /// Why parts came to nothing.
    private(set) var notes = PlanNotes()

    init(_ design: Design, _ toolbox: Toolbox, _ situation: Situation, attempt: Int) {
        self.design = design
        self.toolbox = toolbox
        self.situation = situation
        dice = Dice(design.seed, "tasks \(attempt)")
    }

    var model: Model { design.model }

    /// What goes into the tasks of an environment, one after the other: the easy ones first.
    static let recipes: [[TaskKind]] = [
        [.action],
        [.question],
        [.setup],
        [.action, .action, .question],
        [.condition, .action],
        [.refusal, .action],
        [.action, .action, .action],
        [.bulk, .action, .question],
        [.action, .setup, .action],
        [.action, .condition, .action, .question],
    ]

    /// Plans one task.
    ///
    /// - Parameter index: which of the environment's tasks it is to be.
    mutating func plan(_ index: Int) -> PlannedTask? {
        let recipe = Self.recipes[index % Self.recipes.count]
        for attempt in 0..<60 {
            // What this environment does not offer is made up for by plain requests.
            let kinds = attempt < 30 ? recipe : recipe.map { $0 == .question ? $0 : .action }
            guard let draft = draft(kinds), let task = finish(draft, index) else { continue }
            if !seen.insert(task.instruction).inserted { continue }
            for verb in draft.verbs { uses[verb, default: 0] += 1 }
            return task
        }
        return nil
    }

    private mutating func draft(_ kinds: [TaskKind]) -> TaskDraft? {
        let focus = chooseFocus()
        let near = focus.map { Binder.near($0, situation) } ?? []
        var draft = TaskDraft(design, toolbox, situation)
        open(&draft, focus)
        for kind in kinds where kind != .question {
            guard add(kind, to: &draft, near) else { return nil }
        }
        for kind in kinds where kind == .question {
            guard add(kind, to: &draft, near) else { return nil }
        }
        return draft
    }

    private mutating func chooseFocus() -> Thing? {
        let kinds = model.focus.isEmpty ? Array(model.entities.indices) : model.focus
        let kind = dice.pick(kinds)
        let things = situation.things(kind)
        return things.isEmpty ? nil : Thing(entity: kind, index: dice.pick(things))
    }

    /// Tries to add a part to a draft; the draft is as it was if that fails.
    private mutating func add(_ kind: TaskKind, to draft: inout TaskDraft, _ near: Set<Thing>) -> Bool {
        for _ in 0..<24 {
            var copy = draft
            do throws(PlanFault) {
                switch kind {
                case .action: try addAction(to: &copy, near)
                case .setup: try addSetup(to: &copy, near)
                case .condition: try addCondition(to: &copy, near)
                case .bulk: try addAll(to: &copy, near)
                case .refusal: try addRefusal(to: &copy, near)
                case .question: try addQuestion(to: &copy, near)
                }
                draft = copy
                return true
            } catch {
                notes.note(kind.rawValue, error.reason)
                continue
            }
        }
        return false
    }

    private mutating func finish(_ draft: TaskDraft, _ index: Int) -> PlannedTask? {
        guard draft.refusalsStand, !draft.builder.steps.isEmpty else { return nil }
        var answer: JSON?
        if !draft.answers.isEmpty {
            guard let json = AnswerPart.json(draft.answers) else { return nil }
            answer = json
        }
        if let opener = draft.opener, !draft.builder.knowledge.isKnown(opener.thing) { return nil }
        let text = Telling.text(draft.opener.map { Wording.capitalised($0.text) }, draft.sentences, &dice)
        var solution: [JSON] = draft.builder.steps.map { step in
            step.call.arguments.isEmpty
                ? ["call": .string(step.call.tool)] : ["call": .string(step.call.tool), "arguments": .object(step.call.arguments)]
        }
        if let answer { solution.append(["answer": answer]) }
        return PlannedTask(
            id: "task_\(index + 1)", instruction: text, difficulty: Self.difficulty(draft), solution: solution,
            accepted: AnswerPart.accepted(draft.answers), kinds: draft.kinds,
            end: draft.builder.situation, steps: draft.builder.steps, setups: draft.setups, verbs: draft.verbs)
    }

    /// A sentence that sets the scene, about whom or what the request turns around.
    private mutating func open(_ draft: inout TaskDraft, _ focus: Thing?) {
        guard let focus, dice.chance(35), let opener = dice.shuffled(model.openers).first(where: { $0.entity == focus.entity }),
            let referral = Referring(situation: situation).referrals(focus).first
        else { return }
        draft.narrator.call(referral)
        guard let text = try? draft.narrator.render(opener.text, [.reference(focus.index)], situation) else { return }
        draft.opener = (text, focus)
    }

    /// By the calls that depend on one another, by what must be inferred, and by what distracts.
    private static func difficulty(_ draft: TaskDraft) -> String {
        let calls = draft.builder.steps.count
        let score =
            calls + 2 * draft.setups + draft.indirections + (draft.kinds.contains(.condition) ? 2 : 0)
            + (draft.kinds.contains(.refusal) ? 2 : 0)
        return score <= 5 ? "easy" : score <= 11 ? "medium" : "hard"
    }

    // MARK: Choosing

    /// Verbs in the order in which they are tried: those that no task has used yet come first.
    private mutating func chooseVerb(_ isWanted: (Verb) -> Bool) -> Int? {
        let candidates = model.verbs.indices.filter { isWanted(model.verbs[$0]) }
        guard !candidates.isEmpty else { return nil }
        let weighted = candidates.map { index in
            let base =
                switch model.verbs[index].origin {
                case .written: 12
                case .add: 4
                case .edit: 3
                case .remove: 3
                }
            return (index, max(1, base / (1 + 2 * uses[index, default: 0])))
        }
        return dice.pick(weighted: weighted)
    }

    private mutating func bind(_ verb: Int, _ draft: TaskDraft, _ near: Set<Thing>, fixed: [Int: Value] = [:]) -> [Value]? {
        let definition = model.verbs[verb]
        let binder = Binder(design: design, situation: draft.builder.situation, near: near)
        return binder.draw(definition.arguments, definition.requirements.map(\.condition), fixed: fixed, &dice)
    }

    private mutating func addAction(to draft: inout TaskDraft, _ near: Set<Thing>) throws(PlanFault) {
        let used = draft.verbs.map { model.verbs[$0].name }
        guard let verb = chooseVerb({ verb in used.count { $0 == verb.name } < 2 }) else { throw PlanFault("no verb") }
        for _ in 0..<40 {
            guard let arguments = bind(verb, draft, near) else { throw PlanFault("nothing to do it to") }
            guard draft.failures(verb, arguments) == [], draft.forbidding(verb, arguments, draft.builder.situation).isEmpty else {
                continue
            }
            return try draft.act(verb, arguments, prefersIndirect: dice.chance(40), &dice)
        }
        throw PlanFault("\(model.verbs[verb].name): no choice is possible")
    }

    private mutating func addSetup(to draft: inout TaskDraft, _ near: Set<Thing>) throws(PlanFault) {
        guard let verb = chooseVerb({ !$0.requirements.isEmpty && $0.origin == .written }) else {
            throw PlanFault("no verb needs anything")
        }
        let establishing = Establishing(design: design)
        let draftCopy = draft
        let forbidden = { (verb: Int, arguments: [Value], situation: Situation) in !draftCopy.forbidding(verb, arguments, situation).isEmpty
        }
        for _ in 0..<40 {
            guard let arguments = bind(verb, draft, near) else { throw PlanFault("nothing to do it to") }
            guard let failures = draft.failures(verb, arguments), (1...2).contains(failures.count) else { continue }
            var situation = draft.builder.situation
            var means: [Establishing.Means] = []
            var isImplied = failures.count == 1 && dice.chance(60)
            for _ in 0..<3 {
                guard let failure = situation.firstFailure(of: model.verbs[verb], arguments) else { break }
                if isImplied {
                    let ways = establishing.means(
                        for: verb, arguments, requirement: failure, in: situation, forbidden: forbidden, all: true, &dice)
                    // Only if there is one way, and the agent has nothing to choose, need it not be said.
                    isImplied = ways.count == 1 && model.verbs[ways[0].verb].arguments.allSatisfy { $0.entity != nil }
                }
                guard
                    let way = establishing.means(
                        for: verb, arguments, requirement: failure, in: situation, forbidden: forbidden, all: false, &dice
                    ).first
                else { break }
                guard case .done = situation.apply(model.verbs[way.verb], way.arguments) else { break }
                means.append(way)
            }
            guard !means.isEmpty, situation.firstFailure(of: model.verbs[verb], arguments) == nil else { continue }
            return try draft.actAfterSetup(verb, arguments, means, isImplied: isImplied && means.count == 1, &dice)
        }
        throw PlanFault("\(model.verbs[verb].name): nothing has to be done first")
    }

    private mutating func addCondition(to draft: inout TaskDraft, _ near: Set<Thing>) throws(PlanFault) {
        var pairs: [(entity: Int, first: (verb: Int, states: [String]), second: (verb: Int, states: [String]))] = []
        let verbs = model.verbs.indices.compactMap { index in stateRequirement(index).map { (index, $0) } }
        for (a, (entity, states)) in verbs {
            for (b, (other, otherStates)) in verbs where a != b && entity == other && states.allSatisfy({ !otherStates.contains($0) }) {
                if states.count <= 2 { pairs.append((entity, (a, states), (b, otherStates))) }
            }
        }
        guard !pairs.isEmpty else { throw PlanFault("no two verbs need different states") }
        let pair = dice.pick(pairs)
        let things = draft.builder.situation.things(pair.entity)
        let close = things.filter { near.contains(Thing(entity: pair.entity, index: $0)) }
        for _ in 0..<20 {
            let thing = dice.pick(!close.isEmpty && dice.chance(60) ? close : things)
            guard let first = bind(pair.first.verb, draft, near, fixed: [0: .reference(thing)]),
                let second = bind(pair.second.verb, draft, near, fixed: [0: .reference(thing)])
            else { continue }
            guard case .text(let state) = draft.builder.situation.value(thing, pair.entity, model.entities[pair.entity].stateAttribute!)
            else { continue }
            let (done, other) =
                pair.first.states.contains(state)
                ? ((pair.first.verb, first), (pair.second.verb, second)) : ((pair.second.verb, second), (pair.first.verb, first))
            // The other way must fail for the state alone: else it would make no sense to ask for it.
            guard draft.failures(done.0, done.1) == [], let failures = draft.failures(other.0, other.1), failures.count == 1,
                isStateRequirement(other.0, failures[0])
            else { continue }
            return try draft.condition(
                on: Thing(entity: pair.entity, index: thing), states: pair.first.states, then: (pair.first.verb, first),
                otherwise: (pair.second.verb, second), &dice)
        }
        throw PlanFault("nothing is in a state that fits")
    }

    private func isStateRequirement(_ verb: Int, _ requirement: Int) -> Bool {
        let definition = model.verbs[verb]
        guard let first = definition.arguments.first, let entity = first.entity, let state = model.entities[entity].stateAttribute else {
            return false
        }
        return definition.requirements[requirement].condition.contains { part in
            if case .attribute(.variable(first.variable), let reference) = part { reference.index == state } else { false }
        }
    }

    /// The states that a verb needs its first thing to be in.
    private func stateRequirement(_ index: Int) -> (entity: Int, states: [String])? {
        let verb = model.verbs[index]
        guard let first = verb.arguments.first, let entity = first.entity, let attribute = model.entities[entity].stateAttribute else {
            return nil
        }
        for part in verb.requirements.flatMap(\.condition.conjuncts) {
            if case .isOneOf(.attribute(.variable(first.variable), let reference), let words) = part, reference.index == attribute {
                return (entity, words)
            }
        }
        return nil
    }

    private mutating func addAll(to draft: inout TaskDraft, _ near: Set<Thing>) throws(PlanFault) {
        let entities = model.entities
        let verb = chooseVerb { verb in
            guard let entity = verb.arguments.first?.entity, verb.arguments.dropFirst().allSatisfy({ $0.entity == nil }) else {
                return false
            }
            if case .edit = verb.origin { return false }
            return entities[entity].attributes.contains { $0.type.entity != nil && !$0.isComputed }
        }
        guard let verb else { throw PlanFault("no verb is about things that belong to something") }
        let entity = model.verbs[verb].arguments[0].entity!
        let kind = model.entities[entity]
        // People speak of all that belongs to somebody, or to what it is chiefly a part of.
        let relations = kind.attributes.indices.filter { index in
            guard let target = kind.attributes[index].type.entity, !kind.attributes[index].isComputed else { return false }
            return index == kind.count.per || entities[target].isPerson || model.focus.contains(target)
        }
        guard !relations.isEmpty else { throw PlanFault("it belongs to nothing in particular") }
        let situation = draft.builder.situation
        for _ in 0..<16 {
            let relation = model.reference(entity, dice.pick(relations))
            let owners = situation.things(relation.type.entity!)
            let close = owners.filter { near.contains(Thing(entity: relation.type.entity!, index: $0)) }
            let owner = dice.pick(!close.isEmpty && dice.chance(50) ? close : owners)
            let children = situation.things(entity, whose: relation.index, is: owner)
            var groups: [(String?, [Int])] = [(nil, children)]
            if let attribute = kind.stateAttribute {
                groups = kind.states.map { state in
                    (state.name, children.filter { situation.value($0, entity, attribute) == .text(state.name) })
                }
            }
            for (state, things) in dice.shuffled(groups) where (2...5).contains(things.count) {
                guard let arguments = bind(verb, draft, near, fixed: [0: .reference(things[0])]) else { continue }
                guard things.allSatisfy({ draft.failures(verb, [.reference($0)] + arguments.dropFirst()) == [] }) else { continue }
                return try draft.doForAll(
                    verb, arguments, things, relation: relation, owner: Thing(entity: relation.type.entity!, index: owner), state: state,
                    &dice)
            }
        }
        throw PlanFault("nothing has several of them")
    }

    private mutating func addRefusal(to draft: inout TaskDraft, _ near: Set<Thing>) throws(PlanFault) {
        if !model.policies.isEmpty, dice.chance(50) {
            let policy = dice.pick(model.policies)
            let number = model.policies.firstIndex { $0.name == policy.name }! + 1
            for _ in 0..<60 {
                guard let arguments = bind(policy.verb, draft, near), draft.failures(policy.verb, arguments) == [] else { continue }
                let times = draft.forbidding(policy.verb, arguments, draft.builder.situation)
                guard times.count == 1, times[0].name == policy.name else { continue }
                var later = draft.builder.situation
                later.now = later.now.advanced(bySeconds: 150 * design.advance)
                var frame = later.frame(of: model.verbs[policy.verb], arguments)
                guard later.isTrue(policy.condition, &frame) else { continue }
                return try draft.refuse(policy.verb, arguments, by: policy, number: number, &dice)
            }
            throw PlanFault("the policy forbids nothing")
        }
        guard let verb = chooseVerb({ verb in verb.requirements.contains { $0.report != nil } }) else {
            throw PlanFault("no refusal has a fact to report")
        }
        for _ in 0..<40 {
            guard let arguments = bind(verb, draft, near) else { throw PlanFault("nothing to do it to") }
            guard let failures = draft.failures(verb, arguments), failures.count == 1,
                let report = model.verbs[verb].requirements[failures[0]].report
            else { continue }
            return try draft.refuse(verb, arguments, report, &dice)
        }
        throw PlanFault("\(model.verbs[verb].name) is never refused")
    }

    private mutating func addQuestion(to draft: inout TaskDraft, _ near: Set<Thing>) throws(PlanFault) {
        guard !model.questions.isEmpty else { throw PlanFault("the domain has no questions") }
        let weighted = model.questions.indices.map { ($0, max(1, 8 / (1 + 3 * questionUses[$0, default: 0]))) }
        let index = dice.pick(weighted: weighted)
        let question = model.questions[index]
        let binder = Binder(design: design, situation: draft.builder.situation, near: near)
        guard let arguments = binder.draw(question.arguments, [], &dice) else { throw PlanFault("nothing to ask about") }
        try draft.ask(question, arguments, &dice)
        questionUses[index, default: 0] += 1
    }
}
