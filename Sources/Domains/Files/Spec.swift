import Determinism
import Specifications

// A domain model as its file writes it: read and checked for form, with no name looked up.

/// An expression and where it stands.
struct PlacedSyntax: Sendable {
    let syntax: Syntax
    let source: String
    let location: SourceLocation
}

/// A text with places for values, and where it stands.
struct PlacedText: Sendable {
    let syntax: TextSyntax
    let source: String
    let location: SourceLocation
}

/// Everything that a domain file, with the capabilities that it uses, declares.
struct DomainSpec: Sendable {
    var name = ""
    var title = ""
    var category = ""
    var summary = ""
    var setting = ""
    var firstDay = CalendarDate(year: 2025, month: 1, day: 6)
    var lastDay = CalendarDate(year: 2026, month: 12, day: 18)
    var hours = DayWindow(from: 8 * 60, to: 11 * 60, step: 5)
    var currency = "$"
    var actor: PlacedName?
    var parameters: [ParameterSpec] = []
    var words: [WordList] = []
    var entities: [EntitySpec] = []
    var verbs: [VerbSpec] = []
    var policies: [PolicySpec] = []
    var questions: [QuestionSpec] = []
    var openers: [PlacedText] = []
    var focus: [PlacedName] = []
    var sometimes: [PlacedName] = []
    var uses: [CapabilityUse] = []
    var extensions: [EntityExtension] = []
    var verbExtensions: [VerbExtension] = []
    var location = SourceLocation(file: "", line: 1, column: 1)
}

/// A number that generation chooses for the whole environment.
struct ParameterSpec: Sendable {
    let name: PlacedName
    let isMoney: Bool
    let choices: [Int64]
}

/// Texts of which one is drawn.
struct WordList: Sendable {
    let name: PlacedName
    let texts: [PlacedText]
}

struct CapabilityUse: Sendable {
    let name: PlacedName
    let arguments: [(name: PlacedName, value: SpecNode)]
    let isSometimes: Bool
    let location: SourceLocation
}

struct EntityExtension: Sendable {
    let entity: PlacedName
    let attributes: [AttributeSpec]
    let edit: [PlacedName]
}

struct VerbExtension: Sendable {
    let verb: PlacedName
    let requirements: [RequirementSpec]
    let effects: [EffectSpec]
}

// MARK: - Entities

struct EntitySpec: Sendable {
    let name: PlacedName
    var plural: String?
    var noun: String?
    var nouns: String?
    var about = ""
    var isPerson = false
    var attributes: [AttributeSpec] = []
    var states: [StateSpec] = []
    var unique: [[PlacedName]] = []
    var descriptions: [DescriptionSpec] = []
    var count = CountSpec(range: 5...9, per: nil)
    var canAdd = false
    var canRemove = false
    var edit: [PlacedName] = []
    var rules: [PlacedSyntax] = []
}

struct StateSpec: Sendable {
    let name: PlacedName
    let weight: Int
    let condition: PlacedSyntax?
}

/// How many there are: so many in all, or so many for each of another kind.
struct CountSpec: Sendable {
    let range: ClosedRange<Int>
    let per: PlacedName?
}

/// How people refer to a thing.
struct DescriptionSpec: Sendable {
    let say: PlacedText
    /// What else must be true of the thing.
    let condition: PlacedSyntax?
    /// What the thing has the most or the least of, among those that are described alike.
    let extreme: (by: PlacedSyntax, isGreatest: Bool)?
}

struct AttributeSpec: Sendable {
    enum Kind: Sendable {
        case relation(PlacedName)
        case words(PlacedName)
        case template(PlacedText)
        case enumeration([String])
        case boolean(chance: Int)
        case number(NumberRange, isMoney: Bool)
        case date(TimeRange)
        case instant(TimeRange)
        case code(IdentifierFormat)
        /// Worked out whenever it is read, and not stored.
        case computed(PlacedSyntax)
        /// An attribute of an entity, for arguments: `visit.reason`.
        case like(entity: PlacedName, attribute: PlacedName)
    }

    let name: PlacedName
    var kind: Kind
    /// How many of a hundred things lack a value; nil: it is never missing.
    var missing: Int?
    var isUnique = false
    var label: String?
    var about: String?
    var unit: String?
    /// The value, worked out when the thing is made.
    var value: PlacedSyntax?
    /// The value of things made by a verb.
    var new: PlacedSyntax?
    /// The value in the initial state, worked out when everything is there.
    var atStart: PlacedSyntax?
}

/// A range of decimal numbers, as multiples of 10^-places.
struct NumberRange: Sendable, Equatable {
    let low: Int64
    let high: Int64
    let step: Int64
    let places: Int
}

/// Minutes of a day.
struct DayWindow: Sendable {
    let from: Int
    let to: Int
    let step: Int
}

/// A range of time, relative to the beginning of the episode or to another value.
struct TimeRange: Sendable {
    let low: Int64
    let high: Int64
    let unit: TimeUnit
    /// Before or after which value; nil: the beginning.
    let anchor: PlacedSyntax?
    let window: DayWindow?
    /// Whether Saturdays and Sundays are left out.
    let isOnWeekdays: Bool
}

// MARK: - Verbs

struct VerbSpec: Sendable {
    let name: PlacedName
    var about: String?
    var creates: PlacedName?
    var given: [AttributeSpec] = []
    var with: [(name: PlacedName, value: PlacedSyntax)] = []
    var lets: [(name: PlacedName, value: PlacedSyntax)] = []
    var requirements: [RequirementSpec] = []
    var effects: [EffectSpec] = []
    var phrases: [PlacedText] = []
}

struct RequirementSpec: Sendable {
    let that: PlacedSyntax
    let code: String?
    let say: PlacedText?
    let report: ReportSpec?
}

/// The fact that explains a refusal.
struct ReportSpec: Sendable {
    let ask: PlacedText?
    let answer: PlacedSyntax
}

indirect enum EffectSpec: Sendable {
    case set(target: PlacedSyntax, operator: String, value: PlacedSyntax, when: PlacedSyntax?)
    case create(entity: PlacedName, with: [(name: PlacedName, value: PlacedSyntax)], alias: PlacedName?, when: PlacedSyntax?)
    case delete(target: PlacedSyntax, when: PlacedSyntax?)
    case each(entity: PlacedName, alias: PlacedName?, condition: PlacedSyntax?, effects: [EffectSpec])
}

struct PolicySpec: Sendable {
    let name: PlacedName
    let text: PlacedText
    let forbids: PlacedName
    let when: PlacedSyntax
    let report: ReportSpec?
}

struct QuestionSpec: Sendable {
    enum Answer: Sendable {
        case value(PlacedSyntax)
        /// The things for which a condition holds, or that have the most or the least of something.
        case which(
            entity: PlacedName, alias: PlacedName?, condition: PlacedSyntax?, extreme: (by: PlacedSyntax, isGreatest: Bool)?,
            show: PlacedSyntax)
    }

    let ask: PlacedText
    let given: [AttributeSpec]
    let answer: Answer
}
