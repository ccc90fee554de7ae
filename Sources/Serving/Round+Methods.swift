import Environments
import Episodes
import Specifications
import WireJSON

extension Server {
    /// The protocol's version; it changes when a client that follows `docs/protocol.md` would break.
    public static let protocolVersion = "1"

    /// The names of all methods.
    public static let methods = [
        "server.info", "server.stats", "environments.list", "environments.describe", "episode.reset", "episode.step", "episodes.step",
        "episode.snapshot", "episode.restore", "episode.fork", "episode.changes", "episode.evaluate", "episode.view", "episode.close",
    ]
}

extension Round {
    /// Carries out one method and returns the response's `"result":…` member, which a shard may have yet to write.
    func call(_ method: String, _ params: JSON?) throws(RPCError) -> Reply {
        switch method {
        case "server.info": return try serverInfo(params)
        case "server.stats": return try serverStats(params)
        case "environments.list": return try environmentsList(params)
        case "environments.describe": return try environmentsDescribe(params)
        case "episode.reset": return try episodeReset(params)
        case "episode.step": return try episodeStep(params)
        case "episodes.step": return try episodesStep(params)
        case "episode.snapshot": return try episodeSnapshot(params)
        case "episode.restore": return try episodeRestore(params)
        case "episode.fork": return try episodeFork(params)
        case "episode.changes": return try episodeChanges(params)
        case "episode.evaluate": return try episodeEvaluate(params)
        case "episode.view": return try episodeView(params)
        case "episode.close": return try episodeClose(params)
        default:
            let hint = NearestName.hint(for: method, among: Server.methods)
            throw RPCError(.methodNotFound, "there is no method '\(method.prefix(80))'\(hint)")
        }
    }

    // MARK: Episodes and shards

    private func reserveOne() throws(RPCError) {
        if server.reserve(1) { return }
        // Closings that wait in this round may make room.
        flush()
        if !server.reserve(1) { throw .capacityReached(server.limits) }
    }

