import Database
import Environments

/// A few connections on which any number of episodes take turns.
///
/// Unchecked: what the pool knows of its stages, and which episode sits on which, is touched under `lock` alone. A thread that shares the
/// pool with others holds the episode on which it works (``holding(_:_:)``), and nobody takes the stage of an episode that is held.
public final class StagePool: @unchecked Sendable {
    /// Bounds on calls.
    public let limits: CallLimits
    private let memoryBudget: Int
    private let mostStages: Int
    private let lock = SeatLock()
    private var stages: [Stage] = []
    /// The stages, and those that are being made.
    private var count = 0
    /// The bytes of their databases.
    private var byteCount = 0
    private var useCount = 0

    /// Makes a pool.
    ///
    /// - Parameters:
    ///   - limits: bounds on calls.
    ///   - memoryBudget: bytes of database copies kept, over all environments, beyond those in use; one copy is always kept.
    ///   - mostStages: the most connections kept, beyond those in use.
    public init(limits: CallLimits = CallLimits(), memoryBudget: Int = 128 << 20, mostStages: Int = 64) {
        self.limits = limits
        self.memoryBudget = memoryBudget
        self.mostStages = mostStages
    }

    /// Does something with an episode that other threads of the pool leave alone meanwhile.
    ///
    /// - Precondition: no other thread holds the episode.
    public func holding<R, E: Error>(_ episode: Episode, _ body: () throws(E) -> R) throws(E) -> R {
        lock.locked { episode.isHeld = true }
        defer { lock.locked { episode.isHeld = false } }
        return try body()
    }

    /// Returns a stage on which the episode sits: its own, a free one, a new one, or that of the episode that waited longest.
    func seat(_ episode: Episode) throws(DatabaseError) -> Stage {
        if let stage = lock.locked({ own(episode) }) { return stage }
        let environment = episode.world.environment
        // Making a stage and laying out a state take time; the others go on meanwhile.
        let stage: Stage
        // The connections that had to go are closed here, after the lock.
        let (taken, _) = lock.locked { () -> (Stage?, dropped: [Stage]) in
            var dropped: [Stage] = []
            return (take(for: environment, &dropped), dropped)
        }
        if let taken {
            stage = taken
        } else {
            let made: Result<Stage, DatabaseError> = Result { () throws(DatabaseError) in try Stage(environment, lock) }
            if case .success(let stage) = made { stage.isReserved = true }
            lock.locked {
                if case .success(let stage) = made {
                    stage.lastUse = useCount
                    stages.append(stage)
                } else {
                    count(environment, -1)
                }
            }
            stage = try made.get()
        }
        defer { lock.locked { stage.isReserved = false } }
        try stage.seat(episode)
        return stage
    }

    private func own(_ episode: Episode) -> Stage? {
        guard let stage = episode.seat else { return nil }
        useCount += 1
        stage.lastUse = useCount
        return stage
    }

    private func count(_ environment: CompiledEnvironment, _ number: Int) {
        count += number
        byteCount += number * environment.databaseBytes
    }

    /// Reserves a stage without an occupant; nil if a new one is to be made, for which there is room then.
    ///
    /// - Parameter dropped: the stages that are no longer the pool's.
    private func take(for environment: CompiledEnvironment, _ dropped: inout [Stage]) -> Stage? {
        useCount += 1
        var idle = stages.filter { !$0.isInUse }
        func drop(while isTooMuch: () -> Bool) {
            while isTooMuch(), let index = idle.indices.min(by: { idle[$0].lastUse < idle[$1].lastUse }) {
                let stage = idle.remove(at: index)
                stage.leave()
                stages.removeAll { $0 === stage }
                count(stage.environment, -1)
                dropped.append(stage)
            }
        }
        func reserved(_ stage: Stage) -> Stage {
            idle.removeAll { $0 === stage }
            // What was made while all were in use goes when it is not needed any more.
            drop { count > mostStages || byteCount > memoryBudget }
            stage.leave()
            stage.isReserved = true
            stage.lastUse = useCount
            return stage
        }
        func hasNoRoom() -> Bool { count >= mostStages || byteCount + environment.databaseBytes > memoryBudget }
        let own = idle.filter { $0.environment === environment }
        if let free = own.first(where: \.isFree) { return reserved(free) }
        if hasNoRoom() {
            if let oldest = own.min(by: { $0.lastUse < $1.lastUse }), own.count == idle.count || own.count > 1 { return reserved(oldest) }
            // Another environment's connection makes room for this one's.
            drop(while: hasNoRoom)
        }
        count(environment, 1)
        return nil
    }

    /// The number of connections.
    public var stageCount: Int { lock.locked { stages.count } }

    /// How many of some episodes have no connection of their own.
    public func parkedCount(of episodes: some Sequence<Episode>) -> Int { lock.locked { episodes.count { $0.isParked } } }
}
