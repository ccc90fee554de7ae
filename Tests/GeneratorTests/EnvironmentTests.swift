import Domains
import Environments
import Foundation
import Specifications
import Testing
import WireJSON

@testable import Generator

@Suite struct EnvironmentTests {
    @Test func everyDesignOfEveryDomainCompiles() throws {
        for (position, domain) in try Small.library.get().domains.enumerated() {
            for seed in [UInt64(position), UInt64(position) + 1000] {
                let bare = try Small.bare(domain, seed: seed)
                do {
                    _ = try EnvironmentLoader.load(FileLayout.bytes(bare.json()), file: "small.json")
                } catch {
                    Issue.record("\(domain.name), seed \(seed): \(error.description.prefix(1000))")
                }
            }
        }
    }

    @Test func seedsGiveDifferentWorlds() throws {
        let domain = try Small.domain("veterinary_practice")
        var shapes: Set<String> = []
        var keys: Set<String> = []
        var tools: Set<[String]> = []
        for seed in UInt64(0)..<24 {
            let bare = try Small.Bare(domain, seed: seed)
            shapes.insert(bare.writer.tables.map { "\($0.name)(\($0.columns.map(\.name).joined(separator: ",")))" }.joined(separator: ";"))
            keys.insert("\(bare.design.keyStyles.map(\.format))")
            tools.insert(bare.toolbox.readers.map(\.name) + bare.toolbox.actors.map(\.name))
        }
        #expect(shapes.count == 24 && tools.count == 24 && keys.count > 12)
    }

    @Test func theFileIsTheSameForTheSameSeed() throws {
        let domain = try Small.domain("veterinary_practice")
        let generator = EnvironmentGenerator()
        let first = try generator.generate(domain, id: "a", seed: 5)
        #expect(try generator.generate(domain, id: "a", seed: 5).bytes == first.bytes)
        #expect(try generator.generate(domain, id: "a", seed: 6).bytes != first.bytes)
    }

    @Test func thingsGrowWithTheScale() throws {
        let domain = try Small.domain("veterinary_practice")
        func rows(_ scale: Int) throws -> Int {
            let bare = try Small.Bare(domain, seed: 3, scale: scale)
            return bare.writer.tables.reduce(0) { $0 + $1.rows(bare.situation).count }
        }
        #expect(try rows(20) > 8 * rows(1))
    }

    @Test func theLayoutIsTheSameJSON() throws {
        let json = try Small.Bare(try Small.domain("veterinary_practice"), seed: 2).json()
        #expect(try JSONParser.parse(FileLayout.bytes(json), limits: .file) == json)
    }
}
