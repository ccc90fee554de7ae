import Determinism
import Domains
import Simulation

/// Fills an environment with things that keep every rule of the domain.
struct Populator {
    private let design: Design
    private let drawing: WordDrawing
    private var dice: Dice
    private var situation: Situation
    /// What each text was made of, by kind and attribute, for namesakes.
    private var drawn: [[Int]: [WordDrawing.Drawn]] = [:]
    /// The texts of unique attributes.
    private var used: [[Int]: Set<Value>] = [:]

    private var model: Model { design.model }

    init(_ design: Design, attempt: Int) {
        self.design = design
        drawing = WordDrawing(words: design.domain.words)
        dice = Dice(design.seed, "population \(attempt)")
        situation = Situation(design.model, keyStyles: design.keyStyles, codeStyles: design.codeStyles, now: design.start)
    }

    /// Makes the things that there are to begin with.
    ///
    /// - Throws: ``GenerationFault`` if a rule of the domain does not hold of them.
    static func populate(_ design: Design) throws(GenerationFault) -> Situation {
        var fault: GenerationFault?
        for attempt in 0..<6 {
            var populator = Populator(design, attempt: attempt)
            do throws(GenerationFault) {
                return try populator.run()
            } catch {
                fault = error
            }
        }
        throw fault!
    }

    private mutating func run() throws(GenerationFault) -> Situation {
        for entity in order() { populate(entity) }
        settleStart()
        if let broken = situation.brokenRule() {
            throw GenerationFault("the rule \(broken.rule + 1) of \(model.entities[broken.entity].name) does not hold of what was made up")
        }
        for (index, entity) in model.entities.enumerated() where situation.things(index).isEmpty {
            throw GenerationFault("there is no \(entity.noun): its rules, or those of what it belongs to, leave no room for one")
        }
        writePast()
        if let actor = model.actor { situation.actor = .reference(dice.pick(situation.things(actor))) }
        return situation
    }

    /// Works out the values that depend on everything else; one may depend on another.
    private mutating func settleStart() {
        for _ in 0..<8 {
            let before = situation
            for (index, entity) in model.entities.enumerated() {
                for (attribute, definition) in entity.attributes.enumerated() {
                    guard let expression = definition.atStart else { continue }
                    for thing in situation.things(index) {
                        var frame: [Value] = [.reference(thing)]
                        situation.set(thing, index, attribute, to: situation.evaluate(expression, &frame))
                    }
                }
            }
            if situation.sameRows(as: before) { return }
        }
    }

    /// The kinds of things, each after those that it belongs to.
    private func order() -> [Int] {
        var order: [Int] = []
        var open = Array(model.entities.indices)
        while !open.isEmpty {
            let ready = open.first { index in
                model.entities[index].attributes.allSatisfy { attribute in
                    guard !attribute.isComputed, let target = attribute.type.entity else { return true }
                    return order.contains(target) || target == index
                }
            }
            // In a circle, whoever may do without comes first.
            let next =
                ready ?? open.first { index in
                    model.entities[index].attributes.allSatisfy { attribute in
                        guard !attribute.isComputed, let target = attribute.type.entity else { return true }
                        return order.contains(target) || target == index || attribute.isOptional
                    }
                } ?? open[0]
            order.append(next)
            open.removeAll { $0 == next }
        }
        return order
    }

    private mutating func populate(_ entity: Int) {
        let count = model.entities[entity].count
        guard let per = count.per else {
            let number = dice.int(count.range) * (count.range.upperBound > 3 ? design.scale : 1)
            for _ in 0..<number { make(entity, nil) }
            return
        }
        for owner in situation.things(model.entities[entity].attributes[per].type.entity!) {
            for _ in 0..<dice.int(count.range) { make(entity, (per, owner)) }
        }
        // One of each kind is needed, however few there may be.
        if situation.things(entity).isEmpty {
            for owner in dice.shuffled(situation.things(model.entities[entity].attributes[per].type.entity!)).prefix(12) {
                make(entity, (per, owner))
                if !situation.things(entity).isEmpty { break }
            }
        }
    }

    /// Makes one thing, unless no try keeps the rules.
    private mutating func make(_ entity: Int, _ owner: (attribute: Int, thing: Int)?) {
        let definition = model.entities[entity]
        // The state is chosen once: a state that is hard to come by must not lose to one that is easy.
        let wanted = definition.states.isEmpty ? nil : dice.pick(weighted: definition.states.map { ($0, $0.weight) })
        for attempt in 0..<40 {
            let state = attempt < 30 || wanted == nil ? wanted : dice.pick(weighted: definition.states.map { ($0, $0.weight) })
            let thing = situation.add(entity, definition.attributes.map { _ in .missing })
            if let records = fill(thing, entity, owner, state), isSound(thing, entity, state) {
                for (attribute, value) in records.values { used[[entity, attribute], default: []].insert(value) }
                for (attribute, text) in records.drawn { drawn[[entity, attribute], default: []].append(text) }
                return
            }
            situation.withdrawLast(entity)
        }
    }

    private typealias Records = (values: [(Int, Value)], drawn: [(Int, WordDrawing.Drawn)])

