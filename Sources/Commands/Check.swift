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
        let isDomain = { (path: String) in SpecFinder.isFile(path, of: "domain") }
        let files = try EnvironmentPaths.files(paths.filter { !isDomain($0) })
        let models = try paths.filter {
            try isDomain($0) || (FolderListing.entries(of: FilePath($0)) != nil && !SpecFinder.files(of: "domain", at: $0).isEmpty)
        }
        if files.isEmpty, models.isEmpty {
            throw ValidationError("there is no environment and no domain at \(paths.joined(separator: ", "))")
        }
        var tally = Tally()
        var names: [String: String] = [:]
        WorldLoading.load(files) { file, result in
            tally.check { () throws(SpecificationError) in
                let definition = try result.get().environment.definition
                if let other = names.updateValue(file, forKey: definition.id) {
                    throw SpecificationError([
                        Diagnostic(
                            definition.location, "the id '\(definition.id)' is also that of \(other), so the two cannot be served together")
                    ])
                }
                return "\(file): \(definition.tables.count) tables, \(definition.tools.count) tools, \(definition.tasks.count) tasks"
            }
        }
        for path in models {
            var domains: [Domain] = []
            tally.check { () throws(SpecificationError) in
                domains = try DomainLibrary.load(path).domains
                return nil
            }
            for domain in domains {
                tally.check { () throws(SpecificationError) in
                    let model = try domain.model(absent: [], parameters: [:])
                    return
                        "\(domain.file): \(model.entities.count) entities, \(model.verbs.count) verbs, \(model.policies.count) policies, \(model.questions.count) questions"
                }
            }
        }
        if tally.mistakes > 0 {
            Terminal.complain("\(tally.mistakes) mistake\(tally.mistakes == 1 ? "" : "s")")
            throw ExitCode.failure
        }
    }

    /// Prints what is found, and counts the mistakes.
    private struct Tally {
        var mistakes = 0

        /// Prints what a body says of something good, or its mistakes.
        mutating func check(_ body: () throws(SpecificationError) -> String?) {
            do throws(SpecificationError) {
                if let line = try body() { print("\(Terminal.green("ok"))  \(line)") }
            } catch {
                mistakes += error.diagnostics.count
                for diagnostic in error.diagnostics { print(diagnostic.description) }
            }
        }
    }
}
