import Domains
import Simulation
import WireJSON

/// What there is in an environment, for the report on a batch.
public struct EnvironmentStatistics: Sendable {
    /// Tables, columns and rows.
    public let tables: Int
    public let columns: Int
    public let rows: Int
    /// Tools, and those of them that act.
    public let tools: Int
    public let acting: Int
    /// The names of the tools.
    public let toolNames: [String]
    /// Refusals of tools, and those that were met when the tools were proven.
    public let refusals: Int
    public let refusalsMet: Int
    /// The file's bytes.
    public let bytes: Int
    /// For each task: calls, different tools, difficulty, kinds of parts.
    public let tasks: [TaskStatistics]

    /// What there is in a task.
    public struct TaskStatistics: Sendable {
        public let calls: Int
        public let tools: Int
        public let writes: Int
        public let difficulty: String
        public let kinds: [String]
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
                calls: task.steps.count, tools: Set(task.steps.map(\.call.tool)).count, writes: task.steps.count { $0.verb != nil && !$0.isRefused },
                difficulty: task.difficulty, kinds: task.kinds.map(\.rawValue), instruction: task.instruction)
        }
    }
}
