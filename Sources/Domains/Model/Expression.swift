/// An expression whose names are looked up and whose types fit.
///
/// A missing value is equal to a missing value and to nothing else, is neither less nor greater than anything, and makes arithmetic missing.
public indirect enum Expression: Sendable {
    /// A value.
    case constant(Value, ValueType)
    /// A variable's value.
    case variable(Variable)
    /// A thing's attribute; missing for a missing thing.
    case attribute(Expression, Attribute.Reference)
    /// The time of the call.
    case now
    /// The day of the call.
    case today
    /// The acting user.
    case actor(entity: Int)
    /// Not so.
    case not(Expression)
    /// All of them.
    case all([Expression])
    /// One of them.
    case any([Expression])
    /// A comparison of two values of one type.
    case compare(Comparison, Expression, Expression)
    /// Whether there is no value.
    case isMissing(Expression)
    /// Whether it is one of these words.
    case isOneOf(Expression, [String])
    /// A sum of two numbers of one type.
    case add(Expression, Expression)
    /// A difference of two numbers of one type.
    case subtract(Expression, Expression)
    /// A number, times a whole number.
    case multiply(Expression, Expression)
    /// So many hundredths of a number, a half rounded up.
    case percent(Expression, of: Expression)
    /// A day or a moment, moved on by so many units.
    case shifted(Expression, by: Expression, TimeUnit)
    /// A moment's day.
    case day(Expression)
    /// The whole units from one day or moment to another.
    case elapsed(TimeUnit, from: Expression, to: Expression)
    /// Something of many things at once.
    case aggregate(Aggregate)
    /// The first or last of many things.
    case pick(Pick)

    /// The same number with more places.
    case rescaled(Expression, from: Int, to: ValueType)
}

/// A place in the frame of an evaluation.
public struct Variable: Hashable, Sendable {
    /// The position.
    public let slot: Int
    /// The type.
    public let type: ValueType
    /// Whether it can be missing.
    public let isOptional: Bool
    /// The name as written.
    public let name: String

    /// Makes a variable.
    public init(slot: Int, type: ValueType, isOptional: Bool, name: String) {
        self.slot = slot
        self.type = type
        self.isOptional = isOptional
        self.name = name
    }
}

/// Something of many things at once.
public struct Aggregate: Sendable {
    /// What.
    public let kind: AggregateKind
    /// Each thing in turn.
    public let variable: Variable
    /// The kind of thing.
    public let entity: Int
    /// What is summed or compared; nil for count and exists.
    public let value: Expression?
    /// Which things.
    public let condition: Expression?
}

/// The thing of many that comes first or last; of equals, the one whose key comes first.
public struct Pick: Sendable {
    /// Whether the last is meant.
    public let isLast: Bool
    /// Each thing in turn.
    public let variable: Variable
    /// The kind of thing.
    public let entity: Int
    /// What orders them.
    public let by: Expression
    /// Which things.
    public let condition: Expression?
}

extension Expression {
    /// The type of its value.
    public var type: ValueType {
        switch self {
        case .constant(_, let type): type
        case .variable(let variable): variable.type
        case .attribute(_, let attribute): attribute.type
        case .now: .instant
        case .today: .date
        case .actor(let entity): .reference(entity)
        case .not, .all, .any, .compare, .isMissing, .isOneOf: .boolean
        case .add(let a, _), .subtract(let a, _), .multiply(let a, _): a.type
        case .percent(_, let of): of.type
        case .shifted(let base, _, _): base.type
        case .day: .date
        case .elapsed: .integer
        case .aggregate(let aggregate):
            switch aggregate.kind {
            case .count: .integer
            case .exists: .boolean
            case .sum, .min, .max: aggregate.value!.type
            }
        case .pick(let pick): .reference(pick.entity)
        case .rescaled(_, _, let type): type
        }
    }

    /// Whether its value can be missing.
    public var isOptional: Bool { isOptional(except: []) }

    /// Whether its value can be missing if the values of some paths are not.
    public func isOptional(except certain: Set<[Int]>) -> Bool {
        func isOptional(_ expression: Expression) -> Bool { expression.isOptional(except: certain) }
        if !certain.isEmpty, let path, certain.contains(path) { return false }
        switch self {
        case .constant(let value, _): return value == .missing
        case .variable(let variable): return variable.isOptional
        case .attribute(let base, let attribute): return attribute.isOptional || isOptional(base)
        case .now, .today, .actor, .not, .all, .any, .compare, .isMissing, .isOneOf: return false
        case .add(let a, let b), .subtract(let a, let b), .multiply(let a, let b), .percent(let a, let b), .elapsed(_, let a, let b),
            .shifted(let a, let b, _):
            return isOptional(a) || isOptional(b)
        case .day(let inner), .rescaled(let inner, _, _): return isOptional(inner)
        case .aggregate(let aggregate): return aggregate.kind == .min || aggregate.kind == .max
        case .pick: return true
        }
    }

    /// The slot of a variable and the positions of attributes that lead on from it, if the expression is such a path.
    public var path: [Int]? {
        switch self {
        case .variable(let variable): [variable.slot]
        case .attribute(let base, let reference): base.path.map { $0 + [reference.index] }
        default: nil
        }
    }

    /// The expressions that it is made of.
    public var parts: [Expression] {
        switch self {
        case .constant, .variable, .now, .today, .actor: []
        case .attribute(let base, _): [base]
        case .not(let a), .isMissing(let a), .isOneOf(let a, _), .day(let a), .rescaled(let a, _, _): [a]
        case .all(let parts), .any(let parts): parts
        case .compare(_, let a, let b), .add(let a, let b), .subtract(let a, let b), .multiply(let a, let b), .percent(let a, let b),
            .shifted(let a, let b, _), .elapsed(_, let a, let b):
            [a, b]
        case .aggregate(let aggregate): [aggregate.value, aggregate.condition].compactMap { $0 }
        case .pick(let pick): [pick.by] + [pick.condition].compactMap { $0 }
        }
    }

    /// The parts of a conjunction, or the expression alone.
    public var conjuncts: [Expression] { if case .all(let parts) = self { parts.flatMap(\.conjuncts) } else { [self] } }

    /// Whether a variable is a part of it.
    func mentions(_ variable: Variable) -> Bool { contains { if case .variable(variable) = $0 { true } else { false } } }

    /// Whether it turns on things, on values given or on the time, and not on constants alone.
    var turnsOnSomething: Bool {
        contains { part in
            switch part {
            case .variable, .attribute, .aggregate, .pick, .now, .today, .actor: true
            default: false
            }
        }
    }

    /// Whether the expression or a part of it satisfies a test.
    public func contains(_ test: (Expression) -> Bool) -> Bool { test(self) || parts.contains { $0.contains(test) } }
}
