import ArgumentParser
import Environments
import Episodes
import Rollouts
import WireJSON

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Plays tasks with a built-in policy and prints the rewards.",
        discussion: """
            'reference' plays each task's solution and should always earn 1; 'noop' answers at once and should earn 0; 'random' calls
            tools at random from a seed.

            EXAMPLES:
              orrery run EnvSpecs/library.yaml
              orrery run EnvSpecs/library.yaml --policy random --seed 7
              orrery run EnvSpecs/library.yaml --task lend_to_ana --json
              orrery run GeneratedEnvs/sample
            """)

    enum BuiltIn: String, CaseIterable, ExpressibleByArgument {
        case reference, noop, random
    }

    @Argument(help: "Environments' files, or folders of which every environment is played.")
    var environments: [String]
    @Option(help: "Only these tasks.")
    var task: [String] = []
    @Option(help: "The policy: reference, noop or random.")
    var policy = BuiltIn.reference
    @Option(help: "The seed of the episodes and of the random policy.")
    var seed: UInt64 = 0
    @Option(help: "The reward profile: binary, awm or dense.")
    var reward = RewardProfile.binary
    @Option(name: .customLong("max-steps"), help: "The number of steps after which an episode is truncated.")
    var maxSteps = 200
    @Flag(help: "Print one JSON object a task, and the means at the end.")
    var json = false

    func validate() throws {
        if !(1...EpisodeOptions.greatestMaxSteps).contains(maxSteps) {
            throw ValidationError("--max-steps is from 1 to \(EpisodeOptions.greatestMaxSteps)")
        }
    }

    func run() throws {
        let files = try EnvironmentPaths.files(environments)
        if files.isEmpty { throw ValidationError("there is no environment at \(environments.joined(separator: ", "))") }
        if files.count > 1, !task.isEmpty { throw ValidationError("--task chooses from one environment, and there are \(files.count)") }
        var options = EpisodeOptions()
        options.maxSteps = maxSteps
        options.reward = reward
        var rollouts: [Rollout] = []
        for file in files {
            let world = try EnvironmentPaths.world(file)
            let definition = world.environment.definition
            if definition.tasks.isEmpty, files.count == 1 { throw ValidationError("\(world.id) has no tasks") }
            let indexes = task.isEmpty ? Array(definition.tasks.indices) : try task.map { try EnvironmentPaths.task($0, of: world) }
            let width = max(4, indexes.map { definition.tasks[$0].id.count }.max() ?? 4)
            if !json {
                if files.count > 1 { print("\(rollouts.isEmpty ? "" : "\n")\(Terminal.bold(world.id))") }
                print(Terminal.bold("\(Terminal.pad("task", width))  reward  success  progress  steps  mistakes"))
            }
            let pool = StagePool()
            for index in indexes {
                let rollout = play(world, index, options, pool)
                rollouts.append(rollout)
                if json { print(rollout.json(world.id).text) } else { print(rollout.row(width)) }
            }
        }
        if rollouts.isEmpty { throw ValidationError("there are no tasks") }
        let count = Double(rollouts.count)
        let mean = rollouts.reduce(0) { $0 + $1.reward } / count
        let successes = rollouts.count { $0.success }
        if json {
            let summary: JSON = [
                "environments": .integer(Int64(files.count)), "tasks": .integer(Int64(rollouts.count)), "mean_reward": .number(mean),
                "successes": .integer(Int64(successes)),
            ]
            print(summary.text)
        } else {
            print(
                "\n\(rollouts.count) task\(rollouts.count == 1 ? "" : "s")\(files.count > 1 ? " of \(files.count) environments" : ""), mean reward \(decimals(mean, 3)), \(successes) solved (policy \(policy.rawValue), seed \(seed))"
            )
        }
        if rollouts.contains(where: { $0.fault != nil }) { throw ExitCode.failure }
    }

    private func play(_ world: World, _ index: Int, _ options: EpisodeOptions, _ pool: StagePool) -> Rollout {
        func play(_ policy: some Policy) -> Rollout {
            Rollout.play(world, task: index, with: policy, seed: seed, options: options, in: pool)
        }
        return switch policy {
        case .reference: play(ReferencePolicy(world.environment.definition.tasks[index]))
        case .noop: play(NoopPolicy())
        case .random: play(RandomPolicy(world.environment, seed: seed &+ UInt64(index)))
        }
    }
}

extension RewardProfile: ExpressibleByArgument {}

extension Rollout {
    fileprivate func json(_ environment: String) -> JSON {
        [
            "environment": .string(environment), "task": .string(task), "reward": .number(reward), "success": .bool(success),
            "progress": .number(progress),
            "steps": .integer(Int64(steps)), "mistakes": .integer(Int64(mistakes)), "fault": fault.map { .string($0) } ?? .null,
        ]
    }

    fileprivate func row(_ width: Int) -> String {
        let verdict = Terminal.padLeft(success ? "yes" : fault == nil ? "no" : "void", 7)
        let coloured = success ? Terminal.green(verdict) : Terminal.red(verdict)
        return
            "\(Terminal.pad(task, width))  \(Terminal.padLeft(decimals(reward, 2), 6))  \(coloured)  \(Terminal.padLeft(decimals(progress, 2), 8))  \(Terminal.padLeft(String(steps), 5))  \(Terminal.padLeft(String(mistakes), 8))"
            + (fault.map { "  \($0)" } ?? "")
    }
}

/// A number with so many decimals.
func decimals(_ value: Double, _ count: Int) -> String {
    guard value.isFinite, value.magnitude < 1e12 else { return value.description }
    var scale = 1.0
    for _ in 0..<count { scale *= 10 }
    let whole = Int64((value.magnitude * scale).rounded())
    let digits = String(whole % Int64(scale))
    return "\(value < 0 && whole > 0 ? "-" : "")\(whole / Int64(scale)).\(String(repeating: "0", count: count - digits.count))\(digits)"
}
