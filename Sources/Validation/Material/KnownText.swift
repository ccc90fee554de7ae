import Environments
import WireJSON

/// What an agent can have read before a call: what the task says, the policy, and what earlier calls have shown.
struct KnownText {
    private let said: String
    private let shown: [JSON]

    /// - Parameter index: the position of the call; the number of calls for the end.
    init(_ definition: Environment, _ task: TaskDefinition, _ reference: ReferencePath, before index: Int) {
        said = ([task.instruction, definition.policy] + task.facts).joined(separator: "\n")
        shown = reference.calls[..<index].map(\.observation)
    }

    /// Whether the text stands there as it is.
    func contains(_ text: String) -> Bool { said.contains(text) || shown.contains { Self.anyText(in: $0) { $0.contains(text) } } }

    /// Whether the text stands there in any case.
    func mentions(_ text: String) -> Bool {
        let text = text.lowercased()
        return said.lowercased().contains(text) || shown.contains { Self.anyText(in: $0) { $0.lowercased().contains(text) } }
    }

    /// Whether a call has shown the value.
    static func shows(_ observation: JSON, _ value: JSON) -> Bool {
        if observation == value { return true }
        if let a = observation.double, let b = value.double { return a == b }
        return switch observation {
        case .array(let elements): elements.contains { shows($0, value) }
        case .object(let object): object.members.contains { shows($0.value, value) }
        default: false
        }
    }

    private static func anyText(in value: JSON, _ isMeant: (String) -> Bool) -> Bool {
        switch value {
        case .string(let text): isMeant(text)
        case .array(let elements): elements.contains { anyText(in: $0, isMeant) }
        case .object(let object): object.members.contains { anyText(in: $0.value, isMeant) }
        case .integer, .number: isMeant(value.text)
        default: false
        }
    }
}
