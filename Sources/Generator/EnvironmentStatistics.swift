import Domains
import Simulation
import WireJSON

/// What there is in an environment, for the report on a batch.
public struct EnvironmentStatistics: Sendable {
    /// How many tables.
    public let tables: Int
    /// How many columns, of all tables.
    public let columns: Int
    /// How many rows, of all tables.
    public let rows: Int
    /// How many tools.
    public let tools: Int
    /// Those of the tools that act.
    public let acting: Int
    /// The names of the tools.
    public let toolNames: [String]
    /// The refusals of the tools.
    public let refusals: Int
    /// Those of the refusals that were met when the tools were proven.
    public let refusalsMet: Int
    /// The file's bytes.
    public let bytes: Int
    /// For each task: calls, different tools, difficulty, kinds of parts.
    public let tasks: [TaskStatistics]

    /// What there is in a task.
    public struct TaskStatistics: Sendable {
        /// Calls of the reference solution.
        public let calls: Int
        /// Distinct tools among them.
        public let tools: Int
        /// Calls that write.
        public let writes: Int
        /// The level: `easy`, `medium` or `hard`.
        public let difficulty: String
        /// The kind of each part of the request.
        public let kinds: [String]
        /// What the user asks.
        public let instruction: String
    }

    init(
        _ design: Design, _ toolbox: Toolbox, _ situation: Situation, _ tables: [TableSpec], _ tasks: [PlannedTask],
        refusals: (met: Int, all: Int), bytes: Int
    ) {
        self.tables = tables.count
        columns = tables.reduce(0) { $0 + $1.columns.count }
        rows = tables.reduce(0) { $0 + $1.rows(situation).count }
        tools = toolbox.readers.count + toolbox.actors.count
        acting = toolbox.actors.count
        toolNames = toolbox.readers.map(\.name) + toolbox.actors.map(\.name)
        self.refusals = refusals.all
        refusalsMet = refusals.met
        self.bytes = bytes
        self.tasks = tasks.map { task in
            TaskStatistics(
                calls: task.steps.count, tools: Set(task.steps.map(\.call.tool)).count,
                writes: task.steps.count { $0.verb != nil && !$0.isRefused },
                difficulty: task.difficulty, kinds: task.kinds.map(\.rawValue), instruction: task.instruction)
        }
    }
}
