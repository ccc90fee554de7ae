import Database
import Environments
import WireJSON

/// Works out the goals of a world's tasks by playing their reference solutions, and proves the goals that are stated.
struct GoalProver {
    private let world: World
    private let pool = StagePool()
    private var diagnostics: [Diagnostic] = []

    init(_ world: World) { self.world = world }

    private var definition: Environment { world.environment.definition }

    private mutating func report(_ task: TaskDefinition, _ message: String) {
        diagnostics.append(Diagnostic(task.location, "task '\(task.id)': \(message)"))
    }

    /// - Throws: ``SpecificationError`` with everything that is wrong with the tasks.
    mutating func goals() throws(SpecificationError) -> [Goal] {
        let goals = definition.tasks.enumerated().map { index, task in
            do throws(DatabaseError) {
                return try goal(index, task)
            } catch {
                report(task, "its reference solution cannot be played: \(error)")
                return Goal(StatedGoal(), answer: nil, tables: [])
            }
        }
        if !diagnostics.isEmpty { throw SpecificationError(diagnostics) }
        return goals
    }

    private mutating func goal(_ index: Int, _ task: TaskDefinition) throws(DatabaseError) -> Goal {
        var options = EpisodeOptions()
        options.maxSteps = EpisodeOptions.greatestMaxSteps
        let episode = Episode(world, id: "reference", task: index, seed: 0, options: options)
        var given: JSON?
        var wasRefused = false
        for step in task.solution {
            var writer = JSONWriter()
            do throws(EpisodeFault) {
                switch step {
                case .call(let tool, let arguments, let location):
                    let summary = try episode.step(.call(tool: tool, arguments: .object(arguments)), in: pool, to: &writer)
                    wasRefused = wasRefused || summary.mistake != nil
                    if !task.isImported, let mistake = summary.mistake, mistake == "invalid_arguments" {
                        diagnostics.append(Diagnostic(location, "the call of the reference solution is refused: \(Self.message(writer.bytes))"))
                    }
                case .message(let text): try episode.step(.message(text), in: pool, to: &writer)
                case .answer(let value): given = value
                }
            } catch {
                throw DatabaseError(code: 1, message: error.description)
            }
        }
        // An answer that says its type, {type, value}, is given as its value.
        var inferred: AnswerDefinition.Kind?
        if let value = given {
            inferred = AnswerDefinition.Kind(inferredFrom: value)
            if let inner = value.object?["value"], inferred != nil { given = inner }
            if inferred == nil { report(task, "the solution's answer \(value.text) has no type of answer") }
        }
        let answer = task.answer ?? inferred.map { AnswerDefinition(kind: $0) }
        let tables = definition.tables
        var goal: Goal
        switch task.goal {
        case .reference: goal = Goal(reaching: episode.changes, answer: answer, tables: tables)
        case .stated(let stated): goal = Goal(stated, answer: answer, tables: tables)
        }
        if case .mentions(let texts) = answer?.kind, case .array = given { given = .string(texts.joined(separator: ", ")) }
        if !task.solution.isEmpty {
            let end = try episode.evaluate(goal, in: pool, answer: given)
            if !end.success {
                let failed = end.checks.filter { !$0.passed }.map { "\($0.name) (expected \($0.expected.text), got \($0.actual.text))" }
                let unasked = end.collateral.map { "unasked change \($0.text)" }
                report(task, "the reference solution does not reach the goal: \((failed + unasked).joined(separator: "; "))\(wasRefused ? "; a call of it was refused" : "")")
            }
        }
        let start = Episode(world, id: "start", task: index, seed: 0, options: options)
        let initial = try start.evaluate(goal, in: pool, answer: nil)
        goal.initialProgress = initial.progress
        // An imported task is taken as it is; what it pays for is for validation to say.
        if initial.success, !task.isTrivial, !task.isImported {
            report(task, "the goal holds at the start and asks for no answer, so doing nothing is paid; if that is meant, say 'trivial: true'")
        }
        return goal
    }

    private static func message(_ bytes: [UInt8]) -> String {
        let json = try? JSONParser.parse(bytes)
        return json?["observation"]?["message"]?.string ?? "for no stated reason"
    }
}
