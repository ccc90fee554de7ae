/// Why tasks and their parts came to nothing, for whoever writes domains.
struct PlanNotes: Sendable {
    private(set) var counts: [String: Int] = [:]

    mutating func note(_ what: String, _ reason: String) { counts["\(what): \(reason)", default: 0] += 1 }
}

/// What an author should know of the environments that a domain gives.
public struct PreviewNotes: Sendable {
    private var reasons: [String: Int] = [:]
    private var verbs: [String: (present: Int, impossible: Int, used: Int)] = [:]
    private var absences: [String: Int] = [:]
    private var refusals: [String: (present: Int, met: Int)] = [:]
    private var questions: [String: (present: Int, used: Int)] = [:]

    /// Makes empty notes.
    public init() {}

    mutating func note(_ notes: PlanNotes) { for (reason, count) in notes.counts { reasons[reason, default: 0] += count } }

    mutating func note(verb: String, isImpossible: Bool, isUsed: Bool) {
        var entry = verbs[verb] ?? (0, 0, 0)
        entry.present += 1
        if isImpossible { entry.impossible += 1 }
        if isUsed { entry.used += 1 }
        verbs[verb] = entry
    }

    mutating func note(absent verb: String) { absences[verb, default: 0] += 1 }

    mutating func note(refusal: String, isMet: Bool) {
        var entry = refusals[refusal] ?? (0, 0)
        entry.present += 1
        if isMet { entry.met += 1 }
        refusals[refusal] = entry
    }

    mutating func note(question: String, isUsed: Bool) {
        var entry = questions[question] ?? (0, 0)
        entry.present += 1
        if isUsed { entry.used += 1 }
        questions[question] = entry
    }

    /// Adds what another environment showed.
    public mutating func add(_ other: PreviewNotes) {
        for (reason, count) in other.reasons { reasons[reason, default: 0] += count }
        for (name, count) in other.absences { absences[name, default: 0] += count }
        for (name, entry) in other.verbs {
            let own = verbs[name] ?? (0, 0, 0)
            verbs[name] = (own.present + entry.present, own.impossible + entry.impossible, own.used + entry.used)
        }
        for (name, entry) in other.refusals {
            let own = refusals[name] ?? (0, 0)
            refusals[name] = (own.present + entry.present, own.met + entry.met)
        }
        for (name, entry) in other.questions {
            let own = questions[name] ?? (0, 0)
            questions[name] = (own.present + entry.present, own.used + entry.used)
        }
    }

    /// The notes as titled lists.
    public func lines(environments: Int) -> [(title: String, lines: [String])] {
        [
            (
                "Verbs left out because nothing could be found that they could be done to:",
                verbs.filter { $0.value.impossible > 0 }.sorted { $0.key < $1.key }.map {
                    "\($0.key): in \($0.value.impossible) of \($0.value.present)"
                }
            ),
            (
                "Verbs that were absent from at least half of the environments, with what they need:",
                absences.filter { 2 * $0.value >= environments }.sorted { $0.key < $1.key }.map {
                    "\($0.key): from \($0.value) of \(environments)"
                }
            ),
            (
                "Verbs that no task uses:",
                verbs.filter { $0.value.used == 0 && $0.value.present > $0.value.impossible }.map(\.key).sorted()
            ),
            (
                "Refusals that were never met:",
                refusals.filter { $0.value.met == 0 }.sorted { $0.key < $1.key }.map { "\($0.key) (in \($0.value.present))" }
            ),
            ("Questions that no task asks:", questions.filter { $0.value.used == 0 }.map(\.key).sorted()),
            (
                "Why parts of tasks came to nothing, the most common reasons first:",
                reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(12).map { "\($0.value) × \($0.key)" }
            ),
        ]
    }
}
