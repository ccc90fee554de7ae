import Synchronization

/// Counts why parts of tasks came to nothing, for authors of domains and for this package's own development.
enum PlanStatistics {
    private static let counts = Mutex<[String: Int]>([:])

    static func note(_ kind: TaskKind, _ reason: String) { counts.withLock { $0["\(kind): \(reason)", default: 0] += 1 } }

    static var lines: [String] { counts.withLock { $0.sorted { $0.value > $1.value }.map { "\($0.value) \($0.key)" } } }
}

public enum PlanStatisticsReport { public static var lines: [String] { PlanStatistics.lines } }
