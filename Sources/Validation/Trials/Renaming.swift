import Database
import Environments
import WireJSON

/// What identifiers of one way of playing a task are called on another.
///
/// A number is only an identifier where its own kind of identifier stands; a text is one anywhere.
struct Renaming {
    private var columns: [ColumnPlace: [SQLValue: SQLValue]] = [:]
    private var texts: [SQLValue: SQLValue] = [:]

    var isEmpty: Bool { columns.isEmpty && texts.isEmpty }

    /// Notes that the identifier `value`, which tools put into the columns, is called `other`.
    mutating func add(_ value: SQLValue, _ other: SQLValue, in places: [ColumnPlace]) {
        if case .text = value { texts[value] = other }
        for place in places { columns[place, default: [:]][value] = other }
    }

    /// What a value is called on the other way, where it stands in one of the columns.
    func callAsFunction(_ value: SQLValue, in places: [ColumnPlace]) -> SQLValue? {
        for place in places {
            if let other = columns[place]?[value] { return other }
        }
        return texts[value]
    }

    /// An argument, which stands for the columns, as it is said on the other way.
    func callAsFunction(_ value: JSON, in places: [ColumnPlace]) -> JSON {
        switch value {
        case .string(let text): if case .text(let other)? = self(.text(text), in: places) { .string(other) } else { value }
        case .integer(let number): if case .integer(let other)? = self(.integer(number), in: places) { .integer(other) } else { value }
        case .array(let elements): .array(elements.map { self($0, in: places) })
        case .object(let object):
            .object(JSONObject(uniqueMembers: object.members.map { .init(name: $0.name, value: self($0.value, in: places)) }))
        default: value
        }
    }
}
