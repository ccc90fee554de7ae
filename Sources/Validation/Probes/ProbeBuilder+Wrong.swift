import Environments
import Episodes
import WireJSON

/// Probes that should earn nothing.
extension ProbeBuilder {
    mutating func addNothing() {
        add(.nothing, "", "no call and no answer", [], answer: nil, isRight: reference.asked == nil)
    }

    mutating func addAnswerOnly() {
        guard reference.asked != nil else { return miss(.answerOnly, "no answer is asked for") }
        guard !reference.writes.isEmpty else { return miss(.answerOnly, "nothing has to be done but to answer") }
        add(.answerOnly, "", "no call", [], answer: reference.answer)
    }

    mutating func addDeedsOnly() {
        guard reference.asked != nil else { return miss(.deedsOnly, "no answer is asked for") }
        add(.deedsOnly, "", "no answer", prefix: reference.calls.count, [], answer: nil, isRight: false)
    }

    mutating func addPrefixes() {
        guard let last = reference.writes.last else { return miss(.prefix, "there is no writing step") }
        // Beginnings that end between the same writing steps are in the same state.
        for count in [0] + reference.writes.map({ $0 + 1 }) where count <= last {
            add(.prefix, "\(count)", "\(count) of \(reference.calls.count) calls", prefix: count, [], answer: reference.answer)
        }
    }

    mutating func addOmissions() {
        guard !reference.writes.isEmpty else { return miss(.omission, "there is no writing step") }
        for index in reference.writes {
            add(.omission, "\(index + 1)", "without \(tool(index).name)", prefix: index, writes(from: index + 1), answer: reference.answer)
        }
    }

    mutating func addNeighbours() {
        guard !reference.writes.isEmpty else { return miss(.neighbour, "there is no writing step") }
        for index in reference.writes {
            for change in neighbours(of: index) {
                add(
                    .neighbour, "\(index + 1).\(change.argument)/\(change.number)", "\(tool(index).name): \(change.note)", prefix: index,
                    [.changed(index, change.arguments)] + writes(from: index + 1), answer: reference.answer)
            }
        }
    }

    mutating func addTwice() {
        guard !reference.writes.isEmpty else { return miss(.twice, "there is no writing step") }
        for index in reference.writes {
            add(
                .twice, "\(index + 1)", tool(index).name, prefix: index + 1,
                [.extra(tool: reference.calls[index].tool, reference.calls[index].arguments)] + writes(from: index + 1),
                answer: reference.answer)
        }
    }

    /// The step done to another row first, and then to the right one.
    mutating func addDetours() {
        guard !reference.writes.isEmpty else { return miss(.detour, "there is no writing step") }
        var found = 0
        for index in reference.writes {
            for change in neighbours(of: index) where change.isOfAnotherRow {
                found += 1
                add(
                    .detour, "\(index + 1).\(change.argument)/\(change.number)", "\(tool(index).name): \(change.note)", prefix: index,
                    [.extra(tool: reference.calls[index].tool, change.arguments)] + writes(from: index), answer: reference.answer)
            }
        }
        if found == 0 { miss(.detour, "no argument of a writing step names a row that has neighbours") }
    }

    /// Everything that was asked for, and one more write of every tool.
    mutating func addCollateral() {
        for name in material.unreachable { miss(.collateral, "no call of \(name) is accepted that could be made up") }
        var numbers: [Int: Int] = [:]
        for call in material.writes {
            numbers[call.tool, default: 0] += 1
            add(
                .collateral, "\(definition.tools[call.tool].name)/\(numbers[call.tool]!)", "and \(definition.tools[call.tool].name)",
                prefix: reference.calls.count, [.extra(tool: call.tool, call.arguments)], answer: reference.answer)
        }
    }

    /// A writing step and then a call that may undo it: the same row, the same tool with what was there before, or another tool.
    mutating func addUndone() {
        guard let last = reference.writes.last else { return miss(.undone, "there is no writing step") }
        let call = reference.calls[last]
        var found = 0
        for undoing in undoers(of: call).prefix(24) {
            found += 1
            add(
                .undone, "\(last + 1)/\(found)", "\(tool(last).name), then \(definition.tools[undoing.tool].name)",
                prefix: reference.calls.count,
                [.extra(tool: undoing.tool, undoing.arguments)], answer: reference.answer)
        }
        if found == 0 { miss(.undone, "no other tool takes what the last writing step was given or made") }
    }

    /// Calls of writing tools that take nothing but the rows which a call was given or made, and words of their own.
    private func undoers(of call: ReferencePath.Call) -> [AcceptedCall] {
        definition.tools.enumerated().flatMap { index, tool -> [AcceptedCall] in
            guard tool.effect != .read, !tool.arguments.isEmpty else { return [] }
            var fillings = [JSONObject()]
            for argument in tool.arguments where argument.isRequired {
                let places = Set(material.places(index, argument.name))
                var choices: [JSON] = []
                if let member = call.arguments.members.first(where: { !places.isDisjoint(with: material.places(call.tool, $0.name)) }) {
                    choices = [member.value]
                } else if let minted = call.minted.first, places.contains(where: material.isKey) {
                    choices = [ColumnValue.json(minted, nil)]
                } else if case .enumeration(let words) = argument.type, words.count <= 8 {
                    choices = words.map { .string($0) }
                }
                fillings = fillings.flatMap { filling in
                    choices.map { choice in
                        var filled = filling
                        filled[argument.name] = choice
                        return filled
                    }
                }
            }
            return fillings.filter { !$0.isEmpty && !(index == call.tool && $0 == call.arguments) }
                .map { AcceptedCall(tool: index, arguments: $0) }
        }
    }

    /// What another task asks for.
    mutating func addOthers() {
        let others = shuffled(definition.tasks.indices.filter { $0 != task && !definition.tasks[$0].solution.isEmpty }).prefix(4)
        guard !others.isEmpty else { return miss(.other, "there is no other task with a solution") }
        for other in others.sorted() {
            var steps: [Probe.Step] = []
            var answer: JSON?
            for step in definition.tasks[other].solution {
                switch step {
                case .call(let tool, let arguments, _):
                    guard let index = material.world.environment.toolIndex(tool), definition.tools[index].effect != .read else { continue }
                    steps.append(.extra(tool: index, arguments))
                case .answer(let value):
                    answer = AnswerDefinition.Kind(inferredFrom: value) != nil ? value.object?["value"] ?? value : value
                case .message: break
                }
            }
            let isRight =
                reference.asked.map { AnswerMeaning.isSame($0, reference.answer, answer) } ?? true
            add(
                .other, definition.tasks[other].id, "the solution of \(definition.tasks[other].id)", steps, answer: answer, isRight: isRight
            )
        }
    }
}
