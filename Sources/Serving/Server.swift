import Dispatch
import Environments
import Episodes
import WireJSON

/// Bounds on what clients may ask of a server.
public struct ServerLimits: Sendable {
    /// Bytes of one line.
    public var lineBytes = 16 << 20
    /// Requests in a batch, and steps in one `episodes.step`.
    public var batch = 10_000
    /// Episodes that are open at the same time.
    public var episodes = 100_000
    /// Copies that one `episode.fork` makes.
    public var forks = 1_000

    /// The standard limits.
    public init() {}
}

/// The JSON protocol, apart from the streams that carry it.
///
/// Requests are taken in rounds: all lines that have arrived. Each episode belongs to one shard; within a round the shards work in
/// parallel, and the responses are put in the order of the requests. So the output does not depend on the number of workers.
public final class Server {
    let worlds: [String: World]
    let worldNames: [String]
    let limits: ServerLimits
    let callLimits: CallLimits
    let shards: [Shard]
    var nextEpisode = 1
    /// Episodes that this round has yet to open.
    var pendingEpisodes = 0
    /// What the shards have written in this round, by piece.
    private var pieces: [[UInt8]] = []

    /// Makes a server.
    ///
    /// - Parameter workers: the number of threads; the output does not depend on it.
    public init(
        _ worlds: [World], workers: Int, limits: ServerLimits = ServerLimits(), callLimits: CallLimits = CallLimits(),
        stageMemory: Int = 128 << 20
    ) {
        self.worlds = Dictionary(worlds.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        worldNames = self.worlds.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        self.limits = limits
        self.callLimits = callLimits
        let count = max(1, workers)
        shards = (0..<count).map { _ in
            Shard(pool: StagePool(limits: callLimits, memoryBudget: stageMemory / count, mostStages: max(1, 128 / count)))
        }
    }

    // MARK: Rounds

    /// Handles the lines that have arrived and returns the lines to send.
    public func handle(_ lines: [InputLine]) -> [UInt8] {
        let replies = lines.compactMap(accept)
        flush()
        pendingEpisodes = 0
        defer { pieces.removeAll(keepingCapacity: true) }
        var output: [UInt8] = []
        for reply in replies {
            reply.write(pieces, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
        return output
    }

    private func accept(_ line: InputLine) -> Reply? {
        switch line {
        case .tooLong(let count):
            return Reply(id: .null, RPCError(.lineTooLong, "the line has \(count) bytes; the limit is \(limits.lineBytes)"))
        case .text(let bytes):
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { return nil }
            do {
                let json = try JSONParser.parse(bytes)
                if case .array(let requests) = json { return acceptBatch(requests) }
                return accept(json)
            } catch {
                return Reply(id: .null, RPCError(.parse, "the line is not JSON: \(error.message), at byte \(error.offset)"))
            }
        }
    }

    private func acceptBatch(_ requests: [JSON]) -> Reply? {
        if requests.isEmpty { return Reply(id: .null, RPCError(.invalidRequest, "the batch is empty")) }
        if requests.count > limits.batch {
            return Reply(id: .null, RPCError(.invalidRequest, "the batch has \(requests.count) requests; the limit is \(limits.batch)"))
        }
        let replies = requests.compactMap(accept)
        return replies.isEmpty ? nil : Reply(listing: replies)
    }

    /// Returns the reply to one request; nil for a notification, which is carried out and not answered.
    private func accept(_ json: JSON) -> Reply? {
        guard case .object(let request) = json else {
            return Reply(id: .null, RPCError(.invalidRequest, "a request must be an object, not \(json.kindWithArticle)"))
        }
        let id = request["id"]
        switch id {
        case nil, .string?, .integer?, .number?, .null?: break
        default: return Reply(id: .null, RPCError(.invalidRequest, "'id' must be a string or a number, not \(id!.kindWithArticle)"))
        }
        do throws(RPCError) {
            guard request["jsonrpc"]?.string == "2.0" else { throw RPCError(.invalidRequest, "'jsonrpc' must be \"2.0\"") }
            guard let method = request["method"]?.string else { throw RPCError(.invalidRequest, "'method' must be a string") }
            let reply = try call(method, request["params"])
            return id.map { Reply(id: $0, reply) }
        } catch {
            // What is not a request at all is answered even without an id.
            if id == nil, error.kind.code != RPCError.Kind.invalidRequest.code { return nil }
            return Reply(id: id ?? .null, error)
        }
    }

    // MARK: Shards

    /// Leaves a part of a reply to a shard.
    func delegate(
        to shard: Int, errorForm: Shard.ErrorForm, _ body: @escaping (Shard, inout JSONWriter) throws(RPCError) -> Void
    ) -> Reply {
        let piece = pieces.count
        pieces.append([])
        shards[shard].enqueue(Shard.Work(piece: piece, errorForm: errorForm, body: body))
        return Reply(piece: piece)
    }

    /// Lets the shards do what they have been given before anything else is looked at.
    func flush() {
        let busy = shards.filter { !$0.isIdle }
        if busy.count == 1 {
            busy[0].run()
        } else if busy.count > 1 {
            DispatchQueue.concurrentPerform(iterations: busy.count) { busy[$0].run() }
        }
        for shard in busy {
            for (piece, bytes) in shard.takeOutput() { pieces[piece] = bytes }
        }
    }
}

extension RPCError {
    var bytes: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
}
