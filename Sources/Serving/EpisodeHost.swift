import Episodes
import Synchronization

/// A server and its episodes, for many threads at once.
///
/// A call of one episode holds its shard; a round of the JSON protocol holds all of them.
public final class EpisodeHost: @unchecked Sendable {
    let server: Server
    private let door = Lock()
    private let shardLocks: [Lock]
    /// For each shard, since when its episodes have stood at which step.
    private var standing: [[String: (step: Int, since: ContinuousClock.Instant)]]

    /// Something that one thread holds at a time.
    private final class Lock: Sendable {
        private let mutex = Mutex(())

        func holding<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
            var result: R?
            try mutex.withLock { _ throws(E) in result = try body() }
            return result!
        }
    }

    /// Makes the server one for many threads. Nothing else may use it then.
    public init(_ server: Server) {
        self.server = server
        shardLocks = server.shards.map { _ in Lock() }
        standing = server.shards.map { _ in [:] }
    }

    /// The worlds by name, which never change.
    var worlds: [String: World] { server.worlds }
    var worldNames: [String] { server.worldNames }

    /// Handles one message of the JSON protocol and returns the one to send back, or nothing.
    func handle(_ message: [UInt8]) -> [UInt8] {
        holdingAll {
            var answer = server.handle([.text(message)])
            if answer.last == UInt8(ascii: "\n") { answer.removeLast() }
            return answer
        }
    }

    /// Opens an episode.
    ///
    /// - Returns: its shard.
    /// - Throws: ``RPCError`` at the limit of open episodes.
    func open(_ make: (_ id: String) -> Episode) throws(RPCError) -> (episode: Episode, shard: Int) {
        try door.holding { () throws(RPCError) in
            // Only openings count here, and all of them hold the door.
            if openEpisodes >= server.limits.episodes {
                throw RPCError(.capacityReached, "\(server.limits.episodes) episodes are open, and that is the limit")
            }
            let (id, shard) = server.newEpisode()
            let episode = make(id)
            holding(shard) { $0.episodes[id] = episode }
            return (episode, shard)
        }
    }

    /// Closes an episode, if it is still there.
    func close(_ id: String) {
        let shard = server.shard(of: id)
        holding(shard) { $0.episodes[id] = nil }
    }

    /// An episode and its shard.
    func find(_ id: String) -> (episode: Episode, shard: Int)? {
        let shard = server.shard(of: id)
        return holding(shard) { $0.episodes[id] }.map { ($0, shard) }
    }

    /// Closes the episodes that have taken no step for too long: their clients may be gone.
    func endIdle(_ limit: Duration) {
        let now = ContinuousClock.now
        for index in shardLocks.indices {
            holding(index) { shard in
                var seen: [String: (step: Int, since: ContinuousClock.Instant)] = [:]
                for (id, episode) in shard.episodes {
                    let before = standing[index][id].flatMap { $0.step == episode.step ? $0 : nil } ?? (step: episode.step, since: now)
                    if now - before.since > limit { shard.episodes[id] = nil } else { seen[id] = before }
                }
                standing[index] = seen
            }
        }
    }

    /// Does something with a shard and the episodes in it.
    func holding<R, E: Error>(_ shard: Int, _ body: (Shard) throws(E) -> R) throws(E) -> R {
        try shardLocks[shard].holding { () throws(E) in try body(server.shards[shard]) }
    }

    /// The number of open episodes.
    var openEpisodes: Int { shardLocks.indices.reduce(0) { $0 + holding($1) { $0.episodes.count } } }
    /// The number of steps taken.
    var stepCount: Int { shardLocks.indices.reduce(0) { $0 + holding($1) { $0.stepCount } } }
    /// The number of database connections.
    var connectionCount: Int { shardLocks.indices.reduce(0) { $0 + holding($1) { $0.pool.stageCount } } }

    private func holdingAll<R>(_ body: () -> R) -> R {
        func hold(_ index: Int) -> R { index == shardLocks.count ? body() : shardLocks[index].holding { hold(index + 1) } }
        return door.holding { hold(0) }
    }
}
