import Episodes
import WireJSON

/// One client of the Model Context Protocol and its episode. Transports bring messages and carry the answers.
///
/// Belongs to one thread at a time.
public final class MCPSession {
    let offer: MCPOffer
    /// The episode that the session's calls act on.
    public let episode: Episode
    private var revision: String?
    /// Whether the client has initialized it.
    var hasBegun: Bool { revision != nil }

    /// Begins an episode.
    ///
    /// - Parameters:
    ///   - id: the episode's name.
    ///   - options: the limit of steps and how they are rewarded; how the tools are seen is the offer's.
    public convenience init(_ offer: MCPOffer, id: String, seed: UInt64, options: EpisodeOptions = EpisodeOptions()) {
        var options = options
        options.tools = offer.table.mode == .all ? .all : .meta
        self.init(offer, Episode(offer.world, id: id, task: offer.task, seed: seed, options: options))
    }

    /// Joins an episode of the offer's world and task.
    init(_ offer: MCPOffer, _ episode: Episode) {
        self.offer = offer
        self.episode = episode
    }

    // MARK: Messages

    /// A message to send back.
    struct Answer {
        let bytes: [UInt8]
        /// The code of the error that it reports, if it does.
        var errorCode: Int64?

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        init(_ id: JSON, _ error: MCPError) {
            bytes = MCPSession.failure(id, error)
            errorCode = error.code
        }

        /// The answer to a batch; nil if none is due.
        init?(listing answers: [[UInt8]]) {
            if answers.isEmpty { return nil }
            bytes = Array("[".utf8) + answers.joined(separator: [UInt8(ascii: ",")]) + Array("]".utf8)
        }
    }

    /// Handles one message, and returns the one to send back; nil if none is due.
    public func handle(_ bytes: [UInt8], in pool: StagePool) -> [UInt8]? {
        let json: JSON
        do {
            json = try JSONParser.parse(bytes)
        } catch {
            return Self.failure(.null, .parse("the message is not JSON: \(error.message), at byte \(error.offset)"))
        }
        guard case .array(let messages) = json else { return handle(json, in: pool)?.bytes }
        if let refusal = refusal(ofBatch: messages.count, limit: ServerLimits().batch) { return refusal.bytes }
        return Answer(listing: messages.compactMap { handle($0, in: pool)?.bytes })?.bytes
    }

    /// Why a batch is not taken; nil if it is.
    func refusal(ofBatch count: Int, limit: Int) -> Answer? {
        if revision != MCPRevision.batching || count == 0 {
            return Answer(.null, .invalidRequest("a message must be an object; only revision \(MCPRevision.batching) has batches"))
        }
        return count > limit ? Answer(.null, .invalidRequest("the batch has \(count) requests; the limit is \(limit)")) : nil
    }

    /// What is said to a request of a batch whose answers have become too large: it is not carried out.
    func refusal(ofLarge message: JSON, limit: Int) -> Answer? {
        guard message["method"] != nil, let id = message["id"] else { return nil }
        return Answer(id, .internalError("the answers to this batch have more than \(limit) bytes; this request was not carried out"))
    }

    /// Handles one message that is no batch.
    func handle(_ json: JSON, in pool: StagePool) -> Answer? {
        guard let message = json.object, message["jsonrpc"] == "2.0" else {
            return Answer(.null, .invalidRequest("a message must be an object with \"jsonrpc\": \"2.0\""))
        }
        guard let method = message["method"]?.string else {
            // An answer to something that was never asked.
            if message["result"] != nil || message["error"] != nil { return nil }
            return Answer(message["id"] ?? .null, .invalidRequest("'method' must be a string"))
        }
        guard let id = message["id"] else { return nil }
        switch id {
        case .string, .integer, .number: break
        default: return Answer(.null, .invalidRequest("'id' must be a string or a number"))
        }
        do throws(MCPError) {
            return Answer(try answer(id, MCPRequest(method, message["params"]), in: pool))
        } catch {
            return Answer(id, error)
        }
    }

