import Episodes
import Synchronization

/// Bounds on what clients may ask of a server.
public struct ServerLimits: Sendable {
    /// Bytes of one line.
    public var lineBytes = 16 << 20
    /// Requests in a batch, and steps in one `episodes.step`.
    public var batch = 10_000
    /// Episodes that are open at the same time.
    public var episodes = 100_000
    /// Copies that one `episode.fork` makes.
    public var forks = 1_000

    /// The standard limits.
    public init() {}
}

/// The worlds and the open episodes. What clients ask of them is taken in rounds (``Round``).
public final class Server: Sendable {
    let worlds: [String: World]
    let worldNames: [String]
    let limits: ServerLimits
    let callLimits: CallLimits
    let shards: [Shard]
    private let lastEpisode = Atomic(0)
    /// The episodes that are open, and those for which there is a place.
    private let taken = Atomic(0)

    /// Makes a server.
    ///
    /// - Parameter workers: the number of threads; the output does not depend on it.
    public init(
        _ worlds: [World], workers: Int, limits: ServerLimits = ServerLimits(), callLimits: CallLimits = CallLimits(),
        stageMemory: Int = 128 << 20
    ) {
        self.worlds = Dictionary(worlds.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        worldNames = self.worlds.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        self.limits = limits
        self.callLimits = callLimits
        let count = max(1, workers)
        shards = (0..<count).map { _ in
            Shard(pool: StagePool(limits: callLimits, memoryBudget: stageMemory / count, mostStages: max(1, 128 / count)))
        }
    }

    /// Handles the lines that have arrived on a stream of its own and returns the lines to send.
    public func handle(_ lines: [InputLine]) -> [UInt8] { Round(self).answers(lines) }

    // MARK: Episodes

    /// The number of open episodes.
    var openEpisodes: Int { taken.load(ordering: .relaxed) }

    /// Takes places for episodes that are to be opened, if so many are free.
    func reserve(_ count: Int) -> Bool {
        var before = taken.load(ordering: .relaxed)
        while before + count <= limits.episodes {
            let (isTaken, original) = taken.compareExchange(expected: before, desired: before + count, ordering: .relaxed)
            if isTaken { return true }
            before = original
        }
        return false
    }

    /// Gives places back.
    func release(_ count: Int) { taken.subtract(count, ordering: .relaxed) }

    func newEpisode() -> (id: String, shard: Int) {
        let number = lastEpisode.add(1, ordering: .relaxed).newValue
        return ("e\(number)", number % shards.count)
    }

    /// The shard of an episode follows from its name; a name that no episode can have gets any.
    func shard(of id: String) -> Int {
        guard id.utf8.first == UInt8(ascii: "e"), let number = Int(id.dropFirst()), number >= 0 else { return 0 }
        return number % shards.count
    }

    /// Closes an episode, if it is there. Whoever does has the turn and holds the episode.
    @discardableResult
    func close(_ id: String) -> Bool {
        guard shards[shard(of: id)].close(id) else { return false }
        release(1)
        return true
    }

    /// The number of steps taken.
    var stepCount: Int { shards.reduce(0) { $0 + $1.stepCount.load(ordering: .relaxed) } }
    /// The number of database connections.
    var connectionCount: Int { shards.reduce(0) { $0 + $1.pool.stageCount } }
}
