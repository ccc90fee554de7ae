import Specifications

/// The names that an expression may use.
struct Scope {
    /// A thing whose attributes may be named without it.
    enum Own {
        /// One that is there.
        case thing(Variable)
        /// One that is being made: the values of its attributes so far.
        case values(entity: Int, [Int: Expression])
    }

    var variables: [Variable] = []
    var own: Own?
    /// Names that would be variables if what they stand for were there.
    var absent: Set<String> = []
    /// Paths that requirements have found not to be missing.
    var certain: Set<[Int]> = []
    /// The number of slots that the frame needs.
    var frameSize = 0

    func variable(_ name: String) -> Variable? { variables.last { $0.name == name } }

    mutating func declare(_ name: String, _ type: ValueType, isOptional: Bool = false) -> Variable {
        let variable = Variable(slot: frameSize, type: type, isOptional: isOptional, name: name)
        frameSize += 1
        variables.append(variable)
        return variable
    }
}

/// Why an expression has no meaning.
enum NameFault: Error {
    /// It mentions something that the domain has but this environment has not.
    case absent
    /// It is wrong.
    case mistake(String, at: SourceLocation? = nil)

    /// The same, and where it stands if nothing has said so yet.
    func placed(at location: SourceLocation) -> NameFault {
        guard case .mistake(let message, nil) = self else { return self }
        return .mistake(message, at: location)
    }
}
