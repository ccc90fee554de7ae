import Database
import Environments
import Episodes
import WireJSON

/// Names what lets a probe through: in words that are the same for all of its kind, so that survivors can be grouped by them.
struct Causes {
    let world: World
    let task: TaskDefinition
    let reference: ReferencePath
    let isOwnGoal: Bool

    static let holdsAtStart = "the goal holds at the start: doing nothing is paid"

    private var tables: [Table] { world.environment.definition.tables }

    func name(_ family: ProbeFamily, isPaid: Bool, _ played: PlayedProbe, _ verdict: Verdict) -> String {
        isPaid ? paid(family, played) : denied(family, verdict)
    }

    // MARK: Paid for a wrong end

    private func paid(_ family: ProbeFamily, _ played: PlayedProbe) -> String {
        switch family {
        case .nothing: return Self.holdsAtStart
        case .deedsOnly: return "the answer that is asked for is not checked"
        case .wrongAnswer, .odd, .smuggled: return "a wrong answer passes the check of the answer"
        case .dump: return "an answer that names every candidate passes the check of the answer"
        case .answerOnly: return "the answer is paid without the deeds"
        default: break
        }
        let differing = differences(played.episode.changes)
        if reference.isNothing(for: family), differing.isEmpty { return Self.holdsAtStart }
        if differing.isEmpty { return "the answer is not checked against the end" }
        guard isOwnGoal, case .stated(let goal) = task.goal else {
            return
                "\(family == .collateral ? "changes that nobody asked for are not noticed" : "the verdict does not depend on the rows") (\(differing.count == 1 ? names(differing) : "several tables"))"
        }
        var loose: [String] = []
        for (table, columns) in differing {
            let name = tables[table].name
            if let allowance = goal.allowances.first(where: { $0.table == name }) {
                return "the goal lets anything happen to \(name)\(allowance.columns.map { " (\($0.joined(separator: ", ")))" } ?? "")"
            }
            // Rows with made up identifiers may have been exchanged, so that other columns seem to differ.
            let accidents = accidents(table)
            let seen = looseness(goal, name) { columns.contains($0) && !accidents.contains($0) }
            loose += seen.isEmpty ? looseness(goal, name) { !accidents.contains($0) } : seen
        }
        if !loose.isEmpty { return loose.joined(separator: "; ") }
        return "the goal does not see a change of \(names(differing))"
    }

    /// The columns of a table that differ between right ways: its key, and times from the clock.
    private func accidents(_ table: Int) -> Set<String> {
        let times = reference.clockColumns.filter { $0.key.table == table }.values.joined()
        return Set(tables[table].key + times.map { tables[table].columns[$0].name })
    }

    /// How loosely a goal looks at columns of a table.
    private func looseness(_ goal: StatedGoal, _ table: String, _ isMeant: (String) -> Bool) -> [String] {
        var result: [String] = []
        for change in goal.changes where change.table == table {
            for (column, matcher, _) in change.values where isMeant(column) {
                let text: String? =
                    switch matcher {
                    case .equals: nil
                    case .any: "the goal takes any \(table).\(column)"
                    case .oneOf: "the goal takes one of several \(table).\(column)"
                    case .within: "the goal takes a range of \(table).\(column)"
                    case .text: "the goal compares \(table).\(column) loosely"
                    }
                if let text, !result.contains(text) { result.append(text) }
            }
        }
        return result
    }

    private func names(_ differing: [(table: Int, columns: Set<String>)]) -> String {
        differing.map { tables[$0.table].name }.joined(separator: ", ")
    }

    /// The tables in which the end differs from the reference solution's, and their columns.
    private func differences(_ changes: ChangeSet) -> [(table: Int, columns: Set<String>)] {
        var result: [Int: Set<String>] = [:]
        for key in Set(changes.entries.keys).union(reference.changes.entries.keys) {
            let (own, theirs) = (changes.entries[key], reference.changes.entries[key])
            if own == theirs { continue }
            let columns = tables[key.table].columns.map(\.name)
            let values = own?.after.flatMap(RowCodec.decode)
            let others = (theirs?.after ?? own?.before).flatMap(RowCodec.decode)
            if let values, let others {
                for (column, (a, b)) in zip(columns, zip(values, others)) where a != b { result[key.table, default: []].insert(column) }
            } else {
                result[key.table, default: []].formUnion(columns)
            }
        }
        return result.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    // MARK: Denied for a right end

    /// Whether a value is what a check says that it expects.
    private static func takes(_ expected: JSON, _ value: JSON) -> Bool {
        if expected["any"] != nil { return true }
        if let accepted = expected["one_of"]?.array { return accepted.contains(value) }
        if let text = expected["text"]?.string { return text.lowercased() == value.string?.lowercased() }
        guard let bounds = expected["within"]?.array, bounds.count == 2 else { return expected == value }
        if let value = value.double, let low = bounds[0].double, let high = bounds[1].double { return low <= value && value <= high }
        if let value = value.string, let low = bounds[0].string, let high = bounds[1].string { return low <= value && value <= high }
        return false
    }

    private func denied(_ family: ProbeFamily, _ verdict: Verdict) -> String {
        if family == .wording { return "the check of the answer is stricter than its type" }
        let failed = verdict.reasons["checks"]?.array?.filter { $0["passed"] == false } ?? []
        let columns = failed.flatMap { check -> [String] in
            guard let expected = check["expected"]?["after"]?.object ?? check["expected"]?["values"]?.object,
                let actual = check["actual"]?["after"]?.object
            else { return [] }
            return expected.members.filter { !Self.takes($0.value, actual[$0.name] ?? .null) }.map(\.name)
        }
        let way = family == .reference ? "the reference solution" : "another right way"
        if !columns.isEmpty {
            return "\(way) is denied: the goal insists on \(Array(Set(columns)).sorted().joined(separator: ", "))"
        }
        return family == .reference ? "\(way) is denied" : "\(way) is denied (\(family.title))"
    }
}
