import Database
import Environments
import Episodes
import Domains
import Simulation
import WireJSON

/// Calls every tool of an environment so that it succeeds, and so that it refuses, and compares what it does with the model.
struct ToolProof {
    let design: Design
    let toolbox: Toolbox
    let situation: Situation
    let world: World
    let pool: StagePool
    private let tables: [TableSpec]
    private var dice: Dice
    /// Verbs for which no arguments were found with which they can be done.
    private(set) var impossible: Set<String> = []
    /// What does not work as it should.
    private(set) var faults: [String] = []
    /// Refusals that were met, and all that there are.
    private(set) var met: [(name: String, isMet: Bool)] = []
    var refusals: (met: Int, all: Int) { (met.count(where: \.isMet), met.count) }

    init(_ design: Design, _ toolbox: Toolbox, _ situation: Situation, _ world: World, _ pool: StagePool) {
        self.design = design
        self.toolbox = toolbox
        self.situation = situation
        self.world = world
        self.pool = pool
        tables = TableCompiler(design).tables()
        dice = Dice(design.seed, "tools")
    }

    private var model: Model { design.model }

    mutating func run() {
        for reader in toolbox.readers { prove(reader) }
        for verb in model.verbs.indices { prove(verb) }
    }

    private func call(_ call: Lowering.Call, in episode: Episode) -> (mistake: String?, observation: JSON)? {
        var writer = JSONWriter()
        guard let summary = try? episode.step(.call(tool: call.tool, arguments: .object(call.arguments)), in: pool, to: &writer) else {
            return nil
        }
        return (summary.mistake, (try? JSONParser.parse(writer.bytes))?["observation"] ?? .null)
    }

    private func episode() -> Episode {
        var options = EpisodeOptions()
        options.maxSteps = 1000
        return Episode(world, id: "tools", task: nil, seed: 0, options: options)
    }

    // MARK: Reading

    private mutating func prove(_ reader: Reader) {
        let lowering = Lowering(design: design, toolbox: toolbox)
        let things = situation.things(reader.entity)
        var arguments = JSONObject()
        if reader.isGetter {
            arguments[reader.keyArgument] = lowering.json(.reference(dice.pick(things)), .reference(reader.entity), situation)
        }
        for filter in reader.filters where filter.isRequired {
            let type = model.entities[reader.entity].attributes[filter.attribute].type
            arguments[filter.argument] = lowering.json(situation.value(dice.pick(things), reader.entity, filter.attribute), type, situation)
        }
        let good = call(Lowering.Call(tool: reader.name, arguments: arguments), in: episode())
        if good == nil || good?.mistake != nil { faults.append("\(reader.name) fails: \(good?.observation.text ?? "the engine does")") }
        guard let keyed = arguments.members.first else { return }
        arguments[keyed.name] = keyed.value.integer == nil ? "no-such-key" : .integer(987_654_321)
        let bad = call(Lowering.Call(tool: reader.name, arguments: arguments), in: episode())
        if bad?.mistake != "not_found" { faults.append("\(reader.name) does not refuse a key that is not there") }
    }

    // MARK: Acting

    private mutating func prove(_ index: Int) {
        let verb = model.verbs[index]
        let lowering = Lowering(design: design, toolbox: toolbox)
        let binder = Binder(design: design, situation: situation, near: [])
        var open = Set(verb.requirements.indices)
        var isDone = false
        var example: [Value]?
        for _ in 0..<250 where !isDone || !open.isEmpty {
            guard var arguments = binder.draw(verb.arguments, dice.chance(70) ? verb.requirements.map(\.condition) : [], &dice) else {
                continue
            }
            example = arguments
            if isDone || dice.chance(20) { makeOdd(&arguments, verb) }
            var after = situation
            let outcome = after.apply(verb, arguments)
            let expected: String?
            switch outcome {
            case .done:
                if isDone || after.sameRows(as: situation) || after.danglingReference() != nil { continue }
                expected = nil
            case .refused(let requirement):
                guard open.contains(requirement) else { continue }
                expected = verb.requirements[requirement].code
            }
            let episode = episode()
            guard let result = call(lowering.call(index, arguments, situation), in: episode) else {
                faults.append("\(verb.name): the engine fails")
                return
            }
            // What the schema forbids, no requirement need forbid as well.
            if result.mistake == "invalid_arguments" { continue }
            if expected == nil, result.mistake == "constraint_violation", breaksSomething(after) { continue }
            if result.mistake != expected {
                faults.append("\(verb.name): the tool says \(result.mistake ?? "done"), the model \(expected ?? "done")")
                return
            }
            if case .done = outcome {
                let changes = TableChanges.texts(episode.changes.json(world.environment.definition.tables))
                if TableChanges(tables: tables).texts(from: situation, to: after) != changes {
                    faults.append("\(verb.name): the tool does something else than the model")
                }
                if after.brokenRule() != nil { faults.append("\(verb.name) breaks a rule") }
                isDone = true
                repeatCall(index, arguments, after, episode, &open)
            } else if case .refused(let requirement) = outcome {
                open.remove(requirement)
            }
        }
        for (requirement, definition) in verb.requirements.enumerated() {
            met.append(("\(verb.name): \(definition.code)", !open.contains(requirement)))
        }
        if !isDone, !isDoneAfterSetup(index) { impossible.insert(verb.name) }
        guard let example, let position = verb.arguments.firstIndex(where: { $0.entity != nil && !$0.variable.isOptional }) else { return }
        var bad = lowering.call(index, example, situation)
        let tool = toolbox.actors[toolbox.actor(index)!]
        let name = tool.arguments[position].name
        var arguments = bad.arguments
        arguments[name] = arguments[name]?.integer == nil ? "no-such-key" : .integer(987_654_321)
        bad = Lowering.Call(tool: bad.tool, arguments: arguments)
        if call(bad, in: episode())?.mistake != "not_found" { faults.append("\(verb.name) does not refuse a key that is not there") }
    }

