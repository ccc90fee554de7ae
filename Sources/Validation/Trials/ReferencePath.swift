import Database
import Environments
import Episodes
import WireJSON

/// A task's reference solution as it went when it was played.
struct ReferencePath {
    /// One call of the solution.
    struct Call {
        let tool: Int
        let arguments: JSONObject
        /// The code of the refusal, if it was refused.
        let mistake: String?
        /// Whether rows changed by it.
        let changesRows: Bool
        /// The identifiers that it minted.
        let minted: [SQLValue]
        /// What the agent saw.
        let observation: JSON
        /// Where in the solution's file it stands among the steps.
        let step: Int
    }

    let calls: [Call]
    /// The answer that the solution ends with; nil if it gives none.
    let answer: JSON?
    /// The answer that the goal asks for; nil if it asks for none.
    let asked: AnswerDefinition.Kind?
    /// The state before the first call and after each.
    let states: [EpisodeState]
    /// The net changes that it leads to.
    let changes: ChangeSet
    /// The columns of each changed row that are taken from the clock: they move when the solution begins later.
    let clockColumns: [RowKey: Set<Int>]

    /// The positions of the calls that change rows.
    var writes: [Int] { calls.indices.filter { calls[$0].changesRows } }

    /// Whether a reward would be one for nothing: the right end is the beginning, and no answer is asked for.
    func isNothing(for family: ProbeFamily) -> Bool {
        family == .nothing || [.flood, .random, .greedy].contains(family) && changes.isEmpty && asked == nil
    }

    /// Plays the solution of a task; nil if it has none.
    ///
    /// - Throws: ``EpisodeFault`` when the engine fails.
    init?(_ world: World, task index: Int, in pool: StagePool) throws(EpisodeFault) {
        let task = world.environment.definition.tasks[index]
        guard !task.solution.isEmpty else { return nil }
        let episode = Episode(world, id: "reference", task: index, seed: 0, options: Self.options)
        var calls: [Call] = []
        var answer: JSON?
        var states = [episode.snapshot]
        for (position, step) in task.solution.enumerated() {
            switch step {
            case .call(let tool, let arguments, _):
                var writer = JSONWriter()
                let before = episode.changes
                let minted = episode.minted.count
                let summary = try episode.step(.call(tool: tool, arguments: .object(arguments)), in: pool, to: &writer)
                guard let toolIndex = world.environment.toolIndex(tool) else { continue }
                calls.append(
                    Call(
                        tool: toolIndex, arguments: arguments, mistake: summary.mistake, changesRows: episode.changes != before,
                        minted: Array(episode.minted[minted...]),
                        observation: (try? JSONParser.parse(writer.bytes, limits: .file))?["observation"] ?? .null, step: position))
                states.append(episode.snapshot)
            case .message: continue
            case .answer(let value):
                answer = AnswerDefinition.Kind(inferredFrom: value) != nil ? value.object?["value"] ?? value : value
            }
        }
        self.calls = calls
        self.states = states
        changes = episode.changes
        asked = task.answer?.kind ?? Self.inferred(task)
        if case .mentions(let texts)? = asked, answer?.string == nil { answer = .string(texts.joined(separator: ", ")) }
        self.answer = asked == nil ? nil : answer
        clockColumns = try Self.clockColumns(world, index, calls, changes, pool)
    }

    static let options = {
        var options = EpisodeOptions()
        options.maxSteps = EpisodeOptions.greatestMaxSteps
        return options
    }()

    private static func inferred(_ task: TaskDefinition) -> AnswerDefinition.Kind? {
        for step in task.solution.reversed() {
            if case .answer(let value) = step { return AnswerDefinition.Kind(inferredFrom: value) }
        }
        return nil
    }

    /// The cells in which the solution leaves something else when it begins some steps later, or about a day.
    private static func clockColumns(
        _ world: World, _ task: Int, _ calls: [Call], _ changes: ChangeSet, _ pool: StagePool
    ) throws(EpisodeFault) -> [RowKey: Set<Int>] {
        let advance = world.environment.definition.clock.advance
        guard advance > 0, !changes.isEmpty else { return [:] }
        var result: [RowKey: Set<Int>] = [:]
        for steps in [calls.count + 7, Int(86400 / advance) + 1] {
            let episode = Episode(world, id: "later", task: task, seed: 0, options: options)
            episode.wait(steps)
            var writer = JSONWriter()
            var isSame = true
            for call in calls where call.changesRows {
                writer.bytes.removeAll(keepingCapacity: true)
                let tool = world.environment.definition.tools[call.tool].name
                let summary = try episode.step(.call(tool: tool, arguments: .object(call.arguments)), in: pool, to: &writer)
                if summary.mistake != call.mistake { isSame = false }
            }
            // Where a call is refused by then, rows differ for more reasons than the clock.
            guard isSame else { continue }
            for (key, change) in episode.changes.entries {
                guard let now = change.after.flatMap(RowCodec.decode), let then = changes.entries[key]?.after.flatMap(RowCodec.decode)
                else { continue }
                for column in now.indices where now[column] != then[column] {
                    result[key, default: []].insert(column)
                }
            }
        }
        return result
    }
}
