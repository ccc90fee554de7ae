import Domains
import Simulation

/// Among how many answers somebody would choose who knows only what kind of thing is asked for.
enum Guessing {
    /// A task that asks for nothing but answers gives fewer choices than this no place.
    static let fewest = 5
    /// What stands for more than anybody would try.
    static let many = 1000

    /// The choices of a value that an expression had.
    static func choices(_ expression: Expression, _ value: Value, _ situation: Situation) -> Int {
        switch expression.type {
        case .boolean: return 2
        case .enumeration(let words): return words.count
        default: break
        }
        switch expression {
        case .aggregate:
            // Most whole numbers that anybody asks for are small.
            if expression.type == .integer, case .number(let count) = value, count <= 2 { return 3 }
            return many
        case .attribute(_, let attribute):
            var seen: Set<Value> = []
            for thing in situation.things(attribute.entity) {
                seen.insert(situation.value(thing, attribute))
                if seen.count == fewest { return many }
            }
            return seen.count
        default: return many
        }
    }
}
