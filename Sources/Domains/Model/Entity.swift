import Determinism

/// A kind of thing.
public struct Entity: Sendable {
    /// The name, in words joined by `_`.
    public let name: String
    /// The name of many, in words joined by `_`.
    public let plural: String
    /// What people call one: `work order`.
    public let noun: String
    /// What people call many.
    public let nouns: String
    /// What it is, for whoever reads the schema.
    public let about: String
    /// Whether it is a person, of whom nobody says `it`.
    public let isPerson: Bool
    /// Relations, then attributes, in the order of the file.
    public internal(set) var attributes: [Attribute]
    /// The states that it goes through; empty: none.
    public internal(set) var states: [State]
    /// The position of the attribute that holds the state.
    public let stateAttribute: Int?
    /// Sets of attributes that are unique together.
    public internal(set) var unique: [[Int]]
    /// How people refer to one, the simplest first.
    public internal(set) var descriptions: [Description]
    /// How many there are to begin with.
    public let count: Count
    /// What holds of each, always. The thing itself is the variable in slot 0.
    public internal(set) var rules: [Expression]
    /// How the codes of things are formed, where people give them codes.
    public internal(set) var code: IdentifierFormat?

    /// The attribute of that name.
    public func attribute(_ name: String) -> Int? { attributes.firstIndex { $0.name == name } }

    /// How many things there are to begin with.
    public struct Count: Sendable {
        /// So many.
        public let range: ClosedRange<Int>
        /// For each thing that this relation leads to; nil: in all.
        public let per: Int?
    }
}

/// A state of a lifecycle.
public struct State: Sendable {
    /// The word for it.
    public let name: String
    /// How common it is among the things that are there to begin with.
    public let weight: Int
    /// What is true of the things that are in it to begin with. The thing is the variable in slot 0.
    public let condition: Expression?
}

/// How people refer to a thing.
public struct Description: Sendable {
    /// The text; the thing is the variable in slot 0.
    public let text: TextTemplate
    /// What else is true of the thing.
    public let condition: Expression?
    /// What it has the most or the least of, among those that are described alike.
    public let extreme: Extreme?

    /// An order in which a thing comes first or last.
    public struct Extreme: Sendable {
        /// The value that is compared.
        public let by: Expression
        /// Whether the greatest is meant.
        public let isGreatest: Bool
    }
}

/// A text with places for values.
public struct TextTemplate: Sendable {
    /// A piece of it.
    public enum Piece: Sendable {
        /// Text as it is.
        case text(String)
        /// A value; with `a` or `an` before it if `hasArticle`.
        case value(Expression, hasArticle: Bool)
    }

    /// The pieces in order.
    public let pieces: [Piece]

    /// Makes a text.
    public init(pieces: [Piece]) { self.pieces = pieces }

    /// The expressions in it.
    public var values: [Expression] { pieces.compactMap { if case .value(let value, _) = $0 { value } else { nil } } }

    /// Whether a value in it is a variable's or is reached from it.
    func mentions(_ variable: Variable) -> Bool { values.contains { $0.mentions(variable) } }
}

/// Something that a thing has, or another thing that it belongs to.
public struct Attribute: Sendable {
    /// The name, in words joined by `_`.
    public let name: String
    /// What people call it.
    public let label: String
    /// What it is, for whoever reads the schema.
    public let about: String
    /// The type; a relation's is a reference.
    public let type: ValueType
    /// How many of a hundred things lack it to begin with; nil: it is never missing.
    public let missing: Int?
    /// Whether no two things have the same.
    public let isUnique: Bool
    /// The unit, as in `4.2 kg`.
    public let unit: String?
    /// Where values come from.
    public let source: Source
    /// The value of a thing that a verb makes, if the verb does not say; the thing is the variable in slot 0.
    public let new: Expression?
    /// The value to begin with, worked out when everything is there; the thing is the variable in slot 0.
    public let atStart: Expression?

    /// Whether it can be missing.
    public var isOptional: Bool { missing != nil }
    /// Whether it is worked out when read, and not stored.
    public var isComputed: Bool { if case .computed = source { true } else { false } }

    /// An attribute, as an expression refers to it.
    public struct Reference: Hashable, Sendable {
        /// The kind of thing.
        public let entity: Int
        /// Its position among the attributes.
        public let index: Int
        /// Its type.
        public let type: ValueType
        /// Whether it can be missing.
        public let isOptional: Bool
    }

    /// Where the values of an attribute come from.
    public enum Source: Sendable {
        /// Another thing, any one.
        case anyThing
        /// A text from a list of words.
        case words(String)
        /// A text made of the thing's own attributes and of words.
        case template(WordTemplate)
        /// Any of the enumeration's words.
        case anyWord
        /// True so many times of a hundred.
        case chance(Int)
        /// A number from a range.
        case number(low: Int64, high: Int64, step: Int64)
        /// A day or moment from a range.
        case time(TimeSource)
        /// The lifecycle: a state by its weight.
        case state
        /// A code by the entity's format and the thing's number.
        case code
        /// A value worked out when the thing is made; the thing is the variable in slot 0.
        case expression(Expression)
        /// A value worked out whenever it is read; the thing is the variable in slot 0.
        case computed(Expression)
    }
}

/// A range of days or moments.
public struct TimeSource: Sendable {
    /// The earliest, in units after the anchor.
    public let low: Int64
    /// The latest, in units after the anchor.
    public let high: Int64
    /// The unit.
    public let unit: TimeUnit
    /// What it counts from; nil: the beginning of the episode.
    public let anchor: Expression?
    /// For moments: minutes of the local day from which and to which, and their step.
    public let window: (from: Int, to: Int, step: Int)?

    /// Whether Saturdays and Sundays are left out.
    public let isOnWeekdays: Bool

    /// Makes a range.
    public init(
        low: Int64, high: Int64, unit: TimeUnit, anchor: Expression?, window: (from: Int, to: Int, step: Int)?, isOnWeekdays: Bool
    ) {
        self.low = low
        self.high = high
        self.unit = unit
        self.anchor = anchor
        self.window = window
        self.isOnWeekdays = isOnWeekdays
    }
}
