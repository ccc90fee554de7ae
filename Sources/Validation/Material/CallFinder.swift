import Database
import Determinism
import Environments
import Episodes
import WireJSON

/// A call that is accepted in the initial state.
struct AcceptedCall: Sendable {
    /// The position of the tool.
    let tool: Int
    let arguments: JSONObject
}

/// Finds calls that tools accept: some from the solutions, the others drawn from the values that their arguments stand for.
struct CallFinder {
    private let world: World
    private let meanings: ArgumentMeanings
    private let rows: InitialRows
    /// Where the calls are tried; nil: in the initial state.
    private let start: EpisodeState?
    private let pool = StagePool()

    /// Accepted calls kept for each writing tool, and draws made for it.
    private static let mostCalls = 3
    private static let mostDraws = 60

    init(_ world: World, _ meanings: ArgumentMeanings, _ rows: InitialRows, start: EpisodeState? = nil) {
        self.world = world
        self.meanings = meanings
        self.rows = rows
        self.start = start
    }

    private var definition: Environment { world.environment.definition }

    /// Accepted calls that change something, and the tools of which none was found.
    func writes(seed: UInt64) -> (calls: [AcceptedCall], unreachable: [String]) {
        var calls: [AcceptedCall] = []
        var unreachable: [String] = []
        for (index, tool) in definition.tools.enumerated() where tool.effect != .read {
            var found: [AcceptedCall] = []
            for arguments in known(tool.name) + drawn(index, seed) {
                if found.count == Self.mostCalls { break }
                if changesSomething(tool.name, arguments) { found.append(AcceptedCall(tool: index, arguments: arguments)) }
            }
            calls += found
            if found.isEmpty { unreachable.append(tool.name) }
        }
        return (calls, unreachable)
    }

    /// Accepted calls of reading tools.
    func reads(seed: UInt64) -> [AcceptedCall] {
        let episode = free()
        return definition.tools.enumerated().compactMap { index, tool in
            guard tool.effect == .read else { return nil }
            return (known(tool.name) + drawn(index, seed).prefix(4)).first { isAccepted(tool.name, $0, episode) }
                .map { AcceptedCall(tool: index, arguments: $0) }
        }
    }

    private func free() -> Episode {
        if let start { return Episode(world, id: "probe", snapshot: start) }
        var options = EpisodeOptions()
        options.maxSteps = EpisodeOptions.greatestMaxSteps
        return Episode(world, id: "probe", task: definition.tasks.isEmpty ? nil : 0, seed: 0, options: options)
    }

    private func isAccepted(_ tool: String, _ arguments: JSONObject, _ episode: Episode) -> Bool {
        var writer = JSONWriter()
        guard episode.status == .running,
            let summary = try? episode.step(.call(tool: tool, arguments: .object(arguments)), in: pool, to: &writer)
        else { return false }
        return summary.mistake == nil
    }

    private func changesSomething(_ tool: String, _ arguments: JSONObject) -> Bool {
        let episode = free()
        let before = episode.changes
        return isAccepted(tool, arguments, episode) && episode.changes != before
    }

    /// Accepted calls that change a table, one of each tool.
    func writes(to table: Int, seed: UInt64) -> [AcceptedCall] {
        definition.tools.enumerated().compactMap { index, tool in
            guard tool.effect != .read else { return nil }
            return (known(tool.name) + drawn(index, seed, 10 * Self.mostDraws)).lazy.filter { changes(table, tool.name, $0) }.first
                .map { AcceptedCall(tool: index, arguments: $0) }
        }
    }

    private func changes(_ table: Int, _ tool: String, _ arguments: JSONObject) -> Bool {
        let episode = free()
        let before = episode.changes.entries.filter { $0.key.table == table }
        return isAccepted(tool, arguments, episode) && episode.changes.entries.filter { $0.key.table == table } != before
    }

    /// The arguments with which solutions call a tool.
    private func known(_ tool: String) -> [JSONObject] {
        definition.tasks.flatMap(\.solution).compactMap { step in
            if case .call(tool, let arguments, _) = step { arguments } else { nil }
        }
    }

    private func drawn(_ tool: Int, _ seed: UInt64, _ count: Int = mostDraws) -> [JSONObject] {
        var drawing = ArgumentDrawing(definition, meanings, rows, seed: seed, tool: tool)
        return (0..<count).map { _ in drawing.draw() }
    }
}
