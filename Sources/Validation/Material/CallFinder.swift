import Database
import Determinism
import Environments
import Episodes
import WireJSON

/// A call that a tool accepts.
struct AcceptedCall: Sendable {
    /// The position of the tool.
    let tool: Int
    let arguments: JSONObject
}

/// Finds calls that tools accept: some from the solutions, the others drawn from the values that their arguments stand for.
struct CallFinder {
    private let world: World
    private let meanings: ArgumentMeanings
    private let rows: TableRows
    /// Where the calls are tried; nil: in the initial state.
    private let start: EpisodeState?
    private let pool = StagePool()

    /// Accepted calls kept for each writing tool, and draws made for it.
    private static let mostCalls = 3
    private static let mostDraws = 60

    init(_ world: World, _ meanings: ArgumentMeanings, _ rows: TableRows, start: EpisodeState? = nil) {
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
            let found = self.calls(of: index, seed, most: Self.mostCalls) { changes(nil, tool.name, $0) }
            calls += found
            if found.isEmpty { unreachable.append(tool.name) }
        }
        return (calls, unreachable)
    }

    /// Accepted calls that change a table, one of each tool.
    func writes(to table: Int, seed: UInt64) -> [AcceptedCall] {
        definition.tools.enumerated().flatMap { index, tool in
            tool.effect == .read ? [] : calls(of: index, seed, draws: 10 * Self.mostDraws, most: 1) { changes(table, tool.name, $0) }
        }
    }

    /// Accepted calls of reading tools.
    func reads(seed: UInt64) -> [AcceptedCall] {
        let episode = free()
        return definition.tools.enumerated().flatMap { index, tool in
            tool.effect == .read ? calls(of: index, seed, draws: 4, most: 1) { episode.accepts(tool.name, $0, in: pool) } : []
        }
    }

    /// The first calls of a tool that are wanted: those of the solutions, and then drawn ones.
    private func calls(
        of tool: Int, _ seed: UInt64, draws: Int = mostDraws, most: Int, _ isWanted: (JSONObject) -> Bool
    ) -> [AcceptedCall] {
        var found: [AcceptedCall] = []
        func look(at arguments: JSONObject) { if isWanted(arguments) { found.append(AcceptedCall(tool: tool, arguments: arguments)) } }
        for arguments in known(definition.tools[tool].name) where found.count < most { look(at: arguments) }
        var drawing = ArgumentDrawing(definition, meanings, rows, seed: seed, tool: tool)
        for _ in 0..<draws where found.count < most { look(at: drawing.draw()) }
        return found
    }

    private func free() -> Episode {
        if let start { return Episode(world, id: "probe", snapshot: start) }
        var options = EpisodeOptions()
        options.maxSteps = EpisodeOptions.greatestMaxSteps
        return Episode(world, id: "probe", task: definition.tasks.isEmpty ? nil : 0, seed: 0, options: options)
    }

    /// Whether a call is accepted and changes a table, or any.
    private func changes(_ table: Int?, _ tool: String, _ arguments: JSONObject) -> Bool {
        let episode = free()
        func state() -> [RowKey: RowChange] { episode.changes.entries.filter { table == nil || $0.key.table == table } }
        let before = state()
        return episode.accepts(tool, arguments, in: pool) && state() != before
    }

    /// The arguments with which solutions call a tool.
    private func known(_ tool: String) -> [JSONObject] {
        definition.tasks.flatMap(\.solution).compactMap { step in
            if case .call(tool, let arguments, _) = step { arguments } else { nil }
        }
    }
}

extension Episode {
    /// Makes a call; says whether it was accepted.
    func accepts(_ tool: String, _ arguments: JSONObject, in pool: StagePool) -> Bool {
        var writer = JSONWriter()
        guard status == .running, let summary = try? step(.call(tool: tool, arguments: .object(arguments)), in: pool, to: &writer) else {
            return false
        }
        return summary.mistake == nil
    }
}
