/// A value of a domain's things, as the simulation holds it.
public enum Value: Hashable, Sendable {
    /// None.
    case missing
    /// True or false.
    case boolean(Bool)
    /// A whole number, or a decimal as a multiple of 10^-places of its type.
    case number(Int64)
    /// Text, or one of an enumeration's words.
    case text(String)
    /// Days since 1970-01-01.
    case date(Int64)
    /// Seconds since 1970-01-01T00:00:00Z.
    case instant(Int64)
    /// The position of a thing among those of its kind.
    case reference(Int)

    /// The number, if it is one.
    public var number: Int64? { if case .number(let value) = self { value } else { nil } }
    /// The text, if it is one.
    public var text: String? { if case .text(let value) = self { value } else { nil } }
    /// The thing's position, if it is a reference.
    public var reference: Int? { if case .reference(let value) = self { value } else { nil } }
    /// Whether it is `true`.
    public var isTrue: Bool { self == .boolean(true) }
}

/// What values there can be.
public enum ValueType: Hashable, Sendable {
    /// True or false.
    case boolean
    /// Numbers with so many decimals; 0: whole numbers.
    case number(places: Int)
    /// Amounts of money, in hundredths.
    case money
    /// Text.
    case text
    /// One of these words.
    case enumeration([String])
    /// A day.
    case date
    /// A moment.
    case instant
    /// A thing of the kind at that position.
    case reference(Int)

    /// Whole numbers.
    public static let integer = ValueType.number(places: 0)

    /// The decimals of a number; nil for anything else.
    public var places: Int? {
        switch self {
        case .number(let places): places
        case .money: 2
        default: nil
        }
    }

    /// The kind of thing that a reference leads to.
    public var entity: Int? { if case .reference(let entity) = self { entity } else { nil } }

    /// What a message calls it.
    var name: String {
        switch self {
        case .boolean: "true or false"
        case .number(let places): places == 0 ? "a whole number" : "a number with \(places) decimal\(places == 1 ? "" : "s")"
        case .money: "an amount of money"
        case .text: "text"
        case .enumeration(let words): "one of \(words.joined(separator: ", "))"
        case .date: "a day"
        case .instant: "a moment"
        case .reference: "a thing"
        }
    }
}
