import Specifications
import WireJSON

/// What the probes of many tasks came to.
public struct ValidationReport: Sendable {
    /// The tasks, in order.
    public let results: [TaskResult]
    /// What was wrong with environments that did not load.
    public let mistakes: [Diagnostic]
    /// The seed, which commands that replay a probe repeat.
    public let seed: UInt64
    /// The verifier on trial, as it was given; nil: the environments' goals.
    public let verifier: String?

    /// Makes a report.
    public init(_ outcome: Campaign.Outcome, seed: UInt64, verifier: String? = nil) {
        results = outcome.results
        mistakes = outcome.mistakes
        self.seed = seed
        self.verifier = verifier
    }

    /// Whether nothing survived, nothing differed, and everything loaded.
    public var isSound: Bool { mistakes.isEmpty && results.allSatisfy(\.isSound) }

    /// All probes by family.
    public var tallies: [ProbeFamily: ProbeTally] {
        results.reduce(into: [:]) { all, result in
            for (family, tally) in result.tallies { all[family, default: ProbeTally()] += tally }
        }
    }

    /// All probes.
    public var total: ProbeTally { tallies.values.reduce(into: ProbeTally()) { $0 += $1 } }

    /// The number of environments.
    public var environments: Int { Set(results.map { "\($0.file) \($0.environment)" }).count }
    /// Comparisons of one trajectory played in two ways.
    public var comparisons: Int { results.reduce(0) { $0 + $1.comparisons } }
    /// Those that differed.
    public var differences: Int { results.reduce(0) { $0 + $1.differences.count } }

    /// Survivors of one cause, with the smallest example.
    public struct Group: Sendable {
        /// The cause.
        public let cause: String
        /// How many probes.
        public let probes: Int
        /// Of how many tasks.
        public let tasks: Int
        /// Whether rewards were given for wrong ends.
        public let isPaid: Bool
        /// The survivor with the fewest calls.
        public let example: Survivor
        /// The task of the example.
        public let task: TaskResult
    }

    /// The survivors by cause, those with most probes first.
    public var groups: [Group] {
        var order: [String] = []
        var members: [String: [(TaskResult, Survivor)]] = [:]
        for result in results {
            for survivor in result.survivors {
                let key = "\(survivor.isPaid) \(survivor.cause)"
                if members[key] == nil { order.append(key) }
                members[key, default: []].append((result, survivor))
            }
        }
        let groups = order.map { key -> Group in
            let all = members[key]!
            let example = all.enumerated().min { ($0.element.1.calls.count, $0.offset) < ($1.element.1.calls.count, $1.offset) }!.element
            return Group(
                cause: example.1.cause, probes: all.count, tasks: Set(all.map { "\($0.0.file) \($0.0.task)" }).count,
                isPaid: example.1.isPaid,
                example: example.1, task: example.0)
        }
        return groups.enumerated().sorted { ($1.element.probes, $0.offset) < ($0.element.probes, $1.offset) }.map(\.element)
    }

    /// Findings and what came instead of verdicts, by cause, with the tasks concerned.
    public var findings: [(cause: String, tasks: [String], notes: [String])] {
        var order: [String] = []
        var found: [String: (tasks: [String], notes: [String])] = [:]
        func add(_ cause: String, _ result: TaskResult, _ note: String) {
            if found[cause] == nil { order.append(cause) }
            found[cause, default: ([], [])].tasks.append("\(result.environment)/\(result.task)")
            if !note.isEmpty { found[cause]!.notes.append("\(result.environment)/\(result.task): \(note)") }
        }
        for result in results {
            for finding in result.findings { add(finding.cause, result, finding.note) }
            for (reason, count) in result.noVerdicts.sorted(by: { $0.key < $1.key }) {
                add(reason, result, "\(count) probe\(count == 1 ? "" : "s")")
            }
            for difference in result.differences { add("the same trajectory did not give the same bytes", result, difference) }
        }
        return order.map { ($0, found[$0]!.tasks, found[$0]!.notes) }
    }

    /// What could not be made, by family and reason, with the number of tasks.
    public var missing: [(family: ProbeFamily, reason: String, tasks: Int)] {
        var order: [String] = []
        var counts: [String: (ProbeFamily, String, Int)] = [:]
        for result in results {
            for (family, reason) in result.missing {
                let key = "\(family.rawValue) \(reason)"
                if counts[key] == nil { order.append(key) }
                counts[key] = (family, reason, (counts[key]?.2 ?? 0) + 1)
            }
        }
        return order.map { counts[$0]! }.map { (family: $0.0, reason: $0.1, tasks: $0.2) }.sorted { $0.tasks > $1.tasks }
    }

    /// A command that plays a probe again.
    public func command(_ result: TaskResult, probe: String) -> String {
        var words = ["orrery", "validate", result.file, "--task", result.task, "--probe", probe]
        if seed != 0 { words += ["--seed", "\(seed)"] }
        if let verifier { words += ["--verifier", verifier] }
        return words.map(ShellWord.quoted).joined(separator: " ")
    }
}

/// Wilson's score interval for a share, at 95 %.
///
/// Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
public struct Share: Sendable {
    /// How many.
    public let count: Int
    /// Of how many.
    public let total: Int

    /// The share; 0 of nothing.
    public var value: Double { total == 0 ? 0 : Double(count) / Double(total) }

    /// The bounds of the interval.
    public var interval: (low: Double, high: Double) {
        guard total > 0 else { return (0, 1) }
        let n = Double(total)
        let z = 1.959964
        let centre = value + z * z / (2 * n)
        let spread = z * (value * (1 - value) / n + z * z / (4 * n * n)).squareRoot()
        let scale = 1 + z * z / n
        return (max(0, (centre - spread) / scale), min(1, (centre + spread) / scale))
    }
}

extension ValidationReport {
    /// The share of wrong ends that were paid.
    public var falsePositives: Share { Share(count: total.paid, total: total.paid + total.caught) }
    /// The share of right ends that were not.
    public var falseNegatives: Share { Share(count: total.denied, total: total.denied + total.rewarded) }
}
