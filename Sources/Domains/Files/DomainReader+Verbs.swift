import Specifications
import WireJSON

extension DomainReader {
    func verb(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> VerbSpec {
        checkWord(name, location, "a verb")
        let fields = reader.fields(
            node, "a verb", allowed: ["about", "creates", "given", "with", "let", "requires", "effects", "phrase"], required: ["phrase"])
        var verb = VerbSpec(name: PlacedName(name: name, location: location))
        verb.about = fields.string("about")?.trimmedText
        verb.creates = fields.name("creates")
        verb.given = given(fields["given"])
        verb.with = assignments(fields["with"], "'with'")
        verb.lets = assignments(fields["let"], "'let'")
        for (name, _) in verb.lets { checkWord(name.name, name.location, "a value") }
        verb.requirements = requirements(fields["requires"])
        verb.effects = effects(fields["effects"])
        verb.phrases = texts(fields["phrase"], "'phrase'")
        if case .sequence(let phrases)? = fields["phrase"]?.content, phrases.isEmpty {
            reader.report(fields["phrase"]!.location, "a verb has at least one phrase")
        }
        if fields["creates"] == nil, fields["effects"].map(\.hasNoEntries) ?? fields.isMapping {
            reader.report(location, "the verb '\(name)' changes nothing: it has neither 'creates' nor 'effects'")
        }
        if fields["creates"] == nil, let with = fields["with"] { reader.report(with.location, "'with' goes with 'creates'") }
        return verb
    }

    func requirements(_ node: SpecNode?) -> [RequirementSpec] { reader.list(node, "'requires'").compactMap(requirement) }

    func effects(_ node: SpecNode?) -> [EffectSpec] { reader.list(node, "'effects'").compactMap(effect) }

    /// Arguments: `animal: animal`, `reason: visit.reason`, or an attribute's declaration; `?` after the name of a type makes one optional.
    private func given(_ node: SpecNode?) -> [AttributeSpec] {
        reader.named(node, "'given'").compactMap { name, location, node in
            if let text = node.scalar?.string, text.hasSuffix("?") {
                var spec = attribute(name, location, SpecNode(content: .scalar(.string(String(text.dropLast()))), location: node.location))
                spec?.missing = 50
                return spec
            }
            return attribute(name, location, node)
        }
    }

    private func requirement(_ node: SpecNode) -> RequirementSpec? {
        if node.scalar != nil {
            return expression(node, "a requirement").map { RequirementSpec(that: $0, code: nil, say: nil, report: nil) }
        }
        let fields = reader.fields(node, "a requirement", allowed: ["that", "else", "say", "report"], required: ["that"])
        guard let that = expression(fields["that"], "'that'") else { return nil }
        let code = fields.string("else")
        if let code {
            checkWord(code, fields["else"]!.location, "a refusal")
            if EngineNames.codes.contains(code) { reader.report(fields["else"]!.location, "the code '\(code)' belongs to the engine") }
        }
        return RequirementSpec(that: that, code: code, say: text(fields["say"], "'say'"), report: report(fields["report"]))
    }

    private func report(_ node: SpecNode?) -> ReportSpec? {
        guard let node else { return nil }
        if node.scalar != nil { return expression(node, "'report'").map { ReportSpec(ask: nil, answer: $0) } }
        let fields = reader.fields(node, "a report", allowed: ["ask", "answer"], required: ["ask", "answer"])
        guard let answer = expression(fields["answer"], "'answer'") else { return nil }
        return ReportSpec(ask: text(fields["ask"], "'ask'"), answer: answer)
    }

    private func effect(_ node: SpecNode) -> EffectSpec? {
        if node.scalar != nil { return statement(node, when: nil) }
        let fields = reader.fields(node, "an effect", allowed: ["set", "create", "with", "as", "delete", "each", "where", "do", "when"])
        guard let kind = fields.only(["set", "create", "delete", "each"]) else { return nil }
        let when = expression(fields["when"], "'when'")
        let alias = alias(fields)
        for (name, owners) in [("with", ["create"]), ("as", ["create", "each"]), ("where", ["each"]), ("do", ["each"])] {
            if !owners.contains(kind), let extra = fields[name] {
                reader.report(extra.location, "'\(name)' goes with \(owners.map { "'\($0)'" }.joined(separator: " and "))")
            }
        }
        switch kind {
        case "set": return statement(fields["set"]!, when: when)
        case "create":
            guard let entity = fields.name("create") else { return nil }
            return .create(entity: entity, with: assignments(fields["with"], "'with'"), alias: alias, when: when)
        case "delete": return expression(fields["delete"], "'delete'").map { .delete(target: $0, when: when) }
        default:
            guard let entity = fields.name("each") else { return nil }
            if let when = fields["when"] { reader.report(when.location, "an effect on each says 'where'") }
            let effects = reader.list(fields["do"], "'do'").compactMap(effect)
            if fields["do"].map(\.hasNoEntries) ?? true { reader.report(node.location, "an effect on each says what to 'do'") }
            return .each(entity: entity, alias: alias, condition: expression(fields["where"], "'where'"), effects: effects)
        }
    }

    /// The name of each thing in turn, or of a new one.
    private func alias(_ fields: Fields) -> PlacedName? {
        guard let alias = fields.name("as") else { return nil }
        checkWord(alias.name, alias.location, "a thing")
        return alias
    }

    private func statement(_ node: SpecNode, when: PlacedSyntax?) -> EffectSpec? {
        guard let source = reader.string(node, "an effect") else { return nil }
        func placed(_ syntax: Syntax) -> PlacedSyntax { PlacedSyntax(syntax: syntax, source: source, location: node.location) }
        do throws(SyntaxError) {
            switch try StatementSyntax.parse(source) {
            case .set(let target, let op, let value): return .set(target: placed(target), operator: op, value: placed(value), when: when)
            case .delete(let target): return .delete(target: placed(target), when: when)
            }
        } catch {
            reader.report(node.location, "the effect \"\(source.excerpt)\": \(error.message)")
            return nil
        }
    }

    // MARK: Policies and questions

    func policy(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> PolicySpec? {
        checkWord(name, location, "a policy")
        let fields = reader.fields(
            node, "a policy", allowed: ["text", "forbids", "when", "report"], required: ["text", "forbids", "when"])
        guard let text = text(fields["text"], "'text'"), let forbids = fields.name("forbids"),
            let when = expression(fields["when"], "'when'")
        else { return nil }
        return PolicySpec(
            name: PlacedName(name: name, location: location), text: text, forbids: forbids, when: when, report: report(fields["report"]))
    }

    func question(_ node: SpecNode) -> QuestionSpec? {
        let fields = reader.fields(node, "a question", allowed: ["ask", "given", "answer"], required: ["ask", "answer"])
        guard let ask = text(fields["ask"], "'ask'"), let answer = fields["answer"] else { return nil }
        let given = given(fields["given"])
        if answer.scalar != nil {
            return expression(answer, "'answer'").map { QuestionSpec(ask: ask, given: given, answer: .value($0)) }
        }
        let parts = reader.fields(
            answer, "an answer", allowed: ["which", "as", "where", "most", "least", "show"], required: ["which", "show"])
        let alias = alias(parts)
        guard let entity = parts.name("which"), let show = expression(parts["show"], "'show'") else { return nil }
        return QuestionSpec(
            ask: ask, given: given,
            answer: .which(
                entity: entity, alias: alias, condition: expression(parts["where"], "'where'"),
                extreme: extreme(parts, greatest: "most", least: "least"), show: show))
    }
}
