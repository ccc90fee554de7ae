import Database
import Determinism
import Environments
import WireJSON

/// The environment failed: the episode is void and its score means nothing.
public struct EpisodeFault: Error, Sendable, CustomStringConvertible {
    /// What the engine reported.
    public let description: String
}

/// What a step came to, beside the JSON that it wrote.
public struct StepSummary: Sendable {
    /// The reward.
    public let reward: Double
    /// The episode reached its end.
    public let terminated: Bool
    /// The episode ran out of steps.
    public let truncated: Bool
    /// The code of the agent's mistake, if it made one.
    public let mistake: String?
}

/// One agent's run through a world.
///
/// An episode belongs to one thread at a time. It needs a ``StagePool`` to act; between actions it may lose its stage to another episode
/// without a trace.
public final class Episode {
    /// The world.
    public let world: World
    /// The name by which clients know it.
    public let id: String
    private(set) var state: EpisodeState
    private weak var stage: Stage?
    /// The stage that the episode sits on.
    var seat: Stage? { stage }
    private var digestVersion = -1
    /// The identifiers minted since this object was made: what a reference solution's goal must not insist on.
    private(set) var minted: [SQLValue] = []

    /// Begins an episode.
    ///
    /// - Parameters:
    ///   - world: the world to play in.
    ///   - id: the name by which clients know it.
    ///   - task: the position of a task of the world's environment; nil for free play.
    public convenience init(_ world: World, id: String, task: Int?, seed: UInt64, options: EpisodeOptions) {
        let counters = world.environment.definition.sequences.map(\.start)
        var state = EpisodeState(task: task, seed: seed, options: options, counters: counters)
        state.digest = world.startDigest
        if let task, options.reward == .dense { state.potential = world.goals[task].initialProgress }
        self.init(world, id: id, state: state)
    }

    /// Goes on from a state of the same world.
    init(_ world: World, id: String, state: EpisodeState) {
        self.world = world
        self.id = id
        self.state = state
    }

    deinit { stage?.vacate() }

    // MARK: Properties

    /// Where the episode stands.
    public var status: EpisodeState.Status { state.status }
    /// The steps taken.
    public var step: Int { state.step }
    /// Whether the episode has no connection of its own.
    public var isParked: Bool { stage == nil }
    /// The task, unless the episode is free play.
    public var task: TaskDefinition? { state.task.map { world.environment.definition.tasks[$0] } }
    /// The virtual time.
    public var now: Instant {
        let clock = world.environment.definition.clock
        return clock.start.advanced(bySeconds: Int64(state.step) * clock.advance)
    }
    /// The final answer, if there was one.
    public var answer: JSON? { state.answer }

    private var actor: SQLValue { state.task.map { world.actors[$0] } ?? world.actor }

    /// The net row changes so far.
    public var changes: ChangeSet { stage.map { $0.connection.changes } ?? state.changes }

    /// The digest of the state, equal for equal states.
    public var digest: Digest {
        if let stage, stage.connection.changesVersion != digestVersion {
            digestVersion = stage.connection.changesVersion
            state.digest = nil
        }
        if let digest = state.digest { return digest }
        let digest = changes.digest(from: world.environment.initialDigest, tables: world.environment.tableNames)
        state.digest = digest
        return digest
    }

    // MARK: Seating

    var parkedChanges: ChangeSet { state.changes }

    func take(_ stage: Stage) {
        self.stage = stage
        state.changes = ChangeSet()
        digestVersion = stage.connection.changesVersion
    }

    func park(_ changes: ChangeSet) {
        _ = digest
        state.changes = changes
        stage = nil
    }

    /// Gives up the connection; the next action takes one again.
    public func park() { stage?.leave() }

    /// The state as a value of its own.
    public var snapshot: EpisodeState {
        var copy = state
        copy.digest = digest
        copy.changes = changes
        return copy
    }

    // MARK: Steps

