import ArgumentParser
import Domains
import Environments
import Episodes
import Specifications
import SystemPackage

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds every mistake in environments and domain models.",
        discussion: """
            Reads each environment, builds its database, compiles every statement, plays every reference solution and proves every goal.
            Reads each domain model with the words and capabilities that it uses, and looks up every name.
            Each mistake is printed as FILE:LINE:COLUMN. The exit status is 1 if there is any.

            EXAMPLES:
              orrery check EnvSpecs/library.yaml
              orrery check EnvSpecs GeneratedEnvs
              orrery check EnvSpecs/domains/veterinary_practice.yaml
            """)

    @Argument(help: "Files, or folders of which every environment and domain model below is checked.")
    var paths: [String]

    func run() throws {
        var mistakes = 0
        let isDomain = { (path: String) in SpecFinder.isFile(path, of: "domain") }
        let files = try EnvironmentPaths.files(paths.filter { !isDomain($0) })
        let models = try paths.filter {
            try isDomain($0) || (FolderListing.entries(of: FilePath($0)) != nil && !SpecFinder.files(of: "domain", at: $0).isEmpty)
        }
        if files.isEmpty, models.isEmpty {
            throw ValidationError("there is no environment and no domain at \(paths.joined(separator: ", "))")
        }
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
        for path in models {
            do throws(SpecificationError) {
                for domain in try DomainLibrary.load(path).domains {
                    let model = try domain.model(absent: [], parameters: [:])
                    print(
                        "\(Terminal.green("ok"))  \(domain.file): \(model.entities.count) entities, \(model.verbs.count) verbs, \(model.policies.count) policies, \(model.questions.count) questions"
                    )
                }
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