    /// Gives a thing its values; nil if a unique one could not be found.
    private mutating func fill(_ thing: Int, _ entity: Int, _ owner: (attribute: Int, thing: Int)?, _ state: State?) -> Records? {
        var records: Records = ([], [])
        let definition = model.entities[entity]
        for (index, attribute) in definition.attributes.enumerated() {
            if attribute.isComputed || attribute.isCode { continue }
            var value = Value.missing
            if let owner, owner.attribute == index {
                value = .reference(owner.thing)
            } else if case .state = attribute.source {
                value = .text(state!.name)
            } else if let missing = attribute.missing, dice.chance(missing) {
                continue
            } else {
                for attempt in 0..<25 {
                    guard let drawn = draw(attribute.source, attribute.type, entity, index, thing, attempt) else { break }
                    value = drawn.value
                    if value == .missing, drawn.text == nil, ValueDrawing.list(attribute.source) != nil { continue }
                    let isFree = !attribute.isUnique || !used[[entity, index], default: []].contains(value)
                    if isFree {
                        if let text = drawn.text { records.drawn.append((index, text)) }
                        break
                    }
                    value = .missing
                }
                if value == .missing, !attribute.isOptional { return nil }
            }
            situation.set(thing, entity, index, to: value)
            if attribute.isUnique, value != .missing { records.values.append((index, value)) }
        }
        return records
    }

    // MARK: Values

    private mutating func draw(
        _ source: Attribute.Source, _ type: ValueType, _ entity: Int, _ index: Int, _ thing: Int, _ attempt: Int
    ) -> (value: Value, text: WordDrawing.Drawn?)? {
        if case .expression(let expression) = source {
            var frame: [Value] = [.reference(thing)]
            return (situation.evaluate(expression, &frame), nil)
        }
        if case .anyThing = source {
            // Nothing has been deleted yet; the thing at hand is the last of its kind.
            let count = situation.kinds[type.entity!].rows.count - (type.entity! == entity ? 1 : 0)
            return count == 0 ? nil : (.reference(dice.below(count)), nil)
        }
        if let list = ValueDrawing.list(source) {
            // Now and then somebody is called almost like somebody else.
            if let earlier = drawn[[entity, index]], !earlier.isEmpty, dice.chance(10), let near = drawing.near(dice.pick(earlier), &dice),
                !earlier.contains(where: { $0.text == near.text })
            {
                return (.text(near.text), near)
            }
            let text = drawing.draw(list, &dice)
            // That two people have one name happens, but not often.
            if model.entities[entity].isPerson, attempt < 6, drawn[[entity, index], default: []].contains(where: { $0.text == text.text }),
                !dice.chance(10)
            {
                return (.missing, nil)
            }
            return (.text(numbered(text.text, attempt)), text)
        }
        if case .template(let template) = source {
            var own: [Int: String] = [:]
            for piece in template.pieces {
                if case .attribute(let attribute, _) = piece { own[attribute] = situation.value(thing, entity, attribute).text ?? "" }
            }
            let text = drawing.draw(template, own, &dice)
            return (.text(numbered(text.text, attempt)), text)
        }
        var frame: [Value] = [.reference(thing)]
        let values = ValueDrawing(design: design, situation: situation)
        return (values.draw(source, type, &frame, &dice), nil)
    }

    /// A text that was there before is told apart by a number, in an address before the `@`.
    private func numbered(_ text: String, _ attempt: Int) -> String {
        guard attempt >= 6 else { return text }
        if let at = text.firstIndex(of: "@") { return "\(text[..<at])\(attempt - 4)\(text[at...])" }
        return attempt >= 12 ? "\(text) \(attempt - 10)" : text
    }

    // MARK: Rules

    private func isSound(_ thing: Int, _ entity: Int, _ state: State?) -> Bool {
        var frame: [Value] = [.reference(thing)]
        if let condition = state?.condition, !situation.isTrue(condition, &frame) { return false }
        if !model.entities[entity].unique.allSatisfy({ situation.isUnique(thing, entity, $0) }) { return false }
        if brokenRule(of: thing, entity) { return false }
        // Rules of what it belongs to may count it.
        for attribute in model.entities[entity].attributes.indices {
            guard case .reference(let target) = situation.value(thing, entity, attribute),
                let kind = model.entities[entity].attributes[attribute].type.entity, kind != entity
            else { continue }
            if brokenRule(of: target, kind) { return false }
        }
        return true
    }

    /// Rules about values that are worked out at the very end cannot be judged before.
    private func brokenRule(of thing: Int, _ entity: Int) -> Bool {
        model.entities[entity].rules.contains { rule in
            if rule.contains({ if case .attribute(_, let reference) = $0 { model.attribute(reference).atStart != nil } else { false } }) {
                return false
            }
            var frame: [Value] = [.reference(thing)]
            return !situation.isTrue(rule, &frame)
        }
    }

    // MARK: The past

    /// Says when things were made and through which states they went.
    private mutating func writePast() {
        for entity in order() {
            let definition = model.entities[entity]
            for thing in situation.things(entity) {
                var earliest = design.start.seconds - Int64(dice.int(200...500)) * 86400
                for attribute in definition.attributes.indices {
                    guard case .reference(let target) = situation.value(thing, entity, attribute),
                        let kind = definition.attributes[attribute].type.entity, !definition.attributes[attribute].isComputed,
                        kind != entity
                    else { continue }
                    earliest = max(earliest, situation.kinds[kind].times[target].made.seconds)
                }
                func later(_ time: Int64) -> Int64 {
                    min(design.start.seconds - 600, time + Int64(dice.below(Int(max(1, (design.start.seconds - time) / 2))))) / 60 * 60
                }
                let made = later(earliest)
                let changed = dice.chance(40) ? made : later(made)
                var transitions: [Situation.Transition] = []
                if let attribute = definition.stateAttribute, case .text(let state) = situation.value(thing, entity, attribute) {
                    if state != definition.states[0].name {
                        transitions.append(.init(state: definition.states[0].name, at: Instant(seconds: made)))
                    }
                    transitions.append(.init(state: state, at: Instant(seconds: transitions.isEmpty ? made : changed)))
                }
                situation.setPast(
                    thing, entity, made: Instant(seconds: made), changed: Instant(seconds: changed), transitions: transitions)
            }
        }
    }
}
