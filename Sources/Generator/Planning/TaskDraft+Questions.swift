import Domains
import Simulation

extension TaskDraft {
    /// A question, asked of the things as they are by then.
    mutating func ask(_ question: Question, _ arguments: [Value], _ dice: inout Dice) throws(PlanFault) {
        var frame = arguments + Array(repeating: Value.missing, count: max(0, question.frameSize - arguments.count))
        narrator.beginSentence()
        try introduce(question.arguments, frame, saidBy: question.ask, conditions: [], prefersIndirect: false, &dice)
        let text = try narrator.render(question.ask, frame, builder.situation, units: question.arguments.units)
        builder.tick()
        switch question.answer {
        case .value(let expression):
            let value = builder.situation.evaluate(expression, &frame)
            switch value {
            case .missing, .reference: throw PlanFault("there is no answer")
            case .number(0): throw PlanFault("the answer is nothing")
            default: break
            }
            try builder.gatherEvidence(expression, frame)
            answers.append(
                AnswerPart(form: .value(value, expression.type), choices: Guessing.choices(expression, value, builder.situation)))
        case .which(let variable, let entity, let condition, let extreme, let show):
            var things = builder.situation.things(entity, variable, where: condition, &frame)
            let choices = extreme == nil ? Guessing.many : things.count
            try builder.gatherEvidence(entity, variable, condition, (extreme.map { [$0.by] } ?? []) + [show], frame)
            if let extreme {
                let values = things.map { thing -> Value in
                    frame[variable.slot] = .reference(thing)
                    return builder.situation.evaluate(extreme.by, &frame)
                }
                guard values.count > 1, !values.contains(.missing) else { throw PlanFault("there is nothing to choose from") }
                let ordered = values.sorted { $0.precedes($1) }
                let best = extreme.isGreatest ? ordered.last! : ordered.first!
                things = zip(things, values).filter { $0.1 == best }.map(\.0)
                if things.count != 1 { throw PlanFault("several come first") }
            }
            let shown = things.map { thing -> Value in
                frame[variable.slot] = .reference(thing)
                return builder.situation.evaluate(show, &frame)
            }
            guard !shown.isEmpty, shown.count <= 7, !shown.contains(.missing), Set(shown).count == shown.count else {
                throw PlanFault("there are too many answers, or none")
            }
            answers.append(
                AnswerPart(form: extreme == nil ? .set(shown, show.type) : .value(shown[0], show.type), choices: choices))
        }
        if answers.contains(where: { isSaid($0, text) }) { throw PlanFault("the request says the answer") }
        if kinds.isEmpty, answers.allSatisfy({ $0.choices < Guessing.fewest }) { throw PlanFault("the answer could be guessed") }
        sentences.append(.question(text))
        kinds.append(.question)
    }

    /// Whether the request lays down what is asked for, so that it need not be looked up.
    private func isSaid(_ part: AnswerPart, _ question: String) -> Bool {
        let speaking = Speaking(design: design)
        let texts = sentences.map(\.text) + [question]
        func isSaid(_ value: Value, _ type: ValueType) -> Bool {
            if case .boolean = value { return false }
            let words = speaking.words(value, type)
            return texts.contains { Wording.says($0, words) }
        }
        return switch part.form {
        case .value(let value, let type): isSaid(value, type)
        case .set(let values, let type): values.allSatisfy { isSaid($0, type) }
        default: false
        }
    }
}
