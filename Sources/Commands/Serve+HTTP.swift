import ArgumentParser
import Dispatch
import Logging
import Serving
import Synchronization
import SystemPackage
import Web

extension Serve {
    /// The host and port of `--http`; nil if it is not one.
    private var address: (host: String, port: Int)? {
        guard let http, let colon = http.lastIndex(of: ":"), let port = Int(http[http.index(after: colon)...]), (0...65535).contains(port)
        else { return nil }
        var host = String(http[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return host.isEmpty ? nil : (host, port)
    }

    func validateHTTP() throws {
        guard let http else {
            if trainerTokenFile != nil || agentTokenFile != nil || allowRemote || logLevel != nil {
                throw ValidationError("tokens, --allow-remote and --log-level are for --http")
            }
            return
        }
        guard let (host, _) = address else { throw ValidationError("--http is HOST:PORT, such as 127.0.0.1:8000, not '\(http)'") }
        if !(1...1_000_000).contains(idleSeconds) { throw ValidationError("--idle-seconds is from 1 to 1000000") }
        if allowRemote, trainerTokenFile == nil || agentTokenFile == nil {
            throw ValidationError("--allow-remote needs --trainer-token-file and --agent-token-file")
        }
        if !allowRemote, !["localhost", "127.0.0.1", "::1"].contains(host) {
            throw ValidationError("other machines can reach \(host): say --allow-remote, with tokens, if that is meant")
        }
        if let trainer = try trainerTokenFile.map(Self.token), try agentTokenFile.map(Self.token) == trainer {
            throw ValidationError("the two tokens are the same: agents could open the doors of trainers")
        }
    }

    /// Serves over HTTP until a signal ends it.
    func serveHTTP(_ server: Server, workers: Int, _ logger: Logger) throws {
        guard let (host, port) = address else { return }
        var access = Doors.Access()
        access.trainerToken = try trainerTokenFile.map(Self.token)
        access.agentToken = try agentTokenFile.map(Self.token)
        if allowRemote { access.hosts = nil }
        let doors = Doors(EpisodeHost(server, log: DoorLog(logger)), access: access, idleLimit: .seconds(idleSeconds))
        let web = WebServer(doors, host: host, port: port, workers: workers, logger: logger)
        let shown = host.contains(":") ? "[\(host)]" : host
        let failure = Mutex<(any Error)?>(nil)
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            do {
                try await web.run { port in logger.info("listening", metadata: ["url": "http://\(shown):\(port)"]) }
            } catch {
                failure.withLock { $0 = error }
            }
            done.signal()
        }
        done.wait()
        if let failure = failure.withLock({ $0 }) {
            logger.error("cannot serve", metadata: ["address": "\(shown):\(port)", "reason": "\(Self.reason(failure))"])
            throw ExitCode.failure
        }
        logger.info("stopped")
    }

    /// Why a server could not be started, and what to do.
    private static func reason(_ failure: any Error) -> String {
        switch WebServer.errorNumber(of: failure).map(Errno.init(rawValue:)) {
        case .addressInUse?: "another program listens there: choose another port, or port 0 for any that is free"
        case .permissionDenied?: "this user may not listen there: choose a port above 1023"
        case let number?: "\(number)"
        case nil: "\(failure)"
        }
    }

    /// The token in a file, without white space around it.
    private static func token(_ path: String) throws -> String {
        let bytes: [UInt8]
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            bytes = try file.closeAfter {
                try [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
                    count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
            }
        } catch {
            throw ValidationError("the token's file \(path) cannot be read: \(error)")
        }
        let token = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard token.count == 1, token[0].utf8.count >= 16 else {
            throw ValidationError("\(path) must hold one token of at least 16 characters")
        }
        return String(token[0])
    }
}
