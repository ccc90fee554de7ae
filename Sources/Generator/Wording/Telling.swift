import Domains

/// Joins the sentences of a request.
struct Telling {
    /// The request as one text.
    static func text(_ opener: String?, _ sentences: [TaskDraft.Sentence], _ dice: inout Dice) -> String {
        var result = opener.map { [$0] } ?? []
        let requests = sentences.count { if case .question = $0 { false } else { true } }
        var told = 0
        for sentence in sentences {
            switch sentence {
            case .request(let text):
                result.append(request(text, told, of: requests, &dice))
                told += 1
            case .whole(let text):
                result.append(text)
                told += 1
            case .question(let text): result.append(question(text, told, &dice))
            }
        }
        return result.joined(separator: " ")
    }

    private static func request(_ text: String, _ index: Int, of count: Int, _ dice: inout Dice) -> String {
        if index == 0 {
            // A long request is no question any more.
            let isPlain = !text.contains { ";:\"(".contains($0) }
            return dice.pick([
                ended(Wording.capitalised(text)), ended("Please \(text)"), isPlain ? "Could you \(text)?" : ended("Please \(text)"),
                ended("I need you to \(text)"), ended(Wording.capitalised(text)), ended("Please \(text)"),
            ])
        }
        if index == count - 1, count > 2 { return ended(dice.pick(["Finally, ", "Lastly, ", "And finally, "]) + text) }
        return ended(dice.pick(["Then ", "After that, ", "Also, ", "Next, ", "Then please "]) + text)
    }

    private static func question(_ text: String, _ index: Int, _ dice: inout Dice) -> String {
        if index == 0 { return text }
        return dice.pick(["When that is done: ", "One question as well: ", "Then tell me: ", "I would also like to know: "]) + text
    }

    private static func ended(_ text: String) -> String { text.last.map { ".?!".contains($0) } ?? false ? text : text + "." }
}
