import Foundation
import Testing

/// The repository keeps its own rules.
@Suite struct RepositoryTests {
    /// The targets from the bottom up: a target imports only what stands before it.
    static let order = [
        "CSQLite", "Determinism", "WireJSON", "Specifications", "Database", "Environments", "Episodes", "Domains", "Simulation",
        "Generator", "Batches", "Rollouts", "Validation", "Serving", "Web", "Commands", "orrery",
    ]

    static func swiftFiles(_ folder: String) -> [URL] {
        let files = FileManager.default.enumerator(at: Program.root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
        return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
    }

    @Test func importsPointOnlyUpward() throws {
        for (position, target) in Self.order.enumerated() {
            for file in Self.swiftFiles("Sources/\(target)") {
                for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where line.hasPrefix("import ") {
                    let module = String(line.dropFirst("import ".count))
                    if let other = Self.order.firstIndex(of: module) {
                        #expect(other < position, "\(file.lastPathComponent) in \(target) imports \(module)")
                    }
                }
            }
        }
    }

    @Test func onlyDatabaseImportsSQLite() throws {
        for file in Self.swiftFiles("Sources") where !file.path.contains("/Sources/Database/") {
            #expect(try !String(contentsOf: file, encoding: .utf8).contains("import CSQLite"), "\(file.lastPathComponent)")
        }
    }

    @Test func nothingBelowTheCommandLineImportsFoundation() throws {
        for file in Self.swiftFiles("Sources") {
            #expect(try !String(contentsOf: file, encoding: .utf8).contains("import Foundation\n"), "\(file.lastPathComponent)")
        }
    }

    @Test func filesAreShort() throws {
        for file in Self.swiftFiles("Sources") {
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 560, "\(file.lastPathComponent) has \(lines) lines: what are its parts?")
        }
    }

    @Test func theArchitecturePageNamesEveryTarget() throws {
        let page = try String(contentsOf: Program.root.appendingPathComponent("docs/architecture.md"), encoding: .utf8)
        for target in Self.order { #expect(page.contains("`\(target)`"), "\(target)") }
    }
}
