import Specifications
import WireJSON

/// Capabilities that domains opt into: pieces of domain models with parameters, such as notes on something or a waiting list for it.
package struct CapabilityLibrary: Sendable {
    struct Capability: Sendable {
        let name: String
        let parameters: [Parameter]
        let root: SpecNode
    }

    struct Parameter: Sendable {
        let name: String
        let isOptional: Bool
        let fallback: SpecNode?
    }

    static let kind = "capability/1"
    private static let own = ["orrery", "capability", "about", "takes"]
    private static let parts = [
        "words", "parameters", "entities", "verbs", "policies", "questions", "openers", "sometimes", "extends", "extends verbs",
    ]

    private(set) var capabilities: [String: Capability] = [:]

    package init() {}

    /// The names of the capabilities.
    package var names: [String] { capabilities.keys.sorted() }

    /// Reads a capability's file and keeps it.
    package mutating func add(_ root: SpecNode, _ reader: SpecReader) {
        let fields = reader.fields(root, "a capability", allowed: Self.own + Self.parts, required: ["orrery", "capability", "takes"])
        DomainReader(reader: reader).checkKind(fields, Self.kind)
        guard let name = fields.string("capability") else { return }
        DomainReader(reader: reader).checkWord(name, fields["capability"]!.location, "a capability")
        let parameters = reader.named(fields["takes"], "'takes'").map { name, location, node -> Parameter in
            if !Word.isPlain(name) {
                reader.report(location, "'\(name)' cannot name a parameter: lower-case letters, digits and _ only, a letter first")
            }
            guard case .mapping = node.content else {
                _ = reader.string(node, "what '\(name)' is")
                return Parameter(name: name, isOptional: false, fallback: nil)
            }
            let fields = reader.fields(node, "a parameter", allowed: ["is", "optional", "default"], required: ["is"])
            _ = fields.string("is")
            return Parameter(
                name: name, isOptional: fields.bool("optional") ?? false, fallback: fields["default"].flatMap { value($0, name, reader) })
        }
        Placeholders(parameters: parameters.map(\.name)).check(root, reader)
        if capabilities[name] != nil { reader.report(root.location, "there are two capabilities called '\(name)'") }
        capabilities[name] = Capability(name: name, parameters: parameters, root: root)
    }

    /// Makes the piece of a domain that one use of a capability stands for.
    func weave(_ use: CapabilityUse, _ reader: SpecReader) -> DomainSpec? {
        guard let capability = capabilities[use.name.name] else {
            reader.report(
                use.name.location, "there is no capability '\(use.name.name)'\(NearestName.hint(for: use.name.name, among: names))")
            return nil
        }
        var values: [String: SpecNode] = [:]
        for (name, node) in use.arguments {
            if capability.parameters.isEmpty, name.name.isEmpty {
                reader.report(name.location, "'\(capability.name)' takes nothing")
                return nil
            }
            let parameter = name.name.isEmpty ? capability.parameters.first : capability.parameters.first { $0.name == name.name }
            guard let parameter else {
                let hint = NearestName.hint(for: name.name, among: capability.parameters.map(\.name))
                reader.report(name.location, "'\(capability.name)' takes no '\(name.name)'\(hint)")
                return nil
            }
            guard let value = value(node, parameter.name, reader) else { return nil }
            values[parameter.name] = value
        }
        for parameter in capability.parameters where values[parameter.name] == nil {
            if let fallback = parameter.fallback {
                values[parameter.name] = fallback
            } else if !parameter.isOptional {
                reader.report(use.location, "'\(capability.name)' must be given '\(parameter.name)'")
                return nil
            }
        }
        let substitution = Substitution(values: values, parameters: Set(capability.parameters.map(\.name)), use: use.location)
        guard let root = substitution.apply(to: capability.root) else { return nil }
        let fields = reader.fields(root, "a capability", allowed: Self.own + Self.parts)
        let domainReader = DomainReader(reader: reader)
        var spec = DomainSpec()
        spec.name = capability.name
        spec.location = use.location
        domainReader.readCommon(fields, &spec)
        spec.extensions = reader.named(fields["extends"], "'extends'").map { name, location, node in
            let fields = reader.fields(node, "an extension", allowed: ["attributes", "edit"])
            return EntityExtension(
                entity: PlacedName(name: name, location: location),
                attributes: domainReader.attributes(fields["attributes"], "'attributes'"),
                edit: fields.names("edit"))
        }
        spec.verbExtensions = reader.named(fields["extends verbs"], "'extends verbs'").map { name, location, node in
            let fields = reader.fields(node, "an extension of a verb", allowed: ["requires", "effects"])
            return VerbExtension(
                verb: PlacedName(name: name, location: location), requirements: domainReader.requirements(fields["requires"]),
                effects: domainReader.effects(fields["effects"]))
        }
        return spec
    }

    /// A parameter's value: one, or a list of them.
    private func value(_ node: SpecNode, _ name: String, _ reader: SpecReader) -> SpecNode? {
        let parts: [SpecNode] = if case .sequence(let nodes) = node.content { nodes } else { [node] }
        guard let wrong = parts.first(where: { $0.scalar == nil || $0.scalar == .null }) else { return node }
        reader.report(
            wrong.location, "'\(name)' is given \(wrong.kindWithArticle): it must be a name or another single value, or a list of them")
        return nil
    }
}
