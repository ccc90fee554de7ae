import Determinism
import Domains

extension Situation {
    /// Whether a condition holds.
    public func isTrue(_ condition: Expression?, _ frame: inout [Value]) -> Bool {
        guard let condition else { return true }
        return evaluate(condition, &frame).isTrue
    }

    /// Works out an expression's value.
    ///
    /// - Parameter frame: the values of the variables by slot; it grows as variables are bound.
    public func evaluate(_ expression: Expression, _ frame: inout [Value]) -> Value {
        switch expression {
        case .constant(let value, _): return value
        case .variable(let variable): return variable.slot < frame.count ? frame[variable.slot] : .missing
        case .attribute(let base, let reference):
            guard case .reference(let thing) = evaluate(base, &frame) else { return .missing }
            return value(thing, reference)
        case .now: return .instant(now.seconds)
        case .today: return .date(now.date.daysSinceEpoch)
        case .actor: return actor
        case .not(let inner): return .boolean(!evaluate(inner, &frame).isTrue)
        case .all(let parts):
            for part in parts where !evaluate(part, &frame).isTrue { return .boolean(false) }
            return .boolean(true)
        case .any(let parts):
            for part in parts where evaluate(part, &frame).isTrue { return .boolean(true) }
            return .boolean(false)
        case .compare(let comparison, let a, let b):
            return .boolean(compare(comparison, evaluate(a, &frame), evaluate(b, &frame)))
        case .isMissing(let inner): return .boolean(evaluate(inner, &frame) == .missing)
        case .isOneOf(let inner, let words):
            guard case .text(let word) = evaluate(inner, &frame) else { return .boolean(false) }
            return .boolean(words.contains(word))
        case .add(let a, let b): return numbers(a, b, &frame) { $0 &+ $1 }
        case .subtract(let a, let b): return numbers(a, b, &frame) { $0 &- $1 }
        case .multiply(let a, let b): return numbers(a, b, &frame) { $0 &* $1 }
        case .percent(let share, let whole): return numbers(share, whole, &frame) { ($0 &* $1 &+ 50) / 100 }
        case .rescaled(let inner, let places, let type):
            guard case .number(let value) = evaluate(inner, &frame) else { return .missing }
            return .number(value &* Decimals.power(type.places! - places))
        case .shifted(let base, let amount, let unit):
            guard case .number(let count) = evaluate(amount, &frame) else { return .missing }
            return Time.shifted(evaluate(base, &frame), by: count, unit)
        case .day(let inner):
            guard case .instant(let seconds) = evaluate(inner, &frame) else { return .missing }
            return .date(Instant(seconds: seconds).date.daysSinceEpoch)
        case .elapsed(let unit, let from, let to): return Time.elapsed(unit, evaluate(from, &frame), evaluate(to, &frame))
        case .aggregate(let aggregate): return evaluate(aggregate, &frame)
        case .pick(let pick): return evaluate(pick, &frame)
        }
    }

    private func numbers(_ a: Expression, _ b: Expression, _ frame: inout [Value], _ operation: (Int64, Int64) -> Int64) -> Value {
        guard case .number(let x) = evaluate(a, &frame), case .number(let y) = evaluate(b, &frame) else { return .missing }
        return .number(operation(x, y))
    }

    private func compare(_ comparison: Comparison, _ a: Value, _ b: Value) -> Bool {
        switch comparison {
        case .equal: return a == b
        case .unequal: return a != b
        default: break
        }
        guard let x = a.ordinal, let y = b.ordinal else { return false }
        return switch comparison {
        case .less: x < y
        case .atMost: x <= y
        case .greater: x > y
        default: x >= y
        }
    }

    // MARK: Many things

    /// The things of a kind for which a condition holds.
    public func things(_ entity: Int, _ variable: Variable, where condition: Expression?, _ frame: inout [Value]) -> [Int] {
        while frame.count <= variable.slot { frame.append(.missing) }
        var result: [Int] = []
        for thing in candidates(entity, variable, condition, &frame) where kinds[entity].isAlive[thing] {
            frame[variable.slot] = .reference(thing)
            if isTrue(condition, &frame) { result.append(thing) }
        }
        return result
    }

    /// Things among which are all for which the condition holds. Where it names what a relation leads to, only those from which it does.
    private func candidates(_ entity: Int, _ variable: Variable, _ condition: Expression?, _ frame: inout [Value]) -> [Int] {
        if let condition {
            for part in condition.conjuncts {
                guard case .compare(.equal, let a, let b) = part else { continue }
                for (side, other) in [(a, b), (b, a)] {
                    guard case .attribute(.variable(variable), let reference) = side, kinds[entity].relations.contains(reference.index),
                        !other.contains({ if case .variable(variable) = $0 { true } else { false } })
                    else { continue }
                    guard case .reference(let target) = evaluate(other, &frame) else { continue }
                    let lists = kinds[entity].children[reference.index]
                    return target < lists.count ? lists[target] : []
                }
            }
        }
        return Array(kinds[entity].rows.indices)
    }

    private func evaluate(_ aggregate: Aggregate, _ frame: inout [Value]) -> Value {
        let things = things(aggregate.entity, aggregate.variable, where: aggregate.condition, &frame)
        switch aggregate.kind {
        case .count: return .number(Int64(things.count))
        case .exists: return .boolean(!things.isEmpty)
        case .sum, .min, .max: break
        }
        var values: [Value] = []
        for thing in things {
            frame[aggregate.variable.slot] = .reference(thing)
            let value = evaluate(aggregate.value!, &frame)
            if value != .missing { values.append(value) }
        }
        switch aggregate.kind {
        case .sum: return .number(values.reduce(0) { $0 &+ ($1.number ?? 0) })
        case .min: return values.min { $0.ordinal! < $1.ordinal! } ?? .missing
        default: return values.max { $0.ordinal! < $1.ordinal! } ?? .missing
        }
    }

    private func evaluate(_ pick: Pick, _ frame: inout [Value]) -> Value {
        let things = things(pick.entity, pick.variable, where: pick.condition, &frame)
        var best: (thing: Int, by: Value)?
        for thing in things {
            frame[pick.variable.slot] = .reference(thing)
            let by = evaluate(pick.by, &frame)
            guard let current = best else {
                best = (thing, by)
                continue
            }
            let isBetter =
                by == current.by
                ? kinds[pick.entity].keys[thing].precedes(kinds[pick.entity].keys[current.thing])
                : pick.isLast ? current.by.precedes(by) : by.precedes(current.by)
            if isBetter { best = (thing, by) }
        }
        return best.map { .reference($0.thing) } ?? .missing
    }
}

extension Value {
    /// Numbers, days and moments by size.
    public var ordinal: Int64? {
        switch self {
        case .number(let value), .date(let value), .instant(let value): value
        default: nil
        }
    }

    /// The order in which SQLite sorts values of one type: missing first, text by its bytes.
    public func precedes(_ other: Value) -> Bool {
        switch (self, other) {
        case (.missing, .missing): false
        case (.missing, _): true
        case (_, .missing): false
        case (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        case (.boolean(let a), .boolean(let b)): !a && b
        default: (ordinal ?? 0) < (other.ordinal ?? 0)
        }
    }
}
