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
        addExchanges()
    }

    /// Two calls of one tool with an argument of each given to the other.
    private mutating func addExchanges() {
        for (number, first) in reference.writes.enumerated() {
            for second in reference.writes[(number + 1)...] where reference.calls[second].tool == reference.calls[first].tool {
                let (one, other) = (reference.calls[first].arguments, reference.calls[second].arguments)
                for argument in tool(first).arguments {
                    guard let a = one[argument.name], let b = other[argument.name], a != b, one.count > 1 else { continue }
                    var (changed, otherChanged) = (one, other)
                    changed[argument.name] = b
                    otherChanged[argument.name] = a
                    // Otherwise it would be another order.
                    guard changed != other else { continue }
                    let rest = writes(from: first + 1).map { step -> Probe.Step in
                        if case .original(second) = step { .changed(second, otherChanged) } else { step }
                    }
                    add(
                        .neighbour, "\(first + 1).\(argument.name)/with-\(second + 1)",
                        "\(tool(first).name): \(argument.name) exchanged with that of call \(second + 1)", prefix: first,
                        [.changed(first, changed)] + rest, answer: reference.answer)
                }
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

    /// Everything that was asked for, and one more write of every tool; and of those that change what the goal lets change freely.
    mutating func addCollateral() {
        for name in material.unreachable { miss(.collateral, "no call of \(name) is accepted that could be made up") }
        var numbers: [Int: Int] = [:]
        for call in material.writes {
            numbers[call.tool, default: 0] += 1
            add(
                .collateral, "\(definition.tools[call.tool].name)/\(numbers[call.tool]!)", "and \(definition.tools[call.tool].name)",
                prefix: reference.calls.count, [.extra(tool: call.tool, call.arguments)], answer: reference.answer)
        }
        addAllowed()
    }

    /// Calls that change a table which may change freely, made up for the end of the solution.
    private mutating func addAllowed() {
        guard case .stated(let goal) = taskDefinition.goal, !goal.allowances.isEmpty else { return }
        let rows = material.rows.with(reference.changes)
        let finder = CallFinder(material.world, material.meanings, rows, start: reference.states.last)
        for allowance in goal.allowances {
            guard let table = definition.tables.firstIndex(where: { $0.name == allowance.table }) else { continue }
            for call in finder.writes(to: table, seed: seed) {
                let tool = definition.tools[call.tool].name
                add(
                    .collateral, "\(tool)/\(allowance.table)", "and \(tool), which changes \(allowance.table)",
                    prefix: reference.calls.count, [.extra(tool: call.tool, call.arguments)], answer: reference.answer)
            }
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
