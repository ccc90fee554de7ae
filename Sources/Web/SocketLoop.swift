import NIOCore
import NIOWebSocket
import Serving

/// Carries text frames between a socket and the doors: one answer to each, and none unasked.
struct SocketLoop {
    let channel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>
    let arrival: OpenEnvDoor.Arrival

    func run() async throws {
        switch arrival {
        case .refused(let frame):
            try await channel.executeThenClose { _, outbound in
                try await outbound.write(text(frame))
                try await outbound.write(closing(.normalClosure))
            }
        case .welcome(let socket):
            // However the connection ends, the socket gives back what it held.
            do {
                try await talk(with: socket)
            } catch {
                await socket.end()
                throw error
            }
            await socket.end()
        }
    }

    private func talk(with socket: OpenEnvDoor.Socket) async throws {
        try await channel.executeThenClose { inbound, outbound in
            for try await frame in inbound {
                switch frame.opcode {
                case .text:
                    guard let answer = await socket.handle(Array(frame.unmaskedData.readableBytesView)) else {
                        try await outbound.write(closing(.normalClosure))
                        return
                    }
                    try await outbound.write(text(answer))
                case .ping: try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
                case .connectionClose:
                    try await outbound.write(closing(.normalClosure))
                    return
                case .pong: continue
                default:
                    try await outbound.write(closing(.unacceptableData))
                    return
                }
            }
            // No more comes: the server ends, or the client is gone.
            try await outbound.write(closing(.goingAway))
        }
    }

    private func text(_ bytes: [UInt8]) -> WebSocketFrame { WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: bytes)) }

    private func closing(_ code: WebSocketErrorCode) -> WebSocketFrame {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }
}
