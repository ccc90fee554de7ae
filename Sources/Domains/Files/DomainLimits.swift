/// How much a domain may ask for: beyond it, arithmetic would overflow, or an environment never be done.
enum DomainLimits {
    /// The greatest number, as a multiple of its last decimal.
    static let number: UInt64 = 999_999_999_999
    /// What a message says of that.
    static let digits = "at most 12 digits, with the decimals"
    /// The longest span of time, in years.
    static let years: Int64 = 200
    /// How many there are of an entity, in all or for each of another.
    static let count = 1000

    /// What is wrong with a span of time; nil: nothing.
    static func fault(ofSpan amount: Int64, _ unit: TimeUnit) -> String? {
        isTooLong(Double(amount), unit) ? "\(amount) \(unit.rawValue) is too long a time: at most \(years) years" : nil
    }

    /// Whether a span of time is longer than any that is allowed.
    static func isTooLong(_ amount: Double, _ unit: TimeUnit) -> Bool {
        let perYear: Int64 =
            switch unit {
            case .minutes: 527_040
            case .hours: 8_784
            case .days: 366
            case .weeks: 53
            case .months: 12
            case .years: 1
            }
        return amount.magnitude > Double(years * perYear)
    }
}
