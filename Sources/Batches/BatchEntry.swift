import Generator
import WireJSON

/// An environment of a batch, as manifest and journal have it.
public struct BatchEntry: Sendable {
    /// Its position in the batch.
    public let index: Int
    /// Its id; its file is `ID.json`.
    public let id: String
    /// The name of its domain.
    public let domain: String
    /// Its seed.
    public let seed: UInt64
    /// The identifier of its file's contents.
    public let content: String
    /// How many tables.
    public let tables: Int
    /// How many rows.
    public let rows: Int
    /// How many tools.
    public let tools: Int
    /// The kinds of parts of each task's request, and its difficulty.
    public let tasks: [JSON]
    /// Refusals of tools that were met when the environment was proven.
    public let refusalsMet: Int
    /// All refusals of its tools.
    public let refusals: Int

    init(index: Int, seed: UInt64, _ environment: GeneratedEnvironment) {
        self.index = index
        self.seed = seed
        id = environment.id
        domain = environment.domain
        content = SoftwareHeritageID.content(environment.bytes)
        let statistics = environment.statistics
        tables = statistics.tables
        rows = statistics.rows
        tools = statistics.tools
        refusals = statistics.refusals
        refusalsMet = statistics.refusalsMet
        tasks = statistics.tasks.map { task in
            ["difficulty": .string(task.difficulty), "kinds": .array(task.kinds.map { .string($0) }), "calls": .integer(Int64(task.calls))]
        }
    }

    /// Reads an entry; nil for anything else.
    init?(_ json: JSON) {
        guard let index = json["index"]?.integer, let id = json["id"]?.string, let domain = json["domain"]?.string,
            let seed = json["seed"]?.string.flatMap({ UInt64($0) }), let content = json["content"]?.string,
            let tables = json["tables"]?.integer,
            let rows = json["rows"]?.integer, let tools = json["tools"]?.integer, let tasks = json["tasks"]?.array,
            let refusals = json["refusals"]?.integer, let met = json["refusals_met"]?.integer
        else { return nil }
        self.index = Int(index)
        self.id = id
        self.domain = domain
        self.seed = seed
        self.content = content
        self.tables = Int(tables)
        self.rows = Int(rows)
        self.tools = Int(tools)
        self.tasks = tasks
        self.refusals = Int(refusals)
        refusalsMet = Int(met)
    }

    var json: JSON {
        [
            "index": .integer(Int64(index)), "id": .string(id), "domain": .string(domain), "seed": .string(String(seed)),
            "content": .string(content), "tables": .integer(Int64(tables)), "rows": .integer(Int64(rows)), "tools": .integer(Int64(tools)),
            "refusals": .integer(Int64(refusals)), "refusals_met": .integer(Int64(refusalsMet)), "tasks": .array(tasks),
        ]
    }

    /// The name of its file.
    public var file: String { "\(id).json" }
}

/// An environment that could not be made.
public struct BatchFailure: Sendable {
    /// Its position in the batch.
    public let index: Int
    /// Why, domain by domain.
    public let reason: String

    var json: JSON { ["index": .integer(Int64(index)), "reason": .string(reason)] }
}
