import ArgumentParser
import Dispatch
import Environments
import Episodes
import Logging
import Serving

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves episodes: JSON-RPC on standard streams, or MCP and JSON-RPC over HTTP.",
        discussion: """
            On standard streams, one message a line; docs/protocol.md is the reference. The end of the input ends the server. With --http the
            doors are /mcp for agents, /rpc for trainers, /metrics and /healthz; docs/serving.md says more. Logs go to standard error. An
            environment that does not load is reported there and the others are served.

            EXAMPLES:
              orrery serve --environments EnvSpecs
              echo '{"jsonrpc":"2.0","id":1,"method":"environments.list"}' | orrery serve --environments EnvSpecs
              orrery serve --environments EnvSpecs --http 127.0.0.1:8000
            """)

    @Option(
        name: .customLong("environments"),
        help: ArgumentHelp("A file, or a folder of which every environment below is served.", valueName: "path"))
    var environments: [String]
    @Option(help: "The number of threads; the output does not depend on it. Default: one a core.")
    var workers: Int?
    @Option(name: .customLong("max-episodes"), help: "The number of episodes that may be open at the same time.")
    var maxEpisodes = ServerLimits().episodes
    @Option(
        name: .customLong("connection-memory"), help: "Megabytes of database copies kept, so that episodes seldom have to give up theirs.")
    var connectionMemory = 128

    @Option(help: ArgumentHelp("Serve over HTTP there instead; port 0: any that is free.", valueName: "host:port"))
    var http: String?
    @Option(
        name: .customLong("trainer-token-file"),
        help: ArgumentHelp("The doors of trainers want the token in this file.", valueName: "file"))
    var trainerTokenFile: String?
    @Option(
        name: .customLong("agent-token-file"), help: ArgumentHelp("The doors of agents want the token in this file.", valueName: "file"))
    var agentTokenFile: String?
    @Flag(name: .customLong("allow-remote"), help: "Let other machines in; both tokens are needed then.")
    var allowRemote = false
    @Option(
        name: .customLong("log-level"),
        help: "What is logged over HTTP, as lines of JSON: error, warning, info (starts, ends, refusals), debug (every request).")
    var logLevel: LogLevel?
    @Option(name: .customLong("idle-seconds"), help: "For how long an episode over HTTP may take no step.")
    var idleSeconds = 1800

    func validate() throws {
        try validateHTTP()
        if let workers, !(1...1024).contains(workers) { throw ValidationError("--workers is from 1 to 1024") }
        if maxEpisodes < 1 { throw ValidationError("--max-episodes is at least 1") }
        if !(1...1_000_000).contains(connectionMemory) { throw ValidationError("--connection-memory is from 1 to 1000000") }
    }

    func run() throws {
        let logLevel = (logLevel ?? .info).level
        let isHTTP = http != nil
        LoggingSystem.bootstrap { label in
            if isHTTP { return JSONLogHandler(logLevel: logLevel) }
            return StreamLogHandler.standardError(label: label)
        }
        let logger = Logger(label: "orrery")
        var worlds: [World] = []
        var names: [String: String] = [:]
        WorldLoading.load(try EnvironmentPaths.files(environments)) { file, result in
            switch result {
            case .success(let world):
                if let other = names[world.id] {
                    logger.error("\(file): the environment '\(world.id)' is already served from \(other); this one is left out")
                    return
                }
                names[world.id] = file
                worlds.append(world)
            case .failure(let error):
                logger.error("\(file) is not served:\n\(error.description)")
            }
        }
        if worlds.isEmpty {
            logger.error("there is no environment to serve at \(environments.joined(separator: ", "))")
            throw ExitCode.failure
        }
        logger.info(
            "serving \(worlds.count) environment\(worlds.count == 1 ? "" : "s"): \(worlds.prefix(20).map(\.id).joined(separator: ", "))")
        var limits = ServerLimits()
        limits.episodes = maxEpisodes
        let workers = workers ?? DispatchQueue.cores
        let server = Server(worlds, workers: workers, limits: limits, stageMemory: connectionMemory << 20)
        if http == nil { try StandardStreams.serve(server) } else { try serveHTTP(server, workers: workers, logger) }
    }
}

/// From which level on events are logged.
enum LogLevel: String, CaseIterable, ExpressibleByArgument {
    case error, warning, info, debug

    var level: Logger.Level {
        switch self {
        case .error: .error
        case .warning: .warning
        case .info: .info
        case .debug: .debug
        }
    }
}
