import Environments
import WireJSON

/// How a final state and answer were judged.
public struct Evaluation: Sendable {
    /// One thing that was asked for.
    public struct Check: Sendable {
        /// What it is.
        public let name: String
        /// `change`, `unchanged`, `assertion` or `answer`.
        public let kind: String
        /// Whether it is so.
        public let passed: Bool
        /// What was asked for.
        public let expected: JSON
        /// What there is.
        public let actual: JSON
        /// Its share in progress.
        public let weight: Double
    }

    /// Everything asked for is so, and nothing else changed.
    public let success: Bool
    /// The weight of what is so over the weight of what was asked for, each collateral row counting as one more that is not. 1 only for success.
    public let progress: Double
    /// What was asked for, one by one.
    public let checks: [Check]
    /// The changes that nobody asked for: `{table, op, key, before, after}`.
    public let collateral: [JSON]

    init(checks: [Check], collateral: [JSON]) {
        self.checks = checks
        self.collateral = collateral
        success = collateral.isEmpty && checks.allSatisfy(\.passed)
        let total = checks.reduce(0) { $0 + $1.weight }
        let passed = checks.reduce(0) { $0 + ($1.passed ? $1.weight : 0) }
        progress = total == 0 ? (collateral.isEmpty ? 1 : 0) : passed / (total + Double(collateral.count))
    }

    /// Writes `{reward, success, progress, checks, collateral}`.
    public func write(reward: Double, to writer: inout JSONWriter) {
        writer.value(json(reward: reward))
    }

    /// `{reward, success, progress, checks, collateral}`
    public func json(reward: Double) -> JSON {
        [
            "reward": .number(reward), "success": .bool(success), "progress": .number(progress),
            "checks": .array(
                checks.map { check in
                    [
                        "name": .string(check.name), "kind": .string(check.kind), "passed": .bool(check.passed),
                        "weight": .number(check.weight), "expected": check.expected, "actual": check.actual,
                    ]
                }),
            "collateral": .array(collateral),
        ]
    }
}
