import Determinism
import Domains
import WireJSON

/// Values as an environment's file and its tools have them.
struct Printing {
    let money: Design.Money

    /// The JSON of a value.
    ///
    /// - Parameter key: the key of the thing that it refers to, if it is a reference.
    func json(_ value: Value, _ type: ValueType, key: (Int, Int) -> Value) -> JSON {
        switch value {
        case .missing: return .null
        case .boolean(let flag): return .bool(flag)
        case .number(let number):
            switch type {
            case .money: return money == .decimals ? Self.number(number, places: 2) : .integer(number)
            case .number(let places): return places == 0 ? .integer(number) : Self.number(number, places: places)
            default: return .integer(number)
            }
        case .text(let text): return .string(text)
        case .date, .instant: return .string(Self.iso(value))
        case .reference(let thing): return self.key(key(thing, type.entity!))
        }
    }

    /// The JSON of a key.
    func key(_ value: Value) -> JSON {
        switch value {
        case .number(let number): .integer(number)
        case .text(let text): .string(text)
        default: .null
        }
    }

    /// The float nearest to a decimal number.
    static func number(_ value: Int64, places: Int) -> JSON { .number(Double(value) / Double(Decimals.power(places))) }

    /// A day or moment as tools write it.
    static func iso(_ value: Value) -> String {
        switch value {
        case .date(let day): CalendarDate(daysSinceEpoch: day).text
        case .instant(let seconds): Instant(seconds: seconds).text
        default: ""
        }
    }
}
