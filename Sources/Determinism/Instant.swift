/// A point of virtual time: whole seconds since 1970-01-01T00:00:00Z, in the proleptic Gregorian calendar.
public struct Instant: Hashable, Comparable, Sendable {
    /// Seconds since the Unix epoch.
    public var seconds: Int64

    /// Makes the instant of a count of seconds since the Unix epoch.
    public init(seconds: Int64) { self.seconds = seconds }

    /// Orders instants by time.
    public static func < (a: Instant, b: Instant) -> Bool { a.seconds < b.seconds }

    /// Returns this instant moved on by a number of seconds.
    public func advanced(bySeconds count: Int64) -> Instant { Instant(seconds: seconds &+ count) }

    /// The calendar day, in UTC.
    public var date: CalendarDate {
        CalendarDate(daysSinceEpoch: seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400)
    }

    /// `YYYY-MM-DDTHH:MM:SSZ`, the one form in which a date-time is stored, bound and shown.
    public var text: String {
        String(unsafeUninitializedCapacity: 20) { buffer in
            let day = date
            let rest = Int(seconds - day.daysSinceEpoch * 86400)
            day.write(to: buffer)
            buffer[10] = UInt8(ascii: "T")
            writeDigits(rest / 3600, 2, to: buffer, at: 11)
            buffer[13] = UInt8(ascii: ":")
            writeDigits(rest / 60 % 60, 2, to: buffer, at: 14)
            buffer[16] = UInt8(ascii: ":")
            writeDigits(rest % 60, 2, to: buffer, at: 17)
            buffer[19] = UInt8(ascii: "Z")
            return 20
        }
    }

    /// Reads an RFC 3339 date-time. A missing zone means UTC; fractions of a second are dropped.
    ///
    /// Returns nil for anything else, a day that does not exist and a year outside 0001 to 9999 included.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 19, let day = CalendarDate(bytes: bytes[0..<10]),
            bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " ") || bytes[10] == UInt8(ascii: "t"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = number(bytes[11..<13]), hour < 24, let minute = number(bytes[14..<16]), minute < 60,
            let second = number(bytes[17..<19]), second < 60
        else { return nil }
        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { $0 >= 48 && $0 <= 57 }
            if digits.isEmpty { return nil }
            rest = rest[digits.endIndex...]
        }
        var offset = 0
        if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
            let zone = Array(rest.dropFirst())
            guard zone.count == 5, zone[2] == UInt8(ascii: ":"), let hours = number(zone[0..<2]), hours < 24,
                let minutes = number(zone[3..<5]), minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "+") ? 60 : -60)
        } else if !(rest.isEmpty || (rest.count == 1 && (rest.first! | 0x20) == UInt8(ascii: "z"))) {
            return nil
        }
        let local = day.daysSinceEpoch * 86400 + Int64(hour * 3600 + minute * 60 + second)
        seconds = local - Int64(offset)
        guard (1...9999).contains(date.year) else { return nil }
    }
}

/// A day of the proleptic Gregorian calendar.
public struct CalendarDate: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    public var daysSinceEpoch: Int64

    /// Makes the day that is so many days after 1970-01-01.
    public init(daysSinceEpoch: Int64) { self.daysSinceEpoch = daysSinceEpoch }

    /// Orders days by time.
    public static func < (a: CalendarDate, b: CalendarDate) -> Bool { a.daysSinceEpoch < b.daysSinceEpoch }

    /// Reads `YYYY-MM-DD`; nil for anything else and for a day that does not exist.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        self.init(bytes: bytes[...])
    }

    init?(bytes: ArraySlice<UInt8>) {
        let i = bytes.startIndex
        guard bytes.count == 10, bytes[i + 4] == UInt8(ascii: "-"), bytes[i + 7] == UInt8(ascii: "-"),
            let year = number(bytes[i..<i + 4]), let month = number(bytes[i + 5..<i + 7]), let day = number(bytes[i + 8..<i + 10]),
            year >= 1, (1...12).contains(month), day >= 1
        else { return nil }
        self.init(year: year, month: month, day: day)
        guard self.day == day else { return nil }
    }

    /// Makes a day from its parts. Source: Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    public init(year: Int, month: Int, day: Int) {
        let y = Int64(month <= 2 ? year - 1 : year)
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = Int64((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        daysSinceEpoch = era * 146_097 + dayOfEra - 719_468
    }

    private var parts: (year: Int, month: Int, day: Int) {
        let z = daysSinceEpoch + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (Int(year), Int(month), Int(dayOfYear - (153 * shifted + 2) / 5 + 1))
    }

    /// The year.
    public var year: Int { parts.year }
    /// The month, 1 to 12.
    public var month: Int { parts.month }
    /// The day of the month, 1 to 31.
    public var day: Int { parts.day }

    /// `YYYY-MM-DD`.
    public var text: String {
        String(unsafeUninitializedCapacity: 10) { buffer in
            write(to: buffer)
            return 10
        }
    }

    fileprivate func write(to buffer: UnsafeMutableBufferPointer<UInt8>) {
        let (year, month, day) = parts
        writeDigits(max(0, min(9999, year)), 4, to: buffer, at: 0)
        buffer[4] = UInt8(ascii: "-")
        writeDigits(month, 2, to: buffer, at: 5)
        buffer[7] = UInt8(ascii: "-")
        writeDigits(day, 2, to: buffer, at: 8)
    }
}

private func writeDigits(_ value: Int, _ count: Int, to buffer: UnsafeMutableBufferPointer<UInt8>, at index: Int) {
    var rest = value
    for offset in (0..<count).reversed() {
        buffer[index + offset] = 48 + UInt8(rest % 10)
        rest /= 10
    }
}

private func number(_ digits: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for byte in digits {
        guard byte >= 48 && byte <= 57 else { return nil }
        value = value * 10 + Int(byte - 48)
    }
    return value
}
