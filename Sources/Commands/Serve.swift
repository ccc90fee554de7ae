import ArgumentParser
import Dispatch
import Environments
import Episodes
import Logging
import Serving

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves episodes over JSON-RPC on standard input and output.",
        discussion: """
            One message a line; docs/protocol.md is the reference. Logs go to standard error. An environment that does not load is
            reported there and the others are served. The end of the input ends the server.

            EXAMPLES:
              orrery serve --environments EnvSpecs
              echo '{"jsonrpc":"2.0","id":1,"method":"environments.list"}' | orrery serve --environments EnvSpecs
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

    func validate() throws {
        if let workers, !(1...1024).contains(workers) { throw ValidationError("--workers is from 1 to 1024") }
        if maxEpisodes < 1 { throw ValidationError("--max-episodes is at least 1") }
        if !(1...1_000_000).contains(connectionMemory) { throw ValidationError("--connection-memory is from 1 to 1000000") }
    }

    func run() throws {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
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
        let cores = DispatchQueue.cores
        let server = Server(worlds, workers: workers ?? cores, limits: limits, stageMemory: connectionMemory << 20)
        try StandardStreams.serve(server)
    }
}
