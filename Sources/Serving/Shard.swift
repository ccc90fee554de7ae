import Episodes
import WireJSON

/// The episodes of one worker, and the connections on which they take turns.
///
/// Unchecked: the server runs a shard's work on one thread at a time, and touches shards itself only while no worker runs.
final class Shard: @unchecked Sendable {
    let pool: StagePool
    var episodes: [String: Episode] = [:]
    var stepCount = 0
    private var queue: [Work] = []
    private var output: [(piece: Int, bytes: [UInt8])] = []

    /// How an error stands in what a piece writes.
    enum ErrorForm {
        /// `"error":{…}`, a member of a response.
        case member
        /// `{"error":{…}}`, an element of a list.
        case object
    }

    /// Something to do that writes one piece of a reply.
    struct Work {
        let piece: Int
        let errorForm: ErrorForm
        let body: (Shard, inout JSONWriter) throws(RPCError) -> Void
    }

    init(pool: StagePool) { self.pool = pool }

    var isIdle: Bool { queue.isEmpty }

    func enqueue(_ work: Work) { queue.append(work) }

    /// Does everything in the queue, in order.
    func run() {
        for work in queue {
            var writer = JSONWriter()
            do {
                try work.body(self, &writer)
            } catch {
                writer = JSONWriter()
                if work.errorForm == .object { writer.byte("{") }
                writer.raw(#""error":"#)
                error.write(to: &writer)
                if work.errorForm == .object { writer.byte("}") }
            }
            output.append((work.piece, writer.bytes))
        }
        queue.removeAll(keepingCapacity: true)
    }

    /// Hands over what the last run wrote.
    func takeOutput() -> [(piece: Int, bytes: [UInt8])] {
        defer { output.removeAll(keepingCapacity: true) }
        return output
    }

    func episode(_ id: String) throws(RPCError) -> Episode {
        if let episode = episodes[id] { return episode }
        throw RPCError(.unknownEpisode, "there is no episode '\(id.prefix(80))': it was never opened here, or it was closed")
    }

    /// Takes a step and cuts the observation out of what it wrote.
    func take(_ action: Action, in episode: Episode) throws(RPCError) -> (StepSummary, observation: ArraySlice<UInt8>) {
        guard episode.status == .running else {
            throw RPCError(.episodeEnded, "the episode has ended (\(episode.status.rawValue)); reset begins a new one")
        }
        stepCount += 1
        var writer = JSONWriter()
        do {
            let summary = try episode.step(action, in: pool, to: &writer)
            return (summary, writer.bytes[summary.observation])
        } catch {
            throw RPCError(.environmentFault, "the environment failed and the episode is void: \(error)")
        }
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
