import ArgumentParser
import Domains
import Generator
import Specifications

struct Preview: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what environments of a domain would be like, for its author.",
        discussion: """
            Generates some environments and prints their tasks instead of writing files; then says which verbs never came to be done, which
            refusals were never met, and why tasks came to nothing.

            EXAMPLES:
              orrery preview EnvSpecs/domains/veterinary_practice.yaml
              orrery preview EnvSpecs/domains/veterinary_practice.yaml --count 20 --quiet
              orrery preview EnvSpecs --domain veterinary_practice --seed 7
            """)

    @Argument(help: "A domain's file, or a folder of domains.")
    var path: String
    @Option(help: "Only this domain.")
    var domain: String?
    @Option(help: "How many environments.")
    var count = 3
    @Option(help: "The seed of the first one.")
    var seed: UInt64 = 0
    @Flag(help: "Print no tasks, only the summary.")
    var quiet = false

    func validate() throws {
        if count < 1 { throw ValidationError("--count is at least 1") }
    }

    func run() throws {
        let library = try DomainPaths.library(path)
        let domains = try DomainPaths.chosen(domain.map { [$0] } ?? [], of: library)
        var failed = false
        for domain in domains { failed = !preview(domain) || failed }
        if failed { throw ExitCode.failure }
    }

    /// - Returns: whether every environment could be made.
    private func preview(_ domain: Domain) -> Bool {
        print(Terminal.bold("\(domain.title)  (\(domain.name), \(domain.category))"))
        let generator = EnvironmentGenerator()
        var made: [EnvironmentStatistics] = []
        var notes = PreviewNotes()
        for index in 0..<count {
            do {
                let (environment, own) = try generator.preview(domain, id: "\(domain.name)-\(index)", seed: seed &+ UInt64(index))
                made.append(environment.statistics)
                notes.add(own)
                if quiet { continue }
                let statistics = environment.statistics
                print(
                    Terminal.dim(
                        "\nseed \(seed &+ UInt64(index)): \(statistics.tables) tables, \(statistics.rows) rows, \(statistics.tools) tools, refusals met \(statistics.refusalsMet) of \(statistics.refusals)"
                    ))
                for task in statistics.tasks {
                    print("  \(Terminal.dim("[\(task.difficulty), \(task.calls) calls, \(task.tools) tools]")) \(task.instruction)")
                }
            } catch {
                print(Terminal.red("seed \(seed &+ UInt64(index)) failed: \(error.description)"))
            }
        }
        summarise(made, notes)
        return made.count == count
    }

    private func summarise(_ made: [EnvironmentStatistics], _ notes: PreviewNotes) {
        guard !made.isEmpty else { return }
        func mean(_ values: [Int]) -> String { decimals(Double(values.reduce(0, +)) / Double(max(1, values.count)), 1) }
        let tasks = made.flatMap(\.tasks)
        print(
            "\n\(made.count) of \(count) environments; on average \(mean(made.map(\.tables))) tables, \(mean(made.map(\.rows))) rows, \(mean(made.map(\.tools))) tools; a task has \(mean(tasks.map(\.calls))) calls of \(mean(tasks.map(\.tools))) tools"
        )
        for (title, lines) in notes.lines(environments: made.count) where !lines.isEmpty {
            print(Terminal.bold(title))
            for line in lines { print("  \(line)") }
        }
        print("")
    }
}
