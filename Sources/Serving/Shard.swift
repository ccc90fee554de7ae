import Episodes
import WireJSON

/// The episodes of one worker, and the connections on which they take turns.
///
/// Unchecked: the server runs a shard's work on one thread at a time, and touches shards itself only while no worker runs.
final class Shard: @unchecked Sendable {
    let pool: StagePool
    var episodes: [String: Episode] = [:]
    private(set) var stepCount = 0
    private var queue: [Work] = []
    /// What the last run wrote, one span a piece.
    private(set) var output = JSONWriter()
    private(set) var spans: [(piece: Int, range: Range<Int>)] = []

    /// Something to do that writes one piece of a response.
    struct Work {
        let piece: Int
        let body: (Shard, inout JSONWriter) throws(RPCError) -> Void
        /// How an error is wrapped: before it and after it.
        let errorPrefix: StaticString
    }

    init(pool: StagePool) { self.pool = pool }

    var isIdle: Bool { queue.isEmpty }

    func enqueue(_ work: Work) { queue.append(work) }

    /// Does everything in the queue, in order.
    func run() {
        output.bytes.removeAll(keepingCapacity: output.bytes.capacity < 1 << 22)
        spans.removeAll(keepingCapacity: true)
        for work in queue {
            let start = output.bytes.count
            do {
                try work.body(self, &output)
            } catch {
                output.bytes.removeSubrange(start...)
                output.raw(work.errorPrefix)
                error.write(to: &output)
                output.byte("}")
            }
            spans.append((work.piece, start..<output.bytes.count))
        }
        queue.removeAll(keepingCapacity: true)
    }

    /// Forgets the spans once they have been copied.
    func clear() { spans.removeAll(keepingCapacity: true) }

    func episode(_ id: String) throws(RPCError) -> Episode {
        if let episode = episodes[id] { return episode }
        throw RPCError(.unknownEpisode, "there is no episode '\(id.prefix(80))': it was never opened here, or it was closed")
    }

    func step(_ id: String, _ action: JSON?, to writer: inout JSONWriter) throws(RPCError) {
        let episode = try episode(id)
        guard let action else { throw RPCError(.invalidParams, "'action' is required") }
        let parsed: Action
        do {
            parsed = try Action(action)
        } catch {
            throw RPCError(.invalidParams, error.message)
        }
        guard episode.status == .running else {
            throw RPCError(.episodeEnded, "the episode '\(id)' has ended (\(episode.status.rawValue)); reset begins a new one")
        }
        stepCount += 1
        do {
            try episode.step(parsed, in: pool, to: &writer)
        } catch {
            throw RPCError(.environmentFault, "the environment failed and the episode '\(id)' is void: \(error)")
        }
    }
}