    private func delegate(
        _ id: String, _ body: @escaping @Sendable (Shard, Episode, inout JSONWriter) throws(RPCError) -> Void
    ) -> Reply {
        delegate(
            to: server.shard(of: id),
            .with(id) { shard, episode, writer throws(RPCError) in
                writer.raw(#""result":"#)
                try body(shard, episode, &writer)
            })
    }

    private func world(_ id: String) throws(RPCError) -> World {
        if let world = server.worlds[id] { return world }
        throw RPCError(
            .unknownEnvironment, "there is no environment '\(id.prefix(80))'\(NearestName.hint(for: id, among: server.worldNames))")
    }

    private func episodeReset(_ params: JSON?) throws(RPCError) -> Reply {
        let params = try Parameters(params, of: "episode.reset", allowed: ["environment", "task", "seed", "options"])
        let world = try world(try params.string("environment"))
        var task: Int?
        if let name = try params.optionalString("task") {
            guard let index = world.environment.taskIndex(name) else {
                let names = world.environment.definition.tasks.map(\.id)
                throw RPCError(.unknownTask, "\(world.id) has no task '\(name.prefix(80))'\(NearestName.hint(for: name, among: names))")
            }
            task = index
        }
        let seed = try params.integer("seed", in: 0...Int.max) ?? 0
        let options = try options(params["options"])
        try reserveOne()
        let (id, shard) = server.newEpisode()
        return delegate(
            to: shard,
            .apart { [task] shard, writer in
                let episode = Episode(world, id: id, task: task, seed: UInt64(seed), options: options)
                writer.raw(#""result":"#)
                episode.writeReset(to: &writer)
                shard.insert(OpenEpisode(episode))
            })
    }

    private func options(_ json: JSON?) throws(RPCError) -> EpisodeOptions {
        var options = EpisodeOptions()
        guard let json, json != .null else { return options }
        let params = try Parameters(json, of: "episode.reset", allowed: ["max_steps", "reward", "tools"], path: "options")
        options.maxSteps = try params.integer("max_steps", in: 1...EpisodeOptions.greatestMaxSteps) ?? options.maxSteps
        options.reward = try params.choice("reward", of: RewardProfile.self) ?? options.reward
        options.tools = try params.choice("tools", of: ToolMode.self) ?? options.tools
        return options
    }

    private func episodeStep(_ params: JSON?) throws(RPCError) -> Reply {
        let params = try Parameters(params, of: "episode.step", allowed: ["episode", "action"])
        let id = try params.string("episode")
        let action = params["action"]
        return delegate(id) { shard, episode, writer throws(RPCError) in try shard.step(episode, action, to: &writer) }
    }

    private func episodesStep(_ params: JSON?) throws(RPCError) -> Reply {
        let params = try Parameters(params, of: "episodes.step", allowed: ["steps"])
        guard let steps = params["steps"]?.array else {
            throw RPCError(.invalidParams, "'steps' must be an array of {episode, action}")
        }
        let most = server.limits.batch
        if steps.count > most { throw RPCError(.invalidParams, "'steps' has \(steps.count) entries; the limit is \(most)") }
        let replies = steps.enumerated().map { index, step in
            do throws(RPCError) {
                let params = try Parameters(step, of: "episodes.step", allowed: ["episode", "action"], path: "steps[\(index)]")
                let id = try params.string("episode")
                let action = params["action"]
                return delegate(
                    to: server.shard(of: id), errorForm: .object,
                    .with(id) { shard, episode, writer throws(RPCError) in try shard.step(episode, action, to: &writer) })
            } catch {
                return Reply(bytes: Array(#"{"error":"#.utf8) + error.bytes + [UInt8(ascii: "}")])
            }
        }
        return Reply(#""result":{"results":"#, listing: replies, "}")
    }

    private func episodeSnapshot(_ params: JSON?) throws(RPCError) -> Reply {
        let params = try Parameters(params, of: "episode.snapshot", allowed: ["episode"])
        let limit = server.limits.lineBytes - 1024
        return delegate(try params.string("episode")) { _, episode, writer throws(RPCError) in
            let text = episode.snapshot.snapshotText(of: episode.world)
            if text.utf8.count > limit {
                throw RPCError(
                    .capacityReached, "the snapshot would have \(text.utf8.count) bytes and could not be sent back; the limit is \(limit)")
            }
            writer.raw(#"{"snapshot":"#)
            writer.string(text)
            writer.byte("}")
        }
    }

    private func episodeRestore(_ params: JSON?) throws(RPCError) -> Reply {
        let params = try Parameters(params, of: "episode.restore", allowed: ["snapshot"])
        let text = try params.string("snapshot")
        let state: EpisodeState
        let world: World
        do throws(SnapshotError) {
            let identity = try EpisodeState.environmentIdentity(ofSnapshot: text)
            guard let found = server.worlds.values.first(where: { $0.environment.identity.hexadecimal == identity }) else {
                throw SnapshotError(message: "the snapshot is of an environment that is not served here, or of another version of one")
            }
            world = found
            state = try EpisodeState(snapshotText: text, of: world)
        } catch {
            throw RPCError(.invalidSnapshot, error.message)
        }
        try reserveOne()
        let (id, shard) = server.newEpisode()
        return delegate(
            to: shard,
            .apart { shard, writer in
                shard.insert(OpenEpisode(Episode(world, id: id, snapshot: state)))
                writer.raw(#""result":{"episode":"#)
                writer.string(id)
                writer.byte("}")
            })
    }

    private func episodeFork(_ params: JSON?) throws(RPCError) -> Reply {
        let params = try Parameters(params, of: "episode.fork", allowed: ["episode", "count"])
        let id = try params.string("episode")
        guard let count = try params.integer("count", in: 1...server.limits.forks) else {
            throw RPCError(.invalidParams, "'count' is required, an integer")
        }
        // The copies belong to other shards than the original: what is before this must be done, and this before what follows.
        flush()
        defer { flush() }
        let server = server
        return delegate(id) { _, original, writer throws(RPCError) in
            if !server.reserve(count) { throw .capacityReached(server.limits) }
            let state = original.snapshot
            let copies = (0..<count).map { _ in
                let (id, shard) = server.newEpisode()
                server.shards[shard].insert(OpenEpisode(Episode(original.world, id: id, snapshot: state)))
                return JSON.string(id)
            }
            writer.value(["episodes": .array(copies)])
        }
    }

    private func episodeChanges(_ params: JSON?) throws(RPCError) -> Reply {
        let params = try Parameters(params, of: "episode.changes", allowed: ["episode"])
        return delegate(try params.string("episode")) { _, episode, writer throws(RPCError) in
            writer.raw(#"{"changes":"#)
            writer.value(episode.changes.json(episode.world.environment.definition.tables))
            writer.raw(#","digest":"#)
            writer.string(episode.digest.hexadecimal)
            writer.byte("}")
        }
    }

    private func episodeEvaluate(_ params: JSON?) throws(RPCError) -> Reply {
        let params = try Parameters(params, of: "episode.evaluate", allowed: ["episode", "answer"])
        let answer = params["answer"] == .null ? nil : params["answer"]
        return delegate(try params.string("episode")) { shard, episode, writer throws(RPCError) in
            let evaluation: Evaluation?
            do {
                evaluation = try episode.evaluation(in: shard.pool, answer: answer)
            } catch {
                throw RPCError(.environmentFault, "the environment failed: \(error)")
            }
            guard let evaluation else { throw RPCError(.noTask, "the episode has no task, so there is nothing to judge it by") }
            evaluation.write(reward: episode.outcome(of: evaluation), to: &writer)
        }
    }

    private func episodeView(_ params: JSON?) throws(RPCError) -> Reply {
        let params = try Parameters(params, of: "episode.view", allowed: ["episode", "view"])
        let view = try params.string("view")
        return delegate(try params.string("episode")) { shard, episode, writer throws(RPCError) in
            let content: [UInt8]?
            do {
                content = try episode.view(view, in: shard.pool)
            } catch {
                throw RPCError(.environmentFault, "the environment failed: \(error)")
            }
            guard let content else {
                let names = episode.world.environment.definition.views.map(\.name)
                throw RPCError(
                    .unknownView, "\(episode.world.id) has no view '\(view.prefix(80))'\(NearestName.hint(for: view, among: names))")
            }
            writer.raw(#"{"content":"#)
            writer.raw(content)
            writer.byte("}")
        }
    }

    private func episodeClose(_ params: JSON?) throws(RPCError) -> Reply {
        let params = try Parameters(params, of: "episode.close", allowed: ["episode"])
        let server = server
        return delegate(try params.string("episode")) { _, episode, writer in
            server.close(episode.id)
            writer.raw(#"{"closed":true}"#)
        }
    }
}
