import Determinism
import Specifications
import WireJSON

/// Reads domain models and capabilities from the trees of their files, reporting every mistake of form.
struct DomainReader {
    let reader: SpecReader

    static let kind = "domain/1"
    private static let common = ["words", "parameters", "entities", "verbs", "policies", "questions", "openers", "sometimes"]

    /// Reads a domain model.
    func domain(_ root: SpecNode) -> DomainSpec {
        let fields = reader.fields(
            root, "a domain",
            allowed: [
                "orrery", "domain", "title", "category", "summary", "setting", "clock", "currency", "actor", "focus", "capabilities",
            ] + Self.common,
            required: ["orrery", "domain", "category", "summary", "setting", "entities", "verbs"])
        var spec = DomainSpec()
        spec.location = root.location
        checkKind(fields, Self.kind)
        spec.name = fields.string("domain") ?? ""
        if let node = fields["domain"] { checkWord(spec.name, node.location, "a domain") }
        spec.title = fields.string("title") ?? Wording.capitalised(spec.name.spaced)
        spec.category = fields.string("category") ?? ""
        spec.summary = (fields.string("summary") ?? "").trimmedText
        spec.setting = (fields.string("setting") ?? "").trimmedText
        spec.currency = fields.string("currency") ?? "$"
        clock(fields["clock"], &spec)
        spec.actor = fields.name("actor")
        spec.focus = fields.names("focus")
        readCommon(fields, &spec)
        spec.uses = reader.list(fields["capabilities"], "'capabilities'").compactMap(capabilityUse)
        return spec
    }

    /// Reads the parts that a domain and a capability have in common.
    func readCommon(_ fields: Fields, _ spec: inout DomainSpec) {
        spec.parameters = reader.named(fields["parameters"], "'parameters'").compactMap(parameter)
        spec.words = words(fields["words"])
        spec.entities = reader.named(fields["entities"], "'entities'").map { entity($0.name, $0.location, $0.node) }
        spec.verbs = reader.named(fields["verbs"], "'verbs'").map { verb($0.name, $0.location, $0.node) }
        spec.policies = reader.named(fields["policies"], "'policies'").compactMap(policy)
        spec.questions = reader.list(fields["questions"], "'questions'").compactMap(question)
        spec.openers = texts(fields["openers"], "'openers'")
        spec.sometimes = fields.names("sometimes")
    }

    func checkKind(_ fields: Fields, _ kind: String) {
        guard let given = fields.string("orrery"), given != kind else { return }
        reader.report(fields["orrery"]!.location, "'\(given)' is not the kind of file that is wanted here, which is '\(kind)'")
    }

    private func clock(_ node: SpecNode?, _ spec: inout DomainSpec) {
        guard let node else { return }
        let fields = reader.fields(node, "a clock", allowed: ["between", "at"])
        let days = reader.strings(fields["between"], "'between'").compactMap { CalendarDate($0) }
        if let between = fields["between"] {
            if days.count == 2, days[0] <= days[1] {
                (spec.firstDay, spec.lastDay) = (days[0], days[1])
                // 1970-01-01 was a Thursday.
                let isWeekend = (days[0].daysSinceEpoch...days[1].daysSinceEpoch).prefix(3).allSatisfy {
                    [2, 3].contains(($0 % 7 + 7) % 7)
                }
                if isWeekend { reader.report(between.location, "there is no weekday between the two, and episodes begin on weekdays") }
            } else {
                reader.report(between.location, "'between' is two days such as [2025-01-06, 2026-12-18], the earlier one first")
            }
        }
        if let text = fields.string("at") {
            if let window = DayWindow(text) {
                spec.hours = window
            } else {
                reader.report(fields["at"]!.location, "'\(text)' is not a part of the day such as 08:00..11:00")
            }
        }
    }

