import WireJSON

/// A request, apart from the server that received it.
public struct WebRequest: Sendable {
    /// `GET`, `POST`, ...
    public var method: String
    /// The path, without the query.
    public var path: String
    /// The query's parameters, decoded.
    public var query: [String: String]
    /// The fields' values by name in lower case, in order.
    public var headers: [String: [String]]
    /// The body.
    public var body: [UInt8]

    /// Makes a request.
    public init(method: String, path: String, query: [String: String] = [:], headers: [String: [String]] = [:], body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The first value of a field; the name in lower case.
    func header(_ name: String) -> String? { headers[name]?.first }

    /// The token of `Authorization: Bearer ...`.
    var bearer: String? {
        guard let value = header("authorization"), value.lowercased().hasPrefix("bearer ") else { return nil }
        return String(value.dropFirst(7))
    }
}

/// What is sent back.
public struct WebResponse: Sendable {
    /// The status.
    public var status: Int
    /// The fields.
    public var headers: [(name: String, value: String)] = []
    /// The body.
    public var body: [UInt8] = []
    /// The episode that it is about, for the log.
    var episode: String?

    /// Makes an answer.
    init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [], episode: String? = nil) {
        self.status = status
        self.headers = headers
        self.body = body
        self.episode = episode
    }

    static func json(_ bytes: [UInt8], status: Int = 200, _ headers: [(String, String)] = []) -> WebResponse {
        WebResponse(status: status, headers: [("content-type", "application/json")] + headers, body: bytes)
    }

    /// A refusal that says what to do.
    static func refusal(_ status: Int, _ reason: String, _ headers: [(String, String)] = []) -> WebResponse {
        json((["error": .string(reason)] as JSON).bytes, status: status, headers)
    }
}

extension WebResponse {
    /// The refusal of a body that is too large.
    public static func tooLarge(_ limit: Int) -> WebResponse {
        .refusal(413, "the body is larger than \(limit) bytes, which is the limit", [("connection", "close")])
    }
}
