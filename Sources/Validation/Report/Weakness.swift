import Environments
import Episodes
import WireJSON

/// A place where a goal could be closer.
public struct Weakness: Sendable {
    /// How likely a plausible wrong end passes there, from 0 to 1: what the places are ordered by.
    public let looseness: Double
    /// Whether a part of the goal accepts more than one value or change; otherwise the answer may be guessed.
    public var isLoosePart = true
    /// What is loose.
    public let place: String
    /// What would close it.
    public let remedy: String
}

/// Looks at a goal for what is weakest about it.
struct WeaknessFinder {
    let material: Material
    let reference: ReferencePath?
    let task: TaskDefinition

    /// The weaknesses of the goal, the weakest place first.
    func find(_ chance: Double?) -> [Weakness] {
        var result: [Weakness] = []
        if let chance {
            let alone = reference?.writes.isEmpty ?? true
            result.append(
                Weakness(
                    looseness: alone ? chance : chance / 10, isLoosePart: false,
                    place:
                        "the answer\(alone ? ", which is all that is asked for," : "") can be guessed with a chance of \(percent(chance))",
                    remedy: alone
                        ? "ask for a deed as well, or for more than one value, or for a value that has more alternatives"
                        : "the deeds protect it; a list of two values would be harder to guess"))
        }
        if let reference, reference.asked == nil, let question {
            result.append(
                Weakness(
                    looseness: 0.3, place: "the instruction asks '\(question)', but no answer is checked",
                    remedy: "end the solution with the answer, or leave the question out"))
        }
        if case .stated(let goal) = task.goal { result += stated(goal) }
        return result.sorted { $0.looseness > $1.looseness }
    }

    /// A sentence of the instruction that wants to know something; not `Could you ...?`, which wants something done.
    private var question: String? {
        let starts = ["what", "which", "who", "whose", "when", "where", "why", "how"]
        var sentence = ""
        for character in task.instruction {
            if sentence.isEmpty, character.isWhitespace { continue }
            sentence.append(character == "\n" ? " " : character)
            guard ".!?".contains(character) else { continue }
            let words = sentence.lowercased()
            if character == "?", starts.contains(String(words.prefix { $0.isLetter })) { return sentence }
            if words.contains("tell me") || words.contains("let me know") { return sentence }
            sentence = ""
        }
        return nil
    }

    private func percent(_ chance: Double) -> String {
        let tenths = Int((chance * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }

    private func stated(_ goal: StatedGoal) -> [Weakness] {
        var result: [Weakness] = []
        for change in goal.changes {
            for (column, matcher, _) in change.values {
                let place = "\(change.operation.rawValue) \(change.table): \(column)"
                switch matcher {
                case .equals: continue
                case .any where isMinted(change.table, column): continue
                case .any:
                    result.append(
                        Weakness(
                            looseness: 0.9, place: "\(place) may be anything",
                            remedy: "say the value, or {one_of: [...]} of those that are right"))
                case .oneOf(let values):
                    result.append(
                        Weakness(
                            looseness: 0.1 * Double(min(9, values.count - 1)), place: "\(place) may be one of \(values.count)",
                            remedy: "say the one that the request means"))
                case .within(let low, let high):
                    result.append(
                        Weakness(
                            looseness: 0.4, place: "\(place) may be anything from \(low.text) to \(high.text)",
                            remedy: "say the value, or narrow the range"))
                case .text:
                    result.append(
                        Weakness(
                            looseness: 0.05, place: "\(place) is compared without regard to case and spaces",
                            remedy: "say the text itself if its case matters"))
                }
            }
        }
        for allowance in goal.allowances {
            let columns = allowance.columns.map { " (\($0.joined(separator: ", ")))" } ?? ""
            result.append(
                Weakness(
                    looseness: allowance.columns == nil ? 0.8 : 0.5, place: "anything may happen to \(allowance.table)\(columns)",
                    remedy: allowance.columns == nil
                        ? "allow only the columns that right ways change, or list the changes"
                        : "list the changes, or assert what must hold there"))
        }
        if goal.changes.isEmpty, !goal.assertions.isEmpty, goal.allowances.isEmpty == false {
            result.append(
                Weakness(
                    looseness: 0.3, place: "only assertions say what must have changed", remedy: "list the changes where they are known"))
        }
        return result
    }

    /// Whether the column holds an identifier of the row itself, which only the engine chooses.
    private func isMinted(_ table: String, _ column: String) -> Bool {
        material.world.environment.definition.tables.first { $0.name == table }?.key.contains(column) ?? false
    }
}
