import Domains
import Environments
import Episodes
import Foundation
import Simulation
import Specifications
import WireJSON

@testable import Generator

/// Environments of the repository's domains, made for tests.
enum Small {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let library = Result { try DomainLibrary.load(root.appendingPathComponent("EnvSpecs").path) }

    static func domain(_ name: String) throws -> Domain {
        try DomainLibrary.load(root.appendingPathComponent("EnvSpecs/domains/\(name).yaml").path).domains[0]
    }

    /// An environment of a domain, of the first seed from a given one whose draws keep the domain's rules.
    static func bare(_ domain: Domain, seed: UInt64) throws -> Bare {
        for offset in UInt64(0)..<5 { if let bare = try? Bare(domain, seed: seed + 10_000 * offset) { return bare } }
        return try Bare(domain, seed: seed)
    }

    /// An environment without tasks, and everything that it was made of.
    struct Bare {
        let design: Design
        let toolbox: Toolbox
        let situation: Situation
        let writer: EnvironmentWriter

        init(_ domain: Domain, seed: UInt64, scale: Int = 1) throws {
            design = try Design(domain, seed: seed, scale: scale)
            var situation = try Populator.populate(design)
            situation.seed = 0
            self.situation = situation
            toolbox = Toolbox(design)
            writer = EnvironmentWriter(design, toolbox, situation)
        }

        func json(_ tasks: [PlannedTask] = []) -> JSON {
            writer.json(
                id: "small", policy: PolicyText(design: design, situation: situation).text(),
                tasks: JSONObject(uniqueMembers: tasks.map { .init(name: $0.id, value: $0.json) }))
        }

        func world(_ tasks: [PlannedTask] = [], changing change: (inout JSONObject) -> Void = { _ in }) throws -> World {
            var object = json(tasks).object!
            change(&object)
            return try World(try EnvironmentLoader.load(FileLayout.bytes(.object(object)), file: "small.json"))
        }

        func proof(_ world: World) -> TaskProof {
            TaskProof(
                world: world, tables: writer.tables, start: situation, pool: StagePool(), writers: Set(toolbox.actors.map(\.name)),
                schemaWords: toolbox.schemaWords(design.model))
        }
    }
}

extension JSONObject {
    /// Changes the value at a path.
    mutating func change(_ path: [String], _ body: (inout JSON) -> Void) {
        guard let first = path.first, var value = self[first] else { return }
        if path.count == 1 {
            body(&value)
        } else if case .object(var object) = value {
            object.change(Array(path.dropFirst()), body)
            value = .object(object)
        }
        self[first] = value
    }
}
