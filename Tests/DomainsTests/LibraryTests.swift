import Foundation
import Specifications
import Testing

@testable import Domains

@Suite struct LibraryTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test func everyDomainOfTheRepositoryIsSound() throws {
        do {
            let library = try DomainLibrary.load(Self.root.appendingPathComponent("EnvSpecs").path)
            #expect(!library.domains.isEmpty)
            for d in library.domains {
                let m = try d.model(absent: [], parameters: [:])
                print(d.name, m.entities.map(\.name), m.verbs.map(\.name))
            }
        } catch {
            Issue.record("\(error.description)")
        }
    }
}
