import ArgumentParser
import Environments
import Episodes
import Serving
import Specifications
import WireJSON

struct MCP: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Serves one episode as an MCP server on standard input and output.",
        discussion: """
            For agents and desktop programs that start their servers themselves. One process is one episode; the end of the input ends it.
            The instruction is the prompt 'task', the rules are a resource, and submit_answer ends the episode. Revisions 2024-11-05 to
            2025-11-25, and 2026-07-28.

            EXAMPLES:
              orrery mcp EnvSpecs/library.yaml --task lend_to_ana
              orrery mcp EnvSpecs/library.yaml --task lend_to_ana --outcome outcome.json
              orrery mcp GeneratedEnvs/sample/cinema-00002.json --tools search
            """)

    @Argument(help: "The environment's file.")
    var environment: String
    @Option(help: "The task. Without one the agent plays freely.")
    var task: String?
    @Option(help: "The episode's seed.")
    var seed: UInt64 = 0
    @Option(help: "How the agent sees the tools: all of them, list_tools and call_tool (meta), or search_tools and call_tool (search).")
    var tools = MCPTools.all
    @Option(name: .customLong("max-steps"), help: "The number of steps after which the episode is over.")
    var maxSteps = EpisodeOptions().maxSteps
    @Option(help: "Write how it went to this file at the end, for the trainer: reward, checks, steps, digest.")
    var outcome: String?

    func validate() throws {
        if !(1...EpisodeOptions.greatestMaxSteps).contains(maxSteps) {
            throw ValidationError("--max-steps is from 1 to \(EpisodeOptions.greatestMaxSteps)")
        }
    }

    func run() throws {
        let world: World
        do throws(SpecificationError) {
            world = try World.load(environment)
        } catch {
            Terminal.complain(error.description)
            throw ExitCode.failure
        }
        var index: Int?
        if let task {
            index = world.environment.taskIndex(task)
            let names = world.environment.definition.tasks.map(\.id)
            if index == nil { throw ValidationError("\(world.id) has no task '\(task)'\(NearestName.hint(for: task, among: names))") }
        }
        try OutputFile.check([outcome].compactMap { $0 })
        var options = EpisodeOptions()
        options.maxSteps = maxSteps
        let session = MCPSession(
            MCPOffer(world, task: index, MCPToolTable(world, tools, hasTask: index != nil)), id: "e1", seed: seed, options: options)
        let pool = StagePool()
        try StandardStreams.serve(session, in: pool)
        if let outcome { try OutputFile.write(outcome, try Self.outcome(session.episode, pool)) }
    }

    private static func outcome(_ episode: Episode, _ pool: StagePool) throws -> [UInt8] {
        var writer = JSONWriter()
        writer.raw(#"{"environment":"#)
        writer.string(episode.world.id)
        writer.raw(#","task":"#)
        writer.value(episode.task.map { .string($0.id) } ?? .null)
        writer.raw(#","status":"#)
        writer.string(episode.status.rawValue)
        writer.raw(#","steps":"#)
        writer.integer(Int64(episode.step))
        writer.raw(#","digest":"#)
        writer.string(episode.digest.hexadecimal)
        writer.raw(#","evaluation":"#)
        if let evaluation = try episode.evaluation(in: pool) {
            evaluation.write(reward: episode.outcome(of: evaluation), to: &writer)
        } else {
            writer.raw("null")
        }
        writer.raw("}\n")
        return writer.bytes
    }
}

extension MCPTools: ExpressibleByArgument {}
