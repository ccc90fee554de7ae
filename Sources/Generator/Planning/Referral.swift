import Domains
import Simulation

/// How a request refers to one thing: words that single it out, and what they say of it.
struct Referral {
    let thing: Thing
    /// What is said of the thing.
    let constraints: [Constraint]
    let condition: Expression?
    let extreme: Description.Extreme?
    /// The things that the words name beside it.
    let nested: [Referral]
    /// Whether it is called by its key.
    let isKey: Bool
    /// The description; nil for a key.
    let description: Description?

    /// A fact about a thing: where a path from it leads.
    struct Constraint {
        let path: [Attribute.Reference]
        let value: Value
    }
}

/// Finds words for things.
struct Referring {
    let situation: Situation

    private var model: Model { situation.model }

    /// The ways to refer to a thing that single it out, in the author's order.
    func referrals(_ thing: Thing, depth: Int = 0) -> [Referral] {
        guard depth < 4 else { return [] }
        return model.entities[thing.entity].descriptions.compactMap { referral(thing, $0, depth) }
    }

    private func referral(_ thing: Thing, _ description: Description, _ depth: Int) -> Referral? {
        var frame: [Value] = [.reference(thing.index)]
        guard situation.isTrue(description.condition, &frame) else { return nil }
        var constraints: [Referral.Constraint] = []
        var nested: [Referral] = []
        for expression in description.text.values {
            guard let path = Self.path(expression) else { continue }
            let value = situation.evaluate(expression, &frame)
            if value == .missing { return nil }
            constraints.append(Referral.Constraint(path: path, value: value))
            if case .reference(let index) = value {
                // A thing that is named by another is named as simply as can be.
                guard let inner = referrals(Thing(entity: path.last!.type.entity!, index: index), depth: depth + 1).first else {
                    return nil
                }
                nested.append(inner)
            }
        }
        let referral = Referral(
            thing: thing, constraints: constraints, condition: description.condition, extreme: description.extreme, nested: nested,
            isKey: false, description: description)
        return isUnique(referral) ? referral : nil
    }

    /// The path that an expression is from the thing in slot 0.
    static func path(_ expression: Expression) -> [Attribute.Reference]? {
        switch expression {
        case .variable(let variable): variable.slot == 0 ? [] : nil
        case .attribute(let base, let reference): path(base).map { $0 + [reference] }
        default: nil
        }
    }

    /// Whether the words fit no other thing.
    func isUnique(_ referral: Referral) -> Bool {
        let candidates = fitting(referral)
        guard candidates.contains(referral.thing.index) else { return false }
        guard let extreme = referral.extreme else { return candidates.count == 1 }
        return best(candidates, extreme) == referral.thing.index
    }

    /// The things for which everything that is said holds, but for being the first or last.
    func fitting(_ referral: Referral) -> [Int] {
        situation.things(referral.thing.entity).filter { other in
            for constraint in referral.constraints
            where value(Thing(entity: referral.thing.entity, index: other), constraint.path) != constraint.value {
                return false
            }
            var frame: [Value] = [.reference(other)]
            return situation.isTrue(referral.condition, &frame)
        }
    }

    /// The one thing that has the most or the least; nil if there are several, or only one to choose from.
    func best(_ things: [Int], _ extreme: Description.Extreme) -> Int? {
        let values = things.map { thing -> Value in
            var frame: [Value] = [.reference(thing)]
            return situation.evaluate(extreme.by, &frame)
        }
        guard things.count > 1, !values.contains(.missing) else { return nil }
        let ordered = values.sorted { $0.precedes($1) }
        let value = extreme.isGreatest ? ordered.last! : ordered.first!
        guard values.filter({ $0 == value }).count == 1 else { return nil }
        return things[values.firstIndex(of: value)!]
    }

    /// Where a path from a thing leads.
    func value(_ thing: Thing, _ path: [Attribute.Reference]) -> Value {
        var value = Value.reference(thing.index)
        for reference in path {
            guard case .reference(let index) = value else { return .missing }
            value = situation.value(index, reference)
        }
        return value
    }
}
