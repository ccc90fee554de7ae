import WireJSON

/// JSON laid out for reading.
enum Layout {
    /// Short values on one line, long ones with a line for each member.
    static func text(_ value: JSON, indent: String = "") -> String {
        let compact = value.text
        if compact.count + indent.count <= 100 { return compact }
        let inner = indent + "  "
        switch value {
        case .array(let elements):
            return "[\n" + elements.map { inner + text($0, indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let object):
            return "{\n"
                + object.members.map { "\(inner)\(JSON.string($0.name).text): \(text($0.value, indent: inner))" }.joined(separator: ",\n")
                + "\n\(indent)}"
        default: return compact
        }
    }
}
