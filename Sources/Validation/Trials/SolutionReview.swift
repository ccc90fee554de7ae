import Database
import Environments
import Episodes
import WireJSON

/// Looks at a reference solution for what shows without a probe.
struct SolutionReview {
    private let material: Material
    private let reference: ReferencePath
    private let task: Int

    private var definition: Environment { material.world.environment.definition }
    private var taskDefinition: TaskDefinition { definition.tasks[task] }

    init(_ material: Material, _ reference: ReferencePath, _ task: Int) {
        self.material = material
        self.reference = reference
        self.task = task
    }

    /// Everything that is wrong.
    ///
    /// - Parameter chance: of a guess at the answer, if it is judged by the environment's own goal.
    func findings(_ chance: Double?) -> [Finding] {
        refusals + emptyWrites + unasked + severalAnswers + guess(chance)
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

    /// An answer that nobody checks. A sentence may be a courtesy.
    private var unasked: [Finding] {
        guard reference.asked == nil, case .answer(let answer)? = taskDefinition.solution.last, answer != .null else { return [] }
        if answer.string != nil, material.columns(holding: answer).isEmpty { return [] }
        return [Finding(cause: "the reference solution answers, but the goal does not check the answer", note: "answered \(answer.text)")]
    }

    /// A tolerance or a list of texts that takes in more than one of the values that could be meant.
    private var severalAnswers: [Finding] {
        let accepted = AnswerCandidates(material, reference).accepted
        guard accepted.count > 1 else { return [] }
        return [
            Finding(
                cause: "the check of the answer accepts several of the values that could be meant",
                note: accepted.prefix(5).map(\.text).joined(separator: ", "))
        ]
    }

    private func guess(_ chance: Double?) -> [Finding] {
        guard let chance, reference.writes.isEmpty, chance > greatestChance else { return [] }
        return [
            Finding(
                cause: "the answer, which is all that is asked for, can be guessed",
                note: "one guess in \(Int((1 / chance).rounded())) is right")
        ]
    }

    /// The chance of a guess above which a task that asks for nothing but an answer is no test.
    private var greatestChance: Double {
        // A number may stand by chance in a column that it is not about.
        if case .number? = reference.asked { 0.34 } else { 0.201 }
    }
}
