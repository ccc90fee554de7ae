import Database
import Environments
import WireJSON

extension Episode {
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
            let fault = EpisodeFault(description: "\(error)")
            makeVoid(fault)
            throw fault
        }
    }

    private func unguardedStep(_ action: Action, _ pool: StagePool, _ writer: inout JSONWriter) throws(DatabaseError) -> StepSummary {
        var mistake: Mistake?
        writer.raw(#"{"observation":"#)
        let start = writer.bytes.count
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
        let observation = start..<writer.bytes.count
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
            reward: reward, terminated: state.status == .terminated, truncated: state.status == .truncated, mistake: mistake?.code,
            observation: observation)
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
}

extension RewardProfile {
    /// The reward at the end for an evaluation.
    func outcome(_ evaluation: Evaluation) -> Double {
        if evaluation.success { return 1 }
        return self == .awm && evaluation.progress > 0 ? 0.1 : 0
    }
}
