import Specifications
import WireJSON

/// A named argument of a tool, or a property of an object.
///
/// A class, because every call walks the declarations and copying one copies all that it holds.
public final class ToolArgument: Sendable {
    /// The name.
    public let name: String
    /// The type and its rules.
    public let type: ArgumentType
    /// What it means, for the agent.
    public let description: String
    /// Whether it must be given.
    public let isRequired: Bool
    /// The value if it is left out.
    public let defaultValue: JSON?
    /// Whether an explicit null is accepted.
    public let isNullable: Bool
    /// Where it is declared.
    public let location: SourceLocation
    /// Whether it is text without further rules, as most arguments are: it is then checked without looking at the type again.
    let isPlainText: Bool

    /// Declares an argument.
    public init(
        name: String, type: ArgumentType, description: String = "", isRequired: Bool = true, defaultValue: JSON? = nil,
        isNullable: Bool = false, location: SourceLocation
    ) {
        self.name = name
        self.type = type
        self.description = description
        self.isRequired = isRequired
        self.defaultValue = defaultValue
        self.isNullable = isNullable
        self.location = location
        if case .string(let rules) = type {
            isPlainText = rules.minimumLength == nil && rules.maximumLength == nil && rules.pattern == nil && rules.format == nil
        } else {
            isPlainText = false
        }
    }
}

/// The type of an argument and the rules for its values.
public indirect enum ArgumentType: Sendable {
    /// Text.
    case string(StringRules)
    /// A 64-bit integer within bounds.
    case integer(minimum: Int64?, maximum: Int64?)
    /// A number within bounds.
    case number(minimum: Double?, maximum: Double?)
    /// True or false.
    case boolean
    /// `YYYY-MM-DD`.
    case date
    /// RFC 3339.
    case dateTime
    /// One of these texts.
    case enumeration([String])
    /// Elements of one type; `element` carries the type and whether null is accepted.
    case list(element: ToolArgument, minimumCount: Int?, maximumCount: Int?, isUnique: Bool)
    /// Named properties.
    case object([ToolArgument])

    static let names = ["string", "integer", "number", "boolean", "date", "date-time", "enum", "list", "object"]
}

/// The rules for a text argument.
public struct StringRules: Sendable {
    /// The least number of characters.
    public var minimumLength: Int?
    /// The greatest number of characters.
    public var maximumLength: Int?
    /// A regular expression that must be found in the text.
    public var pattern: TextPattern?
    /// A well-known form.
    public var format: TextFormat?
}

/// The well-known forms of texts.
public enum TextFormat: String, CaseIterable, Sendable {
    /// An e-mail address, roughly: one @, something before it and a dotted name after it.
    case email
    /// Eight, four, four, four and twelve hexadecimal digits.
    case uuid
    /// A scheme, a colon and something after it.
    case uri

    func matches(_ text: String) -> Bool {
        switch self {
        case .email:
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !text.contains(where: \.isWhitespace) else { return false }
            let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
            return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty }
        case .uuid:
            let groups = text.split(separator: "-", omittingEmptySubsequences: false)
            return groups.map(\.count) == [8, 4, 4, 4, 12] && groups.joined().allSatisfy { $0.isHexDigit && $0.isASCII }
        case .uri:
            guard let colon = text.firstIndex(of: ":"), colon != text.startIndex, !text.contains(where: \.isWhitespace)
            else { return false }
            let scheme = text[..<colon]
            return scheme.first!.isLetter && scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
                && text.index(after: colon) != text.endIndex
        }
    }
}
