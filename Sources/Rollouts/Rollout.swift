import Environments
import Episodes
import WireJSON

/// What became of one episode played by a policy.
public struct Rollout: Sendable {
    /// The task's id.
    public let task: String
    /// The sum of the rewards.
    public let reward: Double
    /// Whether the goal was reached.
    public let success: Bool
    /// How much of it was reached, 0 to 1.
    public let progress: Double
    /// The steps taken.
    public let steps: Int
    /// The agent's mistakes among them.
    public let mistakes: Int
    /// Why the episode is void, if it is.
    public let fault: String?

    /// Plays one task to its end.
    public static func play(
        _ world: World, task: Int, with policy: some Policy, seed: UInt64, options: EpisodeOptions, in pool: StagePool
    ) -> Rollout {
        var policy = policy
        let episode = Episode(world, id: "rollout", task: task, seed: seed, options: options)
        var observation: JSON?
        var reward = 0.0
        var mistakes = 0
        var fault: String?
        var evaluation: Evaluation?
        do {
            while episode.status == .running, let action = policy.act(observation) {
                var writer = JSONWriter()
                let summary = try episode.step(action, in: pool, to: &writer)
                reward += summary.reward
                if summary.mistake != nil { mistakes += 1 }
                observation = (try? JSONParser.parse(writer.bytes, limits: .file))?["observation"]
            }
            evaluation = try episode.evaluation(in: pool)
        } catch {
            fault = error.description
        }
        return Rollout(
            task: world.environment.definition.tasks[task].id, reward: reward, success: evaluation?.success ?? false,
            progress: evaluation?.progress ?? 0, steps: episode.step, mistakes: mistakes, fault: fault)
    }
}