    /// Writes the result of the reset: the first observation and the episode's particulars.
    public func writeReset(to writer: inout JSONWriter) {
        let definition = world.environment.definition
        writer.raw(#"{"episode":"#)
        writer.string(id)
        writer.raw(#","observation":{"instruction":"#)
        if let task { writer.string(task.instruction) } else { writer.raw("null") }
        writer.raw(#","policy":"#)
        writer.string(definition.policy)
        writer.raw(#","clock":"#)
        writer.string(now.text)
        writer.raw(#","tools":"#)
        writer.raw(state.options.tools == .all ? world.toolList : ToolListing.meta)
        writer.raw(#"},"info":{"environment":"#)
        writer.string(world.id)
        writer.raw(#","task":"#)
        if let task { writer.string(task.id) } else { writer.raw("null") }
        writer.raw(#","seed":"#)
        writer.bytes.append(contentsOf: String(state.seed).utf8)
        writer.byte(",")
        writeInfoMembers(to: &writer)
        writer.raw("}}")
    }

    /// Applies one action and writes the step's result: observation, reward, terminated, truncated, info.
    ///
    /// - Precondition: the episode is running.
    /// - Throws: ``EpisodeFault`` when the engine fails; the episode is then void and nothing was written.
    @discardableResult
    public func step(_ action: Action, in pool: StagePool, to writer: inout JSONWriter) throws(EpisodeFault) -> StepSummary {
        precondition(state.status == .running, "a step of an episode that has ended")
        let start = writer.bytes.count
        do throws(DatabaseError) {
            return try unguardedStep(action, pool, &writer)
        } catch {
            writer.bytes.removeSubrange(start...)
            state.status = .void
            // What the connection holds is not to be trusted.
            stage?.discard()
            stage = nil
            throw EpisodeFault(description: "\(error)")
        }
    }

    private func unguardedStep(_ action: Action, _ pool: StagePool, _ writer: inout JSONWriter) throws(DatabaseError) -> StepSummary {
        var mistake: Mistake?
        writer.raw(#"{"observation":"#)
        switch action {
        case .call(let tool, let arguments):
            mistake = try call(tool, arguments, pool, &writer)
        case .message: writer.raw(#"{"type":"delivered"}"#)
        case .answer(let content):
            state.answer = content
            state.status = .terminated
            writer.raw(#"{"type":"ended"}"#)
        }
        if let mistake { write(mistake, to: &writer) }
        state.step += 1
        let isMalformed = mistake?.isMalformed ?? false
        if state.status == .running, isMalformed, state.options.reward == .awm { state.status = .terminated }
        if state.status == .running, state.step >= state.options.maxSteps { state.status = .truncated }
        var evaluation: Evaluation?
        if state.task != nil, state.status != .running || state.options.reward == .dense {
            evaluation = try evaluate(in: pool, answer: state.answer)
        }
        let reward = reward(evaluation, isMalformed: isMalformed)
        writer.raw(#","reward":"#)
        writer.number(reward)
        writer.raw(#","terminated":"#)
        writer.bool(state.status == .terminated)
        writer.raw(#","truncated":"#)
        writer.bool(state.status == .truncated)
        writer.raw(#","info":{"#)
        writeInfoMembers(to: &writer)
        if state.status != .running, let evaluation {
            writer.raw(#","evaluation":"#)
            evaluation.write(reward: state.options.reward.outcome(evaluation), to: &writer)
        }
        writer.raw("}}")
        return StepSummary(
            reward: reward, terminated: state.status == .terminated, truncated: state.status == .truncated, mistake: mistake?.code)
    }

    private func reward(_ evaluation: Evaluation?, isMalformed: Bool) -> Double {
        if isMalformed, state.options.reward == .awm { return -1 }
        guard let evaluation else { return 0 }
        let hasEnded = state.status != .running
        guard state.options.reward == .dense else { return hasEnded ? state.options.reward.outcome(evaluation) : 0 }
        let potential = hasEnded ? 0 : evaluation.progress
        defer { state.potential = potential }
        return (hasEnded ? state.options.reward.outcome(evaluation) : 0) + potential - state.potential
    }

    /// Writes `"step":…,"clock":…,"digest":…`.
    private func writeInfoMembers(to writer: inout JSONWriter) {
        writer.raw(#""step":"#)
        writer.integer(Int64(state.step))
        writer.raw(#","clock":"#)
        writer.string(now.text)
        writer.raw(#","digest":"#)
        writer.string(digest.hexadecimal)
    }

    private func write(_ mistake: Mistake, to writer: inout JSONWriter) {
        writer.raw(#"{"type":"error","code":"#)
        writer.string(mistake.code)
        writer.raw(#","message":"#)
        writer.string(mistake.message)
        writer.raw(#","details":"#)
        writer.value(.object(mistake.details))
        writer.byte("}")
    }

    // MARK: Calls

    private func call(_ tool: String, _ arguments: JSON, _ pool: StagePool, _ writer: inout JSONWriter) throws(DatabaseError) -> Mistake? {
        guard state.options.tools == .meta else { return try callTool(tool, arguments, pool, &writer) }
        switch tool {
        case "list_tools":
            if state.hasListedTools, state.options.reward == .awm {
                return Mistake(code: "tools_already_listed", message: "The tools were listed before.", isMalformed: true)
            }
            let extra = arguments.object?.names ?? ["arguments"]
            if !extra.isEmpty { return .invalidArguments(extra.map { ($0, "is not an argument") }) }
            state.hasListedTools = true
            writer.raw(#"{"type":"result","content":"#)
            writer.raw(world.toolList)
            writer.byte("}")
            return nil
        case "call_tool":
            guard let name = arguments["name"]?.string else {
                return .invalidArguments([("name", "must be a string")])
            }
            let extra = arguments.object?.names.filter { $0 != "name" && $0 != "arguments" } ?? []
            if !extra.isEmpty { return .invalidArguments(extra.map { ($0, "is not an argument") }) }
            return try callTool(name, arguments["arguments"] ?? .object(JSONObject()), pool, &writer)
        default: return .unknownTool(tool, among: ["list_tools", "call_tool"])
        }
    }

    private func callTool(_ name: String, _ arguments: JSON, _ pool: StagePool, _ writer: inout JSONWriter) throws(DatabaseError)
        -> Mistake?
    {
        guard let index = world.environment.toolIndex(name) else {
            return .unknownTool(name, among: world.environment.definition.tools.map(\.name))
        }
        guard case .object(let arguments) = arguments else {
            return .invalidArguments([("arguments", "must be an object, not \(arguments.kindWithArticle)")])
        }
        let stage = try pool.seat(self)
        let tool = try stage.tool(index)
        var context = CallContext(seed: state.seed, now: now, actor: actor, counters: state.counters)
        let frame: [SQLValue]
        switch tool.frame(arguments, context) {
        case .success(let values): frame = values
        case .failure(let faults): return .invalidArguments(faults.faults.map { ($0.path, $0.message) })
        }
        stage.connection.setClock(context.now)
        let start = writer.bytes.count
        writer.raw(#"{"type":"result","content":"#)
        var outcome = CallOutcome.result
        var failure: DatabaseError?
        if tool.tool.effect == .read {
            do throws(DatabaseError) {
                outcome = try stage.connection.limitingWork(pool.limits.work) { () throws(DatabaseError) in
                    try tool.run(frame, &context, to: &writer, limits: pool.limits.result)
                }
            } catch {
                failure = error
            }
        } else {
            failure = try stage.attempt(pool.limits.work) { () throws(DatabaseError) in
                outcome = try tool.run(frame, &context, to: &writer, limits: pool.limits.result)
                guard case .result = outcome else { return false }
                if let mistake = Mistake.inStateOf(stage.connection) {
                    outcome = .mistake(mistake)
                    return false
                }
                return true
            }
        }
        if let failure { outcome = .mistake(try Mistake(failure, after: stage.connection.hasRunOutOfTime)) }
        switch outcome {
        case .result:
            writer.byte("}")
            state.counters = context.counters
            if !context.minted.isEmpty { minted += context.minted }
            return nil
        case .mistake(let mistake):
            writer.bytes.removeSubrange(start...)
            return mistake
        }
    }

    // MARK: Trainer

    /// Judges the present state and an answer by the task's goal; nil where there is no task.
    public func evaluate(in pool: StagePool, answer: JSON?) throws(DatabaseError) -> Evaluation? {
        guard let task = state.task else { return nil }
        return try evaluate(world.goals[task], in: pool, answer: answer)
    }

    func evaluate(_ goal: Goal, in pool: StagePool, answer: JSON?) throws(DatabaseError) -> Evaluation {
        var isTrue: [Bool] = []
        if !goal.assertions.isEmpty {
            let stage = try pool.seat(self)
            stage.connection.setClock(now)
            for assertion in goal.assertions {
                let view = try stage.assertion(assertion)
                isTrue.append(
                    try stage.connection.limitingWork(pool.limits.work) { () throws(DatabaseError) in
                        try view.isTrue(now: now, actor: actor)
                    })
            }
        }
        return goal.evaluate(changes, assertions: isTrue, answer: answer, tables: world.environment.definition.tables)
    }

    /// The reward that the episode's profile gives at the end for an evaluation.
    public func outcome(of evaluation: Evaluation) -> Double { state.options.reward.outcome(evaluation) }

    /// Judges the present state and the answer given so far, or another one; nil where there is no task.
    ///
    /// - Throws: ``EpisodeFault`` when the engine fails.
    public func evaluation(in pool: StagePool, answer: JSON? = nil) throws(EpisodeFault) -> Evaluation? {
        do {
            return try evaluate(in: pool, answer: answer ?? state.answer)
        } catch {
            throw EpisodeFault(description: "\(error)")
        }
    }

    /// Returns a named view of the present state, or nil if there is none of that name.
    ///
    /// - Throws: ``EpisodeFault`` when the engine fails.
    public func view(_ name: String, in pool: StagePool) throws(EpisodeFault) -> [UInt8]? {
        guard let index = world.environment.definition.views.firstIndex(where: { $0.name == name }) else { return nil }
        do throws(DatabaseError) {
            let stage = try pool.seat(self)
            stage.connection.setClock(now)
            let view = try stage.view(index)
            return try stage.connection.limitingWork(.trainer) { () throws(DatabaseError) in try view.read(now: now, actor: actor) }
        } catch {
            throw EpisodeFault(description: "\(error)")
        }
    }
}

extension Mistake {
    /// A tool that is not there, with the one that was probably meant.
    static func unknownTool(_ name: String, among names: [String]) -> Mistake {
        var details = JSONObject()
        if let near = NearestName.find(name, among: names) { details["did_you_mean"] = .string(near) }
        return Mistake(code: "unknown_tool", message: "Tool '\(name.prefix(80))' not found.", details: details, isMalformed: true)
    }

    /// Arguments off their schema, with the path of each fault.
    static func invalidArguments(_ faults: [(path: String, message: String)]) -> Mistake {
        let shown = faults.prefix(20)
        let list = shown.map {
            JSON.object(
                JSONObject(uniqueMembers: [
                    .init(name: "path", value: .string($0.path)), .init(name: "message", value: .string($0.message)),
                ]))
        }
        var message = shown.map { "\($0.path) \($0.message)" }.joined(separator: "; ")
        if faults.count > shown.count { message += "; and \(faults.count - shown.count) more" }
        return Mistake(
            code: "invalid_arguments", message: message,
            details: JSONObject(uniqueMembers: [.init(name: "faults", value: .array(list))]), isMalformed: true)
    }

    /// What is wrong with the state at the end of a call, though every statement was accepted.
    fileprivate static func inStateOf(_ connection: borrowing Connection) -> Mistake? {
        if connection.hasForeignKeyViolations {
            return Mistake(code: "constraint_violation", message: "FOREIGN KEY constraint failed: a row refers to one that does not exist.")
        }
        if connection.hasInvalidText {
            return Mistake(code: "invalid_value", message: "A value cannot be used here: the text that it makes is not UTF-8.")
        }
        return nil
    }

    /// The mistake that an engine's error stands for.
    ///
    /// - Throws: the error itself where it is the environment's fault.
    fileprivate init(_ error: DatabaseError, after hasRunOutOfTime: Bool) throws(DatabaseError) {
        if error.isConstraintViolation {
            self.init(code: "constraint_violation", message: "\(error.message).")
        } else if error.isInterrupt, !hasRunOutOfTime {
            self.init(code: "limit_exceeded", message: "The call needs more work than is allowed. Ask for less.")
        } else if error.isStatementError {
            self.init(code: "invalid_value", message: "A value cannot be used here: \(error.message).")
        } else {
            throw error
        }
    }
}

extension RewardProfile {
    /// The reward at the end for an evaluation.
    func outcome(_ evaluation: Evaluation) -> Double {
        if evaluation.success { return 1 }
        return self == .awm && evaluation.progress > 0 ? 0.1 : 0
    }
}