    private func parameter(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> ParameterSpec? {
        checkWord(name, location, "a parameter")
        var list = node
        var isMoney = false
        if case .mapping = node.content {
            let fields = reader.fields(node, "a parameter", allowed: ["money", "integer"])
            guard let kind = fields.only(["money", "integer"]) else { return nil }
            isMoney = kind == "money"
            list = fields[kind]!
        }
        let choices = reader.list(list, "the choices of '\(name)'").compactMap { node -> Int64? in
            if let value = node.scalar.flatMap({ Decimals.scaled($0.text, places: isMoney ? 2 : 0) }) {
                if value.magnitude <= DomainLimits.number { return value }
                reader.report(node.location, "'\(node.scalar!.text)' is too large a number: \(DomainLimits.digits)")
                return nil
            }
            reader.report(node.location, "a choice of '\(name)' must be \(isMoney ? "an amount of money" : "a whole number")")
            return nil
        }
        if choices.isEmpty {
            if list.hasNoEntries { reader.report(list.location, "'\(name)' has nothing to choose from") }
            return nil
        }
        return ParameterSpec(name: PlacedName(name: name, location: location), isMoney: isMoney, choices: choices)
    }

    func words(_ node: SpecNode?) -> [WordList] {
        reader.named(node, "'words'").map { name, location, node in
            checkWord(name, location, "a list of words")
            let before = reader.diagnostics.count
            let texts = texts(node, "the words of '\(name)'")
            if texts.isEmpty, reader.diagnostics.count == before { reader.report(node.location, "the list '\(name)' has no words") }
            return WordList(name: PlacedName(name: name, location: location), texts: texts)
        }
    }

    private func capabilityUse(_ node: SpecNode) -> CapabilityUse? {
        guard case .mapping(let pairs) = node.content else {
            guard let name = reader.string(node, "a capability") else { return nil }
            return CapabilityUse(
                name: PlacedName(name: name, location: node.location), arguments: [], isSometimes: false, location: node.location)
        }
        let sometimes = pairs.first { $0.key == "sometimes" }?.value
        let isSometimes = reader.bool(sometimes, "'sometimes' of a use of a capability") ?? false
        let rest = pairs.filter { $0.key != "sometimes" }
        guard rest.count == 1 else {
            reader.report(
                node.location,
                "a use of a capability is {NAME: {parameter: value, ...}}, with 'sometimes: true' beside it if it may be absent")
            return nil
        }
        let name = PlacedName(name: rest[0].key, location: rest[0].location)
        var arguments: [(name: PlacedName, value: SpecNode)] = []
        if case .mapping(let given) = rest[0].value.content {
            arguments = given.map { (PlacedName(name: $0.key, location: $0.location), $0.value) }
        } else if !rest[0].value.hasNoEntries {
            // A capability with one parameter may be given its value alone; the empty name stands for that one.
            arguments = [(PlacedName(name: "", location: rest[0].value.location), rest[0].value)]
        }
        return CapabilityUse(name: name, arguments: arguments, isSometimes: isSometimes, location: node.location)
    }

    // MARK: Parts

    /// Checks a name that becomes part of table, tool and argument names.
    func checkWord(_ name: String, _ location: SourceLocation, _ what: String) {
        if let fault = Word.fault(name, what) { reader.report(location, fault) }
    }

    /// What is written there: a number or `true` is as good as a text.
    private func source(_ node: SpecNode, _ what: String) -> String? {
        if case .scalar(.null) = node.content { return reader.string(node, what) }
        return reader.scalar(node, what).map { $0.string ?? $0.text }
    }

    func expression(_ node: SpecNode?, _ what: String) -> PlacedSyntax? {
        guard let node, let source = source(node, what) else { return nil }
        do {
            return PlacedSyntax(syntax: try ExpressionParser.parse(source), source: source, location: node.location)
        } catch {
            reader.report(node.location, "\(what), \"\(source.excerpt)\": \(error.message)")
            return nil
        }
    }

    func text(_ node: SpecNode?, _ what: String) -> PlacedText? {
        guard let node, let source = source(node, what)?.trimmedText else { return nil }
        if source.isEmpty {
            reader.report(node.location, "\(what) is empty")
            return nil
        }
        do {
            return PlacedText(syntax: try TextSyntax(source), source: source, location: node.location)
        } catch {
            reader.report(node.location, "\(what), \"\(source.excerpt)\": \(error.message)")
            return nil
        }
    }

    /// One text or a list of them.
    func texts(_ node: SpecNode?, _ what: String) -> [PlacedText] {
        guard let node else { return [] }
        if node.scalar != nil { return text(node, what).map { [$0] } ?? [] }
        return reader.list(node, what).compactMap { text($0, "each of \(what)") }
    }

    func assignments(_ node: SpecNode?, _ what: String) -> [(name: PlacedName, value: PlacedSyntax)] {
        reader.named(node, what).compactMap { name, location, node in
            expression(node, "'\(name)'").map { (PlacedName(name: name, location: location), $0) }
        }
    }
}

extension String {
    /// The text on one line, without space at its ends.
    var trimmedText: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }

    /// As much of the text as a message quotes.
    var excerpt: String { count <= 160 ? self : prefix(120) + "..." }

    /// `work_order` as `work order`.
    package var spaced: String { split(separator: "_").joined(separator: " ") }
}
