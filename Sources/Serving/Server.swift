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
    private var pieces: [Segment] = []
    private var pieceCount = 0

    /// A part of the output: bytes that are known, or what a shard writes.
    private enum Segment {
        case bytes([UInt8])
        case piece(Int)
    }

    /// Makes a server.
    ///
    /// - Parameter workers: the number of threads; the output does not depend on it.
    public init(
        _ worlds: [World], workers: Int, limits: ServerLimits = ServerLimits(), callLimits: CallLimits = CallLimits(),
        stageMemory: Int = 96 << 20
    ) {
        self.worlds = Dictionary(worlds.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        worldNames = self.worlds.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        self.limits = limits
        self.callLimits = callLimits
        let count = max(1, workers)
        shards = (0..<count).map { _ in
            Shard(pool: StagePool(limits: callLimits, memoryBudget: stageMemory / count, mostStages: max(1, 64 / count)))
        }
    }

    // MARK: Rounds

    /// Handles the lines that have arrived and returns the lines to send.
    public func handle(_ lines: [InputLine]) -> [UInt8] {
        for line in lines { accept(line) }
        flush()
        pendingEpisodes = 0
        return assemble()
    }

    private func accept(_ line: InputLine) {
        switch line {
        case .tooLong(let count):
            respond(id: .null, RPCError(.lineTooLong, "the line has \(count) bytes; the limit is \(limits.lineBytes)"))
        case .text(let bytes):
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { return }
            do {
                let json = try JSONParser.parse(bytes)
                if case .array(let requests) = json {
                    acceptBatch(requests)
                } else {
                    accept(json, isInBatch: false)
                }
            } catch {
                respond(id: .null, RPCError(.parse, "the line is not JSON: \(error.message), at byte \(error.offset)"))
            }
        }
    }

    private func acceptBatch(_ requests: [JSON]) {
        if requests.isEmpty { return respond(id: .null, RPCError(.invalidRequest, "the batch is empty")) }
        if requests.count > limits.batch {
            return respond(id: .null, RPCError(.invalidRequest, "the batch has \(requests.count) requests; the limit is \(limits.batch)"))
        }
        let start = pieces.count
        append("[")
        var isFirst = true
        for request in requests {
            let before = pieces.count
            if !isFirst { append(",") }
            let content = pieces.count
            accept(request, isInBatch: true)
            if pieces.count == content { pieces.removeSubrange(before...) } else { isFirst = false }
        }
        if isFirst { pieces.removeSubrange(start...) } else { append("]\n") }
    }

    private func accept(_ json: JSON, isInBatch: Bool) {
        let end: StaticString = isInBatch ? "" : "\n"
        guard case .object(let request) = json else {
            return respond(id: .null, RPCError(.invalidRequest, "a request must be an object, not \(json.kind)"), end)
        }
        let id = request["id"]
        do throws(RPCError) {
            switch id {
            case nil, .string?, .integer?, .number?, .null?: break
            default: throw RPCError(.invalidRequest, "'id' must be a string or a number, not \(id!.kind)")
            }
            guard request["jsonrpc"]?.string == "2.0" else { throw RPCError(.invalidRequest, "'jsonrpc' must be \"2.0\"") }
            guard let method = request["method"]?.string else { throw RPCError(.invalidRequest, "'method' must be a string") }
            let start = pieces.count
            if let id { append(#"{"jsonrpc":"2.0","id":"#, id.bytes, ",") }
            let inside = pieces.count
            do throws(RPCError) {
                try call(method, request["params"])
            } catch {
                pieces.removeSubrange(inside...)
                append(#""error":"#, error.bytes)
            }
            guard id != nil else {
                // A notification is carried out and not answered; its pieces stay as something that is written nowhere.
                pieces.removeSubrange(start...)
                return
            }
            append("}")
            append(end)
        } catch {
            let known: JSON = switch id { case .string?, .integer?, .number?: id!; default: .null }
            respond(id: known, error, end)
        }
    }

    private func respond(id: JSON, _ error: RPCError, _ end: StaticString = "\n") {
        append(#"{"jsonrpc":"2.0","id":"#, id.bytes, #","error":"#)
        pieces.append(.bytes(error.bytes))
        append("}")
        append(end)
    }

    // MARK: Output

    func append(_ text: StaticString, _ bytes: [UInt8] = [], _ tail: StaticString = "") {
        var writer = JSONWriter()
        writer.raw(text)
        writer.raw(bytes)
        writer.raw(tail)
        guard !writer.bytes.isEmpty else { return }
        if case .bytes(var last)? = pieces.last {
            pieces.removeLast()
            last.append(contentsOf: writer.bytes)
            pieces.append(.bytes(last))
        } else {
            pieces.append(.bytes(writer.bytes))
        }
    }

    /// Writes a result at once.
    func result(_ body: (inout JSONWriter) throws(RPCError) -> Void) throws(RPCError) {
        var writer = JSONWriter()
        writer.raw(#""result":"#)
        try body(&writer)
        pieces.append(.bytes(writer.bytes))
    }

    /// Leaves a piece of the output to a shard.
    ///
    /// - Parameter errorPrefix: what stands before the error if the body throws; a brace closes it.
    func delegate(to shard: Int, errorPrefix: StaticString, _ body: @escaping (Shard, inout JSONWriter) throws(RPCError) -> Void) {
        pieces.append(.piece(pieceCount))
        shards[shard].enqueue(Shard.Work(piece: pieceCount, body: body, errorPrefix: errorPrefix))
        pieceCount += 1
    }

    /// The shards' work is done before anything else is looked at.
    func flush() {
        let busy = shards.filter { !$0.isIdle }
        if busy.count == 1 {
            busy[0].run()
        } else if busy.count > 1 {
            DispatchQueue.concurrentPerform(iterations: busy.count) { busy[$0].run() }
        }
        guard !busy.isEmpty else { return }
        var written = [(shard: Shard, range: Range<Int>)?](repeating: nil, count: pieceCount)
        for shard in busy {
            for span in shard.spans { written[span.piece] = (shard, span.range) }
        }
        pieces = pieces.map { segment in
            guard case .piece(let index) = segment, let (shard, range) = written[index] else { return segment }
            return .bytes(Array(shard.output.bytes[range]))
        }
        for shard in busy { shard.clear() }
        pieceCount = 0
    }

    private func assemble() -> [UInt8] {
        var output: [UInt8] = []
        for case .bytes(let bytes) in pieces { output.append(contentsOf: bytes) }
        pieces.removeAll(keepingCapacity: true)
        return output
    }
}

extension RPCError {
    var bytes: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
}
