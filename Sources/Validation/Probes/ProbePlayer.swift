import Database
import Environments
import Episodes
import WireJSON

/// What became of a probe.
struct PlayedProbe {
    /// Whether the state reached is the reference solution's.
    let isRightState: Bool
    /// The episode, at its end.
    let episode: Episode
    /// The calls made, as an agent would make them.
    let calls: [(tool: String, arguments: JSONObject)]
}

/// Plays probes of one task.
struct ProbePlayer {
    let world: World
    let meanings: ArgumentMeanings
    let task: Int
    let reference: ReferencePath
    let endState: EndState
    let pool: StagePool

    private var definition: Environment { world.environment.definition }

    /// Plays a probe up to its answer.
    ///
    /// - Throws: ``EpisodeFault`` when the engine fails.
    func play(_ probe: Probe) throws(EpisodeFault) -> PlayedProbe {
        let seed = probe.seed
        let episode: Episode
        if probe.prefix > 0, seed == 0 {
            episode = Episode(world, id: "probe", snapshot: reference.states[probe.prefix])
        } else {
            episode = Episode(world, id: "probe", task: task, seed: seed, options: ReferencePath.options)
        }
        var calls = reference.calls.prefix(probe.prefix).map { (definition.tools[$0.tool].name, $0.arguments) }
        // What identifiers of the reference solution are called here, and the other way round.
        var here = Renaming()
        var there = Renaming()
        var writer = JSONWriter()
        func make(_ tool: String, _ arguments: JSONObject) throws(EpisodeFault) -> [SQLValue] {
            calls.append((tool, arguments))
            let minted = episode.minted.count
            writer.bytes.removeAll(keepingCapacity: true)
            guard episode.status == .running else { return [] }
            try episode.step(.call(tool: tool, arguments: .object(arguments)), in: pool, to: &writer)
            return Array(episode.minted[minted...])
        }
        let steps = seed == 0 ? probe.steps : (0..<probe.prefix).map { Probe.Step.original($0) } + probe.steps
        if seed != 0 { calls = [] }
        func name(_ index: Int, _ minted: [SQLValue]) {
            let call = reference.calls[index]
            for (number, (value, own)) in zip(call.minted, minted).enumerated() where value != own {
                let places = meanings.minted[call.tool][number]
                here.add(value, own, in: places)
                there.add(own, value, in: places)
            }
        }
        var made = Set(0..<probe.prefix)
        for step in steps {
            switch step {
            case .original(let index), .changed(let index, _):
                let original = reference.calls[index]
                var arguments = original.arguments
                if case .changed(_, let others) = step { arguments = others }
                if !here.isEmpty {
                    arguments = JSONObject(
                        uniqueMembers: arguments.members.map {
                            .init(name: $0.name, value: here($0.value, in: meanings.places[original.tool][$0.name.lowercased()] ?? []))
                        })
                }
                name(index, try make(definition.tools[original.tool].name, arguments))
                made.insert(index)
            case .extra(let tool, let arguments):
                let minted = try make(definition.tools[tool].name, arguments)
                // It may be what the solution does later anyway.
                let same = reference.calls.indices.first {
                    !made.contains($0) && reference.calls[$0].tool == tool && reference.calls[$0].arguments == arguments
                }
                if let same, !minted.isEmpty {
                    name(same, minted)
                    made.insert(same)
                }
            case .unknown(let tool): _ = try make(tool, JSONObject())
            }
        }
        return PlayedProbe(
            isRightState: endState.isReached(by: episode.changes, names: there, steps: episode.step), episode: episode, calls: calls)
    }
}
