import ArgumentParser
import Dispatch
import Environments
import Specifications
import Synchronization
import SystemPackage
import Validation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts reward functions to the test.",
        discussion: """
            Plays hundreds of trajectories of each task whose right verdict is known: the solution in other ways, which must earn the reward, and
            wrong ends, answers and exploits, which must not. A probe that the reward function gets wrong survives; the exit status is then 1.
            docs/validation.md says what the probes are.

            EXAMPLES:
              orrery validate GeneratedEnvs/sample
              orrery validate EnvSpecs/library.yaml --task lend_to_ana --explain
              orrery validate EnvSpecs/library.yaml --probe neighbour --probe collateral
              orrery validate GeneratedEnvs/thousand --json report.json --junit report.xml
              orrery validate EnvSpecs/library.yaml --verifier "python3 my_verifier.py" --limit 5
            """)

    @Argument(help: "Environments' files, or folders of which every environment is tried.")
    var paths: [String]
    @Option(help: "Only these tasks.")
    var task: [String] = []
    @Option(help: "Only probes of this family, or only this probe (see the report); may be given several times.")
    var probe: [String] = []
    @Option(help: "The seed of what is drawn.")
    var seed: UInt64 = 0
    @Option(help: "The most probes of one family and task.")
    var limit: Int?
    @Option(help: "Episodes of the random agent and of the greedy one, for each task.")
    var agents = 3
    @Option(help: "A program that is put on trial instead of the environments' goals, with its arguments.")
    var verifier: String?
    @Option(help: "The number of threads; the report does not depend on it. Default: one a core.")
    var workers: Int?
    @Option(help: "Write the whole report to this file as JSON.")
    var json: String?
    @Option(help: "Write the report to this file as JUnit XML.")
    var junit: String?
    @Flag(help: "Name the weakest part of each goal, and what would close it.")
    var explain = false

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is at least 1") }
        if !(0...10_000).contains(agents) { throw ValidationError("--agents is from 0 to 10000") }
        if let workers, !(1...1024).contains(workers) { throw ValidationError("--workers is from 1 to 1024") }
        if let verifier { _ = try VerifierCommand.words(verifier) }
        for name in probe where !ProbeFamily.allCases.contains(where: { name.prefix { $0 != "/" } == $0.rawValue }) {
            let names = ProbeFamily.allCases.map(\.rawValue)
            throw ValidationError(
                "there is no probe '\(name)'\(NearestName.hint(for: name, among: names)); the families are \(names.joined(separator: ", "))"
            )
        }
    }

    func run() throws {
        let files = try EnvironmentPaths.files(paths)
        if files.isEmpty { throw ValidationError("there is no environment at \(paths.joined(separator: ", "))") }
        try OutputFile.check([json, junit].compactMap { $0 })
        var options = TrialOptions()
        options.seed = seed
        options.agentEpisodes = agents
        options.limit = limit
        options.probes = probe
        options.checksStability = verifier == nil
        options.isCancelled = { Interruption.hasCome }
        var trial = EnvironmentTrial(options)
        trial.tasks = task
        trial.verifier = try verifier.map(VerifierCommand.words) ?? []
        trial.program = CommandLine.arguments.first.map(Self.program)
        let workers = workers ?? DispatchQueue.cores
        let progress = ProgressBar("tasks")
        let probes = Atomic(0)
        Interruption.watch()
        let start = ContinuousClock.now
        let outcome = try TemporaryFolder.with(in: TemporaryFolder.parent) { folder in
            Campaign(trial, workers: workers).run(files, folder: folder) { done, count, total in
                probes.store(count, ordering: .relaxed)
                progress.show(done, of: total, note: "\(count) probes")
            }
        }
        progress.end()
        if Interruption.hasCome {
            Terminal.complain("stopped")
            throw ExitCode(130)
        }
        let report = ValidationReport(outcome, seed: seed, verifier: verifier)
        try checkNames(report)
        print(report.text(explains: explain))
        // It may be where a file below goes, too.
        fflush(nil)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        Terminal.complain(
            "\(decimals(seconds, 1)) s; \(Int(Double(report.total.count) / max(seconds, 0.001) * 60)) probes a minute, \(decimals(Double(outcome.results.count) / max(seconds, 0.001), 1)) tasks a second"
        )
        if let json { try OutputFile.write(json, report.json.bytes + [UInt8(ascii: "\n")]) }
        if let junit { try OutputFile.write(junit, Array(report.junit.utf8)) }
        if !report.isSound { throw ExitCode.failure }
    }

    /// Tasks and probes that were asked for and are not there.
    private func checkNames(_ report: ValidationReport) throws {
        if !report.mistakes.isEmpty { return }
        let tasks = Set(report.results.map(\.task))
        let unknown = task.filter { !tasks.contains($0) }
        if !unknown.isEmpty { throw ValidationError("there is no task called \(unknown.joined(separator: ", ")) there") }
        if tasks.isEmpty { throw ValidationError("there is no task there") }
        if !probe.isEmpty, report.total.count == 0, report.findings.isEmpty {
            throw ValidationError(
                "there is no probe called \(probe.joined(separator: ", ")) there; without --probe the report has all names")
        }
    }

    /// The path of this program as it was called; a mere name is looked for again where it was found.
    private static func program(_ name: String) -> String {
        !name.contains("/") && access(name, F_OK) != 0 ? name : AbsolutePath.of(name)
    }
}
