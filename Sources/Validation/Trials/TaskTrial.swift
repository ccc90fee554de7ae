import Database
import Determinism
import Environments
import Episodes
import Rollouts
import WireJSON

/// What is tried, and how much.
public struct TrialOptions: Sendable {
    /// The seed of everything that is drawn.
    public var seed: UInt64 = 0
    /// Episodes of the random agent and of the greedy one, for each task.
    public var agentEpisodes = 3
    /// The most probes of one family and task; nil: all.
    public var limit: Int?
    /// Only probes whose id begins with one of these; empty: all.
    public var probes: [String] = []
    /// Whether trajectories are also played in several ways and compared.
    public var checksStability = true
    /// Asked between probes; what has been found by then is no result.
    public var isCancelled: @Sendable () -> Bool = { false }

    /// Makes the default options.
    public init() {}

    func wants(_ family: ProbeFamily) -> Bool {
        probes.isEmpty
            || probes.contains { $0.prefix { $0 != "/" } == family.rawValue }
    }

    /// - Parameter id: the name of a probe, with its family's.
    func wants(_ id: String) -> Bool { probes.isEmpty || probes.contains { id == $0 || id.hasPrefix($0 + "/") } }
}

/// Puts one task's reward function to the test.
struct TaskTrial {
    let material: Material
    let file: String
    let task: Int
    let options: TrialOptions
    let pool: StagePool
    let judge: any Judge
    /// Whether the judge is the environment's own goal.
    let isOwnGoal: Bool

    private var world: World { material.world }
    private var definition: Environment { world.environment.definition }
    private var taskDefinition: TaskDefinition { definition.tasks[task] }

    func run() -> TaskResult {
        var result = TaskResult(environment: world.id, file: file, task: taskDefinition.id)
        do throws(EpisodeFault) {
            let reference = try ReferencePath(world, task: task, in: pool)
            if let reference {
                try tryProbes(reference, &result)
                if isOwnGoal { result.guessChance = AnswerCandidates(material, reference, taskDefinition).chance }
                if options.probes.isEmpty {
                    result.findings += SolutionReview(material, reference, task).findings(result.guessChance)
                }
            } else {
                try tryWithoutSolution(&result)
            }
            if isOwnGoal {
                result.weaknesses = WeaknessFinder(material: material, reference: reference, task: taskDefinition).find(result.guessChance)
            }
            if options.checksStability, options.probes.isEmpty {
                let check = StabilityCheck(material: material, task: task, pool: pool, seed: options.seed)
                (result.comparisons, result.differences) = try check.run(reference)
            }
        } catch {
            result.noVerdicts["the engine failed: \(error.description)", default: 0] += 1
        }
        return result
    }

    // MARK: Probes

    private func tryProbes(_ reference: ReferencePath, _ result: inout TaskResult) throws(EpisodeFault) {
        let player = ProbePlayer(
            world: world, meanings: material.meanings, task: task, reference: reference, endState: EndState(material, reference), pool: pool
        )
        var builder = ProbeBuilder(material, task: task, reference, pool: pool, seed: options.seed)
        builder.build(options.wants)
        result.missing = builder.missing.map { ($0.family, $0.reason) }
        for family in ProbeFamily.allCases {
            var probes = builder.probes.filter { $0.family == family && options.wants($0.id) }
            if let limit = options.limit, probes.count > limit { probes = Array(probes.prefix(limit)) }
            for probe in probes where !options.isCancelled() { try tryProbe(probe, player, &result) }
        }
        for family in [ProbeFamily.random, .greedy] where options.wants(family) {
            for number in 0..<options.agentEpisodes where options.wants("\(family.rawValue)/\(number + 1)") && !options.isCancelled() {
                try tryAgent(family, number, player, &result)
            }
        }
    }

    private func tryProbe(_ probe: Probe, _ player: ProbePlayer, _ result: inout TaskResult) throws(EpisodeFault) {
        let played = try player.play(probe)
        // What changes nothing must not change where the solution ends.
        if [.reference, .reads, .refusals].contains(probe.family), !played.isRightState {
            result.findings.append(
                Finding(
                    cause: probe.seed == 0
                        ? "the solution ends elsewhere at another pace: a tool depends on the clock"
                        : "the solution ends elsewhere with another seed: a tool depends on it",
                    note: probe.id))
        }
        let isRight = played.isRightState && probe.answerIsRight && !player.reference.isNothing(for: probe.family)
        judge(played, probe.family, probe.id, probe.note, answer: probe.answer, isRight: isRight, player, &result)
    }

