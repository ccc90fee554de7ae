import Database
import Determinism
import Environments
import Specifications
import WireJSON

/// An environment ready for episodes: compiled, with the goal of every task worked out and proven against its reference solution.
///
/// Immutable and shared by all threads.
public final class World: Sendable {
    /// The compiled environment.
    public let environment: CompiledEnvironment
    /// The goal of each task, in order.
    public let goals: [Goal]
    /// The digest of the state in which every episode begins.
    let startDigest: Digest
    /// The acting user's key for each task.
    let actors: [SQLValue]
    /// The acting user's key where there is no task.
    let actor: SQLValue
    /// The tools as agents see them, as a JSON array.
    public let toolList: [UInt8]

    /// Works out the goals of a compiled environment.
    ///
    /// - Throws: ``SpecificationError`` naming every task whose reference solution fails its goal, and every goal that holds at the start
    ///   with nothing to answer.
    public convenience init(_ environment: CompiledEnvironment) throws(SpecificationError) {
        // The reference solutions are played in a world that has no goals yet.
        var prover = GoalProver(World(environment, goals: []))
        self.init(environment, goals: try prover.goals())
    }

    private init(_ environment: CompiledEnvironment, goals: [Goal]) {
        self.environment = environment
        self.goals = goals
        startDigest = ChangeSet().digest(from: environment.initialDigest, tables: environment.tableNames)
        toolList = ToolListing.bytes(environment)
        let definition = environment.definition
        let keyType = definition.actor.flatMap { actor in
            definition.tables.first { $0.name == actor.table }.flatMap { $0.column($0.key[0])?.type }
        }
        func key(_ value: JSON?) -> SQLValue {
            guard let value, let keyType else { return .null }
            return ColumnValue.sql(value, keyType) ?? .null
        }
        let actor = key(definition.actor?.key)
        self.actor = actor
        actors = definition.tasks.map { $0.actorKey.map { key($0) } ?? actor }
    }

    /// Loads, checks and proves the environment in a file.
    ///
    /// - Throws: ``SpecificationError`` with every mistake found.
    public static func load(_ path: String) throws(SpecificationError) -> World {
        try World(try EnvironmentLoader.load(path))
    }

    /// The environment's id.
    public var id: String { environment.definition.id }
}

/// The tools as agents see them.
enum ToolListing {
    /// A JSON array of name, description, effect and schemas.
    static func bytes(_ environment: CompiledEnvironment) -> [UInt8] {
        var writer = JSONWriter()
        writer.byte("[")
        for (index, tool) in environment.definition.tools.enumerated() {
            writer.separator()
            writer.byte("{")
            writer.name("name")
            writer.string(tool.name)
            writer.name("description")
            writer.string(tool.description)
            writer.name("effect")
            writer.string(tool.effect.rawValue)
            writer.name("input_schema")
            writer.value(environment.inputSchemas[index])
            writer.name("output_schema")
            writer.value(environment.outputSchemas[index])
            writer.byte("}")
        }
        writer.byte("]")
        return writer.bytes
    }

    /// The two tools that stand for all others where the agent asks for them itself.
    static let meta = Array(
        #"[{"name":"list_tools","description":"Lists the tools of this environment with their schemas. Call it once.","effect":"read","input_schema":{"type":"object","properties":{},"additionalProperties":false},"output_schema":{"type":"array","items":{"type":"object"}}},{"name":"call_tool","description":"Calls one tool.","effect":"destructive","input_schema":{"type":"object","properties":{"name":{"type":"string","description":"The tool's name."},"arguments":{"type":"object","description":"The tool's arguments."}},"required":["name"],"additionalProperties":false},"output_schema":{}}]"#
            .utf8)
}
