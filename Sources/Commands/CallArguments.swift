import ArgumentParser
import Environments
import WireJSON

/// Reads a call's arguments as a person types them.
enum CallArguments {
    /// Reads a JSON object, or `name=value` pairs whose values are JSON or, where the tool wants text, text; quotes keep spaces.
    ///
    /// - Throws: `ValidationError` that says what was not understood.
    static func read(_ text: String, for tool: Tool) throws -> JSON {
        let trimmed = String(text.drop(while: \.isWhitespace))
        if trimmed.hasPrefix("{") {
            do {
                return try JSONParser.parse(Array(trimmed.utf8))
            } catch {
                throw ValidationError("not JSON: \(error.message), at byte \(error.offset)")
            }
        }
        var object = JSONObject()
        for word in try words(trimmed) {
            guard let equals = word.firstIndex(of: "=") else {
                throw ValidationError("'\(word)' is not name=value; or write the arguments as JSON: {\"name\": value}")
            }
            let name = String(word[..<equals])
            let value = String(word[word.index(after: equals)...])
            object[name] = read(value, as: tool.arguments.first { $0.name == name }?.type)
        }
        return .object(object)
    }

    private static func read(_ value: String, as type: ArgumentType?) -> JSON {
        switch type {
        case .list(let element, _, _, _) where !value.hasPrefix("["):
            .array(value.split(separator: ",").map { read(String($0), as: element.type) })
        case .string, .enumeration, .date, .dateTime: .string(value)
        default: (try? JSONParser.parse(Array(value.utf8))) ?? .string(value)
        }
    }

    /// Splits at spaces outside quotes and brackets. Quotes around a whole value are taken away, those inside brackets stay.
    private static func words(_ text: String) throws -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var depth = 0
        for character in text {
            if let open = quote {
                if character == open { quote = nil }
                if character != open || depth > 0 { word.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                if depth > 0 { word.append(character) }
            } else if character.isWhitespace, depth == 0 {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                if "[{".contains(character) { depth += 1 }
                if "]}".contains(character) { depth -= 1 }
                word.append(character)
            }
        }
        if quote != nil { throw ValidationError("a quote is not closed") }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
