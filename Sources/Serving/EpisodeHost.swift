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
        server.close(id)
    }

    /// An open episode.
    func find(_ id: String) -> OpenEpisode? { server.shards[server.shard(of: id)].find(id) }

    /// Does something with an episode when its turn has come; returns nil if it has been closed.
    func using<R, E: Error>(_ open: OpenEpisode, _ body: (Shard) throws(E) -> R) async throws(E) -> R? {
        await open.turn.enter()
        defer { open.turn.leave() }
        var stretch = Stretch()
        await stretch.next(in: longWork, isLong: open.isSlow)
        defer { stretch.end(in: longWork) }
        guard find(open.episode.id) === open else { return nil }
        let shard = server.shards[server.shard(of: open.episode.id)]
        let wasRunning = open.isRunning
        defer {
            open.note()
            reportFault(of: open, ifRunning: wasRunning)
            open.isSlow = stretch.lastWasLong
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
        for open in standing.idle(server.shards.flatMap(\.episodes), limit) where open.turn.tryToEnter() {
            if server.close(open.episode.id) { count += 1 }
            open.turn.leave()
        }
        if count > 0 { log.note(.idle(episodes: count)) }
    }

    // MARK: Messages

    /// Handles one message of the JSON protocol and returns the one to send back, or nothing, and the episode that it names.
    ///
    /// In a batch, steps that follow one another are taken together; everything else is taken alone.
    func handle(_ message: [UInt8]) async -> (answer: [UInt8], episode: String?) {
        let round = Round(server, worksAlone: false)
        var reply: Reply?
        var episode: String?
        switch round.parse(.text(message)) {
        case .nothing: break
        case .reply(let error): reply = error
        case .request(let request):
            if let id = request["params"]?["episode"]?.string, find(id) != nil { episode = id }
            reply = round.accept(request)
            await work(round)
        case .batch(let requests):
            var replies: [Reply] = []
            for request in requests {
                if request["method"] != "episode.step" { await work(round) }
                let reply = round.accept(request)
                if request["method"] != "episode.step" { await work(round) }
                if let reply { replies.append(reply) }
            }
            await work(round)
            if !replies.isEmpty { reply = Reply(listing: replies) }
        }
        return (reply.map(round.bytes) ?? [], episode)
    }

    /// Does what a round has given to the shards, each shard's part in order.
    private func work(_ round: Round) async {
        let queues = round.takeQueues().enumerated().filter { !$0.element.isEmpty }
        if queues.isEmpty { return }
        if queues.count == 1 {
            for (piece, bytes) in await work(queues[0].element, shard: queues[0].offset) { round.fill(piece, bytes) }
            return
        }
        await withTaskGroup(of: [(piece: Int, bytes: [UInt8])].self) { group in
            for (shard, queue) in queues { group.addTask { await self.work(queue, shard: shard) } }
            for await pieces in group { for (piece, bytes) in pieces { round.fill(piece, bytes) } }
        }
    }

    private func work(_ queue: [Shard.Work], shard index: Int) async -> [(piece: Int, bytes: [UInt8])] {
        let shard = server.shards[index]
        var stretch = Stretch()
        var pieces: [(piece: Int, bytes: [UInt8])] = []
        for work in queue {
            guard let id = work.episode, let open = shard.find(id) else {
                pieces.append((work.piece, stretch.doing { shard.run(work, on: nil) }))
                continue
            }
            if !open.turn.tryToEnter() {
                // Who waits does not keep others from working.
                stretch.end(in: longWork)
                await open.turn.enter()
            }
            await stretch.next(in: longWork, isLong: open.isSlow)
            let wasRunning = open.isRunning
            // It may have been closed meanwhile.
            let found = shard.find(id) === open ? open : nil
            pieces.append((work.piece, stretch.doing { shard.pool.holding(open.episode) { shard.run(work, on: found) } }))
            open.isSlow = stretch.lastWasLong
            reportFault(of: open, ifRunning: wasRunning)
            open.turn.leave()
        }
        stretch.end(in: longWork)
        return pieces
    }
}
