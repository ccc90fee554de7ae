import Specifications

/// Finds `<names>` in a capability's file that are none of its parameters.
struct Placeholders {
    let parameters: [String]

    func check(_ node: SpecNode, _ reader: SpecReader) {
        switch node.content {
        case .scalar(let value): if let text = value.string { check(text, node.location, reader) }
        case .sequence(let nodes): for node in nodes { check(node, reader) }
        case .mapping(let pairs):
            for pair in pairs {
                check(pair.key, pair.location, reader)
                check(pair.value, reader)
            }
        }
    }

    private func check(_ text: String, _ location: SourceLocation, _ reader: SpecReader) {
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: open)...]
            guard let close = rest.firstIndex(of: ">") else { return }
            let name = String(rest[..<close])
            if Word.isPlain(name), !parameters.contains(name) {
                reader.report(location, "there is no parameter '\(name)'\(NearestName.hint(for: name, among: parameters))")
            }
        }
    }
}
