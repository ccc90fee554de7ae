import Episodes
import Synchronization
import WireJSON

/// The Model Context Protocol over streamable HTTP: `/mcp`, where each session is an episode of its own, and `/episodes/ID/mcp`, which
/// leads to an episode that a trainer has opened.
///
/// Answers are JSON, never event streams: nothing is ever sent unasked.
final class MCPDoor: Sendable {
    private let host: EpisodeHost
    private let tables = MCPToolTables()
    private let sessions = Mutex<[String: Entry]>([:])
    private let idleLimit: Duration

    /// A session and its episode.
    ///
    /// Unchecked: only who has the episode's turn touches the session.
    private final class Entry: @unchecked Sendable {
        let session: MCPSession
        let open: OpenEpisode
        /// Whether the episode goes with the session.
        let ownsEpisode: Bool
        let usage = Usage()

        init(_ session: MCPSession, _ open: OpenEpisode, ownsEpisode: Bool) {
            self.session = session
            self.open = open
            self.ownsEpisode = ownsEpisode
        }
    }

    init(_ host: EpisodeHost, idleLimit: Duration) {
        self.host = host
        self.idleLimit = idleLimit
    }

    /// The number of sessions.
    var count: Int { sessions.withLock { $0.count } }

    // MARK: Requests

    /// - Parameter episode: the episode that the path names; nil at `/mcp`.
    func respond(_ request: WebRequest, episode: String?) async -> WebResponse {
        switch request.method {
        case "POST": break
        case "DELETE": return await end(request, episode)
        default: return .refusal(405, "only POST and DELETE are served here", [("allow", "POST, DELETE")])
        }
        if let type = request.header("content-type"), !type.lowercased().hasPrefix("application/json") {
            return .refusal(415, "the body must be application/json")
        }
        let accept = (request.headers["accept"] ?? []).joined(separator: ",").lowercased()
        if !accept.isEmpty, !["application/json", "*/*", "application/*"].contains(where: accept.contains) {
            return .refusal(406, "answers are application/json")
        }
        let message: JSON
        do {
            message = try JSONParser.parse(request.body)
        } catch {
            return failure(400, .null, .parse("the body is not JSON: \(error.message), at byte \(error.offset)"))
        }
        if let revision = request.header("mcp-protocol-version"), !MCPRevision.handshake.contains(revision) {
            return await stateless(request, message, revision, episode)
        }
        if let token = request.header("mcp-session-id") {
            guard let entry = find(token, episode) else { return failure(404, message["id"] ?? .null, Self.noSession) }
            return await answer(entry, message, token: token)
        }
        if message["method"] == "initialize" { return await initialize(request, message, episode) }
        return failure(400, message["id"] ?? .null, .invalidRequest("Missing session ID: begin with initialize"))
    }

    private static let noSession = MCPError.invalidRequest("there is no such session; it has ended")

    /// A session; at the URL of an episode, only one of that episode.
    private func find(_ token: String, _ episode: String?) -> Entry? {
        let entry = sessions.withLock { $0[token] }
        return episode == nil || episode == entry?.open.episode.id ? entry : nil
    }

    private func initialize(_ request: WebRequest, _ message: JSON, _ episode: String?) async -> WebResponse {
        if episode != nil, !makeRoom() {
            return failure(503, .null, .internalError("\(count) sessions are open, and that is the limit"), [("retry-after", "5")])
        }
        let entry: Entry
        do throws(Refusal) {
            if let episode { entry = try attach(episode) } else { entry = try open(request) }
        } catch {
            return error.response
        }
        var response = await answer(entry, message)
        // What is no initialize after all leaves nothing behind.
        guard entry.session.hasBegun else {
            await close(entry)
            return response
        }
        let token = SessionToken.make()
        sessions.withLock { $0[token] = entry }
        response.headers += [("mcp-session-id", token), ("orrery-episode", entry.session.episode.id)]
        return response
    }

    /// Makes room for a session of an episode that a trainer has opened: at the limit those of closed episodes go, and then the one that
    /// nobody has used for longest. An agent may have come back without saying that it was gone.
    private func makeRoom() -> Bool {
        let limit = host.server.limits.episodes
        return sessions.withLock { sessions in
            if sessions.count < limit { return true }
            sessions = sessions.filter { !isOver($0.value) }
            if sessions.count < limit { return true }
            let unused = sessions.compactMap { token, entry in entry.ownsEpisode ? nil : entry.usage.unusedSince.map { (token, $0) } }
            guard let (token, _) = unused.min(by: { $0.1 < $1.1 }) else { return false }
            sessions[token] = nil
            return true
        }
    }

