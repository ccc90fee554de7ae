import Environments
import Episodes
import WireJSON

/// What a reward function said of an end.
public struct Verdict: Sendable {
    /// Whether the reward was given.
    public let isPaid: Bool
    /// Why, as far as it says.
    public let reasons: JSON

    /// Makes a verdict.
    public init(isPaid: Bool, reasons: JSON) {
        self.isPaid = isPaid
        self.reasons = reasons
    }
}

/// Why there is no verdict: a finding about the reward function, never about the agent.
public struct NoVerdict: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened.
    public let description: String

    /// Makes one.
    public init(_ description: String) { self.description = description }
}

/// A reward function on trial.
protocol Judge {
    /// Judges the end of an episode that has not answered yet, with an answer.
    func verdict(_ played: PlayedProbe, answer: JSON?) throws(NoVerdict) -> Verdict
}

/// The environment's own goal.
struct GoalJudge: Judge {
    let pool: StagePool

    func verdict(_ played: PlayedProbe, answer: JSON?) throws(NoVerdict) -> Verdict {
        let evaluation: Evaluation?
        do throws(EpisodeFault) {
            evaluation = try played.episode.evaluation(in: pool, answer: answer)
        } catch {
            throw NoVerdict("the engine failed: \(error.description)")
        }
        guard let evaluation else { throw NoVerdict("there is no task") }
        if !evaluation.success, evaluation.checks.allSatisfy(\.passed), evaluation.collateral.isEmpty {
            throw NoVerdict("the reward is refused without a reason")
        }
        return Verdict(isPaid: evaluation.success, reasons: evaluation.json(reward: played.episode.outcome(of: evaluation)))
    }
}
