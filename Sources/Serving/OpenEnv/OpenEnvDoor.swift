import Episodes
import Synchronization
import WireJSON

/// OpenEnv's HTTP: sessions that are made by `POST /mcp` and joined by a socket, and what its clients ask about a server.
public final class OpenEnvDoor: Sendable {
    private let host: EpisodeHost
    private let sessions = Mutex<[String: Entry]>([:])
    private let sockets = Atomic(0)
    private let idleLimit: Duration

    /// A session, which requests and a socket may use in turn.
    ///
    /// Unchecked: only who has the turn touches the session.
    fileprivate final class Entry: @unchecked Sendable {
        private let session: OpenEnvSession
        private let turn = Line(places: 1)
        /// By requests and by a socket that has joined it.
        let usage = Usage()
        private let socket = Atomic(false)
        private let last = Mutex<String?>(nil)

        init(_ session: OpenEnvSession) { self.session = session }

        /// The episode that it began last.
        var lastEpisode: String? { last.withLock { $0 } }
        /// Whether a socket has joined it.
        var hasSocket: Bool {
            get { socket.load(ordering: .relaxed) }
            set { socket.store(newValue, ordering: .relaxed) }
        }

        func using<R>(_ body: (OpenEnvSession) async -> R) async -> R {
            usage.begin()
            defer { usage.end() }
            await turn.enter()
            defer { turn.leave() }
            let result = await body(session)
            if let id = session.current?.episode.id { last.withLock { $0 = id } }
            return result
        }

        /// Ends the session if nobody has used it for longer than a limit; says whether it is over.
        func endIfIdle(_ limit: Duration) -> Bool {
            guard turn.tryToEnter() else { return false }
            defer { turn.leave() }
            return usage.isIdle(limit) && session.endIfFree()
        }
    }

    init(_ host: EpisodeHost, idleLimit: Duration) {
        self.host = host
        self.idleLimit = idleLimit
    }

    var count: Int { sessions.withLock { $0.count } + sockets.load(ordering: .relaxed) }

    // MARK: Sockets

    /// What a socket talks to. It must be ended.
    public final class Socket: Sendable {
        private let entry: Entry
        private let onEnd: @Sendable () async -> Void
        let arrival = ContinuousClock.now
        /// The episode that it began last.
        var lastEpisode: String? { entry.lastEpisode }

        fileprivate init(_ entry: Entry, onEnd: @escaping @Sendable () async -> Void) {
            self.entry = entry
            self.onEnd = onEnd
        }

        private let answering = Atomic(false)
        /// Whether the client waits for an answer.
        public var isAnswering: Bool { answering.load(ordering: .relaxed) }

        /// Handles a text frame and returns the one to send back; nil: the client wants to leave.
        public func handle(_ frame: [UInt8]) async -> [UInt8]? {
            answering.store(true, ordering: .relaxed)
            defer { answering.store(false, ordering: .relaxed) }
            return await entry.using { await $0.handle(frame) }
        }

        /// Gives back what the socket held.
        public func end() async { await onEnd() }
    }

    /// The outcome of a socket's arrival: something to talk to, or a last frame.
    public enum Arrival: Sendable {
        case welcome(Socket)
        case refused([UInt8])
    }

    func arrive(environment: String?, session: String?) -> Arrival {
        if let session {
            guard
                let entry = sessions.withLock({ sessions -> Entry? in
                    guard let entry = sessions[session], !entry.hasSocket else { return nil }
                    entry.hasSocket = true
                    return entry
                })
            else {
                return .refused(
                    OpenEnvSession.failure("SESSION_ERROR", "there is no session '\(session.prefix(80))', or it has a socket already"))
            }
            entry.usage.begin()
            // The session stays: its client closes it.
            return .welcome(
                Socket(entry) { [self] in
                    entry.usage.end()
                    sessions.withLock { _ in entry.hasSocket = false }
                })
        }
        var world: World?
        if let environment {
            guard let found = host.worlds[environment] else {
                return .refused(OpenEnvSession.failure("FACTORY_ERROR", "there is no environment '\(environment.prefix(80))'"))
            }
            world = found
        }
        if host.server.openEpisodes >= host.server.limits.episodes {
            let limit = JSON.integer(Int64(host.server.limits.episodes))
            return .refused(
                OpenEnvSession.failure(
                    "CAPACITY_REACHED", "\(host.server.limits.episodes) episodes are open, and that is the limit",
                    ["active_sessions": limit, "max_sessions": limit]))
        }
        sockets.add(1, ordering: .relaxed)
        let entry = Entry(OpenEnvSession(host, world))
        return .welcome(
            Socket(entry) { [self] in
                await entry.using { await $0.end() }
                sockets.subtract(1, ordering: .relaxed)
            })
    }

    // MARK: Requests

