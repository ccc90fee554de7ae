import Domains
import Simulation

/// Chooses what a verb or a question is about.
struct Binder {
    let design: Design
    let situation: Situation
    /// The things that the request turns around, with those near them: they are chosen before others.
    let near: Set<Thing>

    private var model: Model { design.model }

    /// Draws arguments for a verb.
    ///
    /// - Parameter fixed: arguments that are given, by position.
    /// - Returns: nil if there is nothing to draw from.
    func draw(_ arguments: [Verb.Argument], _ conditions: [Expression], fixed: [Int: Value] = [:], _ dice: inout Dice) -> [Value]? {
        var frame = Array(repeating: Value.missing, count: arguments.count)
        var isBound = Array(repeating: false, count: arguments.count)
        for (index, value) in fixed {
            frame[index] = value
            isBound[index] = true
        }
        // Things first: values may depend on them.
        let open = arguments.indices.filter { !isBound[$0] }
        let order = dice.shuffled(open.filter { arguments[$0].entity != nil }) + open.filter { arguments[$0].entity == nil }
        for index in order {
            let argument = arguments[index]
            if argument.variable.isOptional, dice.chance(60) {
                isBound[index] = true
                continue
            }
            guard let value = value(argument, frame, isBound, arguments, conditions, &dice) else { return nil }
            frame[index] = value
            isBound[index] = true
        }
        return frame
    }

    private func value(
        _ argument: Verb.Argument, _ frame: [Value], _ isBound: [Bool], _ arguments: [Verb.Argument], _ conditions: [Expression],
        _ dice: inout Dice
    ) -> Value? {
        if let entity = argument.entity {
            let linked = linked(argument.variable, frame, isBound, conditions)
            let candidates = linked ?? situation.things(entity)
            if candidates.isEmpty { return nil }
            let close = candidates.filter { near.contains(Thing(entity: entity, index: $0)) }
            return .reference(dice.pick(!close.isEmpty && dice.chance(80) ? close : candidates))
        }
        if argument.variable.type.places != nil, dice.chance(50), let value = counterpart(argument.variable, frame, conditions, &dice) {
            return value
        }
        return fresh(argument, frame, arguments, &dice)
    }

    /// The things that conditions link to what is bound already; nil if none does.
    private func linked(_ variable: Variable, _ frame: [Value], _ isBound: [Bool], _ conditions: [Expression]) -> [Int]? {
        for part in conditions.flatMap(\.conjuncts) {
            guard case .compare(.equal, let a, let b) = part else { continue }
            for (side, other) in [(a, b), (b, a)] where isKnown(other, isBound) {
                var frame = frame
                switch side {
                case .variable(variable):
                    if case .reference(let index) = situation.evaluate(other, &frame) { return [index] }
                    return []
                case .attribute(.variable(variable), let reference) where reference.type.entity != nil:
                    if case .reference(let index) = situation.evaluate(other, &frame) {
                        return situation.things(reference.entity, whose: reference.index, is: index)
                    }
                    return []
                default: continue
                }
            }
        }
        return nil
    }

    private func isKnown(_ expression: Expression, _ isBound: [Bool]) -> Bool {
        var hasVariable = false
        let isOpen = expression.contains { part in
            guard case .variable(let variable) = part else { return false }
            hasVariable = true
            return variable.slot >= isBound.count || !isBound[variable.slot]
        }
        return hasVariable && !isOpen
    }

    /// A number that a condition compares the argument with.
    private func counterpart(_ variable: Variable, _ frame: [Value], _ conditions: [Expression], _ dice: inout Dice) -> Value? {
        var found: [Value] = []
        for part in conditions.flatMap(\.conjuncts) {
            guard case .compare(_, let a, let b) = part else { continue }
            for (side, other) in [(a, b), (b, a)] {
                guard case .variable(variable) = side, !other.contains({ if case .constant = $0 { true } else { false } }) else { continue }
                var frame = frame
                let value = situation.evaluate(other, &frame)
                if let number = value.number, number > 0 { found.append(value) }
            }
        }
        return found.isEmpty ? nil : dice.pick(found)
    }

    /// A value of the argument's own.
    private func fresh(_ argument: Verb.Argument, _ frame: [Value], _ arguments: [Verb.Argument], _ dice: inout Dice) -> Value? {
        let drawing = WordDrawing(words: design.domain.words)
        switch argument.source {
        case .words(let list): return .text(drawing.draw(list, &dice).text)
        case .template(let template):
            // An address that is made of a name is made of the one that is given with it, or of the thing's.
            var own: [Int: String] = [:]
            if let like = argument.like {
                for piece in template.pieces {
                    guard case .attribute(let index, _) = piece else { continue }
                    let name = model.entities[like.entity].attributes[index].name
                    if let position = arguments.firstIndex(where: { $0.like?.entity == like.entity && $0.variable.name == name }),
                        case .text(let text) = frame[position]
                    {
                        own[index] = text
                        continue
                    }
                    if let position = arguments.firstIndex(where: { $0.entity == like.entity }),
                        case .reference(let thing) = frame[position],
                        case .text(let text) = situation.value(thing, like.entity, index)
                    {
                        own[index] = text
                        continue
                    }
                    if case .words(let list) = model.entities[like.entity].attributes[index].source {
                        own[index] = drawing.draw(list, &dice).text
                    }
                }
            }
            return .text(drawing.draw(template, own, &dice).text)
        case .anyWord:
            guard case .enumeration(let words) = argument.variable.type else { return nil }
            return .text(dice.pick(words))
        case .expression, .computed, .state, .code, .anyThing: return nil
        case .time(let time) where time.anchor != nil:
            var fallback = TimeSource(low: 1, high: 20, unit: .days, anchor: nil, window: time.window, isOnWeekdays: time.isOnWeekdays)
            if time.unit != .minutes, time.unit != .hours {
                fallback = TimeSource(
                    low: max(1, time.low), high: max(1, time.high), unit: time.unit, anchor: nil, window: time.window,
                    isOnWeekdays: time.isOnWeekdays)
            }
            var frame = frame
            return ValueDrawing(design: design, situation: situation).draw(.time(fallback), argument.variable.type, &frame, &dice)
        default:
            var frame = frame
            return ValueDrawing(design: design, situation: situation).draw(argument.source, argument.variable.type, &frame, &dice)
        }
    }

    /// The things within some steps of a thing, along relations either way.
    static func near(_ focus: Thing, _ situation: Situation) -> Set<Thing> {
        var result: Set<Thing> = [focus]
        var edge = [focus]
        for _ in 0..<3 {
            var next: [Thing] = []
            for thing in edge {
                for (other, entity) in situation.model.entities.enumerated() {
                    for (position, attribute) in entity.attributes.enumerated()
                    where attribute.type == .reference(thing.entity) && !attribute.isComputed {
                        let children = situation.things(other, whose: position, is: thing.index)
                        // What everybody has in common brings nobody closer.
                        if children.count > 12 { continue }
                        next += children.map { Thing(entity: other, index: $0) }
                    }
                }
            }
            next = next.filter { result.insert($0).inserted }
            edge = next
        }
        return result
    }
}
