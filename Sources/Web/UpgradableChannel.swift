import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket
import Serving

/// A connection that begins as HTTP/1.1 and may become a WebSocket, if the doors let it in.
struct UpgradableChannel: ServerChildChannel, HTTPChannelHandler {
    let responder: HTTPChannelHandler.Responder
    let doors: Doors
    let threads: CallThreads

    /// For how long a connection may say nothing.
    private static let silence = Duration.seconds(120)

    typealias HTTPChannel = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// What a connection has become.
    enum Kind: Sendable {
        case http(HTTPChannel)
        case socket(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>, OpenEnvDoor.Arrival, WebRequest)
    }

    struct Value: ServerChildChannelValue {
        let kind: EventLoopFuture<Kind>
        let channel: any Channel
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let upgrader = NIOTypedWebSocketServerUpgrader<Kind>(
                maxFrameSize: doors.bodyLimit,
                shouldUpgrade: { channel, head in
                    // Who may not come in, and who asks for another path, gets an answer as HTTP has it.
                    channel.eventLoop.makeSucceededFuture(doors.isSocket(Self.request(head)) ? HTTPHeaders() : nil)
                },
                upgradePipelineHandler: { channel, head in
                    channel.eventLoop.makeCompletedFuture {
                        let frames = NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 100_000, maxAccumulatedFrameSize: doors.bodyLimit)
                        let silence = IdleStateHandler(allTimeout: .nanoseconds(Int64(doors.idleLimit / .nanoseconds(1))))
                        let closer = SocketCloser()
                        try channel.pipeline.syncOperations.addHandlers(silence, closer, frames)
                        let wrapped = try NIOAsyncChannel<WebSocketFrame, WebSocketFrame>(wrappingChannelSynchronously: channel)
                        let request = Self.request(head)
                        let arrival = doors.socket(request)
                        if case .welcome(let socket) = arrival { closer.socket = socket }
                        return .socket(wrapped, arrival, request)
                    }
                })
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = 80 * 1024
            limits.maxHeaderListSize = 80 * 1024
            limits.maxHeaderFieldCount = 1000
            var configuration = NIOUpgradableHTTPServerPipelineConfiguration(
                upgradeConfiguration: .init(
                    upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
                            try channel.pipeline.syncOperations.addHandler(
                                HTTPConnectionStateHandler(idleTimeout: Self.silence, logger: logger))
                            return .http(
                                try HTTPChannel(
                                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
                        }
                    }))
            configuration.enablePipelining = false
            configuration.enableErrorHandling = false
            configuration.enableResponseHeaderValidation = false
            configuration.decoderConfiguration = limits
            let kind = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(configuration: configuration)
            let decoder = try channel.pipeline.syncOperations.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let filter = UpgradeFilter { $0.headers.contains(name: "sec-websocket-key") && doors.isSocket(Self.request($0)) }
            try channel.pipeline.syncOperations.addHandler(filter, position: .after(decoder))
            // Whoever has not said what is wanted by then never will.
            let patience = channel.eventLoop.scheduleTask(in: TimeAmount(Self.silence)) { channel.close(promise: nil) }
            kind.whenComplete { _ in patience.cancel() }
            return Value(kind: kind, channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(threads) { await answer(value, logger) }
    }

    private func answer(_ value: Value, _ logger: Logger) async {
        do {
            switch try await value.kind.get() {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .socket(let channel, let arrival, let request):
                defer { if case .welcome(let socket) = arrival { doors.noteEnd(of: socket, request) } }
                try await SocketLoop(channel: channel, arrival: arrival).run()
            }
        } catch {
            // The client is gone, or was never one.
            value.channel.close(promise: nil)
        }
    }

    /// The request that wants to become a socket.
    private static func request(_ head: HTTPRequestHead) -> WebRequest {
        var headers: [String: [String]] = [:]
        for (name, value) in head.headers { headers[name.lowercased(), default: []].append(value) }
        let uri = URI(head.uri)
        var query: [String: String] = [:]
        for (name, value) in uri.queryParameters { query[String(name)] = String(value) }
        return WebRequest(method: head.method.rawValue, path: uri.path, query: query, headers: headers)
    }
}

/// Takes the wish for an upgrade out of a connection's first request, unless it leads to a socket: the request is answered as any other.
///
/// NIO closes the connection of who wants another protocol, such as HTTP/2, or is not let in.
private final class UpgradeFilter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let isWelcome: (HTTPRequestHead) -> Bool

    init(_ isWelcome: @escaping (HTTPRequestHead) -> Bool) { self.isWelcome = isWelcome }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), head.headers.contains(name: "upgrade"), !isWelcome(head) else {
            context.fireChannelRead(data)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
            return
        }
        head.headers.remove(name: "upgrade")
        let others = head.headers[canonicalForm: "connection"].filter { $0.lowercased() != "upgrade" }
        head.headers.remove(name: "connection")
        if !others.isEmpty { head.headers.add(name: "connection", value: others.joined(separator: ", ")) }
        context.fireChannelRead(wrapInboundOut(.head(head)))
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    /// Closes a connection that has asked for nothing when the server ends.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { context.close(promise: nil) } else { context.fireUserInboundEventTriggered(event) }
    }

    /// Answers what is no HTTP/1 at all.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.fireErrorCaught(error) }
        let head = HTTPResponseHead(
            version: .http1_1, status: .badRequest, headers: ["connection": "close", "content-length": "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }
}

/// Closes a socket whose client has gone silent (it pings if it is alive), and lets no more frames in when the server ends.
private final class SocketCloser: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    /// What the client talks to, once it has been let in.
    var socket: OpenEnvDoor.Socket?

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is IdleStateHandler.IdleStateEvent:
            // Who waits for an answer has nothing to say.
            if !(socket?.isAnswering ?? false) { context.close(promise: nil) }
        case is ChannelShouldQuiesceEvent:
            context.close(mode: .input, promise: nil)
            // Who does not even read is not waited for: no call takes longer.
            let channel = context.channel
            channel.eventLoop.scheduleTask(in: .seconds(40)) { channel.close(promise: nil) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }
}
