import Domains
import Simulation

extension PlanBuilder {
    /// Makes the calls by which an agent finds out which thing is meant.
    mutating func identify(_ referral: Referral) throws(PlanFault) {
        if knowledge.isKnown(referral.thing) { return }
        if referral.isKey {
            knowledge.know(referral.thing)
            return
        }
        for inner in referral.nested { try identify(inner) }
        try find(referral.thing, referral.constraints, referral.condition, referral.extreme, depth: 0)
    }

    private mutating func find(
        _ thing: Thing, _ constraints: [Referral.Constraint], _ condition: Expression?, _ extreme: Description.Extreme?, depth: Int
    ) throws(PlanFault) {
        if knowledge.isKnown(thing) { return }
        if depth > 3 { throw PlanFault("too indirect") }
        // What is said of a thing that it belongs to may single that one out.
        for reference in Self.relations(constraints) where !constraints.contains(where: { $0.path == [reference] }) {
            guard case .reference(let index) = situation.value(thing.index, reference) else { continue }
            let related = Thing(entity: reference.type.entity!, index: index)
            let rest = constraints.filter { $0.path.first == reference }.map {
                Referral.Constraint(path: Array($0.path.dropFirst()), value: $0.value)
            }
            let referral = Referral(
                thing: related, constraints: rest, condition: nil, extreme: nil, nested: [], isKey: false, description: nil)
            guard !knowledge.isKnown(related), Referring(situation: situation).fitting(referral).count == 1 else { continue }
            let saved = self
            do throws(PlanFault) {
                try find(related, rest, nil, nil, depth: depth + 1)
            } catch {
                self = saved
            }
        }
        let (reader, query) = try bestQuery(thing, constraints, condition, extreme)
        let rows = try pages(reader, query, until: thing, all: extreme != nil && query.sort == nil)
        try tellApart(thing, rows, constraints, condition, extreme)
        know(thing)
    }

    /// A thing is known, and with it what its shown relations lead to.
    private mutating func know(_ thing: Thing) {
        knowledge.know(thing)
        for (index, attribute) in model.entities[thing.entity].attributes.enumerated() {
            guard let entity = attribute.type.entity, knowledge.hasSeen(thing, index),
                case .reference(let related) = situation.value(thing.index, thing.entity, index)
            else { continue }
            knowledge.know(Thing(entity: entity, index: related))
        }
    }

    private static func relations(_ constraints: [Referral.Constraint]) -> [Attribute.Reference] {
        var result: [Attribute.Reference] = []
        for constraint in constraints where constraint.path.count > 1 && !result.contains(constraint.path[0]) {
            result.append(constraint.path[0])
        }
        return result
    }

    // MARK: Queries

    /// The tool and the filters that narrow the search most.
    private func bestQuery(
        _ thing: Thing, _ constraints: [Referral.Constraint], _ condition: Expression?, _ extreme: Description.Extreme?
    ) throws(PlanFault) -> (Int, ReaderQuery) {
        var best: (reader: Int, query: ReaderQuery, total: Int)?
        for index in toolbox.finders(thing.entity) {
            let reader = toolbox.readers[index]
            var query = ReaderQuery()
            for (position, filter) in reader.filters.enumerated() {
                if let value = filterValue(filter, thing, constraints, condition) { query.filters[position] = value }
            }
            if reader.filters.indices.contains(where: { reader.filters[$0].isRequired && query.filters[$0] == nil }) { continue }
            if let extreme, let path = Referring.path(extreme.by), path.count == 1 {
                query.sort = reader.sorts.firstIndex { $0.order.attribute == path[0].index && $0.order.isDescending == extreme.isGreatest }
            }
            let total = ReaderRun(reader: reader, situation: situation).things(query).total
            if total < best?.total ?? Int.max { best = (index, query, total) }
        }
        guard let best else { throw PlanFault("no tool finds \(model.entities[thing.entity].nouns)") }
        return (best.reader, best.query)
    }

    /// What an agent that knows what is said can put into a filter.
    private func filterValue(_ filter: Reader.Filter, _ thing: Thing, _ constraints: [Referral.Constraint], _ condition: Expression?)
        -> Value?
    {
        let attribute = model.entities[thing.entity].attributes[filter.attribute]
        if let constraint = constraints.first(where: { $0.path.count == 1 && $0.path[0].index == filter.attribute }) {
            return constraint.value
        }
        if let entity = attribute.type.entity {
            // A thing that it belongs to, if what was said has led to it.
            guard constraints.contains(where: { $0.path.first?.index == filter.attribute }),
                case .reference(let index) = situation.value(thing.index, thing.entity, filter.attribute),
                knowledge.isKnown(Thing(entity: entity, index: index))
            else { return nil }
            return .reference(index)
        }
        guard filter.test == .equals, let condition else { return nil }
        for part in condition.conjuncts {
            if case .isOneOf(.attribute(.variable(let variable), let reference), let words) = part, variable.slot == 0,
                reference.index == filter.attribute, words.count == 1
            {
                return .text(words[0])
            }
        }
        return nil
    }

