import Episodes
import WireJSON

/// A server and its episodes, for many clients at once.
///
/// Each episode has a line of its own, so that nobody waits for somebody else's episode. What takes long queues apart from what does not:
/// whoever has worked for longer than a slice waits for one of a few places, and gives it up after another slice.
public final class EpisodeHost: Sendable {
    let server: Server
    /// The places for what takes long: as many as there are shards, and so cores.
    private let longWork: Line
    private let standing = Standing()
    let log: DoorLog

    /// Makes the server one for many clients.
    public init(_ server: Server, log: DoorLog = .none) {
        self.server = server
        self.log = log
        longWork = Line(places: server.shards.count)
    }

    /// The worlds by name, which never change.
    var worlds: [String: World] { server.worlds }
    var worldNames: [String] { server.worldNames }

    // MARK: Episodes

    /// Opens an episode.
    ///
    /// - Throws: ``RPCError`` at the limit of open episodes.
    func open(_ make: (_ id: String) -> Episode) throws(RPCError) -> OpenEpisode {
        if !server.reserve(1) { throw .capacityReached(server.limits) }
        let (id, shard) = server.newEpisode()
        let open = OpenEpisode(make(id))
        server.shards[shard].insert(open)
        return open
    }

    /// Closes an episode, if it is still there.
    func close(_ id: String) async {
        guard let open = find(id) else { return }
        await open.turn.enter()
        defer { open.turn.leave() }
        closeNow(open)
    }

    /// Closes an episode whose turn it is; says whether it was still there.
    @discardableResult
    private func closeNow(_ open: OpenEpisode) -> Bool {
        let id = open.episode.id
        return server.shards[server.shard(of: id)].pool.holding(open.episode) { server.close(id) }
    }

    /// Closes an episode without waiting, unless somebody is acting on it.
    ///
    /// - Parameter condition: what must be true when nobody is.
    /// - Returns: whether this closed it.
    func closeIfFree(_ open: OpenEpisode, if condition: () -> Bool = { true }) -> Bool {
        guard open.turn.tryToEnter() else { return false }
        defer { open.turn.leave() }
        return condition() && closeNow(open)
    }

    /// An open episode.
    func find(_ id: String) -> OpenEpisode? { server.shards[server.shard(of: id)].find(id) }

    /// Does something with an episode when its turn has come; returns nil if it has been closed.
    func using<R, E: Error>(_ open: OpenEpisode, _ body: (Shard) throws(E) -> R) async throws(E) -> R? {
        var stretch = Stretch()
        defer { stretch.end(in: longWork) }
        return try await using(open, &stretch, body)
    }

    /// Does several things with an episode, in slices among those of others; returns nil if it has been closed meanwhile.
    func using<T, R>(_ open: OpenEpisode, for things: [T], _ body: (Shard, T) -> R) async -> [R]? {
        var stretch = Stretch()
        defer { stretch.end(in: longWork) }
        var results: [R] = []
        for thing in things {
            guard let result = await using(open, &stretch, { shard in body(shard, thing) }) else { return nil }
            results.append(result)
        }
        return results
    }

    private func using<R, E: Error>(
        _ open: OpenEpisode, _ stretch: inout Stretch, _ body: (Shard) throws(E) -> R
    ) async throws(E) -> R? {
        if !open.turn.tryToEnter() {
            // Who waits does not keep others from working.
            stretch.end(in: longWork)
            await open.turn.enter()
        }
        defer { open.turn.leave() }
        await stretch.next(in: longWork, isLong: open.isSlow)
        guard find(open.episode.id) === open else { return nil }
        let shard = server.shards[server.shard(of: open.episode.id)]
        let (wasRunning, step) = (open.isRunning, open.step)
        defer {
            open.note()
            open.note(wasLong: stretch.lastWasLong, wasStep: open.step != step)
            reportFault(of: open, ifRunning: wasRunning)
        }
        return try stretch.doing { () throws(E) in try shard.pool.holding(open.episode) { () throws(E) in try body(shard) } }
    }

    /// Reports an episode that has just become void.
    private func reportFault(of open: OpenEpisode, ifRunning wasRunning: Bool) {
        guard wasRunning, let fault = open.episode.fault else { return }
        log.note(.fault(episode: open.episode.id, environment: open.episode.world.id, reason: fault.description))
    }

    /// Closes the episodes that have taken no step for too long: their clients may be gone.
    func endIdle(_ limit: Duration) {
        var count = 0
        for (open, step) in standing.idle(server.shards.flatMap(\.episodes), limit) where closeIfFree(open, if: { open.step == step }) {
            count += 1
        }
        if count > 0 { log.note(.idle(episodes: count)) }
    }

    // MARK: Messages

    /// Handles one message of the JSON protocol and returns the one to send back, or nothing, and the episode that it names.
    ///
    /// In a batch, steps that follow one another are taken together; everything else is taken alone.
    func handle(_ message: [UInt8]) async -> (answer: [UInt8], episode: String?) {
        let round = Round(server, worksAlone: false)
        var stretch = Stretch()
        defer { stretch.end(in: longWork) }
        var reply: Reply?
        var episode: String?
        switch round.parse(.text(message)) {
        case .nothing: break
        case .reply(let error): reply = error
        case .request(let request):
            if let id = request["params"]?["episode"]?.string, find(id) != nil { episode = id }
            reply = round.accept(request)
            await work(round, &stretch)
        case .batch(let requests):
            var replies: [Reply] = []
            for request in requests {
                if request["method"] != "episode.step" { await work(round, &stretch) }
                let reply = round.accept(request)
                if request["method"] != "episode.step" { await work(round, &stretch) }
                if let reply { replies.append(reply) }
            }
            await work(round, &stretch)
            if !replies.isEmpty { reply = Reply(listing: replies) }
        }
        return (reply.map(round.bytes) ?? [], episode)
    }

    /// What a shard has written, by piece.
    private typealias Pieces = [(piece: Int, bytes: [UInt8])]

    /// Does what a round has given to the shards, each shard's part in order.
    private func work(_ round: Round, _ stretch: inout Stretch) async {
        let queues = round.takeQueues().enumerated().filter { !$0.element.isEmpty }
        if queues.isEmpty { return }
        if queues.count == 1 {
            for (piece, bytes) in await work(queues[0].element, shard: queues[0].offset, &stretch) { round.fill(piece, bytes) }
            return
        }
        // Each shard's part queues for itself.
        stretch.end(in: longWork)
        let spent = stretch.spent
        await withTaskGroup(of: (Pieces, spent: Int).self) { group in
            for (shard, queue) in queues {
                group.addTask {
                    var stretch = Stretch(spent: spent)
                    let pieces = await self.work(queue, shard: shard, &stretch)
                    stretch.end(in: self.longWork)
                    return (pieces, stretch.spent)
                }
            }
            for await (pieces, spent) in group {
                for (piece, bytes) in pieces { round.fill(piece, bytes) }
                if spent > stretch.spent { stretch = Stretch(spent: spent) }
            }
        }
    }

    private func work(_ queue: [Shard.Work], shard index: Int, _ stretch: inout Stretch) async -> Pieces {
        let shard = server.shards[index]
        var pieces: Pieces = []
        for work in queue {
            if let open = work.episode.flatMap(shard.find), let bytes = await using(open, &stretch, { $0.run(work, on: open) }) {
                pieces.append((work.piece, bytes))
            } else {
                await stretch.next(in: longWork, isLong: false)
                pieces.append((work.piece, stretch.doing { shard.run(work, on: nil) }))
            }
        }
        return pieces
    }
}
