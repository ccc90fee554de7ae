import Determinism
import Specifications
import SystemPackage
import WireJSON

/// Reads the model of an environment from a specification's tree, reporting every mistake of form.
struct EnvironmentReader {
    let reader = SpecReader()
    let files: SpecFiles

    static let kind = "environment/1"
    static let members = [
        "orrery", "id", "title", "summary", "policy", "clock", "actor", "sequences", "sources", "tables", "shapes", "views", "tools",
        "tasks",
    ]

    func read(_ root: SpecNode) -> Environment {
        if let kind = shared(root) {
            reader.report(kind.location, "'\(kind.name)' is no environment: it is checked with the domains that use it, so check those")
            return Environment(id: "", title: "", location: root.location)
        }
        let fields = reader.fields(root, "an environment", allowed: Self.members, required: ["orrery", "id", "title", "tables"])
        var environment = Environment(
            id: fields.string("id") ?? "", title: fields.string("title") ?? "", location: root.location)
        if let kind = fields.string("orrery"), kind != Self.kind {
            reader.report(fields["orrery"]!.location, "'\(kind)' is not a kind of file that this is; an environment says '\(Self.kind)'")
        }
        if let node = fields["id"], !environment.id.isEmpty { checkIdentifier(environment.id, node.location) }
        environment.summary = fields.string("summary") ?? ""
        environment.policy = policy(fields["policy"])
        environment.clock = clock(fields["clock"])
        environment.actor = actor(fields["actor"])
        environment.sequences = reader.named(fields["sequences"], "'sequences'").map(sequence)
        environment.sources = reader.named(fields["sources"], "'sources'").map(source)
        environment.tables = reader.named(fields["tables"], "'tables'").map { table($0.name, $0.location, $0.node) }
        environment.shapes = namedShapes(fields["shapes"], "'shapes'")
        environment.views = namedShapes(fields["views"], "'views'")
        environment.tools = reader.named(fields["tools"], "'tools'").map { tool($0.name, $0.location, $0.node) }
        environment.tasks = tasks(fields["tasks"])
        return environment
    }

    /// What a file says that it is, if that is something which domains share.
    private func shared(_ root: SpecNode) -> PlacedName? {
        guard case .mapping(let pairs) = root.content, let node = pairs.first(where: { $0.key == "orrery" })?.value,
            let kind = node.scalar?.string, ["capability/", "words/"].contains(where: kind.hasPrefix)
        else { return nil }
        return PlacedName(name: kind, location: node.location)
    }

    func checkIdentifier(_ id: String, _ location: SourceLocation) {
        let valid = id.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
        if !valid || id.isEmpty || id.utf8.count > 100 {
            reader.report(location, "'\(id)' cannot be an id: lower-case letters, digits, - and _ only, at most 100")
        }
    }

    private func policy(_ node: SpecNode?) -> String {
        guard let node else { return "" }
        guard case .mapping = node.content else { return reader.string(node, "'policy'") ?? "" }
        let fields = reader.fields(node, "a policy", allowed: ["file"], required: ["file"])
        return fields["file"].flatMap { files.read($0, reader)?.text } ?? ""
    }

    private func clock(_ node: SpecNode?) -> ClockRule {
        var rule = ClockRule()
        guard let node else { return rule }
        let fields = reader.fields(node, "a clock", allowed: ["start", "advance"], required: ["start"])
        if let text = fields.string("start") {
            if let start = Instant(text) {
                rule.start = start
            } else {
                reader.report(fields["start"]!.location, "'\(text)' is not a time like 2025-03-10T09:00:00Z")
            }
        }
        if let advance = fields.integer("advance") {
            rule.advance = advance
            if !(0...31_536_000).contains(advance) {
                reader.report(fields["advance"]!.location, "'advance' is in seconds, between 0 and a year")
            } else if rule.start.advanced(bySeconds: advance * 100_000).date.year > 9999 {
                reader.report(node.location, "the clock would leave the year 9999 within 100,000 actions")
            }
        }
        return rule
    }

    private func actor(_ node: SpecNode?) -> Actor? {
        guard let node else { return nil }
        let fields = reader.fields(node, "an actor", allowed: ["table", "key"], required: ["table", "key"])
        guard let table = fields.string("table"), let key = fields.scalar("key") else { return nil }
        return Actor(table: table, key: key, location: fields["key"]!.location, tableLocation: fields["table"]!.location)
    }

    private func sequence(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> IdentifierSequence {
        reader.checkName(name, location, "a sequence")
        let fields = reader.fields(node, "a sequence", allowed: ["format", "start"])
        var sequence = IdentifierSequence(name: name)
        if let text = fields.string("format") {
            if let format = IdentifierFormat(text) {
                sequence.format = format
            } else {
                reader.report(
                    fields["format"]!.location, "'\(text)' is not a format: uuid, or text with zeros in braces such as \"H-{00000}\"")
            }
        }
        if let start = fields.integer("start") {
            sequence.start = start
            if start < 0 || start > 1 << 53 { reader.report(fields["start"]!.location, "'start' must be between 0 and 2^53") }
        }
        return sequence
    }

    private func source(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> SourceDocument {
        reader.checkName(name, location, "a source")
        let fields = reader.fields(node, "a source", allowed: ["file"], required: ["file"])
        guard let file = fields["file"], let read = files.read(file, reader) else {
            return SourceDocument(name: name, text: "", isMissing: true)
        }
        return SourceDocument(name: name, text: read.text)
    }
}
