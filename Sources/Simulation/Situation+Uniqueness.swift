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
        if let relation = attributes.first(where: { kinds[entity].children[$0] != nil }), let target = kinds[entity].rows[thing][relation].reference {
            candidates = things(entity, whose: relation, is: target)
        }
        return !candidates.contains { other in
            other != thing && kinds[entity].isAlive[other] && zip(attributes, values).allSatisfy { kinds[entity].rows[other][$0] == $1 }
        }
    }
}
