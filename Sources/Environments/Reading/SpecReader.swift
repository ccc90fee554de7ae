import WireJSON

/// Collects mistakes while a specification is read, so that one reading reports all of them.
final class SpecReader {
    private(set) var diagnostics: [Diagnostic] = []

    func report(_ location: SourceLocation, _ message: String) { diagnostics.append(Diagnostic(location, message)) }

    /// Reads a mapping whose names are the format's; any other name is a mistake.
    func fields(_ node: SpecNode, _ what: String, allowed: [String], required: [String] = []) -> Fields {
        guard case .mapping(let pairs) = node.content else {
            report(node.location, "\(what) must be a mapping, not a \(node.kind)")
            return Fields(reader: self, location: node.location, what: what, pairs: [])
        }
        for pair in pairs where !allowed.contains(pair.key) {
            let hint = NearestName.hint(for: pair.key, among: allowed)
            report(pair.location, "\(what) has no member '\(pair.key)'\(hint)\(hint.isEmpty ? "; it has \(allowed.joined(separator: ", "))" : "")")
        }
        for name in required where !pairs.contains(where: { $0.key == name }) {
            report(node.location, "\(what) must have '\(name)'")
        }
        return Fields(reader: self, location: node.location, what: what, pairs: pairs)
    }

    /// Reads a mapping whose names are the author's.
    func named(_ node: SpecNode?, _ what: String) -> [(name: String, location: SourceLocation, node: SpecNode)] {
        guard let node else { return [] }
        if case .scalar(.null) = node.content { return [] }
        guard case .mapping(let pairs) = node.content else {
            report(node.location, "\(what) must be a mapping from names, not a \(node.kind)")
            return []
        }
        return pairs.map { ($0.key, $0.location, $0.value) }
    }

    func list(_ node: SpecNode?, _ what: String) -> [SpecNode] {
        guard let node else { return [] }
        guard case .sequence(let nodes) = node.content else {
            report(node.location, "\(what) must be a list, not a \(node.kind)")
            return []
        }
        return nodes
    }

    func string(_ node: SpecNode?, _ what: String) -> String? {
        guard let node else { return nil }
        if case .scalar(.string(let text)) = node.content { return text }
        report(node.location, "\(what) must be text, not a \(node.kind)\(node.scalar == nil ? "" : "; put it in quotes")")
        return nil
    }

    func strings(_ node: SpecNode?, _ what: String) -> [String] {
        list(node, what).compactMap { string($0, "each of \(what)") }
    }

    /// A name or a list of names.
    func names(_ node: SpecNode?, _ what: String) -> [String] {
        guard let node else { return [] }
        if node.scalar != nil { return string(node, what).map { [$0] } ?? [] }
        return strings(node, what)
    }

    func bool(_ node: SpecNode?, _ what: String) -> Bool? {
        guard let node else { return nil }
        if let value = node.scalar?.bool { return value }
        report(node.location, "\(what) must be true or false")
        return nil
    }

    func integer(_ node: SpecNode?, _ what: String) -> Int64? {
        guard let node else { return nil }
        if let value = node.scalar?.integer { return value }
        report(node.location, "\(what) must be a whole number, not a \(node.kind)")
        return nil
    }

    func count(_ node: SpecNode?, _ what: String) -> Int? {
        guard let value = integer(node, what) else { return nil }
        if value >= 0 && value <= Int64(Int32.max) { return Int(value) }
        report(node!.location, "\(what) must be between 0 and \(Int32.max)")
        return nil
    }

    func number(_ node: SpecNode?, _ what: String) -> Double? {
        guard let node else { return nil }
        if let value = node.scalar?.double { return value }
        report(node.location, "\(what) must be a number, not a \(node.kind)")
        return nil
    }

    func weight(_ node: SpecNode?) -> Double {
        guard let value = number(node, "a weight") else { return 1 }
        if value > 0 { return value }
        report(node!.location, "a weight must be above 0")
        return 1
    }

    func sql(_ node: SpecNode?, _ what: String) -> SQLText? {
        guard let node else { return nil }
        if let scalar = node.scalar, scalar.integer != nil || scalar.bool != nil {
            return SQLText(sql: scalar.text, location: node.location)  // `require: true`
        }
        guard let text = string(node, what) else { return nil }
        return SQLText(sql: text, location: node.location, isBlock: node.isBlock)
    }

    /// Checks that a name can be used in SQL and on the wire.
    func checkName(_ name: String, _ location: SourceLocation, _ what: String) {
        let letters = name.utf8
        let valid =
            !letters.isEmpty && letters.count <= 64 && (letters.first! == UInt8(ascii: "_") || !(48...57).contains(letters.first!))
            && letters.allSatisfy { $0 == UInt8(ascii: "_") || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) }
        if !valid { report(location, "'\(name)' cannot name \(what): letters, digits and _ only, at most 64, no digit first") }
    }
}

/// The members of a mapping whose names are known.
struct Fields {
    let reader: SpecReader
    let location: SourceLocation
    let what: String
    let pairs: [(key: String, location: SourceLocation, value: SpecNode)]

    subscript(name: String) -> SpecNode? { pairs.first { $0.key == name }?.value }

    func string(_ name: String) -> String? { reader.string(self[name], "'\(name)' of \(what)") }
    func bool(_ name: String) -> Bool? { reader.bool(self[name], "'\(name)' of \(what)") }
    func integer(_ name: String) -> Int64? { reader.integer(self[name], "'\(name)' of \(what)") }
    func count(_ name: String) -> Int? { reader.count(self[name], "'\(name)' of \(what)") }
    func number(_ name: String) -> Double? { reader.number(self[name], "'\(name)' of \(what)") }
    func strings(_ name: String) -> [String] { reader.strings(self[name], "'\(name)' of \(what)") }
    func names(_ name: String) -> [String] { reader.names(self[name], "'\(name)' of \(what)") }
    func sql(_ name: String) -> SQLText? { reader.sql(self[name], "'\(name)' of \(what)") }

    /// One of a few words.
    func choice<T: RawRepresentable & CaseIterable>(_ name: String, of type: T.Type) -> T? where T.RawValue == String {
        guard let node = self[name], let text = string(name) else { return nil }
        if let value = T(rawValue: text) { return value }
        let words = T.allCases.map(\.rawValue)
        reader.report(node.location, "'\(text)' is not one of \(words.joined(separator: ", "))\(NearestName.hint(for: text, among: words))")
        return nil
    }
}
