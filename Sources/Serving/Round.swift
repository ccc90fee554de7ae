import Dispatch
import Episodes
import WireJSON

/// Requests that are taken together, and their replies.
///
/// Each episode belongs to one shard; within a round the shards work in parallel, and the replies are put in the order of the requests.
/// So the output does not depend on the number of workers.
final class Round {
    let server: Server
    /// Whether the round does its work itself, at once; otherwise somebody else does, when it is the episodes' turn.
    private let worksAlone: Bool
    /// What the shards have been given to do.
    private var queues: [[Shard.Work]]
    /// What the shards have written, by piece.
    private var pieces: [[UInt8]] = []

    init(_ server: Server, worksAlone: Bool = true) {
        self.server = server
        self.worksAlone = worksAlone
        queues = Array(repeating: [], count: server.shards.count)
    }

    // MARK: Requests

    /// Handles lines and returns the lines to send.
    func answers(_ lines: [InputLine]) -> [UInt8] {
        let replies = lines.compactMap(accept)
        flush()
        var output: [UInt8] = []
        for reply in replies {
            reply.write(pieces, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
        return output
    }

    /// A reply whose work is done.
    func bytes(of reply: Reply) -> [UInt8] {
        var output: [UInt8] = []
        reply.write(pieces, to: &output)
        return output
    }

    private func accept(_ line: InputLine) -> Reply? {
        switch parse(line) {
        case .nothing: return nil
        case .reply(let reply): return reply
        case .request(let json): return accept(json)
        case .batch(let requests):
            let replies = requests.compactMap { accept($0) }
            return replies.isEmpty ? nil : Reply(listing: replies)
        }
    }

    /// What a line is.
    enum Content {
        case nothing
        case request(JSON)
        case batch([JSON])
        /// None of these, with what is to be said.
        case reply(Reply)
    }

    func parse(_ line: InputLine) -> Content {
        switch line {
        case .tooLong(let count):
            return .reply(Reply(id: .null, RPCError(.lineTooLong, "the line has \(count) bytes; the limit is \(server.limits.lineBytes)")))
        case .text(let bytes):
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { return .nothing }
            let json: JSON
            do {
                json = try JSONParser.parse(bytes)
            } catch {
                return .reply(Reply(id: .null, RPCError(.parse, "the line is not JSON: \(error.message), at byte \(error.offset)")))
            }
            guard case .array(let requests) = json else { return .request(json) }
            if requests.isEmpty { return .reply(Reply(id: .null, RPCError(.invalidRequest, "the batch is empty"))) }
            if requests.count > server.limits.batch {
                return .reply(
                    Reply(
                        id: .null,
                        RPCError(.invalidRequest, "the batch has \(requests.count) requests; the limit is \(server.limits.batch)")))
            }
            return .batch(requests)
        }
    }

    /// Returns the reply to one request; nil for a notification, which is carried out and not answered.
    func accept(_ json: JSON) -> Reply? {
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
    func delegate(to shard: Int, errorForm: Shard.ErrorForm = .member, _ kind: Shard.Work.Kind) -> Reply {
        let piece = pieces.count
        pieces.append([])
        queues[shard].append(Shard.Work(piece: piece, errorForm: errorForm, kind: kind))
        return Reply(piece: piece)
    }

    /// Lets the shards do what they have been given before anything else is looked at.
    func flush() {
        guard worksAlone else { return }
        let queues = takeQueues()
        let shards = server.shards
        let busy = queues.indices.filter { !queues[$0].isEmpty }
        if busy.count == 1 {
            let shard = shards[busy[0]]
            for work in queues[busy[0]] { fill(work.piece, shard.run(work, on: work.episode.flatMap(shard.find))) }
        } else if busy.count > 1 {
            let output = Output(count: busy.count)
            DispatchQueue.concurrentPerform(iterations: busy.count) { index in
                let shard = shards[busy[index]]
                output[index] = queues[busy[index]].map { ($0.piece, shard.run($0, on: $0.episode.flatMap(shard.find))) }
            }
            for index in busy.indices { for (piece, bytes) in output[index] { fill(piece, bytes) } }
        }
    }

    /// Hands over what the shards have been given to do.
    func takeQueues() -> [[Shard.Work]] {
        defer { for index in queues.indices { queues[index].removeAll(keepingCapacity: true) } }
        return queues
    }

    /// Notes what a shard has written.
    func fill(_ piece: Int, _ bytes: [UInt8]) { pieces[piece] = bytes }
}

/// What parallel iterations write, each its own element.
///
/// Unchecked: no two threads touch the same element, and the elements are read when all iterations have ended.
private final class Output: @unchecked Sendable {
    private let elements: UnsafeMutableBufferPointer<[(piece: Int, bytes: [UInt8])]>

    init(count: Int) {
        elements = .allocate(capacity: count)
        elements.initialize(repeating: [])
    }

    deinit {
        elements.deinitialize()
        elements.deallocate()
    }

    subscript(index: Int) -> [(piece: Int, bytes: [UInt8])] {
        get { elements[index] }
        set { elements[index] = newValue }
    }
}

extension RPCError {
    var bytes: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
}
