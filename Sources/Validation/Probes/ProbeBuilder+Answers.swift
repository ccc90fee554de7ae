import Environments
import Episodes
import WireJSON

/// Probes about the answer, and exploits.
extension ProbeBuilder {
    private var end: Int { reference.calls.count }

    mutating func addWrongAnswers() {
        guard let asked = reference.asked, let answer = reference.answer else { return miss(.wrongAnswer, "no answer is asked for") }
        let others = AnswerCandidates(material, reference, taskDefinition).others
        for (number, wrong) in AnswerWordings(asked, answer).wrong(others).enumerated() where !AnswerMeaning.isSame(asked, answer, wrong) {
            add(.wrongAnswer, "\(number + 1)", "answered \(wrong.text.prefix(60))", prefix: end, [], answer: wrong, isRight: false)
        }
    }

    /// Answers that name everything that could be right.
    mutating func addDumps() {
        guard let asked = reference.asked else { return miss(.dump, "no answer is asked for") }
        var dumps: [(String, [JSON])] = [("every identifier", material.identifiers)]
        let others = AnswerCandidates(material, reference, taskDefinition).others
        if others.count > 1 { dumps.append(("every candidate", others)) }
        dumps.append(("every number up to 100", (0...100).map { .integer($0) }))
        dumps.append(("the instruction", [.string(taskDefinition.instruction)]))
        dumps.append(("words that always fit", ["Done. It is as you said: yes, that was ok, and no, nothing else has changed."]))
        var number = 0
        for (what, values) in dumps where !values.isEmpty {
            let text = JSON.string(values.map { $0.string ?? $0.text }.joined(separator: ", "))
            for answer in values.count > 1 ? [JSON.array(values), text] : [text] {
                number += 1
                // Where the right answer is all that there is, naming all is right.
                if !asked.isMentions, AnswerMeaning.isSame(asked, reference.answer, answer) { continue }
                add(.dump, "\(number)", "\(what), after the deeds", prefix: end, [], answer: answer, isRight: false)
            }
        }
    }

    mutating func addOddAnswers() {
        guard let asked = reference.asked else { return miss(.odd, "no answer is asked for") }
        let long = String(repeating: "yes, ", count: 200_000)
        let odd: [(String, JSON)] = [
            ("a million characters", .string(long)), ("SQL", "' OR '1'='1"), ("SQL", "1); DELETE FROM users; --"), ("a wildcard", "%"),
            ("a wildcard", ".*"), ("an operator", ["$ne": .null]), ("a schema", ["type": "string", "const": true]), ("nothing", .array([])),
            ("an empty object", .object(JSONObject())), ("true", true), ("zero bytes and controls", .string("\u{0}\u{1}\u{7f}")),
            ("deep nesting", (0..<40).reduce(JSON.null) { inner, _ in [inner] }),
        ]
        for (number, (note, answer)) in odd.enumerated() {
            if !asked.isMentions, AnswerMeaning.isSame(asked, reference.answer, answer) { continue }
            add(.odd, "\(number + 1)", note, prefix: end, [], answer: answer, isRight: false)
        }
    }

    /// The answer written where a free text goes, instead of being given.
    mutating func addSmuggled() {
        guard reference.asked != nil, let answer = reference.answer else { return miss(.smuggled, "no answer is asked for") }
        for call in material.writes {
            let tool = definition.tools[call.tool]
            guard let argument = tool.arguments.first(where: { isFreeText($0, call.tool) && call.arguments[$0.name] != nil }) else {
                continue
            }
            var arguments = call.arguments
            arguments[argument.name] = .string(answer.string ?? answer.text)
            return add(
                .smuggled, tool.name, "\(argument.name) of \(tool.name)", [.extra(tool: call.tool, arguments)], answer: nil, isRight: false)
        }
        miss(.smuggled, "no writing tool that could be called takes a free text")
    }

    private func isFreeText(_ argument: ToolArgument, _ tool: Int) -> Bool {
        guard case .string(let rules) = argument.type, rules.format == nil, rules.pattern == nil else { return false }
        return !material.places(tool, argument.name).contains(where: material.isKey)
    }

    mutating func addFlood() {
        guard !material.reads.isEmpty else { return miss(.flood, "no reading tool accepts a call that could be made up") }
        let steps = (0..<100).compactMap { _ in pick(material.reads) }.map { Probe.Step.extra(tool: $0.tool, $0.arguments) }
        add(.flood, "", "100 reading calls", steps, answer: nil, isRight: reference.asked == nil)
    }
}

extension AnswerDefinition.Kind {
    /// Whether an answer that says much more than is asked for is accepted.
    fileprivate var isMentions: Bool { if case .mentions = self { true } else { false } }
}
