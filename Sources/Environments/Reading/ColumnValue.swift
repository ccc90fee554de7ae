import Database
import Determinism
import Specifications
import WireJSON

/// Converts between the JSON of a specification and the values that a column stores.
public enum ColumnValue {
    /// Returns the stored form of a value; nil where the value is not of the column's type.
    public static func sql(_ value: JSON, _ type: ColumnType) -> SQLValue? {
        switch (type, value) {
        case (_, .null): return .null
        case (.string, .string(let text)): return text.utf8.contains(0) ? nil : .text(text)
        case (.integer, _): return value.integer.map { .integer($0) }
        case (.number, _): return value.double.map { .real($0) }
        case (.boolean, .bool(let flag)): return .integer(flag ? 1 : 0)
        case (.date, .string(let text)): return CalendarDate(text).map { .text($0.text) }
        case (.dateTime, .string(let text)): return Instant(text).map { .text($0.text) }
        case (.enumeration(let values), .string(let text)): return values.contains(text) ? .text(text) : nil
        case (.json, _): return .text(value.text)
        default: return nil
        }
    }

    /// Returns the JSON of a stored value.
    public static func json(_ value: SQLValue, _ type: ColumnType?) -> JSON {
        switch (value, type) {
        case (.null, _): return .null
        case (.integer(let value), .boolean): return .bool(value != 0)
        case (.integer(let value), _): return .integer(value)
        case (.real(let value), _): return .number(value)
        case (.text(let text), .json): return (try? JSONParser.parse(Array(text.utf8), limits: .file)) ?? .string(text)
        case (.text(let text), _): return .string(text)
        case (.blob(let bytes), _): return .string(bytes.map { String($0, radix: 16) }.joined())
        }
    }

    /// Says what is wrong with a value for a column; nil if nothing is.
    static func fault(_ value: JSON, _ column: Column) -> String? {
        if value == .null { return column.isNullable ? nil : "is null, and the column is not nullable" }
        if sql(value, column.type) != nil { return nil }
        switch column.type {
        case .enumeration(let values):
            let hint = value.string.map { NearestName.hint(for: $0, among: values) } ?? ""
            return "is \(value.text), which is not one of \(values.joined(separator: ", "))\(hint)"
        case .string where value.string == nil: return "is \(value.text), \(value.kindWithArticle); put it in quotes to make it a string"
        default: return "is \(value.text), which is not \(column.type.nameWithArticle)"
        }
    }

    /// Reads a CSV field as a column's type; what does not fit stays text and is reported as any wrong value is.
    static func json(csv field: String, _ column: Column?) -> JSON {
        guard let column else { return .string(field) }
        if field.isEmpty { return column.isNullable || column.type != .string ? .null : .string("") }
        switch column.type {
        case .integer: return Int64(field).map { .integer($0) } ?? .string(field)
        case .number: return Double(field).map { .number($0) } ?? .string(field)
        case .boolean: return ["true", "1"].contains(field) ? .bool(true) : ["false", "0"].contains(field) ? .bool(false) : .string(field)
        case .json: return (try? JSONParser.parse(Array(field.utf8))) ?? .string(field)
        default: return .string(field)
        }
    }
}
