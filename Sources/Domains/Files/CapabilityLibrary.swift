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
        let parameters = reader.named(fields["takes"], "'takes'").map { name, _, node -> Parameter in
            guard case .mapping = node.content else {
                _ = reader.string(node, "what '\(name)' is")
                return Parameter(name: name, isOptional: false, fallback: nil)
            }
            let fields = reader.fields(node, "a parameter", allowed: ["is", "optional", "default"], required: ["is"])
            return Parameter(name: name, isOptional: fields.bool("optional") ?? false, fallback: fields["default"])
        }
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
        for (name, value) in use.arguments {
            let parameter = name.name.isEmpty ? capability.parameters.first : capability.parameters.first { $0.name == name.name }
            guard let parameter else {
                let hint = NearestName.hint(for: name.name, among: capability.parameters.map(\.name))
                reader.report(name.location, "'\(capability.name)' takes no '\(name.name)'\(hint)")
                return nil
            }
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
        let substitution = Substitution(values: values, parameters: Set(capability.parameters.map(\.name)))
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
}

/// Puts values for the `<parameters>` of a capability. What mentions a parameter that has no value is left out.
private struct Substitution {
    let values: [String: SpecNode]
    let parameters: Set<String>

    /// Returns nil if the node mentions a parameter without a value.
    func apply(to node: SpecNode) -> SpecNode? {
        switch node.content {
        case .scalar(.string(let text)):
            // A parameter that stands alone may be a list.
            if text.hasPrefix("<"), text.hasSuffix(">"), let value = values[String(text.dropFirst().dropLast())] { return value }
            return apply(to: text).map { SpecNode(content: .scalar(.string($0)), location: node.location) }
        case .scalar: return node
        case .sequence(let nodes):
            return SpecNode(content: .sequence(nodes.compactMap { apply(to: $0) }), location: node.location)
        case .mapping(let pairs):
            var result: [(key: String, location: SourceLocation, value: SpecNode)] = []
            for pair in pairs {
                // A name that stands for a list stands for each of its elements in turn.
                if pair.key.hasPrefix("<"), pair.key.hasSuffix(">"), let list = values[String(pair.key.dropFirst().dropLast())],
                    case .sequence(let elements) = list.content
                {
                    for element in elements {
                        guard let name = element.scalar?.string else { continue }
                        var values = self.values
                        values[String(pair.key.dropFirst().dropLast())] = element
                        let inner = Substitution(values: values, parameters: parameters)
                        if let value = inner.apply(to: pair.value) { result.append((name, element.location, value)) }
                    }
                    continue
                }
                guard let key = apply(to: pair.key), let value = apply(to: pair.value) else { continue }
                result.append((key, pair.location, value))
            }
            return SpecNode(content: .mapping(result), location: node.location)
        }
    }

    private func apply(to text: String) -> String? {
        guard text.contains("<") else { return text }
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            result += rest[..<open]
            let after = rest.index(after: open)
            guard let close = rest[after...].firstIndex(of: ">"), parameters.contains(String(rest[after..<close])) else {
                result += "<"
                rest = rest[after...]
                continue
            }
            let name = String(rest[after..<close])
            guard let value = values[name] else { return nil }
            guard let text = value.scalar.map({ $0.string ?? $0.text }) else { return nil }
            result += text
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}
