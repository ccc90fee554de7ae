import Specifications

extension NumberRange {
    /// Reads `LOW..HIGH [by STEP]`; nil for anything else.
    ///
    /// - Parameter places: the decimals that all values have; nil: as many as are written.
    init?(_ text: String, places fixed: Int?) {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 1 || (parts.count == 3 && parts[1] == "by"), let dots = parts[0].range(ofText: "..") else { return nil }
        let low = String(parts[0][..<dots.lowerBound])
        let high = String(parts[0][dots.upperBound...])
        let texts = [low, high] + parts.dropFirst(2)
        let places = fixed ?? texts.map(Decimals.places).max()!
        let values = texts.compactMap { Decimals.scaled($0, places: places) }
        guard values.count == texts.count, values[0] <= values[1] else { return nil }
        let step = values.count == 3 ? values[2] : fixed == 2 ? 5 : 1
        guard step > 0 else { return nil }
        self.init(low: values[0], high: values[1], step: step, places: places)
    }
}

/// Decimal numbers as whole multiples of a power of ten.
package enum Decimals {
    /// The digits after the point.
    static func places(_ text: String) -> Int { text.firstIndex(of: ".").map { text.distance(from: $0, to: text.endIndex) - 1 } ?? 0 }

    /// Reads a number as a multiple of 10^-places; nil if it has more places or is none.
    package static func scaled(_ text: String, places: Int) -> Int64? {
        let own = self.places(text)
        guard own <= places, places <= 9, let digits = Int64(text.filter { $0 != "." }), text.filter({ $0 == "." }).count <= 1 else {
            return nil
        }
        let (value, overflow) = digits.multipliedReportingOverflow(by: power(places - own))
        return overflow ? nil : value
    }

    /// 10 to that power.
    package static func power(_ exponent: Int) -> Int64 { (0..<exponent).reduce(1) { value, _ in value * 10 } }

    /// The shortest decimal text of a multiple of 10^-places, with at least so many places.
    package static func text(_ value: Int64, places: Int) -> String {
        guard places > 0 else { return String(value) }
        let digits = String(value.magnitude)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return (value < 0 ? "-" : "") + padded.dropLast(places) + "." + padded.suffix(places)
    }
}

extension DayWindow {
    /// Reads `09:00..17:00 [by 30 minutes]`; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 1 || (parts.count == 4 && parts[1] == "by"), let dots = parts[0].range(ofText: "..") else { return nil }
        func minutes(_ text: Substring) -> Int? {
            let numbers = text.split(separator: ":", omittingEmptySubsequences: false).compactMap { Int($0) }
            guard text.count == 5, numbers.count == 2, (0..<24).contains(numbers[0]), (0..<60).contains(numbers[1]) else { return nil }
            return numbers[0] * 60 + numbers[1]
        }
        guard let from = minutes(parts[0][..<dots.lowerBound]), let to = minutes(parts[0][dots.upperBound...]), from <= to else {
            return nil
        }
        var step = 5
        if parts.count == 4 {
            guard let amount = Int(parts[2]), (1...1440).contains(amount), let unit = TimeUnit(word: parts[3]),
                unit == .minutes || unit == .hours
            else {
                return nil
            }
            step = unit == .hours ? amount * 60 : amount
        }
        self.init(from: from, to: to, step: step)
    }
}

extension TimeRange {
    /// Reads `past 8 years`, `next 14 days`, `-30..14 days`, `3..21 days after PATH`, after a comma a window of the day, and at the end `on weekdays`.
    init(_ whole: String, _ location: SourceLocation) throws(SyntaxError) {
        let ending = " on weekdays"
        let text = whole.hasSuffix(ending) ? String(whole.dropLast(ending.count)) : whole
        let pieces = text.split(separator: ",", maxSplits: 1).map { String($0) }
        var window: DayWindow?
        if pieces.count == 2 {
            window = DayWindow(pieces[1])
            if window == nil { throw SyntaxError(message: "'\(pieces[1])' is not a part of the day such as 09:00..17:00 by 30 minutes") }
        }
        var words = pieces.first?.split(separator: " ").map(String.init) ?? []
        var anchor: PlacedSyntax?
        if let index = words.firstIndex(where: { $0 == "after" || $0 == "before" }) {
            let source = words[(index + 1)...].joined(separator: " ")
            anchor = PlacedSyntax(syntax: try ExpressionParser.parse(source), source: source, location: location)
        }
        let isBefore = words.contains("before")
        if let index = words.firstIndex(where: { $0 == "after" || $0 == "before" }) { words = Array(words[..<index]) }
        let usage = SyntaxError(
            message: "'\(text)' is not a range of time such as: past 8 years, next 14 days, -30..14 days, 3..21 days after lent_on")
        guard let unit = words.last.flatMap(TimeUnit.init(word:)) else { throw usage }
        let bounds: (Int64, Int64)
        if words.count == 3, let amount = Int64(words[1]), amount > 0, words[0] == "past" || words[0] == "next" {
            try Self.checkSpan(amount, unit)
            bounds = words[0] == "past" ? (-amount, 0) : (0, amount)
        } else if words.count == 2, let dots = words[0].range(ofText: ".."), let low = Int64(words[0][..<dots.lowerBound]),
            let high = Int64(words[0][dots.upperBound...]), low <= high
        {
            try Self.checkSpan(low, unit)
            try Self.checkSpan(high, unit)
            bounds = isBefore ? (-high, -low) : (low, high)
        } else {
            throw usage
        }
        self.init(low: bounds.0, high: bounds.1, unit: unit, anchor: anchor, window: window, isOnWeekdays: text != whole)
    }
}

extension TimeRange {
    private static func checkSpan(_ amount: Int64, _ unit: TimeUnit) throws(SyntaxError) {
        if let fault = DomainLimits.fault(ofSpan: amount, unit) { throw SyntaxError(message: fault) }
    }
}

extension CountSpec {
    /// Reads `5..9`, `3` or `0..3 per animal`; nil for anything else.
    init?(_ text: String, _ location: SourceLocation) {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 1 || (parts.count == 3 && parts[1] == "per") else { return nil }
        let range: ClosedRange<Int>
        if let dots = parts[0].range(ofText: "..") {
            guard let low = Int(parts[0][..<dots.lowerBound]), let high = Int(parts[0][dots.upperBound...]), 0 <= low, low <= high else {
                return nil
            }
            range = low...high
        } else {
            guard let number = Int(parts[0]), number >= 0 else { return nil }
            range = number...number
        }
        self.init(range: range, per: parts.count == 3 ? PlacedName(name: parts[2], location: location) : nil)
    }
}

extension StringProtocol {
    /// The first place where a text stands.
    func range(ofText text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