    /// Turns pages until a thing is found, or to the end.
    private mutating func pages(_ reader: Int, _ query: ReaderQuery, until thing: Thing?, all: Bool) throws(PlanFault) -> [Int] {
        var rows: [Int] = []
        var query = query
        for page in 0..<4 {
            query.page = page
            let (shown, total) = try find(reader, query)
            rows += shown
            if rows.count >= total { return rows }
            if let thing, !all, rows.contains(thing.index) { return rows }
        }
        throw PlanFault("too many pages")
    }

    // MARK: Telling apart

    /// Makes the calls that rule out all others among what was found.
    private mutating func tellApart(
        _ thing: Thing, _ rows: [Int], _ constraints: [Referral.Constraint], _ condition: Expression?, _ extreme: Description.Extreme?
    ) throws(PlanFault) {
        guard rows.contains(thing.index) else { throw PlanFault("it is not found") }
        let paths = try constraints.map(\.path) + Self.paths(condition) + Self.paths(extreme?.by)
        var rivals = rows.filter { $0 != thing.index }.map { Thing(entity: thing.entity, index: $0) }
        rivals.removeAll { isRuledOut($0, thing, constraints, condition, extreme) }
        if rivals.isEmpty, extreme == nil { return }
        if rivals.count > 5 { throw PlanFault("too many look alike") }
        for rival in [thing] + rivals {
            for path in paths { try reveal(rival, path) }
        }
        rivals.removeAll { isRuledOut($0, thing, constraints, condition, extreme) }
        if !rivals.isEmpty { throw PlanFault("they cannot be told apart") }
    }

    /// The paths from the thing at hand in an expression that is made of nothing else.
    private static func paths(_ expression: Expression?) throws(PlanFault) -> [[Attribute.Reference]] {
        guard let expression else { return [] }
        if let path = Referring.path(expression) { return path.isEmpty ? [] : [path] }
        switch expression {
        case .aggregate, .pick: throw PlanFault("what is said takes many things to see")
        default: break
        }
        var result: [[Attribute.Reference]] = []
        for part in expression.parts { result += try paths(part) }
        return result
    }

    /// Whether what has been seen of a thing shows that it is not the one that is meant.
    private func isRuledOut(
        _ rival: Thing, _ thing: Thing, _ constraints: [Referral.Constraint], _ condition: Expression?, _ extreme: Description.Extreme?
    ) -> Bool {
        let referring = Referring(situation: situation)
        for constraint in constraints where isVisible(rival, constraint.path) {
            if referring.value(rival, constraint.path) != constraint.value { return true }
        }
        if let condition, let paths = try? Self.paths(condition), paths.allSatisfy({ isVisible(rival, $0) }) {
            var frame: [Value] = [.reference(rival.index)]
            if !situation.isTrue(condition, &frame) { return true }
        }
        if let extreme, let paths = try? Self.paths(extreme.by), paths.allSatisfy({ isVisible(rival, $0) && isVisible(thing, $0) }) {
            var frame: [Value] = [.reference(rival.index)]
            let theirs = situation.evaluate(extreme.by, &frame)
            frame = [.reference(thing.index)]
            let own = situation.evaluate(extreme.by, &frame)
            return extreme.isGreatest ? theirs.precedes(own) : own.precedes(theirs)
        }
        return false
    }

    /// Whether it has been shown where a path from a thing leads.
    func isVisible(_ thing: Thing, _ path: [Attribute.Reference]) -> Bool {
        guard let first = path.first else { return true }
        guard knowledge.hasSeen(thing, first.index) else { return false }
        if path.count == 1 { return true }
        guard case .reference(let index) = situation.value(thing.index, first) else { return true }
        return isVisible(Thing(entity: first.type.entity!, index: index), Array(path.dropFirst()))
    }

    /// Makes the calls that show where a path from a thing leads.
    mutating func reveal(_ thing: Thing, _ path: [Attribute.Reference]) throws(PlanFault) {
        guard let first = path.first else { return }
        if !knowledge.hasSeen(thing, first.index) { try show(thing) }
        guard knowledge.hasSeen(thing, first.index) else { throw PlanFault("no tool shows it") }
        guard path.count > 1, case .reference(let index) = situation.value(thing.index, first) else { return }
        try reveal(Thing(entity: first.type.entity!, index: index), Array(path.dropFirst()))
    }
}

extension PlanBuilder {
    // MARK: Evidence

