import WireJSON

/// A reply, or a part of one, some of whose bytes a shard has yet to write.
struct Reply {
    private enum Segment {
        case bytes([UInt8])
        case piece(Int)
    }

    private var segments: [Segment] = []

    /// A reply that a shard writes.
    init(piece: Int) { segments = [.piece(piece)] }

    /// A `"result":…` member.
    init(result body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.raw(#""result":"#)
        body(&writer)
        segments = [.bytes(writer.bytes)]
    }

    /// Bytes that are known.
    init(bytes: [UInt8]) { segments = [.bytes(bytes)] }

    /// The response to the request of that id, around its `"result":…` or `"error":…` member.
    init(id: JSON, _ inner: Reply) {
        append(#"{"jsonrpc":"2.0","id":"#, id.bytes, ",")
        segments += inner.segments
        append("}")
    }

    /// The response that reports an error.
    init(id: JSON, _ error: RPCError) { self.init(id: id, Reply(bytes: Array(#""error":"#.utf8) + error.bytes)) }

    /// A JSON array of replies, with text around it.
    init(_ before: StaticString = "", listing replies: [Reply], _ after: StaticString = "") {
        append(before, [UInt8(ascii: "[")])
        for (index, reply) in replies.enumerated() {
            if index > 0 { append(",") }
            segments += reply.segments
        }
        append("]")
        append(after)
    }

    private mutating func append(_ text: StaticString, _ bytes: [UInt8] = [], _ tail: StaticString = "") {
        var writer = JSONWriter()
        writer.raw(text)
        writer.raw(bytes)
        writer.raw(tail)
        segments.append(.bytes(writer.bytes))
    }

    /// Appends the reply's bytes, the pieces filled in.
    func write(_ pieces: [[UInt8]], to output: inout [UInt8]) {
        for segment in segments {
            switch segment {
            case .bytes(let bytes): output.append(contentsOf: bytes)
            case .piece(let piece): output.append(contentsOf: pieces[piece])
            }
        }
    }
}
