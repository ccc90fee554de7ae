import Environments
import Episodes
import WireJSON

/// What shows of the answer without a probe.
extension SolutionReview {
    /// - Parameter chance: of a guess at the answer, if it is judged by the environment's own goal.
    func answerFindings(_ chance: Double?) -> [Finding] {
        unasked + severalAnswers + wideTolerance + disguises + unshown + passing + guess(chance)
    }

    /// An answer that nobody checks. A sentence may be a courtesy.
    private var unasked: [Finding] {
        guard reference.asked == nil, case .answer(let answer)? = taskDefinition.solution.last, answer != .null else { return [] }
        if answer.string != nil, material.columns(holding: answer).isEmpty { return [] }
        return [Finding(cause: "the reference solution answers, but the goal does not check the answer", note: "answered \(answer.text)")]
    }

    /// A tolerance or a list of texts that takes in more than one of the values that could be meant.
    private var severalAnswers: [Finding] {
        let accepted = AnswerCandidates(material, reference, taskDefinition).accepted
        guard accepted.count > 1 else { return [] }
        return [
            Finding(
                cause: "the check of the answer accepts several of the values that could be meant",
                note: accepted.prefix(5).map(\.text).joined(separator: ", "))
        ]
    }

    private func guess(_ chance: Double?) -> [Finding] {
        guard let chance, reference.writes.isEmpty, chance > greatestChance else { return [] }
        return [
            Finding(
                cause: "the answer, which is all that is asked for, can be guessed",
                note: "one guess in \(Int((1 / chance).rounded())) is right")
        ]
    }

    /// The chance of a guess above which a task that asks for nothing but an answer is no test.
    private var greatestChance: Double {
        // A number may stand by chance in a column that it is not about.
        if case .number? = reference.asked { 0.34 } else { 0.201 }
    }

    /// A tolerance that takes in other values than those that rounding makes of the right one.
    private var wideTolerance: [Finding] {
        guard case .number(let value, let tolerance)? = reference.asked, tolerance >= 0.5, tolerance > 0.02 * value.magnitude else {
            return []
        }
        return [
            Finding(
                cause: "the tolerance of the answer takes in other values than the right one, rounded",
                note: "\(JSON.number(value).text), give or take \(JSON.number(tolerance).text)")
        ]
    }

    /// An answer that has a type, but is checked as a text.
    private var disguises: [Finding] {
        guard case .text(let texts)? = reference.asked, let kind = TextDisguise(material).kind(of: texts) else { return [] }
        return [
            Finding(cause: "the answer is \(kind), but is checked as a text, which refuses other ways to write it", note: "'\(texts[0])'")
        ]
    }

    /// A name or another text that no call has shown.
    private var unshown: [Finding] {
        let texts: [String] =
            switch reference.asked {
            case .text(let texts)?: Array(texts.prefix(1))
            case .mentions(let texts)?: texts
            case .set(let elements)?, .list(let elements)?: elements.compactMap(\.string)
            default: []
            }
        let known = KnownText(definition, taskDefinition, reference, before: reference.calls.count)
        guard !taskDefinition.isImported, let text = texts.first(where: { !known.mentions($0) }) else { return [] }
        return [Finding(cause: "the answer stands in nothing that the solution was shown", note: "'\(text)'")]
    }

    /// An answer that a call shows, but no longer some minutes later.
    private var passing: [Finding] {
        let answers: [JSON] =
            switch reference.asked {
            case .set(let elements)?, .list(let elements)?: elements
            case nil, .boolean?, .table?, .mentions?: []
            default: reference.answer.map { [$0] } ?? []
            }
        let shown = answers.filter { answer in reference.calls.contains { KnownText.shows($0.observation, answer) } }
        if shown.isEmpty { return [] }
        let later = laterObservations
        let passing = shown.first { answer in
            let index = reference.calls.lastIndex { KnownText.shows($0.observation, answer) }!
            return index < later.count && !KnownText.shows(later[index], answer)
        }
        guard let passing else { return [] }
        return [
            Finding(cause: "the answer is another one some steps later: it depends on how quick the agent is", note: "\(passing.text)")
        ]
    }

    /// What the calls show when the solution begins later, up to the first whose refusal is another.
    private var laterObservations: [JSON] {
        let episode = Episode(material.world, id: "later", task: task, seed: 0, options: ReferencePath.options)
        episode.wait(20)
        let pool = StagePool()
        var observations: [JSON] = []
        for call in reference.calls {
            var writer = JSONWriter()
            let action = Action.call(tool: definition.tools[call.tool].name, arguments: .object(call.arguments))
            guard let summary = try? episode.step(action, in: pool, to: &writer), summary.mistake == call.mistake,
                let observation = (try? JSONParser.parse(writer.bytes, limits: .file))?["observation"]
            else { break }
            observations.append(observation)
        }
        return observations
    }
}