    /// Whether a situation is one that the schema rightly forbids.
    private func breaksSomething(_ situation: Situation) -> Bool {
        if situation.brokenRule() != nil || situation.danglingReference() != nil { return true }
        for entity in model.entities.indices {
            for set in situation.uniqueSets(entity) where !situation.things(entity).allSatisfy({ situation.isUnique($0, entity, set) }) {
                return true
            }
        }
        return false
    }

    /// Does the same again: what can be done once only is refused then.
    private mutating func repeatCall(_ index: Int, _ arguments: [Value], _ after: Situation, _ episode: Episode, _ open: inout Set<Int>) {
        let verb = model.verbs[index]
        var later = after
        later.now = episode.now
        let isThere = zip(verb.arguments, arguments).allSatisfy { argument, value in
            guard let entity = argument.entity, case .reference(let thing) = value else { return true }
            return later.isAlive(thing, entity)
        }
        guard isThere, let failure = later.firstFailure(of: verb, arguments) else { return }
        let result = call(Lowering(design: design, toolbox: toolbox).call(index, arguments, later), in: episode)
        if result?.mistake == "invalid_arguments" { return }
        if result?.mistake != verb.requirements[failure].code {
            faults.append(
                "\(verb.name), done twice: the tool says \(result?.mistake ?? "done"), the model \(verb.requirements[failure].code)")
        }
        open.remove(failure)
    }

    /// Puts values into a call that people seldom mean: nothing, far too much, the past, what somebody else has.
    private mutating func makeOdd(_ arguments: inout [Value], _ verb: Verb) {
        for (index, argument) in verb.arguments.enumerated() where argument.entity == nil && arguments[index] != .missing && dice.chance(50)
        {
            switch argument.variable.type {
            case .money: arguments[index] = .number(dice.pick([0, 1, 100_000_000]))
            case .number: arguments[index] = .number(dice.pick([0, 1, 9_999]))
            case .date: arguments[index] = .date(design.start.date.daysSinceEpoch + Int64(dice.pick([-400, -3, 0, 4000])))
            case .instant: arguments[index] = .instant(design.start.seconds + 86400 * Int64(dice.pick([-400, -3, 4000])))
            case .text, .enumeration:
                guard let like = argument.like else { continue }
                let things = situation.things(like.entity)
                if case .text(let text) = situation.value(dice.pick(things), like) { arguments[index] = .text(text) }
            case .boolean, .reference: break
            }
        }
    }

    /// Tries a verb after whatever it needs has been done.
    private mutating func isDoneAfterSetup(_ index: Int) -> Bool {
        let verb = model.verbs[index]
        let lowering = Lowering(design: design, toolbox: toolbox)
        let establishing = Establishing(design: design)
        for _ in 0..<30 {
            let binder = Binder(design: design, situation: situation, near: [])
            guard let arguments = binder.draw(verb.arguments, verb.requirements.map(\.condition), &dice) else { return false }
            var now = situation
            let episode = episode()
            var isSound = true
            for _ in 0..<4 {
                guard let failure = now.firstFailure(of: verb, arguments) else { break }
                guard
                    let way = establishing.means(
                        for: index, arguments, requirement: failure, in: now, forbidden: { _, _, _ in false }, all: false, &dice
                    ).first
                else {
                    isSound = false
                    break
                }
                let lowered = lowering.call(way.verb, way.arguments, now)
                _ = now.apply(model.verbs[way.verb], way.arguments)
                if call(lowered, in: episode)?.mistake != nil { isSound = false }
            }
            guard isSound, case let lowered = lowering.call(index, arguments, now), case .done = now.apply(verb, arguments) else {
                continue
            }
            if let result = call(lowered, in: episode), result.mistake == nil { return true }
        }
        return false
    }
}
