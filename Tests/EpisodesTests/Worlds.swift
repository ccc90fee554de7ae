import Environments
import SystemPackage
import Testing
import WireJSON

@testable import Episodes

/// The environments that tests play in.
enum Worlds {
    static let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()

    static let library = try! World.load(root.appending("EnvSpecs/library.yaml").string)

    /// τ² retail, or nil where its data are not there.
    static let retail = try? World.load(root.appending("EnvSpecs/tau2-retail.yaml").string)

    /// Loads an environment written in a test.
    static func world(_ yaml: String) throws -> World {
        try World(try EnvironmentLoader.load(Array(("orrery: environment/1\nid: test\ntitle: Test\n" + yaml).utf8), file: "test.yaml"))
    }
}

/// An episode and everything that it said.
final class Player {
    let episode: Episode
    let pool: StagePool
    private(set) var lines: [String] = []
    private(set) var rewards: [Double] = []

    init(_ world: World, task: String? = nil, seed: UInt64 = 0, pool: StagePool = StagePool(), options: EpisodeOptions = EpisodeOptions()) {
        episode = Episode(world, id: "e1", task: task.map { world.environment.taskIndex($0)! }, seed: seed, options: options)
        self.pool = pool
    }

    init(_ episode: Episode, pool: StagePool) {
        self.episode = episode
        self.pool = pool
    }

    @discardableResult
    func step(_ action: Action) throws -> JSON {
        var writer = JSONWriter()
        let summary = try episode.step(action, in: pool, to: &writer)
        rewards.append(summary.reward)
        lines.append(String(decoding: writer.bytes, as: UTF8.self))
        return try JSONParser.parse(writer.bytes, limits: .file)
    }

    @discardableResult
    func call(_ tool: String, _ arguments: JSON = [:]) throws -> JSON {
        try #require(try step(.call(tool: tool, arguments: arguments))["observation"])
    }
}

extension World {
    /// The actions of a task's reference solution.
    func solution(_ task: String) -> [Action] {
        environment.definition.tasks[environment.taskIndex(task)!].solution.map { step in
            switch step {
            case .call(let tool, let arguments, _): .call(tool: tool, arguments: .object(arguments))
            case .message(let text): .message(text)
            case .answer(let value): .answer(value.object?["value"] ?? value)
            }
        }
    }
}
