import ArgumentParser
import Environments
import Episodes
import Specifications

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds every mistake in environments.",
        discussion: """
            Reads each environment, builds its database, compiles every statement, plays every reference solution and proves every goal.
            Each mistake is printed as FILE:LINE:COLUMN. The exit status is 1 if there is any.

            EXAMPLES:
              orrery check EnvSpecs/library.yaml
              orrery check EnvSpecs GeneratedEnvs
            """)

    @Argument(help: "Files, or folders of which every environment below is checked.")
    var paths: [String]

    func run() throws {
        let files = try EnvironmentPaths.files(paths)
        if files.isEmpty { throw ValidationError("there is no environment at \(paths.joined(separator: ", "))") }
        var mistakes = 0
        var names: [String: String] = [:]
        for file in files {
            do {
                let world = try World.load(file)
                let definition = world.environment.definition
                if let other = names.updateValue(file, forKey: world.id) {
                    mistakes += 1
                    print(
                        Diagnostic(
                            definition.location, "the id '\(world.id)' is also that of \(other), so the two cannot be served together"))
                    continue
                }
                print(
                    "\(Terminal.green("ok"))  \(file): \(definition.tables.count) tables, \(definition.tools.count) tools, \(definition.tasks.count) tasks"
                )
            } catch {
                mistakes += error.diagnostics.count
                for diagnostic in error.diagnostics { print(diagnostic.description) }
            }
        }
        if mistakes > 0 {
            Terminal.complain("\(mistakes) mistake\(mistakes == 1 ? "" : "s")")
            throw ExitCode.failure
        }
    }
}
