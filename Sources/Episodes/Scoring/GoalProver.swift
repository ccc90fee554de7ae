import Database
import Environments
import Specifications
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
                let reason = error.isInterrupt ? "a statement exceeds its limit of work" : "\(error)"
                report(task, "its reference solution or its goal cannot be judged: \(reason)")
                return Goal(StatedGoal(), answer: nil, tables: [])
            }
        }
        if !diagnostics.isEmpty { throw SpecificationError(diagnostics) }
        return goals
    }

    private mutating func goal(_ index: Int, _ task: TaskDefinition) throws(DatabaseError) -> Goal {
        let mistakes = diagnostics.count
        let (reference, refusals) = try play(index, task, after: 0, isReported: true)
        var given = task.solution.reversed().lazy.compactMap { if case .answer(let value) = $0 { value } else { nil } }.first
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
        case .reference:
            goal = Goal(reaching: try run(index, task, reference, refusals), answer: answer, tables: tables)
        case .stated(let stated): goal = Goal(stated, answer: answer, tables: tables)
        }
        if case .mentions(let texts) = answer?.kind, case .array = given { given = .string(texts.joined(separator: ", ")) }
        // Of a solution that is wrong in itself nothing more need be said.
        if diagnostics.count > mistakes { return goal }
        if !task.solution.isEmpty { try prove(goal, reference, given, task) }
        if case .reference = task.goal, diagnostics.count == mistakes, !reference.changes.isEmpty {
            let (other, _) = try play(index, task, after: 3, seed: 1, isReported: false)
            if try !other.evaluate(goal, in: pool, answer: given).success {
                report(
                    task,
                    "with another seed, or begun a little later, the reference solution misses its own goal; state the goal with matchers instead"
                )
            }
        }
        let initial = try Episode(world, id: "start", task: index, seed: 0, options: Self.options).evaluate(goal, in: pool, answer: nil)
        goal.initialProgress = initial.progress
        // An imported task is taken as it is; what it pays for is for validation to say.
        if initial.success, !task.isTrivial, !task.isImported {
            report(
                task, "the goal holds at the start and asks for no answer, so doing nothing is paid; if that is meant, say 'trivial: true'")
        }
        return goal
    }

    /// Plays the solution again later in the episode, which shows what it writes from the clock.
    private mutating func run(
        _ index: Int, _ task: TaskDefinition, _ reference: Episode, _ refusals: [String?]
    ) throws(DatabaseError) -> ReferenceRun {
        let advance = definition.clock.advance
        var later: [(seconds: Int64, changes: ChangeSet)] = []
        if advance > 0, !reference.changes.isEmpty {
            for steps in [7, Int((86400 + advance - 1) / advance)] {
                let (other, others) = try play(index, task, after: steps, isReported: false)
                // Where another call is refused by then, rows differ for more reasons than the clock.
                if others == refusals { later.append((Int64(steps) * advance, other.changes)) }
            }
        }
        return ReferenceRun(
            changes: reference.changes, minted: reference.minted, tables: definition.tables, later: later, steps: task.solution.count,
            advance: advance)
    }

    private static let options = {
        var options = EpisodeOptions()
        options.maxSteps = EpisodeOptions.greatestMaxSteps
        return options
    }()

    /// Plays a solution, but for its answer.
    ///
    /// - Parameter idle: the number of steps that have been taken before.
    /// - Returns: the episode, and the refusal of each call, nil where it was not refused.
    private mutating func play(
        _ index: Int, _ task: TaskDefinition, after idle: Int, seed: UInt64 = 0, isReported: Bool
    ) throws(DatabaseError) -> (Episode, refusals: [String?]) {
        var refusals: [String?] = []
        let episode = Episode(world, id: "reference", task: index, seed: seed, options: Self.options)
        episode.wait(idle)
        do throws(EpisodeFault) {
            var writer = JSONWriter()
            for step in task.solution {
                writer.bytes.removeAll(keepingCapacity: true)
                switch step {
                case .call(let tool, let arguments, let location):
                    let summary = try episode.step(.call(tool: tool, arguments: .object(arguments)), in: pool, to: &writer)
                    refusals.append(summary.mistake)
                    if isReported, !task.isImported, let mistake = summary.mistake, isFault(mistake, task) {
                        diagnostics.append(
                            Diagnostic(location, "the call of the reference solution is refused: \(mistake): \(Self.message(writer.bytes))")
                        )
                    }
                case .message(let text): try episode.step(.message(text), in: pool, to: &writer)
                case .answer: break
                }
            }
        } catch {
            throw DatabaseError(code: 1, message: error.description)
        }
        return (episode, refusals)
    }

    /// Whether a refused call spoils a solution. A refusal by the tool itself may be how the agent learns what to answer.
    private func isFault(_ mistake: String, _ task: TaskDefinition) -> Bool {
        if ["invalid_arguments", "unknown_tool", "limit_exceeded", "constraint_violation", "invalid_value"].contains(mistake) {
            return true
        }
        if case .answer? = task.solution.last { return false }
        if case .stated = task.goal { return false }
        return true
    }

    private mutating func prove(_ goal: Goal, _ reference: Episode, _ given: JSON?, _ task: TaskDefinition) throws(DatabaseError) {
        let end = try reference.evaluate(goal, in: pool, answer: given)
        if end.success { return }
        let failed = end.checks.filter { !$0.passed }.map { "\($0.name) (expected \($0.expected.text), got \($0.actual.text))" }
        let unasked = end.collateral.map { "unasked change \($0.text)" }
        report(task, "the reference solution does not reach the goal: \((failed + unasked).joined(separator: "; "))")
    }

    private static func message(_ bytes: [UInt8]) -> String {
        let json = try? JSONParser.parse(bytes)
        return json?["observation"]?["message"]?.string ?? "for no stated reason"
    }
}
