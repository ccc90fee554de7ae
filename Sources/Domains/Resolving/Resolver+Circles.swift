import Specifications

// What would need itself before there is any of it.
extension Resolver {
    /// Reports things of which none can be the first, and counts that come to too many.
    mutating func checkRelations() {
        let needs = model.entities.map { entity in
            entity.attributes.compactMap { $0.isOptional || $0.isComputed ? nil : $0.type.entity }
        }
        func reaches(_ start: Int, _ target: Int) -> Bool {
            var seen: Set<Int> = []
            var open = [start]
            while let next = open.popLast() {
                if next == target { return true }
                if seen.insert(next).inserted { open += needs[next] }
            }
            return false
        }
        for (index, entity) in model.entities.enumerated() {
            for (position, attribute) in entity.attributes.enumerated() where !attribute.isOptional && !attribute.isComputed {
                guard let target = attribute.type.entity, reaches(target, index), let spec = attributeSpecs[index][position] else {
                    continue
                }
                let chain = target == index ? "which is of its kind" : "which cannot be without \(entity.name.spaced.withArticle)"
                report(
                    spec.name.location,
                    "no \(entity.name) can be without its '\(attribute.name)', \(chain), so that none can be the first; one of them may be missing ('?')"
                )
            }
            checkCount(index)
            checkTable(index)
        }
    }

    /// Tables are called by the name of one or of many.
    private mutating func checkTable(_ index: Int) {
        let entity = model.entities[index]
        for (other, definition) in model.entities.enumerated() where other != index {
            guard entity.plural == definition.name || (other < index && entity.plural == definition.plural) else { continue }
            report(
                entitySpecs[index].name.location,
                "many of \(entity.name) are called '\(entity.plural)', as \(definition.name) is too: give one another 'plural'")
            return
        }
    }

    private mutating func checkCount(_ index: Int) {
        guard let per = entitySpecs[index].count.per else { return }
        var most = 1.0
        var kinds: [Int] = []
        var next: Int? = index
        while let kind = next {
            if kind == index, !kinds.isEmpty {
                report(per.location, "how many there are of \(model.entities[index].name) depends on how many there are of it")
                return
            }
            // A circle further on is reported there.
            if kinds.contains(kind) { return }
            kinds.append(kind)
            let count = model.entities[kind].count
            most *= Double(count.range.upperBound)
            next = count.per.flatMap { model.entities[kind].attributes[$0].type.entity }
        }
        if most > Double(DomainLimits.count) {
            report(
                per.location,
                "that comes to \(Int(min(most, 1e15))) of \(model.entities[index].name): at most \(DomainLimits.count) are made")
        }
    }

    /// Reports attributes that are made of themselves, or of what gets its value after them.
    mutating func checkOrder(_ entity: Int) {
        let attributes = model.entities[entity].attributes
        let direct = attributes.map { sources(of: $0, entity) }
        func parts(of index: Int) -> Set<Int> {
            var result: Set<Int> = []
            var open = Array(direct[index])
            while let next = open.popLast() { if result.insert(next).inserted { open += direct[next] } }
            return result
        }
        var told: Set<Int> = []
        for (index, attribute) in attributes.enumerated() {
            guard let spec = attributeSpecs[entity][index], !attribute.isComputed, !told.contains(index) else { continue }
            let name = "\(model.entities[entity].name).\(attribute.name)"
            let all = parts(of: index)
            if all.contains(index) {
                told.formUnion(all)
                report(spec.name.location, "\(name): it is made of itself")
            } else if let later = needed(direct[index], direct, attributes).first(where: { $0 > index }) {
                report(
                    spec.name.location,
                    "\(name): it is made of '\(attributes[later].name)', which gets its value after it: put it below that")
            }
            if let atStart = attribute.atStart, mentioned(atStart, entity).contains(index) {
                report(spec.atStart!.location, "'at_start' of \(name): it is made of itself")
            }
        }
    }

    /// The stored attributes among some, and those that the computed ones are worked out of.
    private func needed(_ indices: Set<Int>, _ direct: [Set<Int>], _ attributes: [Attribute]) -> [Int] {
        indices.sorted().flatMap { attributes[$0].isComputed ? needed(direct[$0], direct, attributes) : [$0] }
    }

    /// The attributes of the same thing that an attribute's value is made of.
    private func sources(of attribute: Attribute, _ entity: Int) -> Set<Int> {
        switch attribute.source {
        case .template(let template):
            Set(template.pieces.compactMap { if case .attribute(let index, _) = $0 { index } else { nil } })
        case .expression(let value), .computed(let value): mentioned(value, entity)
        case .time(let time): time.anchor.map { mentioned($0, entity) } ?? []
        default: []
        }
    }

    /// The attributes of the thing itself that an expression mentions.
    private func mentioned(_ expression: Expression, _ entity: Int) -> Set<Int> {
        var result: Set<Int> = []
        if case .attribute(.variable(let variable), let reference) = expression, variable.slot == 0, reference.entity == entity {
            result.insert(reference.index)
        }
        for part in expression.parts { result.formUnion(mentioned(part, entity)) }
        return result
    }
}
