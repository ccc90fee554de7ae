import Database
import Environments
import Episodes
import WireJSON

/// Looks at a reference solution for what shows without a probe.
struct SolutionReview {
    let material: Material
    let reference: ReferencePath
    let task: Int

    var definition: Environment { material.world.environment.definition }
    var taskDefinition: TaskDefinition { definition.tasks[task] }

    init(_ material: Material, _ reference: ReferencePath, _ task: Int) {
        self.material = material
        self.reference = reference
        self.task = task
    }

    /// Everything that is wrong.
    ///
    /// - Parameter chance: of a guess at the answer, if it is judged by the environment's own goal.
    func findings(_ chance: Double?) -> [Finding] {
        refusals + emptyWrites + unsaidTexts + mintedLiterals + answerFindings(chance)
    }

    /// Refused calls of tasks of another benchmark. A solution of ours ends with an answer where a refusal is how the agent learns what to say.
    private var refusals: [Finding] {
        guard taskDefinition.isImported else { return [] }
        return reference.calls.filter { $0.mistake != nil }.map { call in
            Finding(
                cause: definition.tools[call.tool].effect == .read
                    ? "a reading call of the reference solution is refused"
                    : "a writing call of the reference solution is refused, so that the state it leads to lacks what the call was to do",
                note: "call \(call.step + 1), \(definition.tools[call.tool].name): \(call.mistake!)")
        }
    }

    /// Writing calls that leave everything as it was.
    private var emptyWrites: [Finding] {
        reference.calls.filter { $0.mistake == nil && !$0.changesRows && definition.tools[$0.tool].effect != .read }.map { call in
            Finding(
                cause: "a writing call of the reference solution changes nothing, so that it may be left out",
                note: "call \(call.step + 1), \(definition.tools[call.tool].name)")
        }
    }

    /// Texts that the solution writes as nobody has said or shown them, and that the goal insists on.
    private var unsaidTexts: [Finding] {
        if taskDefinition.isImported { return [] }
        return reference.writes.flatMap { index -> [Finding] in
            let call = reference.calls[index]
            let known = KnownText(definition, taskDefinition, reference, before: index)
            return definition.tools[call.tool].arguments.compactMap { argument in
                guard case .string = argument.type, let text = call.arguments[argument.name]?.string, !text.isEmpty,
                    !known.contains(text), isInsistedOn(text)
                else { return nil }
                return Finding(
                    cause: known.mentions(text)
                        ? "the goal insists on a text that was said with other capitals"
                        : "the goal insists on a text that nobody has said",
                    note: "call \(call.step + 1), \(argument.name): '\(text)'")
            }
        }
    }

    /// Whether the goal takes no other text.
    private func isInsistedOn(_ text: String) -> Bool {
        let isLeft = reference.changes.entries.values.contains { $0.after.flatMap(RowCodec.decode)?.contains(.text(text)) ?? false }
        guard case .stated(let goal) = taskDefinition.goal else { return isLeft }
        return goal.changes.contains { change in
            change.values.contains { if case .equals(.string(text)) = $0.matcher { true } else { false } }
        }
    }

    /// Identifiers that only the engine chooses, and that a stated goal insists on: another right way may make others.
    private var mintedLiterals: [Finding] {
        guard case .stated(let goal) = taskDefinition.goal else { return [] }
        var minted: [ColumnPlace: Set<SQLValue>] = [:]
        for call in reference.calls {
            for (value, places) in zip(call.minted, material.meanings.minted[call.tool]) {
                for place in places { minted[place, default: []].insert(value) }
            }
        }
        return goal.changes.flatMap { change -> [Finding] in
            guard let table = definition.tables.firstIndex(where: { $0.name == change.table }) else { return [] }
            return change.values.compactMap { name, matcher, _ in
                guard case .equals(let value) = matcher, let column = definition.tables[table].columnIndex(name),
                    let stored = ColumnValue.sql(value, definition.tables[table].columns[column].type)
                else { return nil }
                let places = [material.meanings.referred[table][column], ColumnPlace(table: table, column: column)]
                guard places.contains(where: { minted[$0]?.contains(stored) ?? false }) else { return nil }
                return Finding(
                    cause: "the goal insists on an identifier that the tools make up: \(change.table).\(name)",
                    note: "\(value.text); {any: true} takes whatever they make up")
            }
        }
    }
}
