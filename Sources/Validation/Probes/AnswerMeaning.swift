import Determinism
import Environments
import WireJSON

/// Whether two answers mean the same. Written apart from the scoring, so that the two can be held against each other.
enum AnswerMeaning {
    /// - Parameters:
    ///   - right: the reference solution's answer.
    ///   - given: another one; nil if none was given.
    static func isSame(_ asked: AnswerDefinition.Kind, _ right: JSON?, _ given: JSON?) -> Bool {
        guard let right, let given, given != .null || right == .null else { return false }
        if plain(right) == plain(given) { return true }
        switch asked {
        case .number(let value, let tolerance):
            guard let number = number(given) else { return false }
            return (number - value).magnitude <= tolerance + 4 * value.ulp
        case .text(let texts): return texts.contains { [plain(given), plain(given.text)].contains(plain($0)) }
        case .boolean(let flag):
            return (flag ? ["true", "yes"] : ["false", "no"]).contains(plain(given))
        case .date(let day): return given.string.flatMap { CalendarDate(plain($0)) ?? Instant(plain($0).uppercased())?.date }?.text == day
        case .dateTime(let moment): return given.string.flatMap { Instant(plain($0).uppercased()) } == Instant(moment)
        case .set(let elements): return self.elements(given).map { Set($0.map(plain)) == Set(elements.map(plain)) } ?? false
        case .list(let elements): return self.elements(given).map { $0.map(plain) == elements.map(plain) } ?? false
        case .mentions(let texts): return given.string.map { given in texts.allSatisfy { plain(given).contains(plain($0)) } } ?? false
        case .table: return false
        }
    }

    /// Without what does not matter: case, spaces at the ends, the form of a number.
    private static func plain(_ value: JSON) -> String {
        if let number = value.double { return JSON.number(number).text }
        return plain(value.string ?? value.text)
    }

    private static func plain(_ text: String) -> String {
        text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func number(_ value: JSON) -> Double? {
        if let number = value.double { return number }
        return value.string.flatMap { Double($0.filter { $0 != "," && $0 != "$" && !$0.isWhitespace }) }
    }

    /// The elements of an array, or of a text that lists them.
    private static func elements(_ value: JSON) -> [JSON]? {
        if let array = value.array { return array }
        return value.string.map { $0.split { ",;\n".contains($0) }.map { .string(String($0)) } }
    }
}
