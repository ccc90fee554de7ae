import Episodes
import WireJSON

/// The ways into a server over HTTP, apart from HTTP itself.
///
/// | path | for | is |
/// |---|---|---|
/// | `/mcp` | agents | the Model Context Protocol; a session is an episode |
/// | `/episodes/ID/mcp` | agents | the same for an episode that a trainer opened |
/// | `/ws`, and `/mcp` without MCP's headers | trainers | OpenEnv, with `/health`, `/metadata`, `/schema`, `/openapi.json`, `/reset`, `/state` |
/// | `/envs/NAME/...` | trainers | the same for one environment |
/// | `/rpc` | trainers | the JSON protocol of `docs/protocol.md`, one message a request |
/// | `/metrics` | trainers | figures for Prometheus |
/// | `/healthz` | anyone | whether the server is there |
public final class Doors: Sendable {
    /// Who may come in.
    public struct Access: Sendable {
        /// What trainers must show; nil: nothing.
        public var trainerToken: String?
        /// What agents must show; nil: nothing. The trainer's token opens their doors too.
        public var agentToken: String?
        /// The values of `Host` that are served, without ports; nil: any.
        public var hosts: Set<String>? = ["localhost", "127.0.0.1", "[::1]"]

        /// Everybody on this machine.
        public init() {}
    }

    private let host: EpisodeHost
    private let mcp: MCPDoor
    private let openEnv: OpenEnvDoor
    private let access: Access
    /// For how long a session, a socket or an episode may go unused.
    public let idleLimit: Duration
    private let metrics = Metrics()

    /// - Parameter idleLimit: for how long a session, a socket or an episode may go unused.
    public init(_ host: EpisodeHost, access: Access, idleLimit: Duration) {
        self.host = host
        self.access = access
        self.idleLimit = idleLimit
        mcp = MCPDoor(host, idleLimit: idleLimit)
        openEnv = OpenEnvDoor(host, idleLimit: idleLimit)
    }

    /// The most bytes of a body.
    public var bodyLimit: Int { host.server.limits.lineBytes }

    /// Ends what nobody has used for too long.
    public func endIdle() {
        mcp.endIdle()
        openEnv.endIdle()
        host.endIdle(idleLimit)
    }

    /// Whether a request may become a socket; otherwise it is answered as any other.
    public func isSocket(_ request: WebRequest) -> Bool {
        Self.environment(of: Self.trimmed(request.path)).rest == "/ws" && stranger(request) == nil
            && unwelcome(request, agents: false) == nil
    }

    /// Lets a socket in, or says why not.
    public func socket(_ request: WebRequest) -> OpenEnvDoor.Arrival {
        let arrival = openEnv.arrive(
            environment: Self.environment(of: Self.trimmed(request.path)).0, session: request.query["session_id"])
        switch arrival {
        case .refused: host.log.note(.refused(visit(request, "ws", 503, .zero, nil)))
        case .welcome: if host.log.isVerbose { host.log.note(.socketOpened(visit(request, "ws", 101, .zero, nil))) }
        }
        return arrival
    }

    /// Notes that a socket which was let in has ended.
    public func noteEnd(of socket: OpenEnvDoor.Socket, _ request: WebRequest) {
        if host.log.isVerbose { host.log.note(.socketClosed(visit(request, "ws", 101, .now - socket.arrival, socket.lastEpisode))) }
    }

    private static func trimmed(_ path: String) -> String { path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path }

    /// `/envs/NAME/rest`
    private static func environment(of path: String) -> (String?, rest: String) {
        let parts = path.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[1] == "envs" else { return (nil, path) }
        return (String(parts[2]), "/" + parts[3])
    }

    /// Answers a request.
    public func respond(_ request: WebRequest) async -> WebResponse {
        let start = ContinuousClock.now
        let (environment, path) = Self.environment(of: Self.trimmed(request.path))
        let (door, response) = await respond(request, path, environment)
        let duration = ContinuousClock.now - start
        metrics.note(door, status: response.status, duration)
        let isRefusal = [401, 403, 421, 503].contains(response.status)
        if isRefusal || host.log.isVerbose {
            let visit = visit(request, door, response.status, duration, response.episode)
            host.log.note(isRefusal ? .refused(visit) : .answered(visit))
        }
        return response
    }

    private func visit(_ request: WebRequest, _ door: String, _ status: Int, _ duration: Duration, _ episode: String?) -> DoorVisit {
        var path = String(request.path.prefix(200))
        for token in [access.trainerToken, access.agentToken] {
            if let token, request.path.contains(token) { path = "(a token)" }
        }
        return DoorVisit(
            door: door, method: String(request.method.prefix(20)), path: path, status: status, duration: duration, episode: episode)
    }

