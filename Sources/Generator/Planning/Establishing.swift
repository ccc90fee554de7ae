import Domains
import Simulation

/// Finds what can be done so that a requirement comes to hold.
struct Establishing {
    let design: Design

    private var model: Model { design.model }

    /// Something to do first.
    struct Means: Hashable {
        let verb: Int
        let arguments: [Value]
    }

    /// An attribute of a kind of thing, or the things of a kind themselves.
    private struct Cell: Hashable {
        let entity: Int
        let attribute: Int?
    }

    /// Finds single verbs that make a requirement hold, each with one choice of arguments.
    ///
    /// - Parameter all: whether to look for every way, rather than for some.
    func means(
        for verb: Int, _ arguments: [Value], requirement: Int, in situation: Situation, forbidden: (Int, [Value], Situation) -> Bool,
        all: Bool, _ dice: inout Dice
    ) -> [Means] {
        let target = model.verbs[verb]
        let condition = target.requirements[requirement].condition
        var frame = situation.frame(of: target, arguments)
        let read = cells(in: condition, target)
        let touched = touched(by: condition, &frame, situation)
        var result: [Means] = []
        for index in dice.shuffled(Array(model.verbs.indices)) where !writes(index).isDisjoint(with: read) {
            let candidate = model.verbs[index]
            for _ in 0..<(all ? 24 : 12) {
                guard let chosen = bind(candidate, touched, situation, &dice) else { break }
                var after = situation
                guard case .done = after.apply(candidate, chosen), !forbidden(index, chosen, situation) else { continue }
                var frame = after.frame(of: target, arguments)
                guard after.isTrue(condition, &frame), arguments.allAlive(target, after) else { continue }
                let means = Means(verb: index, arguments: chosen)
                if !result.contains(means) { result.append(means) }
                if !all { return result }
            }
        }
        return result
    }

    /// Draws arguments, things that the requirement looked at before others.
    private func bind(_ verb: Verb, _ touched: [Thing], _ situation: Situation, _ dice: inout Dice) -> [Value]? {
        var fixed: [Int: Value] = [:]
        for (index, argument) in verb.arguments.enumerated() {
            guard let entity = argument.entity else { continue }
            let candidates = touched.filter { $0.entity == entity }
            if let thing = candidates.isEmpty ? nil : dice.pick(candidates) {
                fixed[index] = .reference(thing.index)
                break
            }
        }
        if fixed.isEmpty, verb.arguments.contains(where: { $0.entity != nil }) { return nil }
        let binder = Binder(design: design, situation: situation, near: Set(touched))
        return binder.draw(verb.arguments, verb.requirements.map(\.condition), fixed: fixed, &dice)
    }

    // MARK: What is read and written

    private func cells(in expression: Expression, _ verb: Verb) -> Set<Cell> {
        var result: Set<Cell> = []
        func visit(_ expression: Expression) {
            switch expression {
            case .attribute(_, let reference):
                result.insert(Cell(entity: reference.entity, attribute: reference.index))
                if case .computed(let inner) = model.attribute(reference).source { visit(inner) }
            case .aggregate(let aggregate): result.insert(Cell(entity: aggregate.entity, attribute: nil))
            case .pick(let pick): result.insert(Cell(entity: pick.entity, attribute: nil))
            case .variable(let variable): for binding in verb.lets where binding.variable == variable { visit(binding.value) }
            default: break
            }
            expression.parts.forEach(visit)
        }
        visit(expression)
        return result
    }

    private func writes(_ verb: Int) -> Set<Cell> {
        var result: Set<Cell> = []
        func visit(_ effect: Effect) {
            switch effect {
            case .set(_, let reference, _, _): result.insert(Cell(entity: reference.entity, attribute: reference.index))
            case .create(let entity, _, _, _): result.insert(Cell(entity: entity, attribute: nil))
            case .delete(_, let entity, _): result.insert(Cell(entity: entity, attribute: nil))
            case .each(_, _, _, let effects): effects.forEach(visit)
            }
        }
        model.verbs[verb].effects.forEach(visit)
        return result
    }

    /// The things that a condition looks at, the nearest first.
    private func touched(by expression: Expression, _ frame: inout [Value], _ situation: Situation) -> [Thing] {
        var result: [Thing] = []
        func visit(_ expression: Expression, _ frame: inout [Value]) {
            switch expression {
            case .variable, .attribute:
                if let entity = expression.type.entity, case .reference(let index) = situation.evaluate(expression, &frame) {
                    let thing = Thing(entity: entity, index: index)
                    if !result.contains(thing) { result.append(thing) }
                }
                if case .attribute(_, let reference) = expression, case .computed(let inner) = model.attribute(reference).source,
                    case .attribute(let base, _) = expression, case .reference(let index) = situation.evaluate(base, &frame)
                {
                    var own: [Value] = [.reference(index)]
                    visit(inner, &own)
                }
                expression.parts.forEach { visit($0, &frame) }
            case .aggregate(let aggregate):
                for thing in situation.things(aggregate.entity, aggregate.variable, where: aggregate.condition, &frame).prefix(8) {
                    let thing = Thing(entity: aggregate.entity, index: thing)
                    if !result.contains(thing) { result.append(thing) }
                }
                aggregate.condition.map { visit($0, &frame) }
            case .pick(let pick):
                if case .reference(let index) = situation.evaluate(expression, &frame) {
                    result.append(Thing(entity: pick.entity, index: index))
                }
            default: expression.parts.forEach { visit($0, &frame) }
            }
        }
        visit(expression, &frame)
        return result
    }
}

extension [Value] {
    /// Whether all things among a verb's arguments are still there.
    fileprivate func allAlive(_ verb: Verb, _ situation: Situation) -> Bool {
        zip(verb.arguments, self).allSatisfy { argument, value in
            guard let entity = argument.entity, case .reference(let index) = value else { return true }
            return situation.isAlive(index, entity)
        }
    }
}
