import Domains

/// Draws texts from lists of words.
struct WordDrawing {
    let words: WordBook

    /// A text and what it was made of, so that another like it can be drawn.
    struct Drawn {
        let template: WordTemplate
        /// What stands in the place of each piece.
        var parts: [String]

        var text: String { parts.joined() }
    }

    /// Draws from a list.
    func draw(_ list: String, _ dice: inout Dice) -> Drawn { draw(dice.pick(words.list(list)), [:], &dice) }

    /// Draws a text.
    ///
    /// - Parameter own: the texts of the attributes that it may mention.
    func draw(_ template: WordTemplate, _ own: [Int: String], _ dice: inout Dice) -> Drawn {
        Drawn(template: template, parts: template.pieces.map { part($0, own, &dice) })
    }

    /// The same text with one of the words drawn anew: a namesake. Nil where there is only one word.
    func near(_ drawn: Drawn, _ dice: inout Dice) -> Drawn? {
        let places = drawn.template.pieces.indices.filter { if case .words = drawn.template.pieces[$0] { true } else { false } }
        guard places.count >= 2 else { return nil }
        let place = dice.pick(places)
        var result = drawn
        result.parts[place] = part(drawn.template.pieces[place], [:], &dice)
        return result.text == drawn.text ? nil : result
    }

    private func part(_ piece: WordTemplate.Piece, _ own: [Int: String], _ dice: inout Dice) -> String {
        switch piece {
        case .text(let text):
            guard text.contains("#") else { return text }
            return String(text.map { $0 == "#" ? Character(String(dice.below(9) + 1)) : $0 })
        case .words(let list, let isSlug):
            let text = draw(list, &dice).text
            return isSlug ? Self.slug(text) : text
        case .attribute(let index, let isSlug):
            let text = own[index] ?? ""
            return isSlug ? Self.slug(text) : text
        }
    }

    /// Plain lower-case letters and digits, words joined by dots: `Ana Sousa` as `ana.sousa`.
    static func slug(_ text: String) -> String {
        var result = ""
        for character in text.lowercased() {
            let plain = plain[character] ?? String(character)
            for letter in plain.unicodeScalars {
                if letter.isASCII, letter.properties.isAlphabetic || ("0"..."9").contains(letter) {
                    result.unicodeScalars.append(letter)
                } else if !result.isEmpty, result.last != ".", letter == " " || letter == "-" || letter == "_" {
                    result.append(".")
                }
            }
        }
        while result.last == "." { result.removeLast() }
        return result.isEmpty ? "x" : result
    }

    private static let plain: [Character: String] = [
        "á": "a", "à": "a", "â": "a", "ã": "a", "ä": "ae", "å": "a", "ą": "a", "ç": "c", "ć": "c", "č": "c", "é": "e", "è": "e", "ê": "e",
        "ë": "e", "ę": "e", "í": "i", "ì": "i", "î": "i", "ï": "i", "ł": "l", "ñ": "n", "ń": "n", "ó": "o", "ò": "o", "ô": "o", "õ": "o",
        "ö": "oe", "ø": "o", "ś": "s", "š": "s", "ß": "ss", "ú": "u", "ù": "u", "û": "u", "ü": "ue", "ý": "y", "ż": "z", "ź": "z", "ž": "z",
        "ế": "e", "ầ": "a", "ả": "a",
    ]
}
