/// Small facts of English spelling.
package enum Wording {
    /// `a` or `an`, by how the word begins; initials and numbers by how they are read.
    package static func article(before text: String) -> String {
        let start = text.prefix { $0.isLetter || $0.isNumber }
        let word = start.lowercased()
        // Letters that are read one by one: an X-ray, an HbA1c test, a UPS parcel.
        let isSpelt = start.count == 1 || start.dropFirst().contains { $0.isUppercase }
        if isSpelt, let first = word.first, first.isLetter { return "aefhilmnorsx".contains(first) ? "an" : "a" }
        for sound in ["uni", "use", "usual", "euro", "one", "ut"]
        where word.hasPrefix(sound) && !word.hasPrefix("unin") && !word.hasPrefix("unim") {
            return "a"
        }
        if word.hasPrefix("hour") || word.hasPrefix("honest") || word.hasPrefix("heir") { return "an" }
        if word.hasPrefix("8") || word == "11" || word == "18" { return "an" }
        return word.first.map { "aeiou".contains($0) } ?? false ? "an" : "a"
    }

    /// The text with its first letter in upper case.
    package static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    /// The plural of an English noun, of its last word where there are several.
    package static func plural(_ noun: String) -> String {
        let lower = noun.lowercased()
        for (singular, plural) in irregular where lower == singular || lower.hasSuffix("_" + singular) || lower.hasSuffix(" " + singular) {
            return noun.dropLast(singular.count) + plural
        }
        if ["s", "x", "z", "ch", "sh"].contains(where: lower.hasSuffix) { return noun + "es" }
        if lower.hasSuffix("y"), let before = lower.dropLast().last, !"aeiou".contains(before) { return noun.dropLast() + "ies" }
        return noun + "s"
    }

    private static let irregular = [
        ("species", "species"), ("series", "series"), ("person", "people"), ("child", "children"), ("staff", "staff"), ("shelf", "shelves"),
        ("half", "halves"), ("leaf", "leaves"), ("man", "men"), ("woman", "women"), ("quiz", "quizzes"), ("analysis", "analyses"),
        ("basis", "bases"), ("criterion", "criteria"), ("equipment", "equipment"), ("feedback", "feedback"), ("information", "information"),
    ]

    /// Whether a text has some words in it, and not as a part of longer ones.
    package static func says(_ text: String, _ words: String) -> Bool {
        let text = Array(text.lowercased().utf8)
        let words = Array(words.lowercased().utf8)
        guard !words.isEmpty, text.count >= words.count else { return false }
        func isPart(_ byte: UInt8) -> Bool { byte >= 128 || (48...57).contains(byte) || (97...122).contains(byte) }
        return (0...text.count - words.count).contains { start in
            let end = start + words.count
            return text[start..<end].elementsEqual(words) && (start == 0 || !isPart(text[start - 1]))
                && (end == text.count || !isPart(text[end]))
        }
    }

    /// `Ana's`, `James'`.
    package static func possessive(_ name: String) -> String { name.hasSuffix("s") ? name + "'" : name + "'s" }

    /// `a, b and c`
    package static func list(_ parts: [String], _ word: String = "and") -> String {
        guard let last = parts.last, parts.count > 1 else { return parts.first ?? "" }
        return parts.dropLast().joined(separator: ", ") + " \(word) \(last)"
    }
}
