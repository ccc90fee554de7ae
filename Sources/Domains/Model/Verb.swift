/// Something that can be done: a tool's meaning, a planner's action and a request's words, all in one.
public struct Verb: Sendable {
    /// The name, in words joined by `_`.
    public let name: String
    /// What it does, in the author's words; empty where the generator finds them.
    public let about: String
    /// Who wrote it.
    public let origin: Origin
    /// The arguments, in the first slots of the frame.
    public let arguments: [Argument]
    /// Values worked out first, in the slots after the arguments.
    public let lets: [Let]
    /// What must be true, in the order in which it is checked.
    public internal(set) var requirements: [Requirement]
    /// What it does, in order; each effect sees what those before it did.
    public internal(set) var effects: [Effect]
    /// How people ask for it; the slots are those of the verb.
    public internal(set) var phrases: [TextTemplate]
    /// The thing that it makes, if that is what it is for: the slot of the new thing.
    public let created: Variable?
    /// The number of slots.
    public let frameSize: Int

    /// Who wrote a verb.
    public enum Origin: Hashable, Sendable {
        /// The domain's author.
        case written
        /// Derived: a new thing of this kind.
        case add(entity: Int)
        /// Derived: another value of an attribute.
        case edit(Attribute.Reference)
        /// Derived: a thing of this kind goes.
        case remove(entity: Int)
    }

    /// An argument.
    public struct Argument: Sendable {
        /// Its slot, name and type.
        public let variable: Variable
        /// What people call it.
        public let label: String
        /// What it is, for the agent.
        public let about: String
        /// The attribute whose values it takes, if it takes an attribute's.
        public let like: Attribute.Reference?
        /// Where values come from.
        public let source: Attribute.Source
        /// The unit, as in `4.2 kg`.
        public let unit: String?

        /// The kind of thing, if it is one.
        public var entity: Int? { variable.type.entity }
    }

    /// A value worked out before anything is checked.
    public struct Let: Sendable {
        /// Where it goes.
        public let variable: Variable
        /// What it is.
        public let value: Expression
    }
}

/// What must be true for a verb to be done.
public struct Requirement: Sendable {
    /// The condition.
    public let condition: Expression
    /// The word for the refusal.
    public let code: String
    /// What the refusal says.
    public let message: TextTemplate
    /// The fact that explains a refusal; nil: none that could be asked for.
    public let report: Report?
}

/// A fact that explains a refusal, and how it is asked for.
public struct Report: Sendable {
    /// What follows `tell me`; nil: the generator finds the words.
    public let ask: TextTemplate?
    /// The fact.
    public let answer: Expression
}

/// Something that a verb changes.
public indirect enum Effect: Sendable {
    /// A thing's attribute takes a value.
    case set(thing: Expression, Attribute.Reference, value: Expression, when: Expression?)
    /// A new thing; a value for every attribute that is stored, in their order.
    case create(entity: Int, values: [Expression], variable: Variable, when: Expression?)
    /// A thing goes.
    case delete(thing: Expression, entity: Int, when: Expression?)
    /// The same for each thing for which the condition holds.
    case each(entity: Int, variable: Variable, condition: Expression?, effects: [Effect])
}
