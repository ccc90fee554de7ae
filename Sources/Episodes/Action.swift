import WireJSON

/// What an agent does in one step.
public enum Action: Sendable {
    /// Calls a tool. The arguments are the agent's own words: they are checked by the step, and faults are its mistakes.
    case call(tool: String, arguments: JSON)
    /// Says something to the user.
    case message(String)
    /// Gives the final answer and ends the episode.
    case answer(JSON)

    /// Reads an action from its JSON.
    ///
    /// - Throws: ``InvalidAction`` for what no agent's policy could have meant: a client's error.
    public init(_ json: JSON) throws(InvalidAction) {
        guard let object = json.object else { throw InvalidAction(message: "'action' must be an object, not \(json.kindWithArticle)") }
        guard let type = object["type"]?.string else {
            throw InvalidAction(message: "'action' must have a 'type': \"call\", \"message\" or \"answer\"")
        }
        var allowed = ["type"]
        switch type {
        case "call":
            guard let tool = object["tool"]?.string else { throw InvalidAction(message: "a call must have 'tool', a string") }
            self = .call(tool: tool, arguments: object["arguments"] ?? .object(JSONObject()))
            allowed += ["tool", "arguments"]
        case "message":
            guard let text = object["content"]?.string else { throw InvalidAction(message: "a message must have 'content', a string") }
            self = .message(text)
            allowed.append("content")
        case "answer":
            guard let content = object["content"] else { throw InvalidAction(message: "an answer must have 'content'") }
            self = .answer(content)
            allowed.append("content")
        default: throw InvalidAction(message: "'\(type.prefix(80))' is not a type of action: \"call\", \"message\" or \"answer\"")
        }
        if let extra = object.names.first(where: { !allowed.contains($0) }) {
            throw InvalidAction(message: "the action has no member '\(extra.prefix(80))'")
        }
    }
}

/// An action that is not one.
public struct InvalidAction: Error, Sendable {
    /// What is wrong with it.
    public let message: String
}
