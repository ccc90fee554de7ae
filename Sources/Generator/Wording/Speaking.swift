import Determinism
import Domains

/// Says values as people do.
struct Speaking {
    let design: Design

    /// A value in words.
    ///
    /// - Parameter unit: of a number.
    func words(_ value: Value, _ type: ValueType, unit: String? = nil) -> String {
        switch value {
        case .missing: "none"
        case .boolean(let flag): flag ? "yes" : "no"
        case .number(let number): self.number(number, type) + (unit.map { " \($0)" } ?? "")
        case .text(let text): type.isEnumeration ? text.spaced : text
        case .date(let day): date(day)
        case .instant(let seconds): moment(seconds)
        case .reference: ""
        }
    }

    private func number(_ number: Int64, _ type: ValueType) -> String {
        switch type {
        case .money: return money(number)
        case .number(let places): return Decimals.text(number, places: places)
        default: return String(number)
        }
    }

    /// `$45`, `€12.50`, `$1,250`
    func money(_ amount: Int64) -> String {
        let whole = String(amount.magnitude / 100)
        var grouped = ""
        for (index, digit) in whole.reversed().enumerated() {
            if index > 0, index % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        let text =
            String(grouped.reversed()) + (amount % 100 == 0 ? "" : "." + Decimals.text(Int64(amount.magnitude % 100), places: 2).suffix(2))
        return (amount < 0 ? "-" : "") + design.domain.currency + text
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
    private static let weekdays = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"]

    /// The local day on which episodes begin.
    private var today: Int64 { Instant(seconds: design.start.seconds + design.offset * 60).date.daysSinceEpoch }

    /// `14 March 2025`; near days with the weekday, and without the year.
    func date(_ day: Int64) -> String {
        let date = CalendarDate(daysSinceEpoch: day)
        let month = Self.months[date.month - 1]
        let plain = design.speech.monthFirst ? "\(month) \(date.day)" : "\(date.day) \(month)"
        let isNear = abs(day - today) <= 60
        let weekday = Self.weekdays[Int((day % 7 + 7) % 7)]
        if isNear { return design.speech.monthFirst ? "\(weekday), \(plain)" : "\(weekday) \(plain)" }
        return design.speech.monthFirst ? "\(plain), \(date.year)" : "\(plain) \(date.year)"
    }

    /// `Tuesday 14 January at 10:30`, in local time.
    func moment(_ seconds: Int64) -> String {
        let local = seconds + design.offset * 60
        let day = Instant(seconds: local).date.daysSinceEpoch
        return "\(date(day)) at \(time(Int((local - day * 86400) / 60)))"
    }

    private func time(_ minutes: Int) -> String {
        let (hour, minute) = (minutes / 60, minutes % 60)
        let digits = minute < 10 ? "0\(minute)" : "\(minute)"
        guard design.speech.twelveHours else { return "\(hour < 10 ? "0" : "")\(hour):\(digits)" }
        return "\(hour % 12 == 0 ? 12 : hour % 12)\(minute == 0 ? "" : ":\(digits)") \(hour < 12 ? "am" : "pm")"
    }

    /// A value as the tools' messages have it.
    static func plain(_ value: Value, _ type: ValueType, _ design: Design) -> String {
        switch value {
        case .number(let number):
            type == .money && design.money == .hundredths ? String(number) : Decimals.text(number, places: type.places ?? 0)
        case .text(let text): text
        case .boolean(let flag): flag ? "true" : "false"
        case .date, .instant: Printing.iso(value)
        case .missing, .reference: ""
        }
    }
}

extension ValueType {
    var isEnumeration: Bool { if case .enumeration = self { true } else { false } }
}
