/// An expression as it is written: names are not looked up yet.
indirect enum Syntax: Sendable {
    case number(String)
    case text(String)
    /// A bare word: a variable, an attribute of the thing at hand, a parameter or one of an enumeration's words.
    case name(String)
    case member(Syntax, String)
    case not(Syntax)
    case all([Syntax])
    case any([Syntax])
    case compare(Comparison, Syntax, Syntax)
    /// `x is missing`
    case isMissing(Syntax)
    /// `x is open or late`
    case isOneOf(Syntax, [String])
    case add(Syntax, Syntax)
    case subtract(Syntax, Syntax)
    case multiply(Syntax, Syntax)
    /// `10 percent of x`
    case percent(Syntax, of: Syntax)
    /// `14 days`
    case duration(Syntax, TimeUnit)
    /// `date(x)`: the day of a moment.
    case day(Syntax)
    /// `days(a, b)`: whole units from `a` to `b`.
    case elapsed(TimeUnit, Syntax, Syntax)
    case aggregate(AggregateKind, value: Syntax?, entity: String, alias: String?, condition: Syntax?)
    /// `first(loan by loan.due: condition)`
    case pick(isLast: Bool, entity: String, alias: String?, by: Syntax, condition: Syntax?)
}

/// How two values are compared.
public enum Comparison: String, Sendable {
    /// The same.
    case equal = "="
    /// Not the same.
    case unequal = "!="
    /// Less or earlier.
    case less = "<"
    /// Less, earlier or the same.
    case atMost = "<="
    /// Greater or later.
    case greater = ">"
    /// Greater, later or the same.
    case atLeast = ">="
}

/// What is asked of many things at once.
public enum AggregateKind: String, CaseIterable, Sendable {
    /// How many there are.
    case count
    /// Whether there is one.
    case exists
    /// The sum of a value, 0 for none.
    case sum
    /// The least value, missing for none.
    case min
    /// The greatest value, missing for none.
    case max
}

/// A unit of time.
public enum TimeUnit: String, CaseIterable, Sendable {
    /// 60 seconds.
    case minutes
    /// 3,600 seconds.
    case hours
    /// Calendar days.
    case days
    /// Seven days.
    case weeks
    /// Calendar months; a day that the month lacks runs over into the next, as SQLite has it.
    case months
    /// Calendar years.
    case years

    /// Reads `day` or `days`.
    init?(word: String) {
        guard let unit = TimeUnit.allCases.first(where: { $0.rawValue == word || $0.rawValue == word + "s" }) else { return nil }
        self = unit
    }

    /// The unit's length, where it has one.
    var seconds: Int64? {
        switch self {
        case .minutes: 60
        case .hours: 3600
        case .days: 86400
        case .weeks: 7 * 86400
        case .months, .years: nil
        }
    }
}

/// What is wrong with a text of the little language.
struct SyntaxError: Error {
    let message: String
}
