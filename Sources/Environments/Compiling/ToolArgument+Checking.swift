import Database
import Determinism
import Specifications
import WireJSON

/// What is wrong with one part of a call's arguments.
public struct ArgumentFault: Hashable, Sendable {
    /// Where: `items[2].quantity`.
    public let path: String
    /// What is wrong, in words that help.
    public let message: String
}

extension ToolArgument {
    /// Checks a value and brings it into the form that statements see; nil where it is faulty or null.
    func normalise(_ value: JSON, path: @autoclosure () -> String, _ faults: inout [ArgumentFault]) -> JSON? {
        if isPlainText, case .string(let text) = value, !text.utf8.contains(0) { return value }
        func fault(_ message: String) -> JSON? {
            faults.append(ArgumentFault(path: path(), message: message))
            return nil
        }
        if value == .null { return isNullable ? .null : fault("must not be null") }
        switch type {
        case .string(let rules):
            guard case .string(let text) = value else { return fault("must be a string, not \(value.kindWithArticle)") }
            if let message = rules.fault(text) { return fault(message) }
            return value
        case .integer(let minimum, let maximum):
            guard let number = value.integer else {
                return fault(value.double == nil ? "must be an integer, not \(value.kindWithArticle)" : "must be an integer of 64 bits")
            }
            if let minimum, number < minimum { return fault("must be at least \(minimum)") }
            if let maximum, number > maximum { return fault("must be at most \(maximum)") }
            return .integer(number)
        case .number(let minimum, let maximum):
            guard let number = value.double else { return fault("must be a number, not \(value.kindWithArticle)") }
            if let minimum, number < minimum { return fault("must be at least \(JSON.number(minimum).text)") }
            if let maximum, number > maximum { return fault("must be at most \(JSON.number(maximum).text)") }
            return .number(number)
        case .boolean:
            return value.bool == nil ? fault("must be true or false, not \(value.kindWithArticle)") : value
        case .date:
            guard let text = value.string, let day = CalendarDate(text) else { return fault("must be a date like 2025-03-31") }
            return .string(day.text)
        case .dateTime:
            guard let text = value.string, let instant = Instant(text) else {
                return fault("must be a date-time like 2025-03-31T14:30:00Z")
            }
            return .string(instant.text)
        case .enumeration(let values):
            guard let text = value.string, values.contains(where: { $0.hasSameBytes(as: text) }) else {
                let hint = value.string.map { NearestName.hint(for: $0, among: values) } ?? ""
                return fault("must be one of \(values.joined(separator: ", "))\(hint)")
            }
            return value
        case .list(let element, let minimum, let maximum, let isUnique):
            guard case .array(let elements) = value else { return fault("must be a list, not \(value.kindWithArticle)") }
            if let minimum, elements.count < minimum { return fault("must have at least \(minimum) elements") }
            if let maximum, elements.count > maximum { return fault("must have at most \(maximum) elements") }
            let before = faults.count
            let normalised = elements.enumerated().map { index, each in
                element.normalise(each, path: "\(path())[\(index)]", &faults) ?? .null
            }
            if faults.count > before { return nil }
            if isUnique, Set(normalised).count < normalised.count { return fault("must not hold the same element twice") }
            return .array(normalised)
        case .object(let properties):
            guard case .object(let object) = value else { return fault("must be an object, not \(value.kindWithArticle)") }
            let before = faults.count
            var members: [JSONObject.Member] = []
            ToolArgument.check(object, against: properties, path: { "\(path()).\($0)" }, &faults) { _, name, value in
                members.append(JSONObject.Member(name: name, value: value))
            }
            return faults.count > before ? nil : .object(JSONObject(uniqueMembers: members))
        }
    }

    /// Checks the members of an object against declarations, and hands over each value that is there or has a default.
    static func check(
        _ object: JSONObject, against declared: [ToolArgument], path: (String) -> String, _ faults: inout [ArgumentFault],
        accept: (Int, String, JSON) -> Void
    ) {
        var found = 0
        for (index, argument) in declared.enumerated() {
            if let value = object[argument.name] {
                found += 1
                if let value = argument.normalise(value, path: path(argument.name), &faults) { accept(index, argument.name, value) }
            } else if let value = argument.defaultValue {
                var none: [ArgumentFault] = []  // A default was checked when it was read.
                if let value = argument.normalise(value, path: "", &none) { accept(index, argument.name, value) }
            } else if argument.isRequired {
                faults.append(ArgumentFault(path: path(argument.name), message: "is required"))
            }
        }
        guard found < object.count else { return }
        let names = declared.map(\.name)
        for name in object.names where !names.contains(name) {
            let shown = name.utf8.count > 80 ? String(name.prefix(80)) + "…" : name
            faults.append(ArgumentFault(path: path(shown), message: "is not an argument\(NearestName.hint(for: name, among: names))"))
        }
    }

    /// The stored form of a normalised value.
    public static func sql(_ value: JSON) -> SQLValue {
        switch value {
        case .null: .null
        case .bool(let flag): .integer(flag ? 1 : 0)
        case .integer(let number): .integer(number)
        case .number(let number): .real(number)
        case .string(let text): .text(text)
        case .array, .object: .text(value.text)
        }
    }
}

extension StringRules {
    fileprivate func fault(_ text: String) -> String? {
        if text.utf8.contains(0) { return "must not contain the character NUL" }
        if let minimumLength, text.utf8.count < minimumLength || text.unicodeScalars.count < minimumLength {
            return minimumLength == 1 ? "must not be empty" : "must have at least \(minimumLength) characters"
        }
        if let maximumLength, text.utf8.count > maximumLength, text.unicodeScalars.count > maximumLength {
            return "must have at most \(maximumLength) characters"
        }
        if let pattern, pattern.isBeyond(text) { return "is too long to be matched against the pattern \(pattern.source)" }
        if let pattern, !pattern.isFound(in: text) { return "must match the pattern \(pattern.source)" }
        if let format, !format.matches(text) {
            return "must be a valid \(format == .email ? "e-mail address" : format.rawValue.uppercased())"
        }
        return nil
    }
}
