import WireJSON

/// An error of the protocol: the client's or the environment's, never the agent's mistake.
struct RPCError: Error {
    /// The kinds of errors: a JSON-RPC code and a stable word.
    struct Kind {
        let code: Int64
        let word: String

        static let parse = Kind(code: -32700, word: "parse_error")
        static let invalidRequest = Kind(code: -32600, word: "invalid_request")
        static let methodNotFound = Kind(code: -32601, word: "method_not_found")
        static let invalidParams = Kind(code: -32602, word: "invalid_params")
        static let unknownEnvironment = Kind(code: -32001, word: "unknown_environment")
        static let unknownTask = Kind(code: -32002, word: "unknown_task")
        static let unknownEpisode = Kind(code: -32003, word: "unknown_episode")
        static let episodeEnded = Kind(code: -32004, word: "episode_ended")
        static let capacityReached = Kind(code: -32005, word: "capacity_reached")
        static let environmentFault = Kind(code: -32006, word: "environment_fault")
        static let invalidSnapshot = Kind(code: -32007, word: "invalid_snapshot")
        static let unknownView = Kind(code: -32008, word: "unknown_view")
        static let noTask = Kind(code: -32009, word: "no_task")
        static let lineTooLong = Kind(code: -32010, word: "line_too_long")
    }

    let kind: Kind
    let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// No more episodes may be open.
    static func capacityReached(_ limits: ServerLimits) -> RPCError {
        RPCError(.capacityReached, "\(limits.episodes) episodes are open, and that is the limit; close some with episode.close")
    }

    /// Writes `{"code":…,"message":…,"data":{"reason":…}}`.
    func write(to writer: inout JSONWriter) {
        writer.raw(#"{"code":"#)
        writer.integer(kind.code)
        writer.raw(#","message":"#)
        writer.string(message)
        writer.raw(#","data":{"reason":"#)
        writer.string(kind.word)
        writer.raw("}}")
    }
}
