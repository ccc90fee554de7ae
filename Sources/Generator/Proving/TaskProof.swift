import Database
import Environments
import Episodes
import Simulation
import WireJSON

/// Plays a task in every way that says something about it.
///
/// Loading the world has proven already that the reference solution reaches the goal and that doing nothing does not.
struct TaskProof {
    let world: World
    let tables: [TableSpec]
    let start: Situation
    let pool: StagePool
    /// The tools that change something.
    let writers: Set<String>
    /// Arguments whose words an agent chooses from the schema, as `tool.argument`.
    let schemaWords: Set<String>

    /// What is wrong with a task; nil if nothing is.
    func fault(_ index: Int, _ task: PlannedTask) -> String? {
        let solution = world.environment.definition.tasks[index].solution
        var answer: JSON?
        var calls: [(tool: String, arguments: JSONObject)] = []
        for step in solution {
            switch step {
            case .call(let tool, let arguments, _): calls.append((tool, arguments))
            case .answer(let value): answer = value.object?["value"] ?? value
            case .message: break
            }
        }
        let whole = play(index, calls, leavingOut: nil, answer)
        guard whole.isSuccess else { return "the solution does not reach the goal" }
        for (position, step) in task.steps.enumerated() where (whole.mistakes[position] != nil) != step.isRefused {
            return
                "call \(position + 1), \(step.call.tool), \(whole.mistakes[position].map { "is refused with \($0)" } ?? "is not refused")"
        }
        let expected = TableChanges(tables: tables).texts(from: start, to: task.end)
        let actual = TableChanges.texts(whole.changes)
        if expected != actual {
            let missing = Set(expected).subtracting(actual).sorted().first ?? "-"
            let extra = Set(actual).subtracting(expected).sorted().first ?? "-"
            return "the tools do not do what the model says: expected \(missing), got \(extra)"
        }
        if play(index, [], leavingOut: nil, nil).isSuccess { return "doing nothing reaches the goal" }
        if answer != nil, play(index, calls, leavingOut: nil, nil).isSuccess { return "the answer is not needed" }
        for position in calls.indices where writers.contains(calls[position].tool) && whole.mistakes[position] == nil {
            if play(index, calls, leavingOut: position, answer).isSuccess {
                return "call \(position + 1), \(calls[position].tool), is not needed"
            }
        }
        let writing = calls.indices.filter { writers.contains(calls[$0].tool) }
        for delay in Self.delays {
            let other = play(index, writing.map { calls[$0] }, leavingOut: nil, answer, after: delay)
            if !other.isSuccess || other.mistakes != writing.map({ whole.mistakes[$0] }) { return "it depends on how quick the agent is" }
        }
        return Provenance(task: task.instruction, calls: calls, observations: whole.observations, schemaWords: schemaWords)
            .unknownValue
    }

    /// Steps before the first writing call: of an agent that needs to look up nothing, and of one that looks around at length.
    private static let delays = [0, 40]

    private struct Played {
        var mistakes: [String?] = []
        var observations: [JSON] = []
        var changes: JSON = .array([])
        var isSuccess = false
    }

    private func play(
        _ index: Int, _ calls: [(tool: String, arguments: JSONObject)], leavingOut: Int?, _ answer: JSON?, after delay: Int = 0
    )
        -> Played
    {
        let episode = Episode(world, id: "proof", task: index, seed: 0, options: EpisodeOptions())
        episode.wait(delay)
        var played = Played()
        do throws(EpisodeFault) {
            for (position, call) in calls.enumerated() where position != leavingOut {
                var writer = JSONWriter()
                let summary = try episode.step(.call(tool: call.tool, arguments: .object(call.arguments)), in: pool, to: &writer)
                played.mistakes.append(summary.mistake)
                if leavingOut == nil { played.observations.append((try? JSONParser.parse(writer.bytes))?["observation"] ?? .null) }
            }
            if leavingOut == nil { played.changes = episode.changes.json(world.environment.definition.tables) }
            played.isSuccess = try episode.evaluation(in: pool, answer: answer)?.success ?? false
        } catch {
            played.mistakes.append("the engine failed: \(error.description)")
        }
        return played
    }
}
