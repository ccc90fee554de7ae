import Determinism
import Environments
import WireJSON

/// Other ways to put an answer: those that the format accepts, and wrong ones that look alike.
struct AnswerWordings {
    private let asked: AnswerDefinition.Kind
    private let answer: JSON

    init(_ asked: AnswerDefinition.Kind, _ answer: JSON) {
        self.asked = asked
        self.answer = answer
    }

    /// Answers that mean the same.
    var right: [JSON] {
        switch asked {
        case .number(let value, let tolerance):
            var result: [JSON] = [.number(value)]
            let text = JSON.number(value).text
            if text.allSatisfy({ $0.isNumber || $0 == "." || $0 == "-" }) {
                result += [.string(text), .string(" \(Self.grouped(text)) ")]
                // An amount of money rather than a count.
                if tolerance > 0.001, value >= 0 { result.append(.string("$\(Self.grouped(text))")) }
            }
            if tolerance > 0.001 {
                result += [value + tolerance * 0.9, value - tolerance * 0.9].filter(\.isFinite).map { .number($0) }
            }
            return result
        case .text(let texts):
            return texts.flatMap { text -> [JSON] in
                [.string(text), .string(Self.upper(text)), .string("  \(text.split(separator: " ").joined(separator: "  "))\n")]
            }
        case .boolean(let flag): return [.bool(flag), .string(flag ? "yes" : "no"), .string(flag ? "True" : "FALSE")]
        case .date(let day): return [.string(day), .string(" \(day) ")]
        case .dateTime(let moment):
            var result: [JSON] = [.string(moment), .string(" \(moment) ")]
            if let instant = Instant(moment) {
                // The same instant, said at another place.
                let there = instant.advanced(bySeconds: 7200).text
                result.append(.string(there.dropLast() + "+02:00"))
            }
            return result
        case .set(let elements):
            var result: [JSON] = [.array(elements), .array(elements.reversed())]
            if let text = Self.joined(elements, ", ") { result.append(.string(text)) }
            if let text = Self.joined(elements.reversed(), "; ") { result.append(.string(text)) }
            return result
        case .list(let elements):
            var result: [JSON] = [.array(elements)]
            if let text = Self.joined(elements, ", ") { result.append(.string(text)) }
            return result
        case .table(let rows, let isOrdered):
            let objects = rows.map { row in
                JSON.object(JSONObject(uniqueMembers: row.enumerated().map { .init(name: "c\($0)", value: $1) }))
            }
            return [.array(rows.map { .array($0) }), .array(objects)] + (isOrdered ? [] : [.array(rows.reversed().map { .array($0) })])
        case .mentions(let texts):
            return [
                .string("Here it is: " + texts.joined(separator: " and ") + "."),
                .string(Self.upper(texts.reversed().joined(separator: "\n"))),
            ]
        }
    }

    /// Answers that are wrong by little.
    ///
    /// - Parameter others: what else could have been answered.
    func wrong(_ others: [JSON]) -> [JSON] {
        switch asked {
        case .number(let value, let tolerance):
            let step = max(1, (tolerance * 3).rounded(.up))
            return [.number(value + step), .number(value - step), .number(-value - 1), .number(value * 10 + 1), .null]
        case .text(let texts):
            return others.filter { other in !texts.contains { Self.isLike($0, other) } }.prefix(4) + [
                .string(texts[0] + "x"), .string(""), .null,
            ]
        case .boolean(let flag): return [.bool(!flag), .string(flag ? "no" : "yes"), .null]
        case .date(let day):
            guard let date = CalendarDate(day) else { return [.null] }
            return [-1, 1, 7].map { .string(CalendarDate(daysSinceEpoch: date.daysSinceEpoch + $0).text) } + [.null]
        case .dateTime(let moment):
            guard let instant = Instant(moment) else { return [.null] }
            return [-60, 3600, 86400].map { .string(instant.advanced(bySeconds: $0).text) } + [.null]
        case .set(let elements), .list(let elements):
            if elements.isEmpty { return others.prefix(1).map { .array([$0]) } }
            var result: [JSON] = [.array([]), .null]
            let strangers = others.filter { other in !elements.contains { Self.isLike($0.string ?? $0.text, other) } }
            if elements.count > 1 { result.append(.array(Array(elements.dropLast()))) }
            if let stranger = strangers.first {
                result += [.array(elements + [stranger]), .array(elements.dropLast() + [stranger])]
            }
            if case .list = asked, elements.count > 1, elements != elements.reversed() { result.append(.array(elements.reversed())) }
            return result
        case .table(let rows, let isOrdered):
            var result: [JSON] = [.array([]), .null]
            if rows.count > 1 { result.append(.array(rows.dropLast().map { .array($0) })) }
            if isOrdered, rows != rows.reversed() { result.append(.array(rows.reversed().map { .array($0) })) }
            return result
        case .mentions(let texts):
            let part = texts.dropLast().joined(separator: ", ")
            let isWhole = texts.last.map { part.lowercased().contains($0.lowercased()) } ?? true
            return [isWhole ? .null : .string(part), .string(""), .null]
        }
    }

    private static func isLike(_ text: String, _ other: JSON) -> Bool { (other.string ?? other.text).lowercased() == text.lowercased() }

    /// In capital letters, where that loses nothing.
    private static func upper(_ text: String) -> String {
        let upper = text.uppercased()
        return upper.lowercased() == text.lowercased() ? upper : text
    }

    /// `1,250.5`
    private static func grouped(_ text: String) -> String {
        let negative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        var digits: [Character] = []
        for (index, digit) in parts[0].reversed().enumerated() {
            if index > 0, index % 3 == 0 { digits.append(",") }
            digits.append(digit)
        }
        return (negative ? "-" : "") + String(digits.reversed()) + (parts.count > 1 ? "." + parts[1] : "")
    }

    /// The elements as one text; nil where they could not be told apart in it.
    private static func joined(_ elements: [JSON], _ separator: String) -> String? {
        let texts = elements.map { $0.string ?? $0.text }
        guard !texts.isEmpty, !elements.contains(.null),
            texts.allSatisfy({ text in !text.isEmpty && !text.contains { ",;\n".contains($0) } && text.first != " " && text.last != " " })
        else { return nil }
        return texts.joined(separator: separator)
    }
}
