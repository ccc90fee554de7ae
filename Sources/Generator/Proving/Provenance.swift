import Determinism
import Domains
import WireJSON

/// Where the values of a solution come from: the request says them, or an earlier result shows them.
struct Provenance {
    let task: String
    let calls: [(tool: String, arguments: JSONObject)]
    let observations: [JSON]
    /// Arguments, as `tool.argument`, that say what kind of thing is meant rather than which: an agent chooses among the words of the schema.
    let schemaWords: Set<String>

    /// The first value that comes from nowhere; nil if there is none.
    var unknownValue: String? {
        let text = Self.folded(task)
        var shown: Set<JSON> = []
        for (position, call) in calls.enumerated() {
            for member in call.arguments.members where !shown.contains(member.value) && !isSaid(member, text) {
                if schemaWords.contains("\(call.tool).\(member.name)") { continue }
                return
                    "call \(position + 1), \(call.tool): '\(member.name)' is \(member.value.text), which neither the request says nor a result shows"
            }
            collect(observations[position], &shown)
        }
        return nil
    }

    private func collect(_ value: JSON, _ shown: inout Set<JSON>) {
        switch value {
        case .array(let elements): for element in elements { collect(element, &shown) }
        case .object(let object): for member in object.members { collect(member.value, &shown) }
        default: shown.insert(value)
        }
    }

    private static let navigation = ["limit", "offset", "page", "page_size", "pageSize", "sort"]

    /// Whether a request says a value, in the words that people use for it.
    private func isSaid(_ member: JSONObject.Member, _ text: String) -> Bool {
        if Self.navigation.contains(member.name) { return true }
        switch member.value {
        case .bool: return true
        case .integer(let number):
            return text.contains(Self.grouped(number)) || text.contains(String(number)) || isSaid(cents: number, text)
        case .number(let number): return isSaid(number, text)
        case .string(let value):
            if let day = CalendarDate(value) { return isSaid(day, text) }
            if let moment = Instant(value) { return Self.offsets.contains { isSaid(moment.advanced(bySeconds: $0 * 60), text) } }
            return text.contains(Self.folded(value)) || text.contains(Self.folded(value.spaced))
        default: return false
        }
    }

    private static func folded(_ text: String) -> String { text.lowercased() }

    /// Local times that environments can have, in minutes.
    private static let offsets: [Int64] = [0, -300, -240, -180, 60, 120, 180, 330]

    private func isSaid(_ number: Double, _ text: String) -> Bool {
        let cents = Int64((number * 100).rounded())
        if isSaid(cents: cents, text) { return true }
        var plain = JSON.number(number).text
        if plain.hasSuffix(".0") { plain.removeLast(2) }
        return text.contains(plain)
    }

    private func isSaid(cents: Int64, _ text: String) -> Bool {
        let whole = Self.grouped(cents / 100)
        if cents % 100 == 0 { return text.contains(whole) }
        return text.contains("\(whole).\(Decimals.text(cents % 100, places: 2).suffix(2))")
    }

    private static func grouped(_ number: Int64) -> String {
        var result = ""
        for (index, digit) in String(number.magnitude).reversed().enumerated() {
            if index > 0, index % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return String(result.reversed())
    }

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    ]

    private func isSaid(_ day: CalendarDate, _ text: String) -> Bool {
        let month = Self.months[day.month - 1]
        return text.contains("\(day.day) \(month)") || text.contains("\(month) \(day.day)")
    }

    private func isSaid(_ moment: Instant, _ text: String) -> Bool {
        guard isSaid(moment.date, text) else { return false }
        let minutes = (moment.seconds - moment.date.daysSinceEpoch * 86400) / 60
        let (hour, minute) = (minutes / 60, minutes % 60)
        let digits = minute < 10 ? "0\(minute)" : "\(minute)"
        let half = hour % 12 == 0 ? 12 : hour % 12
        let suffix = hour < 12 ? "am" : "pm"
        return text.contains("\(hour < 10 ? "0" : "")\(hour):\(digits)") || text.contains("\(half):\(digits) \(suffix)")
            || (minute == 0 && text.contains("\(half) \(suffix)"))
    }
}
