import Determinism
import Environments
import WireJSON

extension AnswerDefinition.Kind {
    /// Whether an agent's answer is this one.
    func accepts(_ given: JSON) -> Bool {
        switch self {
        case .number(let value, let tolerance):
            guard let number = AnswerReading.number(given) else { return false }
            // A tolerance of 0.01 must accept 12.51 for 12.5, although the floats lie a hair further apart.
            return (number - value).magnitude <= tolerance + 4 * value.ulp
        case .text(let texts):
            guard let text = given.string ?? (given.double == nil ? nil : given.text) else { return false }
            return texts.contains { NormalisedText.of($0) == NormalisedText.of(text) }
        case .boolean(let flag): return AnswerReading.boolean(given) == flag
        case .date(let day):
            guard let text = given.string?.trimmed else { return false }
            return CalendarDate(text)?.text == day || Instant(text)?.date.text == day
        case .dateTime(let instant): return given.string.flatMap { Instant($0.trimmed) }?.text == instant
        case .set(let elements):
            guard let given = AnswerReading.elements(given) else { return false }
            return AnswerReading.isSameSet(elements.map { [$0] }, given.map { [$0] })
        case .list(let elements):
            guard let given = AnswerReading.elements(given), given.count == elements.count else { return false }
            return zip(elements, given).allSatisfy(AnswerReading.isSame)
        case .table(let rows, let isOrdered):
            guard let given = AnswerReading.rows(given), given.count == rows.count else { return false }
            if isOrdered { return zip(rows, given).allSatisfy(AnswerReading.isSameRow) }
            return AnswerReading.isSameMultiset(rows, given)
        case .mentions(let texts):
            guard let text = given.string.map(NormalisedText.of) else { return false }
            return texts.allSatisfy { text.contains(NormalisedText.of($0)) }
        }
    }

    /// The answer as a specification writes it.
    public var json: JSON {
        switch self {
        case .number(let value, let tolerance): ["type": "number", "value": .number(value), "tolerance": .number(tolerance)]
        case .text(let texts): ["type": "text", "value": .array(texts.map { .string($0) })]
        case .boolean(let flag): ["type": "boolean", "value": .bool(flag)]
        case .date(let day): ["type": "date", "value": .string(day)]
        case .dateTime(let instant): ["type": "date-time", "value": .string(instant)]
        case .set(let elements): ["type": "set", "value": .array(elements)]
        case .list(let elements): ["type": "list", "value": .array(elements)]
        case .table(let rows, let isOrdered):
            ["type": "table", "value": .array(rows.map { .array($0) }), "ordered": .bool(isOrdered)]
        case .mentions(let texts): ["type": "mentions", "value": .array(texts.map { .string($0) })]
        }
    }
}

/// Reads what agents write leniently where no meaning is at stake.
enum AnswerReading {
    /// A number, or a text that is nothing but one: `"$1,250.00"` is, `"12 %"` is not.
    static func number(_ value: JSON) -> Double? {
        if let number = value.double { return number }
        guard let given = value.string, given.utf8.count <= 100 else { return nil }
        var text = given.trimmed
        let negative = text.hasPrefix("-")
        if negative { text.removeFirst() }
        if let first = text.first, "$€£".contains(first) { text.removeFirst() }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, !text.isEmpty else { return nil }
        let groups = parts[0].split(separator: ",", omittingEmptySubsequences: false)
        guard groups.count == 1 || (groups.dropFirst().allSatisfy { $0.count == 3 } && (1...3).contains(groups[0].count)) else {
            return nil
        }
        let digits = groups.joined() + (parts.count == 2 ? "." + parts[1] : "")
        guard digits.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") }), let number = Double(digits) else { return nil }
        return negative ? -number : number
    }

    static func boolean(_ value: JSON) -> Bool? {
        if let flag = value.bool { return flag }
        switch value.string.map(NormalisedText.of) {
        case "yes", "true": return true
        case "no", "false": return false
        default: return nil
        }
    }

    /// An array, or a text whose parts stand between commas, semicolons or line ends.
    static func elements(_ value: JSON) -> [JSON]? {
        if let elements = value.array { return elements }
        guard let text = value.string else { return value == .null ? nil : [value] }
        return text.split { ",;\n".contains($0) }.map { String($0).trimmed }.filter { !$0.isEmpty }.map { .string($0) }
    }

    /// Rows as arrays or as objects, whose names do not count.
    static func rows(_ value: JSON) -> [[JSON]]? {
        guard let rows = value.array else { return nil }
        let cells = rows.compactMap { $0.array ?? $0.object?.members.map(\.value) }
        return cells.count == rows.count ? cells : nil
    }

    /// Whether two plain values mean the same: numbers by value, texts after normalisation.
    static func isSame(_ expected: JSON, _ given: JSON) -> Bool {
        switch expected {
        // A whole number may be an identifier: its neighbour is another thing.
        case .integer(let number): return self.number(given) == Double(number) && (given.integer ?? number) == number
        case .number(let number):
            guard let other = self.number(given) else { return false }
            return (number - other).magnitude <= 1e-9 * max(1, number.magnitude)
        case .bool(let flag): return boolean(given) == flag
        case .string(let text): return (given.string ?? given.text).isSameText(as: text)
        default: return expected == given
        }
    }

    static func isSameRow(_ expected: [JSON], _ given: [JSON]) -> Bool {
        expected.count == given.count && zip(expected, given).allSatisfy(isSame)
    }

    /// Whether each element of either has its like in the other.
    static func isSameSet(_ expected: [[JSON]], _ given: [[JSON]]) -> Bool {
        guard isPlausible(given, for: expected) else { return false }
        return expected.allSatisfy { row in given.contains { isSameRow(row, $0) } }
            && given.allSatisfy { row in expected.contains { isSameRow($0, row) } }
    }

    /// Whether the rows can be paired so that each is like its partner.
    static func isSameMultiset(_ expected: [[JSON]], _ given: [[JSON]]) -> Bool {
        guard expected.count == given.count, isPlausible(given, for: expected) else { return false }
        var rest = given
        for row in expected {
            guard let index = rest.firstIndex(where: { isSameRow(row, $0) }) else { return false }
            rest.swapAt(index, rest.count - 1)
            rest.removeLast()
        }
        return true
    }

    /// Likeness is lenient and so cannot be hashed: every pair is compared. An answer much longer than the right one is wrong anyway, and
    /// must not cost the product of the two.
    private static func isPlausible(_ given: [[JSON]], for expected: [[JSON]]) -> Bool {
        func size(_ rows: [[JSON]]) -> Int { rows.joined().reduce(0) { $0 + ($1.string?.utf8.count ?? 8) } }
        return given.count <= 4 * expected.count + 16 && size(given) <= 16 * size(expected) + 4096
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }

    fileprivate func isSameText(as other: String) -> Bool { NormalisedText.of(self) == NormalisedText.of(other) }
}
