import Determinism
import Domains
import Simulation

/// Draws values other than texts and things.
struct ValueDrawing {
    let design: Design
    let situation: Situation

    /// The list of words that a source draws from.
    static func list(_ source: Attribute.Source) -> String? { if case .words(let list) = source { list } else { nil } }

    func draw(_ source: Attribute.Source, _ type: ValueType, _ frame: inout [Value], _ dice: inout Dice) -> Value {
        switch source {
        case .anyWord:
            guard case .enumeration(let words) = type else { return .missing }
            return .text(dice.pick(words))
        case .chance(let percent): return .boolean(dice.chance(percent))
        case .number(let low, let high, let step): return .number(low + step * Int64(dice.below(Int((high - low) / step) + 1)))
        case .time(let time): return draw(time, type, &frame, &dice)
        default: return .missing
        }
    }

    /// The day, or the weekday nearest to it where only weekdays are wanted: the one before if there is room, else the one after.
    private func weekday(_ day: Int64, _ time: TimeSource, after hasRoom: Bool) -> Int64 {
        guard time.isOnWeekdays else { return day }
        // 1970-01-01 was a Thursday.
        switch (day % 7 + 7) % 7 {
        case 2: return hasRoom ? day - 1 : day + 2
        case 3: return hasRoom ? day - 2 : day + 1
        default: return day
        }
    }

    private func draw(_ time: TimeSource, _ type: ValueType, _ frame: inout [Value], _ dice: inout Dice) -> Value {
        let anchor = time.anchor.map { situation.evaluate($0, &frame) } ?? .instant(design.start.seconds)
        guard let base = anchor.seconds else { return .missing }
        // "past 3 days" and "next 3 days" leave today out.
        let low = time.anchor == nil && time.low == 0 ? 1 : time.low
        let high = time.anchor == nil && time.high == 0 && time.low < 0 ? -1 : time.high
        let unit = Int64(time.unit.approximateSeconds)
        let isCoarse = time.unit != .minutes && time.unit != .hours
        if type == .date {
            let days = dice.int64(low * unit / 86400, max(low * unit / 86400, high * unit / 86400))
            return .date(weekday(Instant(seconds: base).date.daysSinceEpoch + days, time, after: days > low * unit / 86400))
        }
        if !isCoarse {
            let minutes = dice.int64(low * unit / 300, max(low * unit / 300, high * unit / 300)) * 5
            return .instant(base + minutes * 60)
        }
        let local = base + design.offset * 60
        let days = dice.int64(low * unit / 86400, max(low * unit / 86400, high * unit / 86400))
        let day = weekday(Instant(seconds: local).date.daysSinceEpoch + days, time, after: days > low * unit / 86400)
        let window = time.window ?? (from: 8 * 60, to: 18 * 60, step: 15)
        let minutes = window.from + window.step * dice.below((window.to - window.from) / window.step + 1)
        return .instant(day * 86400 + Int64(minutes) * 60 - design.offset * 60)
    }
}

extension Value {
    /// The moment, or the beginning of the day.
    fileprivate var seconds: Int64? {
        switch self {
        case .instant(let seconds): seconds
        case .date(let day): day * 86400
        default: nil
        }
    }
}

extension TimeUnit {
    /// The unit's usual length.
    var approximateSeconds: Int {
        switch self {
        case .minutes: 60
        case .hours: 3600
        case .days: 86400
        case .weeks: 7 * 86400
        case .months: 30 * 86400
        case .years: 365 * 86400
        }
    }
}
