import Environments
import Episodes
import WireJSON

/// Takes calls out of a trajectory as long as the reward function goes on to be wrong about it.
struct Minimising {
    let player: ProbePlayer
    let task: Int
    let pool: StagePool

    private static let mostPlays = 300

    /// The calls that are left.
    func minimal(_ played: PlayedProbe, _ answer: JSON?, isRight: Bool, isPaid: Bool) -> [(tool: String, arguments: JSONObject)] {
        // What is denied is a whole way; only what is paid for wrongly can be shortened.
        guard isPaid, isWrong(played.calls, answer) else { return played.calls }
        var calls = played.calls
        var plays = 0
        var size = max(1, calls.count / 2)
        while size >= 1, plays < Self.mostPlays {
            var index = 0
            while index < calls.count, plays < Self.mostPlays {
                var fewer = calls
                fewer.removeSubrange(index..<min(calls.count, index + size))
                plays += 1
                if isWrong(fewer, answer) { calls = fewer } else { index += size }
            }
            if size == 1 { break }
            size /= 2
        }
        return calls
    }

    /// Whether the calls, as they stand, are paid for although they do not lead to the right state.
    private func isWrong(_ calls: [(tool: String, arguments: JSONObject)], _ answer: JSON?) -> Bool {
        let episode = Episode(player.world, id: "probe", task: task, seed: 0, options: ReferencePath.options)
        do throws(EpisodeFault) {
            for call in calls {
                var writer = JSONWriter()
                try episode.step(.call(tool: call.tool, arguments: .object(call.arguments)), in: pool, to: &writer)
            }
            guard let evaluation = try episode.evaluation(in: pool, answer: answer), evaluation.success else { return false }
        } catch {
            return false
        }
        let isRightState = player.endState.isReached(by: episode.changes, names: Renaming(), steps: episode.step)
        let asked = player.reference.asked
        let isRightAnswer = asked.map { asked in AnswerMeaning.isSame(asked, player.reference.answer, answer) } ?? true
        return !(isRightState && isRightAnswer) || calls.isEmpty
    }
}