    /// OpenEnv's JSON-RPC at `/mcp`: always 200, errors in the body.
    func rpc(_ body: [UInt8], environment: String?) async -> WebResponse {
        guard let json = try? JSONParser.parse(body) else {
            return .json(OpenEnvSession.rpcFailure(.null, -32700, "the body is not JSON").bytes)
        }
        let id = json["id"] ?? .null
        let token = json["params"]?["session_id"]?.string
        func answer(_ json: JSON) -> WebResponse { .json(json.bytes) }
        switch json["method"]?.string {
        case "openenv/session/create":
            let limit = host.server.limits.episodes
            if max(host.server.openEpisodes, count) >= limit {
                return answer(OpenEnvSession.rpcFailure(id, -32000, "\(limit) episodes or sessions are open, and that is the limit"))
            }
            let token = SessionToken.make()
            sessions.withLock { $0[token] = Entry(OpenEnvSession(host, environment.flatMap { host.worlds[$0] })) }
            return answer(OpenEnvSession.rpcResult(id, ["session_id": .string(token)]))
        case "openenv/session/close":
            guard let token, let entry = sessions.withLock({ $0.removeValue(forKey: token) }) else {
                return answer(OpenEnvSession.rpcFailure(id, -32602, "Unknown session_id: \(token ?? "null")"))
            }
            await entry.using { await $0.end() }
            return answer(OpenEnvSession.rpcResult(id, ["session_id": .string(token), "closed": true]))
        default:
            if let token {
                guard let entry = sessions.withLock({ $0[token] }) else {
                    return answer(OpenEnvSession.rpcFailure(id, -32602, "Unknown session_id: \(token.prefix(80))"))
                }
                return answer(await entry.using { await $0.rpc(json) })
            }
            // Without a session, an episode for this call alone.
            let session = OpenEnvSession(host, environment.flatMap { host.worlds[$0] })
            let result: JSON
            do throws(OpenEnvFault) {
                if json["method"] == "tools/call" { _ = try await session.reset(.object(JSONObject())) }
                result = await session.rpc(json)
            } catch {
                result = OpenEnvSession.rpcFailure(id, error)
            }
            await session.end()
            return answer(result)
        }
    }

    /// An episode for this request alone: `/reset` shows what a reset gives.
    func reset(_ body: [UInt8], environment: String?) async -> WebResponse {
        let session = OpenEnvSession(host, environment.flatMap { host.worlds[$0] })
        let data = body.isEmpty ? JSON.object(JSONObject()) : (try? JSONParser.parse(body)) ?? .null
        do throws(OpenEnvFault) {
            let bytes = try await session.reset(data)
            await session.end()
            let frame = try? JSONParser.parse(bytes, limits: .file)
            return .json((frame?["data"] ?? .null).bytes)
        } catch {
            let message = error.data?["message"] ?? "it is not a reset"
            if error.data?["code"] == "CAPACITY_REACHED" {
                return .json((["detail": message] as JSON).bytes, status: 503, [("retry-after", "5")])
            }
            let detail: JSON = [["type": "value_error", "loc": ["body"], "msg": message, "input": data]]
            return .json((["detail": detail] as JSON).bytes, status: 422)
        }
    }

    /// Ends the sessions that nobody has used for too long.
    func endIdle() {
        let idle = sessions.withLock { $0.filter { $0.value.usage.isIdle(idleLimit) } }
        for (token, entry) in idle where entry.endIfIdle(idleLimit) { sessions.withLock { _ = $0.removeValue(forKey: token) } }
    }

    // MARK: What clients ask about a server

    func metadata(environment: String?) -> JSON {
        let world = environment.flatMap { host.worlds[$0] } ?? (host.worldNames.count == 1 ? host.worlds[host.worldNames[0]] : nil)
        let definition = world?.environment.definition
        return [
            "name": .string(definition?.id ?? "orrery"), "version": .string(Server.version), "author": "Orrery",
            "description": .string(
                definition.map { $0.summary.isEmpty ? $0.title : $0.summary } ?? "\(host.worldNames.count) environments"),
        ]
    }

    static let schema: JSON = [
        "action": [
            "title": "CallToolAction", "type": "object",
            "properties": [
                "type": ["const": "call_tool", "default": "call_tool", "type": "string"], "tool_name": ["type": "string"],
                "arguments": ["type": "object", "additionalProperties": true],
                "metadata": ["type": "object", "additionalProperties": true],
            ],
            "required": ["tool_name"], "additionalProperties": false,
        ],
        "observation": [
            "title": "CallToolObservation", "type": "object",
            "properties": ["tool_name": ["type": "string"], "result": [:], "error": ["type": ["object", "null"]]],
        ],
        "state": [
            "title": "State", "type": "object",
            "properties": ["episode_id": ["type": ["string", "null"]], "step_count": ["type": "integer", "minimum": 0]],
        ],
    ]

    static let description: JSON = [
        "openapi": "3.1.0", "info": ["title": "Orrery", "version": .string(Server.version)],
        "paths": [
            "/mcp": ["post": ["summary": "The Model Context Protocol, and OpenEnv's JSON-RPC"]],
            "/rpc": ["post": ["summary": "The JSON protocol"]], "/health": ["get": ["summary": "Whether the server is there"]],
            "/metadata": ["get": ["summary": "What is served"]],
            "/schema": ["get": ["summary": "Schemas of actions, observations and states"]],
            "/metrics": ["get": ["summary": "Figures for Prometheus"]],
        ],
    ]
}

/// Names that cannot be guessed.
enum SessionToken {
    /// 128 random bits.
    static func make() -> String {
        func text(_ value: UInt64) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return text(.random(in: 0...UInt64.max)) + text(.random(in: 0...UInt64.max))
    }
}
