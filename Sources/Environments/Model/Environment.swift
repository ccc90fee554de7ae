import Determinism
import Specifications
import WireJSON

/// One concrete world, as its file says it: nothing is compiled yet.
///
/// The reference of the format is `docs/environment-format.md`.
public struct Environment: Sendable {
    /// The name by which clients ask for it.
    public var id: String
    /// A short name for people.
    public var title: String
    /// What the world is about.
    public var summary = ""
    /// The rules that the agent must follow.
    public var policy = ""
    /// When an episode begins, and how far each action moves the clock on.
    public var clock = ClockRule()
    /// The row that the agent acts as.
    public var actor: Actor?
    /// Where identifiers come from.
    public var sequences: [IdentifierSequence] = []
    /// JSON documents outside the file.
    public var sources: [SourceDocument] = []
    /// The tables.
    public var tables: [Table] = []
    /// Shapes that results and views share.
    public var shapes: [NamedShape] = []
    /// The trainer's named views.
    public var views: [NamedShape] = []
    /// The agent's tools.
    public var tools: [Tool] = []
    /// The tasks.
    public var tasks: [TaskDefinition] = []
    /// Where the environment was read from.
    public var location: SourceLocation
}

/// The virtual clock's start and rule.
public struct ClockRule: Sendable {
    /// The time when an episode begins.
    public var start = Instant("2025-01-01T09:00:00Z")!
    /// Seconds added by every action.
    public var advance: Int64 = 60
}

/// The acting user: a row of a table.
public struct Actor: Sendable {
    /// The table.
    public var table: String
    /// The value of its single key column.
    public var key: JSON
    /// Where the key is said.
    public var location: SourceLocation
    /// Where the table is said.
    public var tableLocation: SourceLocation
}

/// A source of identifiers, counted in each episode by itself.
public struct IdentifierSequence: Sendable {
    /// The name.
    public var name: String
    /// The form of an identifier.
    public var format = IdentifierFormat.integer
    /// The first counter value.
    public var start: Int64 = 1
}

/// A JSON document that rows are taken from.
public struct SourceDocument: Sendable {
    /// The name of the SQL parameter that holds its text.
    public var name: String
    /// The whole text.
    public var text: String
    /// The text could not be read.
    var isMissing = false
}
