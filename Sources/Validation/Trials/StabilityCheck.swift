import Determinism
import Environments
import Episodes
import Rollouts
import WireJSON

/// Plays trajectories in several ways that must come to the same, and compares every byte.
struct StabilityCheck {
    let material: Material
    let task: Int
    let pool: StagePool
    let seed: UInt64

    private var world: World { material.world }

    /// - Returns: how many comparisons were made, and what differed.
    func run(_ reference: ReferencePath?) throws(EpisodeFault) -> (comparisons: Int, differences: [String]) {
        var comparisons = 0
        var differences: [String] = []
        for (name, actions) in trajectories(reference) {
            let plain = try play(actions, .plain)
            for way in Way.allCases where way != .plain {
                comparisons += 1
                let other = try play(actions, way)
                if other != plain { differences.append("\(name), \(way.rawValue): \(Self.difference(plain, other))") }
            }
        }
        return (comparisons, differences)
    }

    private enum Way: String, CaseIterable {
        case plain
        case again = "played again"
        case parked = "parked after every step"
        case restored = "restored from a snapshot after every step"
        case forked = "forked halfway"
        case among = "among other episodes"
    }

    /// The reference solution, and a random agent's way.
    private func trajectories(_ reference: ReferencePath?) -> [(String, [Action])] {
        var result: [(String, [Action])] = []
        let definition = world.environment.definition
        if let reference {
            let calls = reference.calls.map { Action.call(tool: definition.tools[$0.tool].name, arguments: .object($0.arguments)) }
            result.append(("the reference solution", calls + [.answer(reference.answer ?? .null)]))
        }
        var policy = RandomPolicy(world.environment, seed: seed &+ UInt64(task))
        var actions: [Action] = []
        while let action = policy.act(nil), actions.count < 12 { actions.append(action) }
        result.append(("a random agent", actions))
        return result
    }

    /// Everything that was seen, byte by byte, and the digest at the end.
    private func play(_ actions: [Action], _ way: Way) throws(EpisodeFault) -> [UInt8] {
        var episode = Episode(world, id: "stable", task: task, seed: seed, options: EpisodeOptions())
        let other = Episode(world, id: "other", task: task, seed: seed &+ 1, options: EpisodeOptions())
        var writer = JSONWriter()
        for (index, action) in actions.enumerated() where episode.status == .running {
            try episode.step(action, in: pool, to: &writer)
            switch way {
            case .plain, .again: break
            case .parked: episode.park()
            case .restored:
                if let state = try? EpisodeState(snapshotText: episode.snapshot.snapshotText(of: world), of: world) {
                    episode = Episode(world, id: "stable", snapshot: state)
                }
            case .forked: if index == actions.count / 2 { episode = Episode(world, id: "stable", snapshot: episode.snapshot) }
            case .among:
                if let call = material.writes.isEmpty ? nil : material.writes[index % material.writes.count], other.status == .running {
                    var noise = JSONWriter()
                    try other.step(
                        .call(tool: world.environment.definition.tools[call.tool].name, arguments: .object(call.arguments)), in: pool,
                        to: &noise)
                }
            }
        }
        return writer.bytes + Array(episode.digest.hexadecimal.utf8)
    }

    private static func difference(_ a: [UInt8], _ b: [UInt8]) -> String {
        let index = zip(a, b).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(a.count, b.count)
        func excerpt(_ bytes: [UInt8]) -> String {
            String(decoding: bytes[max(0, index - 40)..<min(bytes.count, index + 40)], as: UTF8.self)
        }
        return "…\(excerpt(a))… became …\(excerpt(b))…"
    }
}
