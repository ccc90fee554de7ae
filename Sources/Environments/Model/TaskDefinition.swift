import Specifications
import WireJSON

/// A task as its file says it.
public struct TaskDefinition: Sendable {
    /// The name.
    public var id: String
    /// What the agent is asked.
    public var instruction = ""
    /// What only the user knows.
    public var facts: [String] = []
    /// How hard it is, in the author's words.
    public var difficulty: String?
    /// Another acting user than the environment's.
    public var actorKey: JSON?
    /// Where that user is said.
    var actorLocation: SourceLocation?
    /// The reference solution.
    public var solution: [SolutionStep] = []
    /// What must be true at the end.
    public var goal = GoalDefinition.reference
    /// The answer asked for; nil: the solution's, or none.
    public var answer: AnswerDefinition?
    /// Whether the initial state may meet the goal already.
    public var isTrivial = false
    /// Whether the file was another project's, whose tasks are taken as they are.
    public var isImported = false
    /// Where it stands.
    public var location: SourceLocation
}

/// A step of a reference solution.
public enum SolutionStep: Sendable {
    /// A call of a tool.
    case call(tool: String, arguments: JSONObject, location: SourceLocation)
    /// Words to the user.
    case message(String)
    /// The final answer.
    case answer(JSON)
}

/// What must be true at the end.
public enum GoalDefinition: Sendable {
    /// The net changes and the answer of the reference solution.
    case reference
    /// As stated.
    case stated(StatedGoal)
}

/// A goal in words of its own.
public struct StatedGoal: Sendable {
    /// The net changes asked for.
    public var changes: [ExpectedChange] = []
    /// What may change beside them.
    public var allowances: [Allowance] = []
    /// Conditions on the final state.
    public var assertions: [Assertion] = []

    /// Makes a goal that asks for nothing: for nothing to change.
    public init() {}
}

/// What may change freely.
public struct Allowance: Sendable {
    /// The table.
    public var table: String
    /// Only updates of these columns; nil: anything.
    public var columns: [String]?
    /// Where the columns are named.
    var columnLocations: [SourceLocation] = []
    /// Where the table is named.
    public var location: SourceLocation
}

/// A condition on the final state.
public struct Assertion: Sendable {
    /// The name.
    public var name: String
    /// A query whose first value must be true.
    public var sql: SQLText
    /// Its share in progress.
    public var weight: Double
}

/// The operations on a row.
public enum RowOperation: String, CaseIterable, Sendable {
    /// The row is new.
    case insert
    /// The row is different.
    case update
    /// The row is gone.
    case delete
}

/// A change asked for.
public struct ExpectedChange: Sendable {
    /// The table.
    public var table: String
    /// The operation.
    public var operation: RowOperation
    /// The key's values, for an update or a deletion.
    public var key: [(column: String, value: JSON, location: SourceLocation)]
    /// What the columns must hold.
    public var values: [(column: String, matcher: Matcher, location: SourceLocation)]
    /// Its share in progress.
    public var weight: Double
    /// Where the table is named.
    public var location: SourceLocation
}

/// What a value must be.
public indirect enum Matcher: Sendable {
    /// Exactly this.
    case equals(JSON)
    /// Anything.
    case any
    /// One of these.
    case oneOf([JSON])
    /// Between these, inclusive.
    case within(JSON, JSON)
    /// This text after normalisation.
    case text(String)
}

/// The answer that the agent must report.
public struct AnswerDefinition: Sendable {
    /// The type and the value.
    public var kind: Kind
    /// Its share in progress.
    public var weight = 1.0

    /// Makes an answer.
    public init(kind: Kind, weight: Double = 1) {
        self.kind = kind
        self.weight = weight
    }

    /// The types of answers.
    public enum Kind: Sendable {
        /// A number within a tolerance.
        case number(Double, tolerance: Double)
        /// One of these texts after normalisation.
        case text([String])
        /// True or false.
        case boolean(Bool)
        /// A day.
        case date(String)
        /// An instant.
        case dateTime(String)
        /// The elements in any order.
        case set([JSON])
        /// The elements in order.
        case list([JSON])
        /// Rows of values.
        case table([[JSON]], isOrdered: Bool)
        /// A text that contains all of these.
        case mentions([String])
    }

    static let typeNames = ["number", "text", "boolean", "date", "date-time", "set", "list", "table", "mentions"]
}
