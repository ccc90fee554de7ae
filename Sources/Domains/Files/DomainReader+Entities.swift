import Determinism
import Specifications
import WireJSON

extension DomainReader {
    func entity(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> EntitySpec {
        if let fault = Word.faultOfTable(name, "an entity") { reader.report(location, fault) }
        let fields = reader.fields(
            node, "an entity",
            allowed: [
                "about", "plural", "noun", "nouns", "person", "belongs to", "attributes", "lifecycle", "unique", "described", "count",
                "manage", "rules",
            ])
        var entity = EntitySpec(name: PlacedName(name: name, location: location))
        entity.about = (fields.string("about") ?? "").trimmedText
        if let plural = fields.name("plural") {
            entity.plural = plural.name
            if let fault = Word.faultOfTable(plural.name, "the many") { reader.report(plural.location, fault) }
        }
        entity.noun = fields.string("noun")
        entity.nouns = fields.string("nouns")
        entity.isPerson = fields.bool("person") ?? false
        entity.attributes = relations(fields["belongs to"]) + attributes(fields["attributes"], "'attributes'")
        entity.states = reader.named(fields["lifecycle"], "'lifecycle'").map(state)
        if !entity.states.isEmpty, entity.states.allSatisfy({ $0.weight == 0 }) {
            reader.report(fields["lifecycle"]!.location, "no state has a weight above 0")
        }
        entity.unique = reader.list(fields["unique"], "'unique'").map(unique)
        entity.descriptions = descriptions(fields["described"])
        entity.rules = reader.list(fields["rules"], "'rules'").compactMap { expression($0, "a rule") }
        if let node = fields["count"], let scalar = fields.scalar("count") {
            if let count = CountSpec(scalar.string ?? scalar.text, node.location) {
                entity.count = count
                if count.range.upperBound == 0 {
                    reader.report(node.location, "of every entity there is at least one; leave out the entity of which there is none")
                } else if count.range.upperBound > DomainLimits.count {
                    reader.report(node.location, "'\(scalar.text)' is too many: a count is at most \(DomainLimits.count)")
                }
            } else {
                reader.report(node.location, "'\(scalar.text)' is not a count such as 5..9, 3 or 0..3 per animal")
            }
        }
        manage(fields["manage"], &entity)
        return entity
    }

    /// The names of attributes that are unique together.
    private func unique(_ node: SpecNode) -> [PlacedName] {
        let names = reader.names(node, "each of 'unique'")
        if case .sequence(let nodes) = node.content, nodes.isEmpty {
            reader.report(node.location, "each of 'unique' names an attribute: this names nothing")
        }
        for (index, name) in names.enumerated() where names[..<index].contains(where: { $0.name == name.name }) {
            reader.report(name.location, "'\(name.name)' is there twice")
        }
        return names
    }

    private func manage(_ node: SpecNode?, _ entity: inout EntitySpec) {
        guard let node else { return }
        let fields = reader.fields(node, "'manage'", allowed: ["add", "edit", "remove"])
        entity.canAdd = fields.bool("add") ?? false
        entity.canRemove = fields.bool("remove") ?? false
        entity.edit = fields.names("edit")
    }

    /// `[animal, vet?]`, or `{patient: animal, vet: {entity: vet, missing: 30}}`.
    private func relations(_ node: SpecNode?) -> [AttributeSpec] {
        guard let node else { return [] }
        if case .mapping(let pairs) = node.content { return pairs.map { relation($0.key, $0.location, $0.value) } }
        return reader.names(node, "'belongs to'").map { name in
            let bare = name.name.hasSuffix("?") ? String(name.name.dropLast()) : name.name
            return relation(bare, name.location, SpecNode(content: .scalar(.string(name.name)), location: name.location))
        }
    }

    private func relation(_ role: String, _ location: SourceLocation, _ node: SpecNode) -> AttributeSpec {
        checkWord(role, location, "a relation")
        let name = PlacedName(name: role, location: location)
        if let text = node.scalar?.string {
            let isOptional = text.hasSuffix("?")
            let target = PlacedName(name: isOptional ? String(text.dropLast()) : text, location: node.location)
            return AttributeSpec(name: name, kind: .relation(target), missing: isOptional ? 30 : nil)
        }
        let fields = reader.fields(
            node, "a relation", allowed: ["entity", "missing", "label", "about", "value", "new"], required: ["entity"])
        let target = fields.name("entity") ?? PlacedName(name: "", location: node.location)
        var spec = AttributeSpec(name: name, kind: .relation(target))
        readOptions(fields, &spec)
        return spec
    }

    private func state(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> StateSpec {
        checkWord(name, location, "a state")
        let placed = PlacedName(name: name, location: location)
        guard case .mapping = node.content else {
            return StateSpec(name: placed, weight: reader.count(node, "the weight of '\(name)'") ?? 1, condition: nil)
        }
        let fields = reader.fields(node, "a state", allowed: ["weight", "when"])
        return StateSpec(name: placed, weight: fields.count("weight") ?? 1, condition: expression(fields["when"], "'when' of a state"))
    }

    private func descriptions(_ node: SpecNode?) -> [DescriptionSpec] {
        guard let node else { return [] }
        let nodes = node.scalar == nil ? reader.list(node, "'described'") : [node]
        return nodes.compactMap { node in
            if node.scalar != nil {
                return text(node, "a description").map { DescriptionSpec(say: $0, condition: nil, extreme: nil) }
            }
            let fields = reader.fields(node, "a description", allowed: ["say", "where", "greatest", "least"], required: ["say"])
            guard let say = text(fields["say"], "'say'") else { return nil }
            return DescriptionSpec(
                say: say, condition: expression(fields["where"], "'where'"), extreme: extreme(fields, greatest: "greatest", least: "least"))
        }
    }

    func extreme(_ fields: Fields, greatest: String, least: String) -> (by: PlacedSyntax, isGreatest: Bool)? {
        if let node = fields[greatest] {
            if let other = fields[least] { reader.report(other.location, "there is '\(greatest)' already") }
            return expression(node, "'\(greatest)'").map { ($0, true) }
        }
        return expression(fields[least], "'\(least)'").map { ($0, false) }
    }

    // MARK: Attributes

    func attributes(_ node: SpecNode?, _ what: String) -> [AttributeSpec] {
        reader.named(node, what).compactMap { attribute($0.name, $0.location, $0.node) }
    }

    private static let kinds = ["text", "money", "integer", "decimal", "date", "datetime", "boolean", "code", "enum", "computed", "like"]
    private static let options = ["missing", "unique", "label", "about", "unit", "value", "new", "at_start"]
    /// Options of what is stored.
    private static let stored = ["missing", "unique", "value", "new", "at_start"]

    /// A bare name (of a list of words), a list (an enumeration), or a mapping of one kind and options.
    func attribute(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> AttributeSpec? {
        checkWord(name, location, "an attribute")
        let placed = PlacedName(name: name, location: location)
        switch node.content {
        case .scalar:
            return reader.string(node, "the type of '\(name)'").map { text in
                AttributeSpec(name: placed, kind: named(text, node.location))
            }
        case .sequence: return AttributeSpec(name: placed, kind: .enumeration(enumeration(node, name)))
        case .mapping:
            let fields = reader.fields(node, "an attribute", allowed: Self.kinds + Self.options)
            guard let kind = fields.only(Self.kinds), let value = fields[kind] else { return nil }
            guard let read = self.kind(kind, value, name) else { return nil }
            var spec = AttributeSpec(name: placed, kind: read)
            readOptions(fields, &spec)
            if kind == "computed" {
                for option in Self.stored {
                    if let extra = fields[option] { reader.report(extra.location, "'\(option)' does not go with 'computed'") }
                }
            }
            return spec
        }
    }

    /// The words of an enumeration.
    private func enumeration(_ node: SpecNode, _ name: String) -> [String] {
        if case .sequence(let nodes) = node.content {
            for node in nodes where node.scalar?.string?.trimmedText.isEmpty == true {
                reader.report(node.location, "an enumeration's word is empty")
            }
        }
        return reader.choices(node, "'\(name)'")
    }

    /// `visit.reason` is the type of that attribute, any other word a list of words.
    private func named(_ text: String, _ location: SourceLocation) -> AttributeSpec.Kind {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { PlacedName(name: String($0), location: location) }
        return parts.count == 2 ? .like(entity: parts[0], attribute: parts[1]) : .words(PlacedName(name: text, location: location))
    }

    private func readOptions(_ fields: Fields, _ spec: inout AttributeSpec) {
        if let missing = fields.count("missing") {
            spec.missing = missing
            if missing > 100 { reader.report(fields["missing"]!.location, "'missing' is so many of a hundred") }
        }
        spec.isUnique = fields.bool("unique") ?? false
        spec.label = fields.string("label")
        spec.about = fields.string("about")?.trimmedText
        spec.unit = fields.string("unit")
        spec.value = expression(fields["value"], "'value'")
        spec.new = expression(fields["new"], "'new'")
        spec.atStart = expression(fields["at_start"], "'at_start'")
    }

    private func kind(_ kind: String, _ node: SpecNode, _ name: String) -> AttributeSpec.Kind? {
        switch kind {
        case "text":
            return text(node, "'text'").map { text in
                // A bare word names a list of words.
                if text.syntax.sources.isEmpty, !text.source.contains(" "), !text.source.contains("#") {
                    return .words(PlacedName(name: text.source, location: text.location))
                }
                return .template(text)
            }
        case "enum": return .enumeration(enumeration(node, name))
        case "computed": return expression(node, "'computed'").map { .computed($0) }
        case "boolean":
            guard let chance = reader.count(node, "'boolean'") else { return nil }
            if chance > 100 { reader.report(node.location, "'boolean' is how many of a hundred are true") }
            return .boolean(chance: min(100, chance))
        case "like":
            guard let text = reader.string(node, "'like'") else { return nil }
            if case .like(let entity, let attribute) = named(text, node.location) { return .like(entity: entity, attribute: attribute) }
            reader.report(node.location, "'like' is ENTITY.ATTRIBUTE")
            return nil
        case "code":
            guard let text = reader.string(node, "'code'") else { return nil }
            if let format = IdentifierFormat(text), format != .uuid { return .code(format) }
            reader.report(node.location, "'\(text)' is not a code: text with zeros in braces such as \"V-{00000}\"")
            return nil
        default:
            guard let scalar = reader.scalar(node, "'\(kind)'") else { return nil }
            let text = scalar.string ?? scalar.text
            if kind == "date" || kind == "datetime" {
                do throws(SyntaxError) {
                    let range = try TimeRange(text, node.location)
                    return kind == "date" ? .date(range) : .instant(range)
                } catch {
                    reader.report(node.location, error.message)
                    return nil
                }
            }
            let places: Int? = kind == "money" ? 2 : kind == "integer" ? 0 : nil
            if let range = NumberRange(text, places: places) {
                if max(range.low.magnitude, range.high.magnitude) > DomainLimits.number {
                    reader.report(node.location, "'\(text)' has too large a number: \(DomainLimits.digits)")
                }
                return .number(range, isMoney: kind == "money")
            }
            reader.report(node.location, "'\(text)' is not a range of numbers such as 5..9 or 25..180 by 5")
            return nil
        }
    }
}
