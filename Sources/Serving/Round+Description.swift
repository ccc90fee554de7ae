import Database
import Environments
import Episodes
import Specifications
import WireJSON

extension Server {
    /// The version of the program.
    public static let version = "0.1.0"
}

extension Round {
    func serverInfo(_ params: JSON?) throws(RPCError) -> Reply {
        _ = try Parameters(params, of: "server.info", allowed: [])
        let limits: JSON = [
            "line_bytes": .integer(Int64(server.limits.lineBytes)), "nesting": .integer(Int64(JSONLimits.wire.depth)),
            "batch": .integer(Int64(server.limits.batch)), "episodes": .integer(Int64(server.limits.episodes)),
            "forks": .integer(Int64(server.limits.forks)), "max_steps": .integer(Int64(EpisodeOptions.greatestMaxSteps)),
            "result_rows": .integer(Int64(server.callLimits.result.rows)), "result_bytes": .integer(Int64(server.callLimits.result.bytes)),
            "call_instructions": .integer(Int64(server.callLimits.work.instructions)),
            "call_seconds": .integer(server.callLimits.work.time.components.seconds),
            "view_seconds": .integer(WorkLimits.trainer.time.components.seconds), "values": .integer(Int64(JSONLimits.wire.values)),
        ]
        return Reply { writer in
            writer.value([
                "name": "orrery", "version": .string(Server.version), "protocol": .string(Server.protocolVersion),
                "sqlite": .string(Engine.version), "limits": limits,
            ])
        }
    }

    func serverStats(_ params: JSON?) throws(RPCError) -> Reply {
        _ = try Parameters(params, of: "server.stats", allowed: [])
        flush()
        let server = server
        let episodes = server.shards.map(\.episodes)
        let open = episodes.reduce(0) { $0 + $1.count }
        let running = episodes.map { $0.filter(\.isRunning) }
        let live = running.reduce(0) { $0 + $1.count }
        let parked = zip(server.shards, running).reduce(0) { $0 + $1.0.pool.parkedCount(of: $1.1.map(\.episode)) }
        return Reply { writer in
            writer.value([
                "environments": .integer(Int64(server.worlds.count)), "live": .integer(Int64(live)),
                "parked": .integer(Int64(parked)), "finished": .integer(Int64(open - live)),
                "steps": .integer(Int64(server.stepCount)),
                "connections": .integer(Int64(server.connectionCount)),
                "memory_bytes": .integer(Int64(ProcessMemory.residentBytes)),
            ])
        }
    }

    func environmentsList(_ params: JSON?) throws(RPCError) -> Reply {
        let params = try Parameters(params, of: "environments.list", allowed: ["offset", "limit"])
        let offset = try params.integer("offset", in: 0...Int(Int32.max)) ?? 0
        let limit = try params.integer("limit", in: 0...1000) ?? 100
        let shown = server.worldNames.dropFirst(offset).prefix(limit).map { name -> JSON in
            let definition = server.worlds[name]!.environment.definition
            return [
                "id": .string(name), "title": .string(definition.title), "tools": .integer(Int64(definition.tools.count)),
                "tasks": .integer(Int64(definition.tasks.count)),
            ]
        }
        return Reply { writer in writer.value(["environments": .array(Array(shown)), "total": .integer(Int64(server.worldNames.count))]) }
    }

    func environmentsDescribe(_ params: JSON?) throws(RPCError) -> Reply {
        let params = try Parameters(params, of: "environments.describe", allowed: ["environment"])
        let id = try params.string("environment")
        guard let world = server.worlds[id] else {
            throw RPCError(
                .unknownEnvironment, "there is no environment '\(id.prefix(80))'\(NearestName.hint(for: id, among: server.worldNames))")
        }
        return Reply { writer in writer.raw(EnvironmentDescription.bytes(of: world)) }
    }
}

/// What anyone may know of an environment: no goal, no solution, no fact.
public enum EnvironmentDescription {
    /// `{id, title, summary, policy, clock, tables, tools, tasks}`
    public static func bytes(of world: World) -> [UInt8] {
        let definition = world.environment.definition
        var writer = JSONWriter()
        writer.byte("{")
        for (name, text) in [
            ("id", definition.id), ("title", definition.title), ("summary", definition.summary), ("policy", definition.policy),
            ("clock", definition.clock.start.text), ("identity", world.environment.identity.hexadecimal),
            ("initial_digest", world.environment.initialDigest.hexadecimal),
        ] {
            writer.name(name)
            writer.string(text)
        }
        writer.name("tables")
        writer.value(
            .array(
                definition.tables.map { table in
                    [
                        "name": .string(table.name), "description": .string(table.description),
                        "ddl": .string(([table.createStatement] + table.indexStatements).joined(separator: ";\n")),
                    ]
                }))
        writer.name("tools")
        writer.raw(world.toolList)
        writer.name("tasks")
        writer.value(
            .array(
                definition.tasks.map { task in
                    [
                        "id": .string(task.id), "difficulty": task.difficulty.map { .string($0) } ?? .null,
                        "instruction": .string(task.instruction),
                    ]
                }))
        writer.name("views")
        writer.value(.array(definition.views.map { .string($0.name) }))
        writer.byte("}")
        return writer.bytes
    }
}
