import ArgumentParser
import Serving

/// The command line.
public struct OrreryCommand: ParsableCommand {
    /// Names and help.
    public static let configuration = CommandConfiguration(
        commandName: "orrery",
        abstract: "Clockwork worlds for tool-using agents.",
        discussion: """
            Generates database-backed environments with proven tasks, serves them over a JSON protocol, steps episodes deterministically, reads
            rewards off the database's final state, and puts reward functions to the test.

            EXAMPLES:
              orrery generate --count 100 --out my-batch    environments with proven tasks
              orrery validate my-batch                      their rewards on trial
              orrery check EnvSpecs                         every mistake in a folder's files
              orrery run EnvSpecs/library.yaml              every task played, with rewards
              orrery play EnvSpecs/library.yaml lend_to_ana a task, played by you
              orrery serve --environments EnvSpecs          episodes on standard streams
            """,
        version: Server.version,
        subcommands: [
            Generate.self, Validate.self, Preview.self, Report.self, Serve.self, MCP.self, Check.self, Describe.self, Play.self, Run.self,
            Import.self,
        ])

    /// Makes the command.
    public init() {}
}