    /// Whether the episode of a session has been closed.
    private func isOver(_ entry: Entry) -> Bool { host.find(entry.open.episode.id) !== entry.open }

    private func end(_ request: WebRequest, _ episode: String?) async -> WebResponse {
        guard let token = request.header("mcp-session-id"), let entry = find(token, episode),
            sessions.withLock({ $0.removeValue(forKey: token) }) != nil
        else { return failure(404, .null, Self.noSession) }
        await close(entry)
        return WebResponse(status: 200, episode: entry.open.episode.id)
    }

    private func answer(_ entry: Entry, _ message: JSON, token: String? = nil, isStateless: Bool = false) async -> WebResponse {
        entry.usage.begin()
        defer { entry.usage.end() }
        guard let answer = await handle(entry, message) else {
            if let token { sessions.withLock { _ = $0.removeValue(forKey: token) } }
            return failure(404, message["id"] ?? .null, .invalidRequest("there is no such session; its episode has been closed"))
        }
        var response = WebResponse(status: 202)
        if let answer { response = .json(answer.bytes, status: isStateless ? answer.errorCode.map(Self.status) ?? 200 : 200) }
        response.episode = entry.open.episode.id
        return response
    }

    /// Has a session handle a message, and each message of a batch by itself; returns nil if the episode has been closed.
    private func handle(_ entry: Entry, _ message: JSON) async -> MCPSession.Answer?? {
        let session = entry.session
        guard case .array(let messages) = message else {
            return await host.using(entry.open) { shard in Self.counting(session, shard) { session.handle(message, in: shard.pool) } }
        }
        let limits = host.server.limits
        guard let refusal = await host.using(entry.open, { _ in session.refusal(ofBatch: messages.count, limit: limits.batch) }) else {
            return nil
        }
        if let refusal { return refusal }
        var byteCount = 0
        let answers = await host.using(entry.open, for: messages) { shard, message -> [UInt8]? in
            if byteCount > limits.lineBytes { return session.refusal(ofLarge: message, limit: limits.lineBytes)?.bytes }
            let answer = Self.counting(session, shard) { session.handle(message, in: shard.pool)?.bytes }
            byteCount += answer?.count ?? 0
            return answer
        }
        return answers.map { MCPSession.Answer(listing: $0.compactMap(\.self)) }
    }

    /// Counts the steps that something takes.
    private static func counting<R>(_ session: MCPSession, _ shard: Shard, _ body: () -> R) -> R {
        let before = session.episode.step
        defer { shard.stepCount.add(session.episode.step - before, ordering: .relaxed) }
        return body()
    }

    // MARK: From 2026-07-28 on

    private func stateless(_ request: WebRequest, _ message: JSON, _ revision: String, _ episode: String?) async -> WebResponse {
        guard let object = message.object, let method = object["method"]?.string else {
            return failure(400, .null, .invalidRequest("a message must be an object with a 'method'"))
        }
        guard let id = object["id"] else {
            return MCPRevision.stateless.contains(revision) ? WebResponse(status: 202) : failure(400, .null, unsupported(revision, episode))
        }
        do throws(MCPError) {
            let parsed = try MCPRequest(method, object["params"])
            guard let named = parsed.revision else {
                if !MCPRevision.stateless.contains(revision) { throw unsupported(revision, episode) }
                throw .invalidParams("'_meta' must have io.modelcontextprotocol/protocolVersion, a string")
            }
            try checkHeaders(request, parsed, named)
            if !MCPRevision.stateless.contains(revision) { throw unsupported(revision, episode) }
            guard let episode else {
                // Nothing ties two requests together here, so that the client is sent back to a session.
                if method == "server/discover" { return .json(discovery(id)) }
                throw unsupported(revision, nil)
            }
            return await answer(try attachOrFail(episode), message, isStateless: true)
        } catch {
            return failure(Self.status(of: error.code), id, error)
        }
    }

