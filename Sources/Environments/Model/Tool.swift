import Specifications

/// What a tool may do to the world.
public enum Effect: String, CaseIterable, Sendable {
    /// It changes nothing; the engine sees to that.
    case read
    /// It changes rows.
    case write
    /// It changes rows and loses what they held.
    case destructive
}

/// A tool of the agent.
public struct Tool: Sendable {
    /// The name.
    public var name: String
    /// What it does, for the agent.
    public var description = ""
    /// What it may do to the world.
    public var effect = Effect.read
    /// The arguments in order.
    public var arguments: [ToolArgument] = []
    /// The statements in order.
    public var steps: [Step] = []
    /// What it returns; nil: null.
    public var result: Shape?
    /// Where it is declared.
    public var location: SourceLocation
}

/// One step of a tool.
public struct Step: Sendable {
    /// What it does.
    public var action: Action
    /// How it refuses.
    public var refusal: Refusal?
    /// Where it stands; for `next`, where the name does.
    public var location: SourceLocation

    /// The kinds of steps.
    public enum Action: Sendable {
        /// Binds the first row's columns.
        case find(SQLText)
        /// Demands that an expression be true.
        case require(SQLText)
        /// Demands that there be no row.
        case forbid(SQLText)
        /// Binds a fresh identifier.
        case next(name: String, sequence: PlacedName)
        /// Changes rows.
        case change(SQLText)
    }
}

/// How a step says no.
public struct Refusal: Sendable {
    /// A stable word for programs.
    public var code: String
    /// The message, in pieces.
    public var message: [MessagePiece]
    /// Names of values returned beside the message.
    public var details: [PlacedName]
    /// Where the message stands.
    public var location: SourceLocation

    /// A piece of a message.
    public enum MessagePiece: Sendable {
        /// Text as it is.
        case text(String)
        /// The value of that name.
        case value(String)
    }
}
