import Determinism
import WireJSON

extension AnswerDefinition.Kind {
    /// Reads an answer of a named type; nil if the value is not of it.
    init?(_ type: String, _ value: JSON, tolerance: Double, isOrdered: Bool) {
        switch (type, value) {
        case ("number", _):
            guard let number = value.double, tolerance >= 0 else { return nil }
            self = .number(number, tolerance: tolerance)
        case ("text", .string(let text)): self = .text([text])
        case ("text", .array(let texts)), ("mentions", .array(let texts)):
            let strings = texts.compactMap(\.string)
            guard strings.count == texts.count, !strings.isEmpty else { return nil }
            self = type == "text" ? .text(strings) : .mentions(strings)
        case ("mentions", .string(let text)): self = .mentions([text])
        case ("boolean", .bool(let flag)): self = .boolean(flag)
        case ("date", .string(let text)):
            guard let day = CalendarDate(text) else { return nil }
            self = .date(day.text)
        case ("date-time", .string(let text)):
            guard let instant = Instant(text) else { return nil }
            self = .dateTime(instant.text)
        case ("set", .array(let elements)): self = .set(elements)
        case ("list", .array(let elements)): self = .list(elements)
        case ("table", .array(let rows)):
            let cells = rows.compactMap(\.array)
            guard cells.count == rows.count else { return nil }
            self = .table(cells, isOrdered: isOrdered)
        default: return nil
        }
    }

    /// The type that a bare value of a solution has.
    public init?(inferredFrom value: JSON) {
        switch value {
        case .integer, .number: self = .number(value.double!, tolerance: 0.000001)
        case .bool(let flag): self = .boolean(flag)
        case .string(let text):
            if let day = CalendarDate(text) {
                self = .date(day.text)
            } else if let instant = Instant(text) {
                self = .dateTime(instant.text)
            } else {
                self = .text([text])
            }
        case .array(let elements):
            let rows = elements.compactMap(\.array)
            self = rows.count == elements.count && !rows.isEmpty ? .table(rows, isOrdered: false) : .set(elements)
        case .object(let object):
            guard let type = object["type"]?.string, let inner = object["value"] else { return nil }
            self.init(
                type, inner, tolerance: object["tolerance"]?.double ?? 0.000001, isOrdered: object["ordered"]?.bool ?? false)
        case .null: return nil
        }
    }
}
