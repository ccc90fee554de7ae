import ArgumentParser
import Batches
import Dispatch
import Domains
import Serving
import Specifications
import Synchronization

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes batches of proven environments from domain models.",
        discussion: """
            Every environment is proven before it is written: its tools do what the domain says, and the tasks' solutions, and nothing less,
            reach their goals. Equal seeds, options and domains give equal bytes, whatever the number of workers. The domains take turns. A
            batch that was stopped, or killed, goes on where it was with --resume.

            EXAMPLES:
              orrery generate --out GeneratedEnvs/first
              orrery generate --count 1000 --seed 7 --out GeneratedEnvs/thousand
              orrery generate --domain veterinary_practice --count 50 --tasks 20 --out GeneratedEnvs/vets
              orrery generate --count 10 --scale 100 --out GeneratedEnvs/large
              orrery generate --count 1000 --seed 7 --out GeneratedEnvs/thousand --resume
            """)

    @Option(help: "A folder of domains, with the words and capabilities that they share; or one domain's file.")
    var domains = "EnvSpecs"
    @Option(help: "Only this domain; may be given several times.")
    var domain: [String] = []
    @Option(help: "How many environments.")
    var count = 12
    @Option(help: "The seed of the batch.")
    var seed: UInt64 = 0
    @Option(help: "The folder to write to; it is made if it is not there.")
    var out: String
    @Option(help: "How many tasks each environment has.")
    var tasks = 10
    @Option(help: "How many times as many things there are as in a small environment of some hundred rows.")
    var scale = 1
    @Option(help: "The number of threads; the output does not depend on it. Default: one a core.")
    var workers: Int?
    @Flag(help: "Go on with an unfinished batch of the same options in the folder.")
    var resume = false

    func validate() throws {
        if !(1...1_000_000).contains(count) { throw ValidationError("--count is from 1 to 1000000") }
        if !(1...100).contains(tasks) { throw ValidationError("--tasks is from 1 to 100") }
        if !(1...5000).contains(scale) { throw ValidationError("--scale is from 1 to 5000") }
        if let workers, !(1...1024).contains(workers) { throw ValidationError("--workers is from 1 to 1024") }
    }

    func run() throws {
        let library = try DomainPaths.library(domains)
        let chosen = try DomainPaths.chosen(domain, of: library)
        let plan = BatchPlan(library, domains: chosen, seed: seed, count: count, tasks: tasks, scale: scale, version: Server.version)
        let progress = ProgressBar("environments")
        Interruption.watch()
        let writer = BatchWriter(plan, to: out, isCancelled: { Interruption.hasCome }) { done, failed, count in
            progress.show(done + failed, of: count, note: failed == 0 ? "" : "\(failed) failed")
        }
        let outcome: BatchWriter.Outcome
        do throws(BatchError) {
            outcome = try writer.run(workers: workers ?? DispatchQueue.cores, resume: resume)
        } catch {
            progress.end()
            Terminal.complain(error.description)
            throw ExitCode.failure
        }
        progress.end()
        if outcome.isCancelled {
            Terminal.complain("stopped after \(outcome.entries.count) of \(count); go on with the same command and --resume")
            throw ExitCode(130)
        }
        let made = outcome.entries
        let tasks = made.reduce(0) { $0 + $1.tasks.count }
        func mean(_ total: Int) -> String { decimals(Double(total) / Double(max(1, made.count)), 1) }
        print(
            "\(made.count) environment\(made.count == 1 ? "" : "s") of \(Set(made.map(\.domain)).count) domain\(Set(made.map(\.domain)).count == 1 ? "" : "s") with \(tasks) tasks in \(out)\(outcome.resumed > 0 ? " (\(outcome.resumed) were there)" : "")"
        )
        print(
            "on average \(mean(made.reduce(0) { $0 + $1.tables })) tables, \(mean(made.reduce(0) { $0 + $1.rows })) rows, \(mean(made.reduce(0) { $0 + $1.tools })) tools; \(progress.summary)"
        )
        for failure in outcome.failures { Terminal.complain("environment \(failure.index + 1) could not be made: \(failure.reason)") }
        if !outcome.failures.isEmpty { throw ExitCode.failure }
    }
}
