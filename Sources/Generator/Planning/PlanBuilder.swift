import Determinism
import Domains
import Simulation
import WireJSON

/// Why a plan came to nothing.
struct PlanFault: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// A plan in the making: the calls so far, what they taught, and what the things are like after them.
struct PlanBuilder {
    let design: Design
    let toolbox: Toolbox
    let lowering: Lowering
    /// The things as the request finds them.
    let start: Situation
    /// The things after the calls so far.
    var situation: Situation
    var knowledge = Knowledge()
    var steps: [Step] = []
    /// The most calls that a plan may have.
    var mostSteps = 34

    struct Step {
        let call: Lowering.Call
        /// What the call does; nil for one that reads.
        let verb: Int?
        /// Whether the call is meant to be refused.
        let isRefused: Bool
    }

    init(_ design: Design, _ toolbox: Toolbox, _ situation: Situation) {
        self.design = design
        self.toolbox = toolbox
        lowering = Lowering(design: design, toolbox: toolbox)
        start = situation
        self.situation = situation
    }

    var model: Model { design.model }

    /// Sets the clock to the time of the next call.
    mutating func tick() { situation.now = design.start.advanced(bySeconds: Int64(steps.count) * design.advance) }

    private mutating func add(_ call: Lowering.Call, verb: Int? = nil, isRefused: Bool = false) throws(PlanFault) {
        // Reading the same twice in a row teaches nothing.
        if verb == nil, let last = steps.last, last.verb == nil, last.call == call { return }
        if steps.count >= mostSteps { throw PlanFault("too many calls") }
        steps.append(Step(call: call, verb: verb, isRefused: isRefused))
    }

    // MARK: Acting

    /// Does a verb whose things are known.
    mutating func act(_ verb: Int, _ arguments: [Value]) throws(PlanFault) {
        tick()
        let call = lowering.call(verb, arguments, situation)
        let before = situation
        guard case .done(let frame) = situation.apply(model.verbs[verb], arguments) else {
            situation = before
            throw PlanFault("\(model.verbs[verb].name) is refused")
        }
        try add(call, verb: verb)
        for (entity, kind) in situation.kinds.enumerated() {
            for thing in kind.rows.indices where thing < before.kinds[entity].rows.count {
                if kind.rows[thing] != before.kinds[entity].rows[thing] { knowledge.forget(Thing(entity: entity, index: thing)) }
            }
        }
        if let created = model.verbs[verb].created, case .reference(let index) = frame[created.slot] {
            knowledge.know(Thing(entity: created.type.entity!, index: index))
        }
        if let fault = fault(after: before) { throw PlanFault(fault) }
    }

    /// Tries a verb that is refused.
    mutating func attempt(_ verb: Int, _ arguments: [Value]) throws(PlanFault) {
        tick()
        guard situation.firstFailure(of: model.verbs[verb], arguments) != nil else { throw PlanFault("it is not refused") }
        try add(lowering.call(verb, arguments, situation), verb: verb, isRefused: true)
    }

    /// What is wrong with what a verb left behind.
    private func fault(after before: Situation) -> String? {
        if before.sameRows(as: situation) { return "nothing has changed" }
        if let broken = situation.brokenRule() { return "a rule of \(model.entities[broken.entity].name) is broken" }
        if let dangling = situation.danglingReference() { return "\(dangling) refers to what is gone" }
        for (entity, kind) in situation.kinds.enumerated() {
            let sets = situation.uniqueSets(entity)
            if sets.isEmpty { continue }
            for thing in kind.rows.indices where kind.isAlive[thing] {
                let isNew = thing >= before.kinds[entity].rows.count || kind.rows[thing] != before.kinds[entity].rows[thing]
                if isNew, !sets.allSatisfy({ situation.isUnique(thing, entity, $0) }) {
                    return "two of \(model.entities[entity].name) are alike"
                }
            }
        }
        return nil
    }

    // MARK: Reading

    /// Calls a tool that shows one thing.
    mutating func show(_ thing: Thing) throws(PlanFault) {
        guard let index = toolbox.getter(thing.entity), knowledge.isShown(thing) else { throw PlanFault("it cannot be shown") }
        let reader = toolbox.readers[index]
        let key = lowering.json(.reference(thing.index), .reference(thing.entity), situation)
        try add(Lowering.Call(tool: reader.name, arguments: [reader.keyArgument: key]))
        see(thing, reader.shown)
        for child in reader.children {
            for index in situation.things(child.entity, whose: child.relation, is: thing.index) {
                let child = (thing: Thing(entity: child.entity, index: index), shown: child.shown, relation: child.relation)
                see(child.thing, child.shown)
                knowledge.see(child.thing, child.relation)
            }
        }
    }

    /// Calls a tool that finds things.
    ///
    /// - Returns: those on the page.
    mutating func find(_ reader: Int, _ query: ReaderQuery) throws(PlanFault) -> (shown: [Int], total: Int) {
        let tool = toolbox.readers[reader]
        var arguments = JSONObject()
        for index in query.filters.keys.sorted() {
            let filter = tool.filters[index]
            let type = model.entities[tool.entity].attributes[filter.attribute].type
            arguments[filter.argument] = lowering.json(query.filters[index]!, type, situation)
        }
        if let sort = query.sort { arguments[tool.sortArgument] = .string(tool.sorts[sort].word) }
        if query.page > 0, let paging = tool.paging {
            arguments[paging.offset] = .integer(Int64(paging.isByPage ? query.page + 1 : query.page * paging.defaultLimit))
        }
        try add(Lowering.Call(tool: tool.name, arguments: arguments))
        let result = ReaderRun(reader: tool, situation: situation).things(query)
        for thing in result.shown { see(Thing(entity: tool.entity, index: thing), tool.shown) }
        return result
    }

    private mutating func see(_ thing: Thing, _ shown: [Reader.Shown]) {
        knowledge.show(thing)
        for item in shown {
            knowledge.see(thing, item.path[0].index)
            guard case .reference(let index) = situation.value(thing.index, item.path[0]) else { continue }
            let related = Thing(entity: item.path[0].type.entity!, index: index)
            knowledge.show(related)
            if item.path.count == 2 { knowledge.see(related, item.path[1].index) }
        }
    }
}
