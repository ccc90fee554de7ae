/// A word of the expression language.
enum Token: Equatable {
    case number(String)
    case text(String)
    case name(String)
    case symbol(String)

    /// The token as a message shows it.
    var shown: String {
        switch self {
        case .number(let text), .name(let text), .symbol(let text): "'\(text)'"
        case .text(let text): "\"\(text)\""
        }
    }
}

/// Cuts an expression into tokens.
enum Lexer {
    private static let symbols = ["!=", "<=", ">=", "+=", "-=", "=", "<", ">", "(", ")", ",", ":", ".", "+", "-", "*"]

    static func tokens(_ text: String) throws(SyntaxError) -> [Token] {
        var tokens: [Token] = []
        let characters = Array(text)
        var index = 0
        scan: while index < characters.count {
            let character = characters[index]
            if character.isWhitespace {
                index += 1
            } else if character.isASCII, character.isNumber {
                let start = index
                try refuseDay(characters[index...])
                while index < characters.count, characters[index].isASCII, characters[index].isNumber { index += 1 }
                if index + 1 < characters.count, characters[index] == ".", characters[index + 1].isASCII, characters[index + 1].isNumber {
                    index += 1
                    while index < characters.count, characters[index].isASCII, characters[index].isNumber { index += 1 }
                }
                tokens.append(.number(String(characters[start..<index])))
            } else if isLetter(character) {
                let start = index
                while index < characters.count, isLetter(characters[index]) || (characters[index].isASCII && characters[index].isNumber) {
                    index += 1
                }
                tokens.append(.name(String(characters[start..<index])))
            } else if character == "\"" || character == "'" {
                guard let end = characters[(index + 1)...].firstIndex(of: character) else {
                    throw SyntaxError(message: "a quote is not closed")
                }
                tokens.append(.text(String(characters[(index + 1)..<end])))
                index = end + 1
            } else {
                for symbol in symbols where characters[index...].starts(with: Array(symbol)) {
                    tokens.append(.symbol(symbol))
                    index += symbol.count
                    continue scan
                }
                throw SyntaxError(message: "'\(character)' means nothing here")
            }
        }
        return tokens
    }

    /// A day without quotes would be read as a subtraction.
    private static func refuseDay(_ rest: ArraySlice<Character>) throws(SyntaxError) {
        let shape = rest.prefix(10).map { $0.isASCII && $0.isNumber ? "0" : $0 }
        if shape.elementsEqual("0000-00-00") {
            throw SyntaxError(message: "a day or a moment stands in quotes: '\(String(rest.prefix(10)))'")
        }
    }

    private static func isLetter(_ character: Character) -> Bool { character == "_" || (character.isASCII && character.isLetter) }
}
