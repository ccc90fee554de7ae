import Episodes
import Specifications
import WireJSON

/// One client of OpenEnv and its episode, which each reset replaces.
///
/// Source: OpenEnv 0.10, `openenv.core`: the frames of `/ws`, and the observations of `CallToolAction` and `ListToolsAction`.
/// Belongs to one thread at a time.
public final class OpenEnvSession {
    let host: EpisodeHost
    /// The environment that the URL names; nil: each reset says which.
    private let named: World?
    private(set) var current: OpenEpisode?
    /// Whether it has been ended; no episode is begun then.
    private var isOver = false

    init(_ host: EpisodeHost, _ named: World?) {
        self.host = host
        self.named = named ?? (host.worldNames.count == 1 ? host.worlds[host.worldNames[0]] : nil)
    }

    /// Gives back the episode for good.
    public func end() async {
        isOver = true
        await leave()
    }

    /// Ends the session, unless somebody is acting on its episode; says whether it is over.
    func endIfFree() -> Bool {
        if let current, host.find(current.episode.id) != nil, !host.closeIfFree(current) { return false }
        isOver = true
        current = nil
        return true
    }

    private func leave() async {
        if let current { await host.close(current.episode.id) }
        current = nil
    }

    // MARK: Frames

    /// Handles a text frame and returns the one to send back; nil: the client wants to leave.
    public func handle(_ frame: [UInt8]) async -> [UInt8]? {
        guard let json = try? JSONParser.parse(frame) else { return Self.failure("INVALID_JSON", "the frame is not JSON") }
        guard let type = json["type"]?.string else { return Self.invalid(["type"], "a frame must be an object with a 'type'", json) }
        do throws(OpenEnvFault) {
            switch type {
            case "reset": return try await reset(json["data"] ?? .object(JSONObject()))
            case "step": return try await step(json["data"])
            case "state": return Self.frame("state", await state())
            case "mcp": return Self.frame("mcp", await rpc(json["data"] ?? .null))
            case "close": return nil
            default: return Self.failure("UNKNOWN_TYPE", "there is no frame of type '\(type.prefix(80))'")
            }
        } catch {
            return error.bytes
        }
    }

    /// Begins an episode, chosen by `environment`, `task`, `seed`, `max_steps`; without a task the seed chooses one.
    func reset(_ data: JSON) async throws(OpenEnvFault) -> [UInt8] {
        guard let data = data.object else { throw OpenEnvFault(Self.invalid(["data"], "must be an object", data)) }
        let world = try world(data["environment"])
        let seed = try whole(data, "seed", -1...Int.max).map { max(0, $0) } ?? 0
        var options = EpisodeOptions()
        options.maxSteps = try whole(data, "max_steps", 1...EpisodeOptions.greatestMaxSteps) ?? options.maxSteps
        if let reward = data["reward"], reward != .null {
            guard let profile = reward.string.flatMap(RewardProfile.init) else {
                throw OpenEnvFault(Self.invalid(["data", "reward"], "must be one of binary, awm, dense", reward))
            }
            options.reward = profile
        }
        let tasks = world.environment.definition.tasks
        var task: Int? = tasks.isEmpty ? nil : seed % tasks.count
        if let name = data["task"], name != .null {
            guard let index = name.string.flatMap(world.environment.taskIndex) else {
                let hint = NearestName.hint(for: name.string ?? "", among: tasks.map(\.id))
                throw OpenEnvFault(Self.failure("EXECUTION_ERROR", "\(world.id) has no task \(name.text.prefix(80))\(hint)"))
            }
            task = index
        }
        if isOver { throw OpenEnvFault(Self.failure("SESSION_ERROR", "the session has been closed")) }
        await leave()
        var frame: [UInt8] = []
        do throws(RPCError) {
            current = try host.open { id in
                let episode = Episode(world, id: id, task: task, seed: UInt64(seed), options: options)
                // From here on it may be another's turn.
                frame = Self.begun(episode, seed)
                return episode
            }
        } catch {
            throw OpenEnvFault(
                Self.failure("CAPACITY_REACHED", error.message, ["max_sessions": .integer(Int64(host.server.limits.episodes))]))
        }
        return frame
    }

