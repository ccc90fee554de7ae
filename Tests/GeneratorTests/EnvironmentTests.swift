import Domains
import Environments
import Foundation
import Simulation
import Specifications
import Testing

@testable import Generator

@Suite struct EnvironmentTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test func everyDesignCompiles() throws {
        let library = try DomainLibrary.load(Self.root.appendingPathComponent("EnvSpecs").path)
        for domain in library.domains {
            for seed in UInt64(0)..<40 {
                let design = try Design(domain, seed: seed, scale: 1)
                let situation = try Populator.populate(design)
                let toolbox = Toolbox(design)
                let writer = EnvironmentWriter(design, toolbox, situation)
                let bytes = FileLayout.bytes(writer.json(id: "x", policy: "p", tasks: JSONObject()))
                if seed < 3 { try Data(bytes).write(to: URL(fileURLWithPath: "/tmp/t/\(domain.name)-\(seed).json")) }
                do {
                    _ = try EnvironmentLoader.load(bytes, file: "x.json")
                } catch {
                    Issue.record("\(domain.name) \(seed): \(error.description.prefix(1500))")
                }
            }
        }
    }
}
import WireJSON
