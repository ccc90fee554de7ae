import Specifications
import WireJSON

/// Puts values for the `<parameters>` of a capability. What mentions a parameter that has no value is left out.
struct Substitution {
    let values: [String: SpecNode]
    let parameters: Set<String>
    /// Where the capability is used.
    let use: SourceLocation

    /// Returns nil if the node mentions a parameter without a value.
    func apply(to node: SpecNode) -> SpecNode? {
        switch node.content {
        case .scalar(.string(let text)):
            // A parameter that stands alone may be a list.
            if text.hasPrefix("<"), text.hasSuffix(">"), let value = values[String(text.dropFirst().dropLast())] { return value }
            return apply(to: text).map { SpecNode(content: .scalar(.string($0)), location: used(node.location)) }
        case .scalar: return SpecNode(content: node.content, location: used(node.location))
        case .sequence(let nodes):
            return SpecNode(content: .sequence(nodes.compactMap { apply(to: $0) }), location: used(node.location))
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
                        let inner = Substitution(values: values, parameters: parameters, use: use)
                        if let value = inner.apply(to: pair.value) { result.append((name, element.location, value)) }
                    }
                    continue
                }
                guard let key = apply(to: pair.key), let value = apply(to: pair.value) else { continue }
                result.append((key, used(pair.location), value))
            }
            return SpecNode(content: .mapping(result), location: used(node.location))
        }
    }

    private func used(_ location: SourceLocation) -> SourceLocation {
        var location = location
        location.usedAt = [use]
        return location
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
