import Episodes
import Synchronization
import WireJSON

/// Some of the episodes, and the connections on which they take turns.
final class Shard: Sendable {
    let pool: StagePool
    private let open = Mutex<[String: OpenEpisode]>([:])
    /// The steps taken.
    let stepCount = Atomic(0)

    /// How an error stands in what a piece writes.
    enum ErrorForm {
        /// `"error":{…}`, a member of a response.
        case member
        /// `{"error":{…}}`, an element of a list.
        case object
    }

    /// Something to do that writes one piece of a reply.
    struct Work: Sendable {
        let piece: Int
        let errorForm: ErrorForm
        let kind: Kind

        /// The episode that it is done with.
        var episode: String? { if case .with(let id, _) = kind { id } else { nil } }

        enum Kind: Sendable {
            /// With an episode, of which it has the turn.
            case with(String, @Sendable (Shard, Episode, inout JSONWriter) throws(RPCError) -> Void)
            /// With none that is there.
            case apart(@Sendable (Shard, inout JSONWriter) throws(RPCError) -> Void)
        }
    }

    init(pool: StagePool) { self.pool = pool }

    // MARK: Episodes

    /// The open episodes.
    var episodes: [OpenEpisode] { open.withLock { Array($0.values) } }

    func find(_ id: String) -> OpenEpisode? { open.withLock { $0[id] } }

    func insert(_ episode: OpenEpisode) { open.withLock { $0[episode.episode.id] = episode } }

    /// Closes an episode. Whoever does has the turn and holds the episode.
    ///
    /// - Returns: whether it was there.
    func close(_ id: String) -> Bool {
        guard let closed = open.withLock({ $0.removeValue(forKey: id) }) else { return false }
        closed.episode.close()
        return true
    }

    // MARK: Work

    /// Does one thing and returns what it writes.
    ///
    /// - Parameter open: the episode with which it is done, if that is open.
    func run(_ work: Work, on open: OpenEpisode?) -> [UInt8] {
        var writer = JSONWriter()
        do throws(RPCError) {
            switch work.kind {
            case .apart(let body): try body(self, &writer)
            case .with(let id, let body):
                guard let open else {
                    throw RPCError(.unknownEpisode, "there is no episode '\(id.prefix(80))': it was never opened here, or it was closed")
                }
                defer { open.note() }
                try body(self, open.episode, &writer)
            }
        } catch {
            writer = JSONWriter()
            if work.errorForm == .object { writer.byte("{") }
            writer.raw(#""error":"#)
            error.write(to: &writer)
            if work.errorForm == .object { writer.byte("}") }
        }
        return writer.bytes
    }

    /// Takes a step and cuts the observation out of what it wrote.
    func take(_ action: Action, in episode: Episode) throws(RPCError) -> (StepSummary, observation: ArraySlice<UInt8>) {
        guard episode.status == .running else {
            throw RPCError(.episodeEnded, "the episode has ended (\(episode.status.rawValue)); reset begins a new one")
        }
        stepCount.add(1, ordering: .relaxed)
        var writer = JSONWriter()
        do {
            let summary = try episode.step(action, in: pool, to: &writer)
            return (summary, writer.bytes[summary.observation])
        } catch {
            throw RPCError(.environmentFault, "the environment failed and the episode is void: \(error)")
        }
    }

    func step(_ episode: Episode, _ action: JSON?, to writer: inout JSONWriter) throws(RPCError) {
        guard let action else { throw RPCError(.invalidParams, "'action' is required") }
        let parsed: Action
        do {
            parsed = try Action(action)
        } catch {
            throw RPCError(.invalidParams, error.message)
        }
        guard episode.status == .running else {
            throw RPCError(.episodeEnded, "the episode '\(episode.id)' has ended (\(episode.status.rawValue)); reset begins a new one")
        }
        stepCount.add(1, ordering: .relaxed)
        do {
            try episode.step(parsed, in: pool, to: &writer)
        } catch {
            throw RPCError(.environmentFault, "the environment failed and the episode '\(episode.id)' is void: \(error)")
        }
    }
}
