import ArgumentParser
import Serving

/// The command line.
public struct OrreryCommand: ParsableCommand {
    /// Names and help.
    public static let configuration = CommandConfiguration(
        commandName: "orrery",
        abstract: "Clockwork worlds for tool-using agents.",
        discussion: """
            Serves database-backed environments over a JSON protocol, steps episodes deterministically, and reads rewards off the
            database's final state.

            EXAMPLES:
              orrery check EnvSpecs                          find every mistake in the environments below a folder
              orrery run EnvSpecs/library.yaml               play every task's reference solution and print the rewards
              orrery play EnvSpecs/library.yaml lend_to_ana  play a task yourself
              orrery serve --environments EnvSpecs           serve episodes on standard input and output
            """,
        version: Server.version,
        subcommands: [
            Generate.self, Validate.self, Preview.self, Report.self, Serve.self, Check.self, Describe.self, Play.self, Run.self,
            Import.self,
        ])

    /// Makes the command.
    public init() {}
}
