import ArgumentParser
import Batches
import Specifications

struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the statistics of a batch, or of any folder of environments.",
        discussion: """
            Prints sizes, kinds of tasks, coverage, near-duplicates and the overlap of names, and writes them as report.json and, with plots,
            as report.html.

            EXAMPLES:
              orrery report GeneratedEnvs/thousand
              orrery report EnvSpecs --out /tmp
            """)

    @Argument(help: "A folder of environments, or one environment's file.")
    var path: String
    @Option(help: "The folder to write report.json and report.html to; by default the one that is reported on.")
    var out: String?

    func run() throws {
        let report: BatchReport
        do throws(SpecificationError) {
            report = try BatchReport(path)
        } catch {
            for diagnostic in error.diagnostics { print(diagnostic.description) }
            throw ExitCode.failure
        }
        if report.count == 0 { throw ValidationError("there is no environment at \(path)") }
        print(report.text)
        let isFile = path.hasSuffix(".json") || path.hasSuffix(".yaml") || path.hasSuffix(".yml")
        guard let folder = out ?? (isFile ? nil : path) else { return }
        do throws(BatchError) {
            try report.write(to: folder)
        } catch {
            Terminal.complain(error.description)
            throw ExitCode.failure
        }
        Terminal.complain("written: \(folder)/report.json, \(folder)/report.html")
    }
}
