import Determinism

/// What one environment of a domain is about: the domain's kinds of things, verbs, policies and questions, as far as this environment has
/// them, with every name looked up.
public struct Model: Sendable {
    /// The kinds of things.
    public internal(set) var entities: [Entity] = []
    /// The verbs.
    public internal(set) var verbs: [Verb] = []
    /// The policies.
    public internal(set) var policies: [Policy] = []
    /// The questions.
    public internal(set) var questions: [Question] = []
    /// Sentences that set the scene, each about a thing.
    public internal(set) var openers: [Opener] = []
    /// The kinds of things that requests turn around.
    public internal(set) var focus: [Int] = []
    /// The kind of thing that the acting user is.
    public internal(set) var actor: Int?

    /// The kind of that name.
    public func entity(_ name: String) -> Int? { entities.firstIndex { $0.name == name } }

    /// The verb of that name.
    public func verb(_ name: String) -> Verb? { verbs.first { $0.name == name } }

    /// The attribute that a reference means.
    public func attribute(_ reference: Attribute.Reference) -> Attribute { entities[reference.entity].attributes[reference.index] }

    /// A reference to an attribute.
    public func reference(_ entity: Int, _ attribute: Int) -> Attribute.Reference {
        let definition = entities[entity].attributes[attribute]
        return Attribute.Reference(entity: entity, index: attribute, type: definition.type, isOptional: definition.isOptional)
    }
}

/// A rule that an agent must obey although no tool enforces it.
public struct Policy: Sendable {
    /// Its name in the domain.
    public let name: String
    /// What it says.
    public let text: TextTemplate
    /// The verb that it forbids, by position.
    public let verb: Int
    /// When it forbids it; the slots are the verb's.
    public let condition: Expression
    /// The fact that explains it.
    public let report: Report?
}

/// A question that people ask of the data.
public struct Question: Sendable {
    /// How they ask; the slots are the question's.
    public let ask: TextTemplate
    /// The text as it is written.
    public let source: String
    /// What it is about.
    public let arguments: [Verb.Argument]
    /// What is asked for.
    public let answer: Answer
    /// The number of slots.
    public let frameSize: Int

    /// What is asked for.
    public enum Answer: Sendable {
        /// A value.
        case value(Expression)
        /// What is shown of every thing that fits, or of the one that fits best.
        case which(variable: Variable, entity: Int, condition: Expression?, extreme: Description.Extreme?, show: Expression)
    }
}

/// A sentence that sets the scene.
public struct Opener: Sendable {
    /// The kind of thing that it is about.
    public let entity: Int
    /// The text; the thing is the variable in slot 0.
    public let text: TextTemplate
}