    /// The first observation.
    private static func begun(_ episode: Episode, _ seed: Int) -> [UInt8] {
        let world = episode.world
        var writer = JSONWriter()
        writer.raw(#"{"type":"observation","data":{"observation":{"instruction":"#)
        writer.value(episode.task.map { .string($0.instruction) } ?? .null)
        writer.raw(#","policy":"#)
        writer.string(world.environment.definition.policy)
        writer.raw(#","clock":"#)
        writer.string(episode.now.text)
        // Under the name 'tools' it would be taken for the answer to list_tools.
        writer.raw(#","available_tools":"#)
        writer.raw(world.toolList)
        writer.raw(#"},"reward":0.0,"done":false,"metadata":"#)
        writer.value([
            "environment": .string(world.id), "task": episode.task.map { .string($0.id) } ?? .null, "seed": .integer(Int64(seed)),
            "episode_id": .string(episode.id),
        ])
        writer.raw("}}")
        return writer.bytes
    }

    private func world(_ asked: JSON?) throws(OpenEnvFault) -> World {
        guard let asked, asked != .null else {
            if let named { return named }
            throw OpenEnvFault(
                Self.failure(
                    "EXECUTION_ERROR",
                    "say which environment, by reset(environment=...) or by /envs/NAME in the URL; \(host.worldNames.count) are served"))
        }
        if let world = asked.string.flatMap({ host.worlds[$0] }) { return world }
        let hint = NearestName.hint(for: asked.string ?? "", among: host.worldNames)
        throw OpenEnvFault(Self.failure("EXECUTION_ERROR", "there is no environment \(asked.text.prefix(80))\(hint)"))
    }

    private func whole(_ data: JSONObject, _ name: String, _ range: ClosedRange<Int>) throws(OpenEnvFault) -> Int? {
        guard let value = data[name], value != .null else { return nil }
        if let number = value.double, number == number.rounded(), let whole = Int(exactly: number), range.contains(whole) { return whole }
        throw OpenEnvFault(Self.invalid(["data", name], "must be a whole number from \(range.lowerBound) to \(range.upperBound)", value))
    }

    // MARK: Steps

    private func step(_ action: JSON?) async throws(OpenEnvFault) -> [UInt8] {
        guard let action, let object = action.object else {
            throw OpenEnvFault(Self.invalid(["data"], "must be an action, an object", action ?? .null))
        }
        let type = object["type"]?.string ?? (object["tool_name"] == nil ? "" : "call_tool")
        switch type {
        case "list_tools": return try toolFrame()
        case "call_tool":
            guard let tool = object["tool_name"]?.string else {
                throw OpenEnvFault(Self.invalid(["tool_name"], "must be a string", action))
            }
            let step = try await take(.call(tool: tool, arguments: object["arguments"] ?? .object(JSONObject())))
            return Self.frame(of: step) { Self.write(tool, step, to: &$0) }
        case "message":
            guard let text = object["content"]?.string else { throw OpenEnvFault(Self.invalid(["content"], "must be a string", action)) }
            let step = try await take(.message(text))
            return Self.frame(of: step) { $0.bytes.append(contentsOf: step.observation) }
        case "answer":
            guard let content = object["content"] else { throw OpenEnvFault(Self.invalid(["content"], "is required", action)) }
            let step = try await take(.answer(content))
            return Self.frame(of: step) { $0.bytes.append(contentsOf: step.observation) }
        default: throw OpenEnvFault(Self.invalid(["type"], "must be call_tool, list_tools, message or answer", action))
        }
    }

    /// A step that has been taken, and where the episode stood after it.
    struct Step {
        let summary: StepSummary
        let observation: ArraySlice<UInt8>
        let number: Int
        let clock: String
    }

    /// Takes a step of the episode.
    func take(_ action: Action) async throws(OpenEnvFault) -> Step {
        guard let current else { throw OpenEnvFault(Self.failure("EXECUTION_ERROR", "reset comes first")) }
        do throws(RPCError) {
            let episode = current.episode
            let taken = try await host.using(current) { shard throws(RPCError) in
                let (summary, observation) = try shard.take(action, in: episode)
                return Step(summary: summary, observation: observation, number: episode.step, clock: episode.now.text)
            }
            if let taken { return taken }
        } catch {
            throw OpenEnvFault(Self.failure("EXECUTION_ERROR", error.message))
        }
        throw OpenEnvFault(Self.failure("EXECUTION_ERROR", "the episode has been closed; reset begins a new one"))
    }

    private static func frame(of step: Step, _ observation: (inout JSONWriter) -> Void) -> [UInt8] {
        let summary = step.summary
        var writer = JSONWriter()
        writer.raw(#"{"type":"observation","data":{"observation":"#)
        observation(&writer)
        writer.raw(#","reward":"#)
        writer.number(summary.reward)
        writer.raw(#","done":"#)
        writer.bool(summary.terminated || summary.truncated)
        writer.raw(#","metadata":"#)
        writer.value([
            "step": .integer(Int64(step.number)), "clock": .string(step.clock), "truncated": .bool(summary.truncated),
        ])
        writer.raw("}}")
        return writer.bytes
    }

    /// A tool's result or the agent's mistake, as `CallToolObservation` has it.
    private static func write(_ tool: String, _ step: Step, to writer: inout JSONWriter) {
        writer.raw(#"{"tool_name":"#)
        writer.string(tool)
        if let code = step.summary.mistake {
            writer.raw(#","result":null,"error":"#)
            writer.value(["error_type": .string(errorType(code)), "message": .string(message(step.observation))])
        } else {
            writer.raw(#","result":"#)
            OpenEnvResult.write(step.observation, to: &writer)
            writer.raw(#","error":null"#)
        }
        writer.byte("}")
    }

    private static func errorType(_ code: String) -> String {
        switch code {
        case "invalid_arguments": "invalid_args"
        case "unknown_tool": "tool_not_found"
        default: "execution_error"
        }
    }

    /// `code: message` of a mistake.
    static func message(_ observation: ArraySlice<UInt8>) -> String {
        let json = try? JSONParser.parse(Array(observation), limits: .file)
        return "\(json?["code"]?.string ?? "error"): \(json?["message"]?.string ?? "")"
    }

    // MARK: Tools and state

    /// The tools of the episode's environment, or of the one that the next reset would take.
    func toolWorld() throws(OpenEnvFault) -> World { if let current { current.episode.world } else { try world(nil) } }

    private func toolFrame() throws(OpenEnvFault) -> [UInt8] {
        let world = try toolWorld()
        var writer = JSONWriter()
        writer.raw(#"{"type":"observation","data":{"observation":{"tools":"#)
        writer.raw(OpenEnvResult.tools(world))
        writer.raw(#"},"reward":null,"done":false}}"#)
        return writer.bytes
    }

    /// Where the episode stands.
    private func state() async -> JSON {
        let none: JSON = ["episode_id": .null, "step_count": 0]
        guard let current else { return none }
        let episode = current.episode
        let state = await host.using(current) { _ -> JSON in
            [
                "episode_id": .string(episode.id), "step_count": .integer(Int64(episode.step)), "environment": .string(episode.world.id),
                "task": episode.task.map { .string($0.id) } ?? .null, "status": .string(episode.status.rawValue),
            ]
        }
        return state ?? none
    }

    // MARK: Forms

    static func frame(_ type: String, _ data: JSON) -> [UInt8] { (["type": .string(type), "data": data] as JSON).bytes }

    static func failure(_ code: String, _ message: String, _ more: JSONObject = JSONObject()) -> [UInt8] {
        var data: JSONObject = ["message": .string(message), "code": .string(code)]
        for member in more.members { data[member.name] = member.value }
        return frame("error", .object(data))
    }

    /// What is off the schema, in the form of pydantic, which the clients know.
    private static func invalid(_ place: [String], _ message: String, _ input: JSON) -> [UInt8] {
        failure(
            "VALIDATION_ERROR", "Invalid message: \(place.joined(separator: ".")) \(message)",
            ["errors": [["type": "value_error", "loc": .array(place.map { .string($0) }), "msg": .string(message), "input": input]]])
    }
}

/// A frame that says what is wrong.
struct OpenEnvFault: Error {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// What the frame says: `message`, `code` and more.
    var data: JSON? { (try? JSONParser.parse(bytes, limits: .file))?["data"] }
}

/// The forms of tools and their results.
enum OpenEnvResult {
    /// A result: as content, as structured content, and plainly as `data`, which is what users read.
    static func write(_ observation: ArraySlice<UInt8>, to writer: inout JSONWriter) {
        let content = observation.dropFirst(#"{"type":"result","content":"#.utf8.count).dropLast()
        writer.raw(#"{"content":[{"type":"text","text":"#)
        content.withUnsafeBufferPointer { writer.string(utf8: $0) }
        writer.raw(#"}],"structured_content":"#)
        let isObject = content.first == UInt8(ascii: "{")
        if !isObject { writer.raw(#"{"result":"#) }
        writer.bytes.append(contentsOf: content)
        if !isObject { writer.byte("}") }
        writer.raw(#","data":"#)
        writer.bytes.append(contentsOf: content)
        writer.raw(#","is_error":false}"#)
    }

    /// Name, description and schema of each tool.
    static func tools(_ world: World) -> [UInt8] {
        let environment = world.environment
        return JSON.array(
            environment.definition.tools.indices.map { index in
                let tool = environment.definition.tools[index]
                return [
                    "name": .string(tool.name), "description": .string(tool.description), "input_schema": environment.inputSchemas[index],
                ]
            }
        ).bytes
    }
}