    /// Makes the calls that show everything that an expression's value depends on.
    ///
    /// - Parameter frame: the values of its variables, whose things are known.
    mutating func gatherEvidence(_ expression: Expression, _ frame: [Value]) throws(PlanFault) {
        switch expression {
        case .aggregate(let aggregate):
            try gatherEvidence(aggregate.entity, aggregate.variable, aggregate.condition, [aggregate.value].compactMap { $0 }, frame)
        case .pick(let pick): try gatherEvidence(pick.entity, pick.variable, pick.condition, [pick.by], frame)
        default:
            if let (thing, path) = rooted(expression, frame) {
                if !path.isEmpty { try reveal(thing, path) }
                return
            }
            for part in expression.parts { try gatherEvidence(part, frame) }
        }
    }

    /// The thing from which a path begins, and the path.
    private func rooted(_ expression: Expression, _ frame: [Value]) -> (Thing, [Attribute.Reference])? {
        switch expression {
        case .variable(let variable):
            guard let entity = variable.type.entity, variable.slot < frame.count, case .reference(let index) = frame[variable.slot] else {
                return nil
            }
            return (Thing(entity: entity, index: index), [])
        case .attribute(let base, let reference): return rooted(base, frame).map { ($0.0, $0.1 + [reference]) }
        default: return nil
        }
    }

    /// Makes the calls that show all things of a kind for which a condition may hold, and what is asked of each.
    mutating func gatherEvidence(
        _ entity: Int, _ variable: Variable, _ condition: Expression?, _ asked: [Expression], _ frame: [Value]
    ) throws(PlanFault) {
        var best: (reader: Int, query: ReaderQuery, total: Int)?
        let conjuncts = condition?.conjuncts ?? []
        for index in toolbox.finders(entity) {
            let reader = toolbox.readers[index]
            var query = ReaderQuery()
            for (position, filter) in reader.filters.enumerated() {
                if let value = filterValue(filter, variable, conjuncts, frame) { query.filters[position] = value }
            }
            if reader.filters.indices.contains(where: { reader.filters[$0].isRequired && query.filters[$0] == nil }) { continue }
            let total = ReaderRun(reader: reader, situation: situation).things(query).total
            if total < best?.total ?? Int.max { best = (index, query, total) }
        }
        guard let best else { throw PlanFault("no tool lists \(model.entities[entity].nouns)") }
        if best.total > 60 { throw PlanFault("too many to look at") }
        // What a condition compares with must be known first.
        for part in conjuncts { for side in part.parts where !mentions(side, variable) { try gatherEvidence(side, frame) } }
        let rows = try pages(best.reader, best.query, until: nil, all: true)
        for row in rows {
            var frame = frame
            while frame.count <= variable.slot { frame.append(.missing) }
            frame[variable.slot] = .reference(row)
            // The first condition that does not hold settles the matter.
            var holds = true
            for part in conjuncts where holds {
                try gatherEvidence(part, frame)
                holds = situation.isTrue(part, &frame)
            }
            if holds { for expression in asked { try gatherEvidence(expression, frame) } }
        }
    }

    private func mentions(_ expression: Expression, _ variable: Variable) -> Bool {
        expression.contains { if case .variable(variable) = $0 { true } else { false } }
    }

    private func filterValue(_ filter: Reader.Filter, _ variable: Variable, _ conjuncts: [Expression], _ frame: [Value]) -> Value? {
        for part in conjuncts {
            switch part {
            case .compare(let comparison, let a, let b):
                for (side, other, isFlipped) in [(a, b, false), (b, a, true)] {
                    guard case .attribute(.variable(variable), let reference) = side, reference.index == filter.attribute,
                        !mentions(other, variable)
                    else { continue }
                    var frame = frame
                    let value = situation.evaluate(other, &frame)
                    if value == .missing { continue }
                    if let entity = reference.type.entity, case .reference(let index) = value,
                        !knowledge.isKnown(Thing(entity: entity, index: index))
                    {
                        continue
                    }
                    if case (.equal, .equals) = (comparison, filter.test) { return value }
                    if case (.equal, .contains) = (comparison, filter.test) { return value }
                    // A bound that has to be worked out is in no request.
                    guard case .variable = other else { continue }
                    switch (comparison, filter.test, isFlipped) {
                    case (.atLeast, .from, false), (.greater, .from, false), (.atMost, .from, true), (.less, .from, true): return value
                    case (.atMost, .to, false), (.less, .to, false), (.atLeast, .to, true), (.greater, .to, true): return value
                    default: continue
                    }
                }
            case .isOneOf(.attribute(.variable(variable), let reference), let words):
                if reference.index == filter.attribute, filter.test == .equals, words.count == 1 { return .text(words[0]) }
            case .attribute(.variable(variable), let reference):
                if reference.index == filter.attribute, filter.test == .equals { return .boolean(true) }
            case .not(.attribute(.variable(variable), let reference)):
                if reference.index == filter.attribute, filter.test == .equals { return .boolean(false) }
            default: break
            }
        }
        return nil
    }
}