    private func answer(_ id: JSON, _ request: MCPRequest, in pool: StagePool) throws(MCPError) -> [UInt8] {
        if request.isStateless { try request.checkEnvelope() }
        switch request.method {
        case "tools/call": return try call(id, request, in: pool)
        case "tools/list":
            try request.checkCursor()
            return result(id, request, isCacheable: true) { $0.raw(offer.table.list) }
        case "server/discover" where request.isStateless:
            return result(id, request, isCacheable: true) { writer in
                writer.raw(#""supportedVersions":"#)
                writer.value(.array(MCPRevision.stateless.map { .string($0) }))
                writer.raw(#","capabilities":"#)
                writer.value(capabilities)
                writer.raw(#","instructions":"#)
                writer.string(offer.instructions)
            }
        case "initialize" where !request.isStateless:
            let revision = MCPRevision.negotiated(request.params["protocolVersion"]?.string)
            self.revision = revision
            return result(id, request) { writer in
                writer.raw(#""protocolVersion":"#)
                writer.string(revision)
                writer.raw(#","capabilities":"#)
                writer.value(capabilities)
                writer.raw(#","serverInfo":"#)
                writer.value(Self.serverInfo)
                writer.raw(#","instructions":"#)
                writer.string(offer.instructions)
            }
        case "ping" where !request.isStateless: return result(id, request) { _ in }
        case "prompts/list":
            try request.checkCursor()
            return result(id, request, isCacheable: true) { writer in
                writer.raw(#""prompts":"#)
                writer.value(.array(offer.prompts))
            }
        case "prompts/get": return try prompt(id, request)
        case "resources/list":
            try request.checkCursor()
            return result(id, request, isCacheable: true) { writer in
                writer.raw(#""resources":"#)
                writer.value(.array(offer.resources.map(\.json)))
            }
        case "resources/templates/list": return result(id, request, isCacheable: true) { $0.raw(#""resourceTemplates":[]"#) }
        case "resources/read": return try resource(id, request)
        default: throw .methodNotFound(request.method)
        }
    }

    // MARK: Prompts and resources

    private func prompt(_ id: JSON, _ request: MCPRequest) throws(MCPError) -> [UInt8] {
        let name = request.params["name"]?.string ?? ""
        guard name == "task", let text = offer.promptText else { throw .invalidParams("there is no prompt '\(name.prefix(80))'") }
        return result(id, request) { writer in
            writer.raw(#""description":"What is to be done.","messages":"#)
            writer.value([["role": "user", "content": ["type": "text", "text": .string(text)]]])
        }
    }

    private func resource(_ id: JSON, _ request: MCPRequest) throws(MCPError) -> [UInt8] {
        let uri = request.params["uri"]?.string ?? ""
        guard let resource = offer.resources.first(where: { $0.uri == uri }) else {
            throw request.isStateless
                ? .invalidParams("there is no resource '\(uri.prefix(200))'", data: ["uri": .string(uri)]) : .resourceNotFound(uri)
        }
        return result(id, request, isCacheable: true) { writer in
            writer.raw(#""contents":"#)
            writer.value([["uri": .string(uri), "mimeType": "text/markdown", "text": .string(resource.text)]])
        }
    }

    // MARK: Answers

    private var capabilities: JSON { ["tools": [:], "prompts": [:], "resources": [:]] }
    static let serverInfo: JSON = ["name": "orrery", "title": "Orrery", "version": .string(Server.version)]
    private static let statelessMeta =
        Array(
            #""resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":"#.utf8) + serverInfo.bytes + Array("}".utf8)

    /// Writes a result.
    ///
    /// - Parameter isCacheable: whether it is of a kind that says for how long it may be kept.
    func result(_ id: JSON, _ request: MCPRequest, isCacheable: Bool = false, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.raw(#"{"jsonrpc":"2.0","id":"#)
        writer.value(id)
        writer.raw(#","result":{"#)
        if request.isStateless {
            writer.raw(Self.statelessMeta)
            if isCacheable { writer.raw(#","ttlMs":60000,"cacheScope":"private""#) }
        }
        let start = writer.bytes.count
        if request.isStateless { writer.byte(",") }
        let separated = writer.bytes.count
        members(&writer)
        if writer.bytes.count == separated { writer.bytes.removeSubrange(start...) }
        writer.raw("}}")
        return writer.bytes
    }

    static func failure(_ id: JSON, _ error: MCPError) -> [UInt8] {
        var writer = JSONWriter()
        writer.raw(#"{"jsonrpc":"2.0","id":"#)
        writer.value(id)
        writer.raw(#","error":"#)
        writer.value(error.json)
        writer.byte("}")
        return writer.bytes
    }
}
