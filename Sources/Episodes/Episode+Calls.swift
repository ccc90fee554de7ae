import Database
import Environments
import WireJSON

extension Episode {
    func call(_ tool: String, _ arguments: JSON, _ pool: StagePool, _ writer: inout JSONWriter) throws(DatabaseError) -> Mistake? {
        guard state.options.tools == .meta else { return try callTool(tool, arguments, pool, &writer) }
        switch tool {
        case "list_tools":
            if state.hasListedTools, state.options.reward == .awm {
                return Mistake(code: "tools_already_listed", message: "The tools were listed before.", isMalformed: true)
            }
            let extra = arguments.object?.names ?? ["arguments"]
            if !extra.isEmpty { return .invalidArguments(extra.map { ($0, "is not an argument") }) }
            state.hasListedTools = true
            writer.raw(#"{"type":"result","content":"#)
            writer.raw(world.toolList)
            writer.byte("}")
            return nil
        case "call_tool":
            guard let name = arguments["name"]?.string else {
                return .invalidArguments([("name", "must be a string")])
            }
            let extra = arguments.object?.names.filter { $0 != "name" && $0 != "arguments" } ?? []
            if !extra.isEmpty { return .invalidArguments(extra.map { ($0, "is not an argument") }) }
            return try callTool(name, arguments["arguments"] ?? .object(JSONObject()), pool, &writer)
        default: return .unknownTool(tool, among: ["list_tools", "call_tool"])
        }
    }

    private func callTool(_ name: String, _ arguments: JSON, _ pool: StagePool, _ writer: inout JSONWriter) throws(DatabaseError)
        -> Mistake?
    {
        guard let index = world.environment.toolIndex(name) else {
            return .unknownTool(name, among: world.environment.definition.tools.map(\.name))
        }
        guard case .object(let arguments) = arguments else {
            return .invalidArguments([("arguments", "must be an object, not \(arguments.kindWithArticle)")])
        }
        let stage = try pool.seat(self)
        let tool = try stage.tool(index)
        var context = CallContext(seed: state.seed, now: now, actor: actor, counters: state.counters)
        let frame: [SQLValue]
        switch tool.frame(arguments, context) {
        case .success(let values): frame = values
        case .failure(let faults): return .invalidArguments(faults.faults.map { ($0.path, $0.message) })
        }
        stage.connection.setClock(context.now)
        let start = writer.bytes.count
        writer.raw(#"{"type":"result","content":"#)
        var outcome = CallOutcome.result
        var failure: DatabaseError?
        if tool.tool.effect == .read {
            do throws(DatabaseError) {
                outcome = try stage.connection.limitingWork(pool.limits.work) { () throws(DatabaseError) in
                    try tool.run(frame, &context, to: &writer, limits: pool.limits.result)
                }
            } catch {
                failure = error
            }
        } else {
            failure = try stage.attempt(pool.limits.work) { () throws(DatabaseError) in
                outcome = try tool.run(frame, &context, to: &writer, limits: pool.limits.result)
                guard case .result = outcome else { return false }
                if let mistake = Mistake.inStateOf(stage.connection) {
                    outcome = .mistake(mistake)
                    return false
                }
                return true
            }
        }
        if let failure { outcome = .mistake(try Mistake(failure, after: stage.connection.hasRunOutOfTime)) }
        switch outcome {
        case .result:
            writer.byte("}")
            state.counters = context.counters
            if !context.minted.isEmpty { minted += context.minted }
            return nil
        case .mistake(let mistake):
            writer.bytes.removeSubrange(start...)
            return mistake
        }
    }
}
