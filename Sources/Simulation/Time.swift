import Determinism
import Domains

/// Arithmetic of days and moments, as SQLite's date functions do it.
enum Time {
    static func shifted(_ value: Value, by count: Int64, _ unit: TimeUnit) -> Value {
        switch value {
        case .date(let day):
            switch unit {
            case .months, .years: return .date(shifted(CalendarDate(daysSinceEpoch: day), by: count, unit).daysSinceEpoch)
            case .weeks: return .date(day + 7 * count)
            default: return .date(day + count)
            }
        case .instant(let seconds):
            switch unit {
            case .months, .years:
                let day = Instant(seconds: seconds).date
                let time = seconds - day.daysSinceEpoch * 86400
                return .instant(shifted(day, by: count, unit).daysSinceEpoch * 86400 + time)
            case .minutes: return .instant(seconds + 60 * count)
            case .hours: return .instant(seconds + 3600 * count)
            case .days: return .instant(seconds + 86400 * count)
            case .weeks: return .instant(seconds + 7 * 86400 * count)
            }
        default: return .missing
        }
    }

    /// The same day of another month; one that the month lacks runs over into the next.
    private static func shifted(_ day: CalendarDate, by count: Int64, _ unit: TimeUnit) -> CalendarDate {
        let months = Int64(day.year) * 12 + Int64(day.month - 1) + (unit == .years ? 12 * count : count)
        return CalendarDate(year: Int(months / 12), month: Int(months % 12) + 1, day: day.day)
    }

    static func elapsed(_ unit: TimeUnit, _ from: Value, _ to: Value) -> Value {
        switch (from, to) {
        case (.date(let a), .date(let b)): .number(b - a)
        case (.instant(let a), .instant(let b)): .number((b - a) / (unit == .minutes ? 60 : unit == .hours ? 3600 : 86400))
        default: .missing
        }
    }
}
