import Determinism
import Environments
import Episodes
import WireJSON

/// Makes the probes of one task out of its reference solution and what the environment offers.
///
/// Each family has a file of its own. What cannot be made is noted with the reason.
struct ProbeBuilder {
    let material: Material
    let task: Int
    let reference: ReferencePath
    let pool: StagePool
    let seed: UInt64
    var generator: SeededGenerator
    private(set) var probes: [Probe] = []
    private(set) var missing: [MissingProbe] = []

    /// A family, or a part of one, that no probe could be made of.
    struct MissingProbe: Hashable, Sendable {
        let family: ProbeFamily
        let reason: String
    }

    init(_ material: Material, task: Int, _ reference: ReferencePath, pool: StagePool, seed: UInt64) {
        self.material = material
        self.task = task
        self.reference = reference
        self.pool = pool
        self.seed = seed
        generator = SeededGenerator(seed: seed, purpose: "probes of \(material.world.environment.definition.tasks[task].id)")
    }

    var definition: Environment { material.world.environment.definition }
    var taskDefinition: TaskDefinition { definition.tasks[task] }
    /// The positions of all calls of the solution.
    var all: [Probe.Step] { reference.calls.indices.map { .original($0) } }

    /// The writing steps from a position on: reads change nothing and need not be made again.
    func writes(from position: Int) -> [Probe.Step] { reference.writes.filter { $0 >= position }.map { .original($0) } }

    func tool(_ index: Int) -> Tool { definition.tools[reference.calls[index].tool] }

    mutating func add(_ probe: Probe) { probes.append(probe) }

    mutating func add(
        _ family: ProbeFamily, _ name: String, _ note: String, prefix: Int = 0, _ steps: [Probe.Step], answer: JSON?, isRight: Bool = true
    ) {
        probes.append(Probe(family: family, name: name, note: note, prefix: prefix, steps: steps, answer: answer, answerIsRight: isRight))
    }

    mutating func miss(_ family: ProbeFamily, _ reason: String) { missing.append(MissingProbe(family: family, reason: reason)) }

    mutating func pick<T>(_ elements: [T]) -> T? { elements.isEmpty ? nil : elements[generator.next(below: elements.count)] }

    mutating func shuffled<T>(_ elements: [T]) -> [T] {
        var result = elements
        for index in stride(from: result.count - 1, to: 0, by: -1) { result.swapAt(index, generator.next(below: index + 1)) }
        return result
    }

    /// Makes all probes, or those of some families.
    mutating func build(_ isWanted: (ProbeFamily) -> Bool) {
        for family in ProbeFamily.allCases where isWanted(family) {
            let count = (probes.count, missing.count)
            switch family {
            case .reference: addReference()
            case .reordered: addReordered()
            case .reads: addReads()
            case .refusals: addRefusals()
            case .alternative: addAlternatives()
            case .wording: addWordings()
            case .nothing: addNothing()
            case .answerOnly: addAnswerOnly()
            case .deedsOnly: addDeedsOnly()
            case .prefix: addPrefixes()
            case .omission: addOmissions()
            case .neighbour: addNeighbours()
            case .twice: addTwice()
            case .detour: addDetours()
            case .collateral: addCollateral()
            case .undone: addUndone()
            case .other: addOthers()
            case .wrongAnswer: addWrongAnswers()
            case .dump: addDumps()
            case .odd: addOddAnswers()
            case .smuggled: addSmuggled()
            case .flood: addFlood()
            case .random, .greedy: continue
            }
            if (probes.count, missing.count) == count { miss(family, "there is nothing of the kind in the solution") }
        }
    }
}
