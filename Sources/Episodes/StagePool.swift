import Database
import Environments

/// The stages of one thread: a few connections on which any number of episodes take turns.
public final class StagePool {
    /// Bounds on calls.
    public let limits: CallLimits
    private let memoryBudget: Int
    private let mostStages: Int
    private var stages: [ObjectIdentifier: [Stage]] = [:]
    private var useCount = 0

    /// Makes a pool.
    ///
    /// - Parameters:
    ///   - limits: bounds on calls.
    ///   - memoryBudget: bytes of database copies kept for one environment; at least one copy is always kept.
    ///   - mostStages: the most connections kept for one environment.
    public init(limits: CallLimits = CallLimits(), memoryBudget: Int = 96 << 20, mostStages: Int = 64) {
        self.limits = limits
        self.memoryBudget = memoryBudget
        self.mostStages = mostStages
    }

    /// Returns a stage on which the episode sits: its own, a free one, a new one, or that of the episode that waited longest.
    func seat(_ episode: Episode) throws(DatabaseError) -> Stage {
        useCount += 1
        if let stage = episode.seat {
            stage.lastUse = useCount
            return stage
        }
        let environment = episode.world.environment
        let key = ObjectIdentifier(environment)
        let existing = stages[key] ?? []
        var chosen = existing.min { ($0.occupant == nil ? 0 : $0.lastUse) < ($1.occupant == nil ? 0 : $1.lastUse) }
        let most = max(1, min(mostStages, memoryBudget / max(1, environment.databaseBytes)))
        if chosen?.occupant != nil || chosen == nil, existing.count < most {
            let stage = try Stage(environment)
            stages[key, default: []].append(stage)
            chosen = stage
        }
        let stage = chosen!
        try stage.seat(episode)
        stage.lastUse = useCount
        return stage
    }

    /// The number of connections.
    public var stageCount: Int { stages.values.reduce(0) { $0 + $1.count } }
}
