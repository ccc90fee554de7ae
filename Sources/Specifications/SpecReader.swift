import WireJSON

/// Collects mistakes while a specification is read, so that one reading reports all of them.
package final class SpecReader {
    package private(set) var diagnostics: [Diagnostic] = []

    /// Makes a reader that has found nothing yet.
    package init() {}

    package func report(_ location: SourceLocation, _ message: String) { diagnostics.append(Diagnostic(location, message)) }

    /// Reads a mapping whose names are the format's; any other name is a mistake.
    package func fields(_ node: SpecNode, _ what: String, allowed: [String], required: [String] = []) -> Fields {
        guard case .mapping(let pairs) = node.content else {
            report(node.location, "\(what) must be a mapping, not \(node.kindWithArticle)")
            return Fields(reader: self, location: node.location, what: what, pairs: [], isMapping: false)
        }
        for pair in pairs where !allowed.contains(pair.key) {
            let hint = NearestName.hint(for: pair.key, among: allowed)
            report(
                pair.location,
                "\(what) has no member '\(pair.key)'\(hint)\(hint.isEmpty ? "; it has \(allowed.joined(separator: ", "))" : "")")
        }
        for name in required where !pairs.contains(where: { $0.key == name }) {
            report(node.location, "\(what) must have '\(name)'")
        }
        return Fields(reader: self, location: node.location, what: what, pairs: pairs)
    }

    /// Reads a mapping whose names are the author's.
    package func named(_ node: SpecNode?, _ what: String) -> [(name: String, location: SourceLocation, node: SpecNode)] {
        guard let node else { return [] }
        if case .scalar(.null) = node.content { return [] }
        guard case .mapping(let pairs) = node.content else {
            report(node.location, "\(what) must be a mapping from names, not \(node.kindWithArticle)")
            return []
        }
        return pairs.map { ($0.key, $0.location, $0.value) }
    }

    package func list(_ node: SpecNode?, _ what: String) -> [SpecNode] {
        guard let node else { return [] }
        guard case .sequence(let nodes) = node.content else {
            report(node.location, "\(what) must be a list, not \(node.kindWithArticle)")
            return []
        }
        return nodes
    }

    package func string(_ node: SpecNode?, _ what: String) -> String? {
        guard let node else { return nil }
        if case .scalar(.string(let text)) = node.content { return text }
        let hint = node.scalar == nil ? "" : node.scalar == .null ? ": nothing is written there" : "; put it in quotes"
        report(node.location, "\(what) must be text, not \(node.kindWithArticle)\(hint)")
        return nil
    }

    /// A value that is neither a list nor a mapping.
    package func scalar(_ node: SpecNode?, _ what: String) -> JSON? {
        guard let node else { return nil }
        if let scalar = node.scalar { return scalar }
        report(node.location, "\(what) must be a single value, not \(node.kindWithArticle)")
        return nil
    }

    package func strings(_ node: SpecNode?, _ what: String) -> [String] {
        list(node, what).compactMap { string($0, "each of \(what)") }
    }

    /// The different texts that a value may be.
    package func choices(_ node: SpecNode?, _ what: String) -> [String] {
        var values: [String] = []
        for each in list(node, what) {
            guard let text = string(each, "each of \(what)") else { continue }
            if values.contains(text) { report(each.location, "'\(text)' is twice among \(what)") } else { values.append(text) }
        }
        return values
    }

    /// A name.
    package func name(_ node: SpecNode?, _ what: String) -> PlacedName? {
        string(node, what).map { PlacedName(name: $0, location: node!.location) }
    }

    /// A name or a list of names.
    package func names(_ node: SpecNode?, _ what: String) -> [PlacedName] {
        guard let node else { return [] }
        let nodes = node.scalar == nil ? list(node, what) : [node]
        return nodes.compactMap { each in
            string(each, node.scalar == nil ? "each of \(what)" : what).map { PlacedName(name: $0, location: each.location) }
        }
    }

    package func bool(_ node: SpecNode?, _ what: String) -> Bool? {
        guard let node else { return nil }
        if let value = node.scalar?.bool { return value }
        report(node.location, "\(what) must be true or false")
        return nil
    }

    package func integer(_ node: SpecNode?, _ what: String) -> Int64? {
        guard let node else { return nil }
        if let value = node.scalar?.integer { return value }
        report(node.location, "\(what) must be a whole number, not \(node.kindWithArticle)")
        return nil
    }

    package func count(_ node: SpecNode?, _ what: String) -> Int? {
        guard let value = integer(node, what) else { return nil }
        if value >= 0 && value <= Int64(Int32.max) { return Int(value) }
        report(node!.location, "\(what) must be between 0 and \(Int32.max)")
        return nil
    }

    package func number(_ node: SpecNode?, _ what: String) -> Double? {
        guard let node else { return nil }
        if let value = node.scalar?.double { return value }
        report(node.location, "\(what) must be a number, not \(node.kindWithArticle)")
        return nil
    }

    package func weight(_ node: SpecNode?) -> Double {
        guard let value = number(node, "a weight") else { return 1 }
        if value > 0, value <= 1_000_000 { return value }
        report(node!.location, "a weight must be above 0 and at most 1000000")
        return 1
    }

    /// Checks that a name can be used in SQL and on the wire.
    package func checkName(_ name: String, _ location: SourceLocation, _ what: String) {
        let letters = name.utf8
        let valid =
            !letters.isEmpty && letters.count <= 64 && (letters.first! == UInt8(ascii: "_") || !(48...57).contains(letters.first!))
            && letters.allSatisfy { $0 == UInt8(ascii: "_") || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) }
        if !valid { report(location, "'\(name)' cannot name \(what): letters, digits and _ only, at most 64, no digit first") }
    }
}