    private func judge(
        _ played: PlayedProbe, _ family: ProbeFamily, _ id: String, _ note: String, answer: JSON?, isRight: Bool, _ player: ProbePlayer,
        _ result: inout TaskResult
    ) {
        let verdict: Verdict
        do throws(NoVerdict) {
            verdict = try judge.verdict(played, answer: answer)
        } catch {
            result.noVerdicts[error.description, default: 0] += 1
            return
        }
        switch (isRight, verdict.isPaid) {
        case (true, true): result.tallies[family, default: ProbeTally()].rewarded += 1
        case (false, false): result.tallies[family, default: ProbeTally()].caught += 1
        case (true, false): result.tallies[family, default: ProbeTally()].denied += 1
        case (false, true): result.tallies[family, default: ProbeTally()].paid += 1
        }
        guard isRight != verdict.isPaid else { return }
        let causes = Causes(world: world, task: taskDefinition, reference: player.reference, isOwnGoal: isOwnGoal)
        let cause = causes.name(family, isPaid: verdict.isPaid, played, verdict)
        let calls =
            isOwnGoal
            ? Minimising(player: player, task: task, pool: pool).minimal(played, answer, isRight: isRight, isPaid: verdict.isPaid)
            : played.calls
        result.survivors.append(
            Survivor(
                family: family, probe: id, isPaid: verdict.isPaid, cause: cause, note: note, calls: calls, answer: answer,
                reasons: verdict.reasons))
    }

    /// Lets an agent play that does not know the task.
    private func tryAgent(_ family: ProbeFamily, _ number: Int, _ player: ProbePlayer, _ result: inout TaskResult) throws(EpisodeFault) {
        let seed = options.seed &+ UInt64(number)
        let (played, answer) =
            family == .random
            ? try watch(RandomPolicy(world.environment, seed: seed &+ UInt64(task) &* 1000), player)
            : try watch(GreedyPolicy(definition, instruction: taskDefinition.instruction, seed: seed &+ UInt64(task) &* 1000), player)
        let reference = player.reference
        let isRightAnswer =
            reference.asked.map { AnswerMeaning.isSame($0, reference.answer, answer) } ?? true
        judge(
            played, family, "\(family.rawValue)/\(number + 1)", "episode \(number + 1)", answer: answer,
            isRight: played.isRightState && isRightAnswer && !reference.isNothing(for: family), player, &result)
    }

    /// Plays a policy up to its answer.
    private func watch(_ policy: some Policy, _ player: ProbePlayer) throws(EpisodeFault) -> (PlayedProbe, JSON?) {
        var policy = policy
        let episode = Episode(world, id: "agent", task: task, seed: 0, options: ReferencePath.options)
        var calls: [(tool: String, arguments: JSONObject)] = []
        var observation: JSON?
        var answer: JSON?
        while episode.status == .running, let action = policy.act(observation) {
            if case .answer(let value) = action {
                answer = value
                break
            }
            if case .call(let tool, let arguments) = action { calls.append((tool, arguments.object ?? JSONObject())) }
            var writer = JSONWriter()
            try episode.step(action, in: pool, to: &writer)
            observation = (try? JSONParser.parse(writer.bytes, limits: .file))?["observation"]
        }
        let isRight = player.endState.isReached(by: episode.changes, names: Renaming(), steps: episode.step)
        return (PlayedProbe(isRightState: isRight, episode: episode, calls: calls), answer)
    }

    // MARK: Without a solution

    /// Without a solution no right end is known; but nothing, flooding and agents that do not know the task should not be paid.
    private func tryWithoutSolution(_ result: inout TaskResult) throws(EpisodeFault) {
        for family in ProbeFamily.allCases where ![.nothing, .random, .greedy].contains(family) {
            result.missing.append((family, "the task has no solution"))
        }
        result.findings.append(
            Finding(cause: "the task has no reference solution, so that nobody knows whether it can be solved", note: ""))
        let episode = Episode(world, id: "probe", task: task, seed: 0, options: ReferencePath.options)
        let played = PlayedProbe(isRightState: false, episode: episode, calls: [])
        do throws(NoVerdict) {
            let verdict = try judge.verdict(played, answer: nil)
            if verdict.isPaid {
                result.tallies[.nothing, default: ProbeTally()].paid += 1
                result.survivors.append(
                    Survivor(
                        family: .nothing, probe: "nothing", isPaid: true, cause: Causes.holdsAtStart, note: "no call and no answer",
                        calls: [],
                        answer: nil, reasons: verdict.reasons))
            } else {
                result.tallies[.nothing, default: ProbeTally()].caught += 1
            }
        } catch {
            result.noVerdicts[error.description, default: 0] += 1
        }
    }
}
