import Database
import Environments

/// The stages of one thread: a few connections on which any number of episodes take turns.
public final class StagePool {
    /// Bounds on calls.
    public let limits: CallLimits
    private let memoryBudget: Int
    private let mostStages: Int
    private var stages: [Stage] = []
    private var byteCount = 0
    private var useCount = 0

    /// Makes a pool.
    ///
    /// - Parameters:
    ///   - limits: bounds on calls.
    ///   - memoryBudget: bytes of database copies kept, over all environments; one copy is always kept.
    ///   - mostStages: the most connections kept.
    public init(limits: CallLimits = CallLimits(), memoryBudget: Int = 128 << 20, mostStages: Int = 64) {
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
        let stage = try stage(for: episode.world.environment)
        try stage.seat(episode)
        stage.lastUse = useCount
        return stage
    }

    private func stage(for environment: CompiledEnvironment) throws(DatabaseError) -> Stage {
        if let free = stages.first(where: { $0.environment === environment && $0.occupant == nil }) { return free }
        let own = stages.filter { $0.environment === environment }
        let hasRoom = stages.count < mostStages && byteCount + environment.databaseBytes <= memoryBudget
        if !hasRoom {
            if let oldest = own.min(by: { $0.lastUse < $1.lastUse }), own.count == stages.count || own.count > 1 { return oldest }
            // Another environment's connection makes room for this one's.
            while let index = stages.indices.min(by: { stages[$0].lastUse < stages[$1].lastUse }),
                stages.count >= mostStages || byteCount + environment.databaseBytes > memoryBudget
            {
                let stage = stages.remove(at: index)
                byteCount -= stage.environment.databaseBytes
                stage.leave()
            }
        }
        let stage = try Stage(environment)
        stages.append(stage)
        byteCount += environment.databaseBytes
        return stage
    }

    /// The number of connections.
    public var stageCount: Int { stages.count }
}
