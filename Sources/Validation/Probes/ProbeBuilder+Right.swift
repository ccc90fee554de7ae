import Database
import Environments
import Episodes
import WireJSON

/// Probes that should earn the reward.
extension ProbeBuilder {
    /// The solution as it stands, with other seeds, and begun later.
    mutating func addReference() {
        add(.reference, "", "as it stands", prefix: reference.calls.count, [], answer: reference.answer)
        guard !reference.writes.isEmpty else { return }
        for seed in 1...5 as ClosedRange<UInt64> {
            var probe = Probe(
                family: .reference, name: "seed-\(seed)", note: "with seed \(seed)", steps: all, answer: reference.answer,
                answerIsRight: true)
            probe.seed = seed
            add(probe)
        }
        for steps in [1, 2, 3, 5, 8, 13, 20] {
            let wait = Array(repeating: Probe.Step.unknown("wait"), count: steps)
            add(
                .reference, "later-\(steps)", "its writing steps, \(steps) steps after the beginning", wait + writes(from: 0),
                answer: reference.answer)
        }
    }

    /// The writing steps in other orders. Where the order matters, the state tells.
    mutating func addReordered() {
        let writes = reference.writes
        guard writes.count > 1 else { return miss(.reordered, "there are fewer than two writing steps") }
        var orders: [[Int]] = []
        // Every neighbouring pair the other way round, the reverse, and some at random.
        for index in writes.indices.dropLast() {
            var order = writes
            order.swapAt(index, index + 1)
            orders.append(order)
        }
        if writes.count > 2 {
            orders.append(writes.reversed())
            for _ in 0..<3 { orders.append(shuffled(writes)) }
        }
        for (number, order) in orders.enumerated() where order != writes {
            let reads = reference.calls.indices.filter { !writes.contains($0) && reference.calls[$0].mistake == nil }
            let words = order.map { tool($0).name }.joined(separator: ", ")
            add(.reordered, "\(number + 1)", words, (reads + order).map { .original($0) }, answer: reference.answer)
        }
    }

    /// Reads between the steps.
    mutating func addReads() {
        guard !material.reads.isEmpty else { return miss(.reads, "no reading tool accepts a call that could be made up") }
        for number in 1...2 {
            var steps: [Probe.Step] = []
            for step in all {
                for _ in 0..<number {
                    if let read = pick(material.reads) { steps.append(.extra(tool: read.tool, read.arguments)) }
                }
                steps.append(step)
            }
            for read in shuffled(material.reads).prefix(2) { steps.append(.extra(tool: read.tool, read.arguments)) }
            add(.reads, "\(number)", "\(steps.count - all.count) more calls", steps, answer: reference.answer)
        }
    }

    /// Calls that come to nothing: a tool that there is not, arguments that are none, a writing step that is tried again.
    mutating func addRefusals() {
        var steps: [Probe.Step] = [.unknown("no_such_tool")]
        for index in reference.calls.indices {
            var arguments = reference.calls[index].arguments
            arguments["no such argument"] = 1
            steps += [.changed(index, arguments), .original(index)]
        }
        add(.refusals, "", "\(steps.count - all.count) more calls", steps, answer: reference.answer)
    }

    /// For each writing step another tool that leaves the same rows.
    mutating func addAlternatives() {
        guard !reference.writes.isEmpty else { return miss(.alternative, "there is no writing step") }
        var found = 0
        for index in reference.writes {
            let call = reference.calls[index]
            for (number, candidate) in substitutes(for: call).prefix(12).enumerated() {
                found += 1
                add(
                    .alternative, "\(index + 1)/\(number + 1)", "\(definition.tools[candidate.tool].name) for \(tool(index).name)",
                    prefix: index,
                    [.extra(tool: candidate.tool, candidate.arguments)] + writes(from: index + 1), answer: reference.answer)
            }
        }
        if found == 0 { miss(.alternative, "no other tool takes what the writing steps are given") }
    }

    /// Calls of other writing tools that can be filled with the same values, and with words of their own where they take such.
    private mutating func substitutes(for call: ReferencePath.Call) -> [AcceptedCall] {
        let given = call.arguments.members.map(\.value)
        return definition.tools.enumerated().flatMap { index, tool -> [AcceptedCall] in
            guard tool.effect != .read, index != call.tool, !tool.arguments.isEmpty else { return [] }
            var choices: [(argument: String, values: [JSON])] = []
            var used = 0
            for argument in tool.arguments {
                let places = Set(material.places(index, argument.name))
                let same = call.arguments.members.first { member in
                    member.name == argument.name || !places.isDisjoint(with: material.places(call.tool, member.name))
                }
                if let same {
                    choices.append((argument.name, [same.value]))
                    used += 1
                } else if let words = Self.words(argument) {
                    choices.append((argument.name, words))
                } else if argument.isRequired {
                    return []
                }
            }
            return used == given.count ? Self.fillings(choices).map { AcceptedCall(tool: index, arguments: $0) } : []
        }
    }

    /// The answer as another agent may put it, by what the format says of each type.
    mutating func addWordings() {
        guard let asked = reference.asked, let answer = reference.answer else { return miss(.wording, "no answer is asked for") }
        for (number, other) in AnswerWordings(asked, answer).right.enumerated() {
            add(.wording, "\(number + 1)", other.text, prefix: reference.calls.count, [], answer: other)
        }
    }
}
