import Determinism
import Environments
import Rollouts
import Testing
import WireJSON

@testable import Episodes

/// However an episode is moved about, it says the same bytes.
@Suite struct SameBytesTests {
    private enum Treatment: CaseIterable {
        case none, park, otherEpisodesBetween, snapshot, fork
    }

    /// Plays random calls and, among them, every reference solution, and applies a treatment before each step.
    private func transcript(_ world: World, task: Int, seed: UInt64, _ treatment: Treatment) throws -> [String] {
        let pool = StagePool(mostStages: 1)
        var options = EpisodeOptions()
        options.reward = .dense
        var player = Player(Episode(world, id: "e1", task: task, seed: seed, options: options), pool: pool)
        let other = Player(Episode(world, id: "e2", task: nil, seed: seed &+ 1, options: EpisodeOptions()), pool: pool)
        var policy = RandomPolicy(world.environment, seed: seed, calls: 12)
        var otherPolicy = RandomPolicy(world.environment, seed: seed &+ 1, calls: 100)
        var lines: [String] = []
        var observation: JSON?
        let solution = world.solution(world.environment.definition.tasks[task].id).filter { if case .answer = $0 { false } else { true } }
        var actions = solution[...]
        while player.episode.status == .running {
            switch treatment {
            case .none: break
            case .park: player.episode.park()
            case .otherEpisodesBetween: if other.episode.status == .running, let action = otherPolicy.act(nil) { try other.step(action) }
            case .snapshot:
                let text = player.episode.snapshot.snapshotText(of: world)
                player = Player(Episode(world, id: "e1", snapshot: try EpisodeState(snapshotText: text, of: world)), pool: pool)
            case .fork: player = Player(Episode(world, id: "e1", snapshot: player.episode.snapshot), pool: pool)
            }
            guard let action = actions.popFirst() ?? policy.act(observation) else { break }
            observation = try player.step(action)["observation"]
            lines.append(player.lines.last!)
            lines.append(player.episode.changes.json(world.environment.definition.tables).text)
        }
        return lines
    }

    @Test(arguments: 0..<10) func inTheLibrary(seed: UInt64) throws {
        for task in Worlds.library.environment.definition.tasks.indices {
            let expected = try transcript(Worlds.library, task: task, seed: seed, .none)
            for treatment in Treatment.allCases {
                #expect(
                    try transcript(Worlds.library, task: task, seed: seed, treatment) == expected, "seed \(seed) task \(task) \(treatment)")
            }
        }
    }

    @Test(.enabled(if: Worlds.retail != nil, "the τ² data are not there: see README")) func inRetail() throws {
        let world = Worlds.retail!
        for task in stride(from: 0, to: world.environment.definition.tasks.count, by: 7) {
            let expected = try transcript(world, task: task, seed: 1, .none)
            for treatment in Treatment.allCases {
                #expect(try transcript(world, task: task, seed: 1, treatment) == expected, "task \(task) \(treatment)")
            }
        }
    }

    @Test func seedsChangeMintedIdentifiersAndNothingElse() throws {
        let world = try Worlds.world(
            """
            sequences: {token: {format: uuid}}
            tables: {t: {columns: {id: string, at: date-time}, key: id}}
            tools:
              add: {description: x, effect: write, steps: [{next: {new: token}}, {change: "INSERT INTO t VALUES (:new, :now)"}], result: {value: "SELECT :new"}}
            tasks:
              add: {instruction: Add one., solution: [{call: add}], goal: reference}
            """)
        let tokens = try (UInt64(0)..<3).map { seed in
            let player = Player(world, task: "add", seed: seed)
            try player.step(.message("let me think"))
            let token = try player.call("add")["content"]
            try player.step(.answer(.null))
            #expect(player.rewards.last == 1, "an identifier of another seed and a later time must do")
            return token
        }
        #expect(Set(tokens).count == 3)
    }
}
