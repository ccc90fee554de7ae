import Episodes
import WireJSON

extension MCPSession {
    /// Calls a tool. The agent's mistakes are results that say so; only the client's are errors.
    func call(_ id: JSON, _ request: MCPRequest, in pool: StagePool) throws(MCPError) -> [UInt8] {
        guard let name = request.params["name"]?.string else { throw .invalidParams("'name' must be a string") }
        let arguments = request.params["arguments"].flatMap { $0 == .null ? nil : $0 } ?? .object(JSONObject())
        guard case .object(let object) = arguments else { throw .invalidParams("'arguments' must be an object") }
        guard episode.status == .running else {
            return mistake(id, request, "episode_ended", "The episode has ended; nothing can be done any more.")
        }
        if let search = offer.table.search, name == MCPToolTable.searchTool { return find(id, request, search, object) }
        let action: Action =
            name == MCPToolTable.answerTool && offer.table.hasAnswerTool
            ? .answer(object["answer"] ?? .null) : .call(tool: name, arguments: arguments)
        var step = JSONWriter()
        let summary: StepSummary
        do {
            summary = try episode.step(action, in: pool, to: &step)
        } catch {
            throw .internalError("the environment failed and the episode is void: \(error.description)")
        }
        if summary.mistake == "unknown_tool", offer.table.mode == .all || !["call_tool", "list_tools"].contains(name) {
            throw .invalidParams("Unknown tool: \(name.prefix(80))")
        }
        let observation = step.bytes[summary.observation]
        if summary.mistake != nil {
            return result(id, request) { writer in
                writer.raw(#""content":[{"type":"text","text":"#)
                observation.withUnsafeBufferPointer { writer.string(utf8: $0) }
                writer.raw(#"}],"isError":true"#)
            }
        }
        if case .answer = action { return structured(id, request, Array(#"{"status":"ended"}"#.utf8)[...], isObject: true) }
        let content = observation.dropFirst(Self.opening.count).dropLast()
        let isObject =
            offer.table.mode == .all ? offer.table.isObject[offer.world.environment.toolIndex(name)!] : content.first == UInt8(ascii: "{")
        return structured(id, request, content, isObject: isObject)
    }

    /// What an observation of a result begins with.
    private static let opening = #"{"type":"result","content":"#.utf8

    /// A result as structured content, and as text for agents that see nothing else.
    private func structured(_ id: JSON, _ request: MCPRequest, _ content: ArraySlice<UInt8>, isObject: Bool) -> [UInt8] {
        result(id, request) { writer in
            writer.bytes.reserveCapacity(writer.bytes.count + 3 * content.count + 200)
            let whole = isObject ? content : (Array(#"{"result":"#.utf8) + content + [UInt8(ascii: "}")])[...]
            writer.raw(#""content":[{"type":"text","text":"#)
            whole.withUnsafeBufferPointer { writer.string(utf8: $0) }
            writer.raw(#"}],"structuredContent":"#)
            writer.bytes.append(contentsOf: whole)
            writer.raw(#","isError":false"#)
        }
    }

    private func mistake(_ id: JSON, _ request: MCPRequest, _ code: String, _ message: String) -> [UInt8] {
        let text: JSON = ["type": "error", "code": .string(code), "message": .string(message), "details": [:]]
        return result(id, request) { writer in
            writer.raw(#""content":[{"type":"text","text":"#)
            writer.string(text.text)
            writer.raw(#"}],"isError":true"#)
        }
    }

    /// Shows the tools that fit some words. It takes no step: the environment is not touched.
    private func find(_ id: JSON, _ request: MCPRequest, _ search: ToolSearch, _ arguments: JSONObject) -> [UInt8] {
        guard let query = arguments["query"]?.string else { return mistake(id, request, "invalid_arguments", "query must be a string") }
        let limit = arguments["limit"]?.double ?? 5
        guard limit >= 1, limit <= 20, limit == limit.rounded() else {
            return mistake(id, request, "invalid_arguments", "limit must be a whole number from 1 to 20")
        }
        if let extra = arguments.names.first(where: { $0 != "query" && $0 != "limit" }) {
            return mistake(id, request, "invalid_arguments", "\(extra.prefix(80)) is not an argument")
        }
        let environment = offer.world.environment
        let tools = search.best(query, limit: Int(limit)).map { index -> JSON in
            [
                "name": .string(environment.definition.tools[index].name),
                "description": .string(environment.definition.tools[index].description), "input_schema": environment.inputSchemas[index],
            ]
        }
        return structured(id, request, (JSON.array(tools).bytes)[...], isObject: false)
    }
}
