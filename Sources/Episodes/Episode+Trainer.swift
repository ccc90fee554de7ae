import Database
import Environments
import WireJSON

extension Episode {
    /// Judges the present state and an answer by the task's goal; nil where there is no task.
    func evaluate(in pool: StagePool, answer: JSON?) throws(DatabaseError) -> Evaluation? {
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

    /// Lets time pass as if so many steps had been taken, at the beginning of an episode.
    package func wait(_ steps: Int) { state.step = steps }

    /// The present state as the bytes of an SQLite file, for programs that read databases.
    ///
    /// - Throws: ``EpisodeFault`` when the engine fails.
    public func databaseImage(in pool: StagePool) throws(EpisodeFault) -> [UInt8] {
        do throws(DatabaseError) {
            return try pool.seat(self).connection.image()
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
