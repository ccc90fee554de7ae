import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Serving

/// Serves the doors over HTTP.
public struct WebServer: Sendable {
    private let doors: Doors
    private let host: String
    private let port: Int
    private let workers: Int
    private let logger: Logger

    /// Makes a server that listens when it is run.
    ///
    /// - Parameter workers: how many threads answer requests, apart from those that are stuck in long ones.
    public init(_ doors: Doors, host: String, port: Int, workers: Int, logger: Logger) {
        self.doors = doors
        self.host = host
        self.port = port
        self.workers = workers
        self.logger = logger
    }

    /// The system's number of the error for which a server did not start, if it has one.
    public static func errorNumber(of error: any Error) -> Int32? { (error as? IOError)?.errnoCode }

    /// Serves until SIGTERM or SIGINT: then what is being answered is answered, and nothing else.
    ///
    /// - Parameter onListening: called with the port, which the system chooses where 0 was asked for.
    public func run(onListening: @escaping @Sendable (Int) -> Void) async throws {
        let configuration = ApplicationConfiguration(address: .hostname(host, port: port), serverName: nil, backlog: 4096)
        var quiet = logger
        quiet.logLevel = .warning
        let doors = doors
        let threads = try CallThreads(width: workers, count: workers + 128)
        let application = Application(
            responder: Responder(doors: doors), server: .init { UpgradableChannel(responder: $0, doors: doors, threads: threads) },
            configuration: configuration,
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) }, logger: quiet)
        let sweeper = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                doors.endIdle()
            }
        }
        defer { sweeper.cancel() }
        try await application.runService()
    }
}

/// Turns Hummingbird's requests into the doors' and their answers back.
private struct Responder: HTTPResponder {
    typealias Context = BasicRequestContext

    let doors: Doors

    func respond(to request: Request, context: Context) async throws -> Response {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: doors.bodyLimit)
        } catch is NIOTooManyBytesError {
            return Self.response(WebResponse.tooLarge(doors.bodyLimit))
        }
        var headers: [String: [String]] = [:]
        for field in request.headers { headers[field.name.canonicalName, default: []].append(field.value) }
        if let authority = request.head.authority { headers["host", default: []].append(authority) }
        var query: [String: String] = [:]
        for (name, value) in request.uri.queryParameters { query[String(name)] = String(value) }
        let asked = WebRequest(
            method: request.method.rawValue, path: request.uri.path, query: query, headers: headers, body: Array(body.readableBytesView))
        return Self.response(await doors.respond(asked))
    }

    private static func response(_ answer: WebResponse) -> Response {
        var fields = HTTPFields()
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        return Response(
            status: .init(code: answer.status), headers: fields,
            body: answer.body.isEmpty ? .init() : .init(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