/// The members of a mapping whose names are known.
package struct Fields {
    package let reader: SpecReader
    package let location: SourceLocation
    package let what: String
    package let pairs: [(key: String, location: SourceLocation, value: SpecNode)]
    /// Whether there was a mapping to read; if not, that is reported, and what it lacks need not be.
    package var isMapping = true

    /// Makes the members of a mapping.
    package init(
        reader: SpecReader, location: SourceLocation, what: String, pairs: [(key: String, location: SourceLocation, value: SpecNode)],
        isMapping: Bool = true
    ) {
        self.reader = reader
        self.location = location
        self.what = what
        self.pairs = pairs
        self.isMapping = isMapping
    }

    package subscript(name: String) -> SpecNode? { pairs.first { $0.key == name }?.value }

    package func string(_ name: String) -> String? { reader.string(self[name], "'\(name)' of \(what)") }
    package func bool(_ name: String) -> Bool? { reader.bool(self[name], "'\(name)' of \(what)") }
    package func integer(_ name: String) -> Int64? { reader.integer(self[name], "'\(name)' of \(what)") }
    package func count(_ name: String) -> Int? { reader.count(self[name], "'\(name)' of \(what)") }
    package func number(_ name: String) -> Double? { reader.number(self[name], "'\(name)' of \(what)") }
    package func strings(_ name: String) -> [String] { reader.strings(self[name], "'\(name)' of \(what)") }
    package func scalar(_ name: String) -> JSON? { reader.scalar(self[name], "'\(name)' of \(what)") }
    package func choices(_ name: String) -> [String] { reader.choices(self[name], "'\(name)' of \(what)") }
    package func name(_ name: String) -> PlacedName? { reader.name(self[name], "'\(name)' of \(what)") }
    package func names(_ name: String) -> [PlacedName] { reader.names(self[name], "'\(name)' of \(what)") }

    /// Reports a lower bound that is above the upper one.
    package func checkOrder(_ low: String, _ high: String) {
        guard let least = self[low]?.scalar?.double, let greatest = self[high]?.scalar?.double, least > greatest else { return }
        reader.report(self[low]!.location, "'\(low)' is above '\(high)', so that nothing fits")
    }

    /// The one of these members that is there; reports none and several.
    package func only(_ names: [String]) -> String? {
        let given = names.filter { self[$0] != nil }
        if given.count == 1 { return given[0] }
        if isMapping { reader.report(location, "\(what) must have exactly one of \(names.joined(separator: ", "))") }
        return nil
    }

    /// One of a few words.
    package func choice<T: RawRepresentable & CaseIterable>(_ name: String, of type: T.Type) -> T? where T.RawValue == String {
        guard let node = self[name], let text = string(name) else { return nil }
        if let value = T(rawValue: text) { return value }
        let words = T.allCases.map(\.rawValue)
        reader.report(node.location, "'\(text)' is not one of \(words.joined(separator: ", "))\(NearestName.hint(for: text, among: words))")
        return nil
    }
}
