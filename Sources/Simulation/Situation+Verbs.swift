import Domains

/// How an attempt at a verb ended.
public enum Outcome: Sendable {
    /// It was done; the frame holds the arguments, the values worked out and the new things.
    case done(frame: [Value])
    /// The requirement at that position does not hold, and nothing was changed.
    case refused(requirement: Int)
}

extension Situation {
    /// The frame of a verb with its arguments and the values that are worked out first.
    public func frame(of verb: Verb, _ arguments: [Value]) -> [Value] {
        var frame = arguments + Array(repeating: .missing, count: max(0, verb.frameSize - arguments.count))
        for binding in verb.lets { frame[binding.variable.slot] = evaluate(binding.value, &frame) }
        return frame
    }

    /// The first requirement that does not hold; nil if all do.
    public func firstFailure(of verb: Verb, _ arguments: [Value]) -> Int? {
        var frame = frame(of: verb, arguments)
        return verb.requirements.firstIndex { !isTrue($0.condition, &frame) }
    }

    /// The requirements that do not hold.
    public func failures(of verb: Verb, _ arguments: [Value]) -> [Int] {
        var frame = frame(of: verb, arguments)
        return verb.requirements.indices.filter { !isTrue(verb.requirements[$0].condition, &frame) }
    }

    /// Does what a verb does, or nothing.
    public mutating func apply(_ verb: Verb, _ arguments: [Value]) -> Outcome {
        if let failure = firstFailure(of: verb, arguments) { return .refused(requirement: failure) }
        var frame = frame(of: verb, arguments)
        for effect in verb.effects { apply(effect, &frame) }
        return .done(frame: frame)
    }

    private mutating func apply(_ effect: Effect, _ frame: inout [Value]) {
        switch effect {
        case .set(let thing, let reference, let value, let when):
            guard isTrue(when, &frame), case .reference(let thing) = evaluate(thing, &frame) else { return }
            set(thing, reference.entity, reference.index, to: evaluate(value, &frame))
        case .create(let entity, let values, let variable, let when):
            // The tool takes its keys before it knows.
            guard isTrue(when, &frame) else { return skipNumber(entity) }
            var row: [Value] = []
            var rest = values[...]
            for attribute in model.entities[entity].attributes {
                row.append(attribute.isComputed ? .missing : evaluate(rest.removeFirst(), &frame))
            }
            let made = add(entity, row)
            while frame.count <= variable.slot { frame.append(.missing) }
            frame[variable.slot] = .reference(made)
        case .delete(let thing, let entity, let when):
            guard isTrue(when, &frame), case .reference(let thing) = evaluate(thing, &frame) else { return }
            delete(thing, entity)
        case .each(let entity, let variable, let condition, let effects):
            // In the order of their keys: where several lead to one, the last has its way.
            let things = things(entity, variable, where: condition, &frame).sorted { key($0, entity).precedes(key($1, entity)) }
            for effect in effects {
                for thing in things {
                    frame[variable.slot] = .reference(thing)
                    apply(effect, &frame)
                }
            }
        }
    }

    /// The first thing, if there is one, of which a rule does not hold.
    public func brokenRule() -> (entity: Int, rule: Int, thing: Int)? {
        for (index, entity) in model.entities.enumerated() where !entity.rules.isEmpty {
            for thing in things(index) {
                if let rule = brokenRule(of: thing, index) { return (index, rule, thing) }
            }
        }
        return nil
    }

    /// The first rule of a thing that does not hold.
    public func brokenRule(of thing: Int, _ entity: Int) -> Int? {
        model.entities[entity].rules.firstIndex { rule in
            var frame: [Value] = [.reference(thing)]
            return !isTrue(rule, &frame)
        }
    }
}