    private func respond(_ request: WebRequest, _ path: String, _ environment: String?) async -> (door: String, WebResponse) {
        if let refusal = stranger(request) { return ("refused", refusal) }
        if let environment, host.worlds[environment] == nil {
            return ("refused", .refusal(404, "there is no environment '\(environment.prefix(80))'"))
        }
        if let answer = await openEnv(request, path, environment) { return ("openenv", answer) }
        var request = request
        if let environment { request.query["environment"] = environment }
        switch path {
        case "/healthz": return ("healthz", get(request) ?? .json(Array(#"{"status":"healthy"}"#.utf8)))
        case "/mcp": return ("mcp", await admitted(request, agents: true) { await mcp.respond(request, episode: nil) })
        case "/rpc": return ("rpc", await admitted(request, agents: false) { await rpc(request) })
        case "/metrics": return ("metrics", unwelcome(request, agents: false) ?? get(request) ?? figures)
        default:
            if let id = Self.episode(of: path) {
                return ("mcp", await admitted(request, agents: true) { await mcp.respond(request, episode: id) })
            }
            return (
                "refused", .refusal(404, "there is nothing at this path; there are /mcp, /episodes/ID/mcp, /rpc, /metrics and /healthz")
            )
        }
    }

    /// What OpenEnv's clients ask for; nil if it is something else.
    private func openEnv(_ request: WebRequest, _ path: String, _ environment: String?) async -> WebResponse? {
        switch path {
        case "/health": return get(request) ?? .json(Array(#"{"status":"healthy"}"#.utf8))
        case "/metadata": return get(request) ?? .json(openEnv.metadata(environment: environment).bytes)
        case "/schema": return get(request) ?? .json(OpenEnvDoor.schema.bytes)
        case "/openapi.json": return get(request) ?? .json(OpenEnvDoor.description.bytes)
        case "/state": return get(request) ?? .json(Array(#"{"episode_id":null,"step_count":0}"#.utf8))
        case "/reset" where request.method == "POST":
            return await admitted(request, agents: false) { await openEnv.reset(request.body, environment: environment) }
        case "/ws": return unwelcome(request, agents: false) ?? .refusal(426, "a WebSocket is wanted here", [("upgrade", "websocket")])
        case "/mcp" where request.method == "POST" && Self.isOpenEnvs(request):
            return await admitted(request, agents: false) { await openEnv.rpc(request.body, environment: environment) }
        default: return nil
        }
    }

    /// Whether a message for `/mcp` is in OpenEnv's JSON-RPC: without any of the headers that MCP's clients send.
    private static func isOpenEnvs(_ request: WebRequest) -> Bool {
        if request.header("mcp-protocol-version") != nil || request.header("mcp-session-id") != nil { return false }
        if (request.headers["accept"] ?? []).contains(where: { $0.contains("text/event-stream") }) { return false }
        guard let method = try? JSONParser.parse(request.body)["method"]?.string else { return true }
        return method != "initialize"
    }

    /// `/episodes/ID/mcp`
    private static func episode(of path: String) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[1] == "episodes" && parts[3] == "mcp" ? String(parts[2]) : nil
    }

    // MARK: Who may come in

    /// Pages of other sites must not reach a server on the reader's machine.
    ///
    /// Source: Model Context Protocol, revision 2025-11-25, streamable HTTP: DNS rebinding.
    private func stranger(_ request: WebRequest) -> WebResponse? {
        guard let hosts = access.hosts else { return nil }
        if let value = request.header("host"), !hosts.contains(Self.name(value)) {
            return .refusal(421, "this server is not '\(value.prefix(80))'")
        }
        if let origin = request.header("origin") {
            let place = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
            guard place.count == 3, hosts.contains(Self.name(String(place[2]))) else {
                return .refusal(403, "pages of '\(origin.prefix(80))' are not served")
            }
        }
        return nil
    }

    /// A host without its port.
    private static func name(_ host: String) -> String {
        let host = host.lowercased()
        if let end = host.lastIndex(of: "]") { return String(host[...end]) }
        return String(host.prefix { $0 != ":" })
    }

    private func unwelcome(_ request: WebRequest, agents: Bool) -> WebResponse? {
        let shown = request.bearer
        func fits(_ token: String?) -> Bool { token.map { token in shown.map { Self.isSame($0, token) } ?? false } ?? false }
        if fits(access.trainerToken) { return nil }
        let wanted = agents ? access.agentToken : access.trainerToken
        if wanted == nil || fits(wanted) { return nil }
        return .refusal(
            401, "this door wants 'Authorization: Bearer TOKEN' with the \(agents ? "agents'" : "trainer's") token",
            [("www-authenticate", "Bearer")])
    }

    private func admitted(_ request: WebRequest, agents: Bool, _ answer: () async -> WebResponse) async -> WebResponse {
        if let refusal = unwelcome(request, agents: agents) { return refusal }
        return await answer()
    }

    /// Compares in a time that does not say where the difference is.
    private static func isSame(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        return a.count == b.count && zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    // MARK: Trainers

    private func rpc(_ request: WebRequest) async -> WebResponse {
        guard request.method == "POST" else { return .refusal(405, "only POST is served here", [("allow", "POST")]) }
        let (answer, episode) = await host.handle(request.body)
        var response = answer.isEmpty ? WebResponse(status: 204) : .json(answer)
        response.episode = episode
        return response
    }

    private var figures: WebResponse {
        let text = metrics.text([
            ("orrery_environments", "gauge", "Environments served.", host.worlds.count),
            ("orrery_episodes_open", "gauge", "Episodes that are open.", host.server.openEpisodes),
            ("orrery_mcp_sessions", "gauge", "Sessions of the Model Context Protocol.", mcp.count),
            ("orrery_openenv_sessions", "gauge", "Sockets and sessions of OpenEnv.", openEnv.count),
            ("orrery_steps_total", "counter", "Steps taken.", host.server.stepCount),
            ("orrery_connections", "gauge", "Database connections.", host.server.connectionCount),
            ("orrery_memory_bytes", "gauge", "Resident memory.", ProcessMemory.residentBytes),
        ])
        return WebResponse(status: 200, headers: [("content-type", "text/plain; version=0.0.4; charset=utf-8")], body: Array(text.utf8))
    }

    private func get(_ request: WebRequest) -> WebResponse? {
        ["GET", "HEAD"].contains(request.method) ? nil : .refusal(405, "only GET is served here", [("allow", "GET")])
    }
}
