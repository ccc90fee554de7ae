import Domains

extension Situation {
    /// The sets of attributes that are unique together.
    public func uniqueSets(_ entity: Int) -> [[Int]] {
        let definition = model.entities[entity]
        let single = definition.attributes.indices.filter { definition.attributes[$0].isUnique && !definition.attributes[$0].isComputed }
        return definition.unique + single.map { [$0] }
    }

    /// Whether no other thing of the kind has the same values of these attributes. A missing value is like no other.
    public func isUnique(_ thing: Int, _ entity: Int, _ attributes: [Int]) -> Bool {
        let values = attributes.map { kinds[entity].rows[thing][$0] }
        if values.contains(.missing) { return true }
        var candidates = Array(kinds[entity].rows.indices)
        if let relation = attributes.first(where: kinds[entity].relations.contains),
            let target = kinds[entity].rows[thing][relation].reference
        {
            candidates = things(entity, whose: relation, is: target)
        }
        return !candidates.contains { other in
            other != thing && kinds[entity].isAlive[other] && zip(attributes, values).allSatisfy { kinds[entity].rows[other][$0] == $1 }
        }
    }
}

extension Situation {
    /// Whether the same things are there with the same values.
    public func sameRows(as other: Situation) -> Bool {
        zip(kinds, other.kinds).allSatisfy { $0.rows == $1.rows && $0.isAlive == $1.isAlive }
    }

    /// The things that are new, gone, have other values or were written to since an earlier situation.
    public func things(differentFrom earlier: Situation) -> [(entity: Int, index: Int)] {
        var result: [(entity: Int, index: Int)] = []
        for (entity, kind) in kinds.enumerated() {
            let old = earlier.kinds[entity]
            for index in kind.rows.indices {
                let isSame =
                    index < old.rows.count && kind.rows[index] == old.rows[index] && kind.isAlive[index] == old.isAlive[index]
                    && kind.times[index] == old.times[index] && kind.transitions[index] == old.transitions[index]
                if !isSame { result.append((entity, index)) }
            }
        }
        return result
    }

    /// The name of a kind of thing of which one refers to a thing that is gone; nil if there is none.
    public func danglingReference() -> String? {
        for (entity, definition) in model.entities.enumerated() {
            for (attribute, spec) in definition.attributes.enumerated() {
                guard let target = spec.type.entity, !spec.isComputed, kinds[target].isAlive.contains(false) else { continue }
                for thing in kinds[entity].rows.indices where kinds[entity].isAlive[thing] {
                    if case .reference(let index) = kinds[entity].rows[thing][attribute], !kinds[target].isAlive[index] {
                        return definition.name
                    }
                }
            }
        }
        return nil
    }
}
