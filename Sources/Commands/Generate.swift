import ArgumentParser
import Domains
import Generator
import Specifications
import SystemPackage

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Makes environments of domain models.")

    @Option var domains = "EnvSpecs"
    @Option var count = 10
    @Option var seed: UInt64 = 0
    @Option var out: String?
    @Flag var why = false

    func run() throws {
        let library: DomainLibrary
        do {
            library = try DomainLibrary.load(domains)
        } catch {
            Terminal.complain(error.description)
            throw ExitCode.failure
        }
        let generator = EnvironmentGenerator()
        var calls = 0, tools = 0, n = 0
        for index in 0..<count {
            let domain = library.domains[index % library.domains.count]
            do {
                let e = try generator.generate(domain, id: "\(domain.name)-\(index)", seed: seed &+ UInt64(index))
                print(e.id, e.statistics.tables, e.statistics.rows, e.statistics.tools, "refusals", e.statistics.refusalsMet, e.statistics.refusals, "bytes", e.bytes.count)
                for t in e.statistics.tasks {
                    calls += t.calls; tools += t.tools; n += 1
                    print("   [\(t.difficulty) \(t.calls)/\(t.tools) w\(t.writes) \(t.kinds.joined(separator: "+"))] \(t.instruction)")
                }
                if let out {
                    let d = try FileDescriptor.open(FilePath(out + "/\(e.id).json"), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
                    try d.closeAfter { _ = try d.writeAll(e.bytes) }
                }
            } catch {
                print("FAILED", domain.name, index, error)
            }
        }
        print("mean calls \(Double(calls) / Double(max(1, n))) tools \(Double(tools) / Double(max(1, n)))")
    }
}