    private func unsupported(_ revision: String, _ episode: String?) -> MCPError {
        var error = MCPError.unsupportedRevision(revision)
        if episode == nil {
            error.data = ["supported": .array(MCPRevision.handshake.map { .string($0) }), "requested": .string(revision)]
        }
        return error
    }

    /// The headers must say what the body says.
    private func checkHeaders(_ request: WebRequest, _ parsed: MCPRequest, _ revision: String) throws(MCPError) {
        func check(_ header: String, _ expected: String?) throws(MCPError) {
            let values = request.headers[header] ?? []
            if values.isEmpty, expected == nil { return }
            if values.count != 1 || HeaderValue.decoded(values[0]) != expected {
                throw .headerMismatch("the header \(header) must be '\((expected ?? "").prefix(80))', as the body has it")
            }
        }
        try check("mcp-protocol-version", revision)
        try check("mcp-method", parsed.method)
        switch parsed.method {
        case "tools/call", "prompts/get": try check("mcp-name", parsed.params["name"]?.string)
        case "resources/read": try check("mcp-name", parsed.params["uri"]?.string)
        default: break
        }
    }

    private func discovery(_ id: JSON) -> [UInt8] {
        ([
            "jsonrpc": "2.0", "id": id,
            "result": [
                "resultType": "complete", "supportedVersions": .array(MCPRevision.handshake.map { .string($0) }),
                "capabilities": ["tools": [:], "prompts": [:], "resources": [:]], "ttlMs": 60000, "cacheScope": "public",
                "_meta": ["io.modelcontextprotocol/serverInfo": MCPSession.serverInfo],
            ],
        ] as JSON).bytes
    }

    /// Errors have statuses of their own.
    private static func status(of code: Int64) -> Int {
        switch code {
        case -32601: 404
        case -32603: 200
        default: 400
        }
    }

    // MARK: Episodes

    /// A refusal before there is a session.
    private struct Refusal: Error {
        let response: WebResponse
    }

    private func open(_ request: WebRequest) throws(Refusal) -> Entry {
        let choice: EpisodeChoice
        do throws(EpisodeChoice.Fault) {
            choice = try EpisodeChoice(request, host)
        } catch {
            throw Refusal(response: failure(400, .null, .invalidParams(error.reason)))
        }
        let offer = MCPOffer(choice.world, task: choice.task, tables.table(choice.world, choice.tools, hasTask: choice.task != nil))
        do throws(RPCError) {
            var session: MCPSession?
            let open = try host.open { id in
                let made = MCPSession(offer, id: id, seed: choice.seed, options: choice.options)
                session = made
                return made.episode
            }
            return Entry(session!, open, ownsEpisode: true)
        } catch {
            throw Refusal(response: failure(503, .null, .internalError(error.message), [("retry-after", "5")]))
        }
    }

    /// A session with an episode that is there already.
    private func attach(_ id: String) throws(Refusal) -> Entry {
        do throws(MCPError) {
            return try attachOrFail(id)
        } catch {
            throw Refusal(response: failure(404, .null, error))
        }
    }

    private func attachOrFail(_ id: String) throws(MCPError) -> Entry {
        guard let open = host.find(id) else { throw .invalidRequest("there is no episode '\(id.prefix(80))'") }
        let episode = open.episode
        let tools: MCPTools = episode.options.tools == .meta ? .meta : .all
        let table = tables.table(episode.world, tools, hasTask: episode.taskIndex != nil)
        return Entry(MCPSession(MCPOffer(episode.world, task: episode.taskIndex, table), episode), open, ownsEpisode: false)
    }

    private func close(_ entry: Entry) async {
        if entry.ownsEpisode { await host.close(entry.session.episode.id) }
    }

    /// Ends the sessions that nobody has used for too long, and those of closed episodes.
    func endIdle() {
        let idle = sessions.withLock { $0.filter { $0.value.usage.isIdle(idleLimit) || isOver($0.value) } }
        for (token, entry) in idle {
            let hasEnded =
                !entry.ownsEpisode || isOver(entry) || host.closeIfFree(entry.open, if: { entry.usage.isIdle(idleLimit) })
            if hasEnded { sessions.withLock { _ = $0.removeValue(forKey: token) } }
        }
    }

    // MARK: Answers

    private func failure(_ status: Int, _ id: JSON, _ error: MCPError, _ headers: [(String, String)] = []) -> WebResponse {
        .json(MCPSession.failure(id, error), status: status, headers)
    }
}
