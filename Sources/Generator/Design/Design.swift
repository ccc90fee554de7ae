import Determinism
import Domains
import Simulation
import Specifications

/// Everything that is chosen for one environment before there is anything in it.
struct Design: Sendable {
    /// How amounts of money are stored and given to tools.
    enum Money: Sendable {
        /// As numbers with two decimals.
        case decimals
        /// As whole hundredths.
        case hundredths
    }

    /// Which times tables keep of their rows.
    enum Times: Sendable { case none, made, both }

    /// Whether tools are many and small, or few with more arguments.
    enum Granularity: Sendable { case fine, coarse }

    let domain: Domain
    let model: Model
    let seed: UInt64
    /// When episodes begin.
    let start: Instant
    /// Seconds that an action takes.
    let advance: Int64
    /// How far local time is ahead of UTC, in minutes.
    let offset: Int64
    let naming: Naming
    let money: Money
    let times: Times
    let editing: Granularity
    let transitions: Granularity
    /// Whether people write days before months, and clocks with twelve hours.
    let speech: Speech
    let keyStyles: [KeyStyle]
    let codeStyles: [KeyStyle?]
    /// How many times as many things there are as a small environment has.
    let scale: Int
    let schema: Schema

    /// How people say days and times.
    struct Speech: Sendable {
        let monthFirst: Bool
        let twelveHours: Bool
    }
}

extension Design {
    /// Chooses.
    ///
    /// - Parameters:
    ///   - seed: of this environment.
    ///   - scale: 1 for some hundred rows.
    ///   - absent: verbs that turned out to be impossible, and are left out.
    init(_ domain: Domain, seed: UInt64, scale: Int, without impossible: Set<String> = []) throws(SpecificationError) {
        var dice = Dice(seed, "choices")
        let richness = dice.int(60...95)
        let choices = domain.choices
        var absent = impossible
        for name in choices.sometimes where !dice.chance(richness) { absent.insert(name) }
        var parameters: [String: Int64] = [:]
        for parameter in choices.parameters { parameters[parameter.name] = dice.pick(parameter.choices) }
        let model = try domain.model(absent: absent, parameters: parameters)

        var clock = Dice(seed, "clock")
        let offset = clock.chance(70) ? 0 : Int64(clock.pick([-300, -240, -180, 60, 120, 180, 330]))
        var day = domain.days.lowerBound.daysSinceEpoch
        day = clock.int64(day, max(day, domain.days.upperBound.daysSinceEpoch))
        // People work on weekdays: 1970-01-01 was a Thursday.
        while [2, 3].contains((day % 7 + 7) % 7) { day -= 1 }
        let minutes = domain.hours.from + domain.hours.step * clock.below((domain.hours.to - domain.hours.from) / domain.hours.step + 1)

        var style = Dice(seed, "style")
        let naming = Naming(&style)
        let keys = Design.keys(model, &style)
        self.domain = domain
        self.model = model
        self.seed = seed
        self.scale = scale
        self.offset = offset
        start = Instant(seconds: day * 86400 + Int64(minutes) * 60 - offset * 60)
        advance = Int64(clock.pick([30, 60, 60, 60, 120]))
        self.naming = naming
        money = style.chance(75) ? .decimals : .hundredths
        times = style.pick(weighted: [(.none, 5), (.made, 2), (.both, 3)])
        editing = style.chance(55) ? .fine : .coarse
        transitions = style.chance(70) ? .fine : .coarse
        speech = Speech(monthFirst: style.chance(25), twelveHours: style.chance(30))
        keyStyles = keys.keys
        codeStyles = keys.codes
        schema = Schema(model, naming: naming, keys: keys.keys, codes: keys.codes, times: times, dice: &style)
    }

    /// Chooses keys: mostly of one form, but codes where the domain gives things codes.
    private static func keys(_ model: Model, _ dice: inout Dice) -> (keys: [KeyStyle], codes: [KeyStyle?]) {
        enum Form { case integer, code, uuid }
        let main: Form = dice.pick(weighted: [(.integer, 6), (.code, 3), (.uuid, 1)])
        let digits = dice.int(3...6)
        var keys: [KeyStyle] = []
        var codes: [KeyStyle?] = []
        var prefixes: Set<String> = []
        for entity in model.entities {
            let form = dice.chance(85) ? main : dice.pick([.integer, .code])
            let first = Int64(dice.pick([1, 1, 11, 101, 201, 1001, 4001, 20_388]))
            let code = entity.code.map { format in
                KeyStyle(format: format, sequence: "\(entity.name)_code", first: Int64(dice.int(11...880)))
            }
            let prefix = prefix(entity.name, &prefixes)
            switch form {
            case .integer: keys.append(KeyStyle(format: .integer, sequence: entity.name, first: first))
            case .code:
                if let code {
                    keys.append(KeyStyle(format: code.format, sequence: entity.name, first: code.first))
                } else {
                    let separator = dice.pick(["-", "-", "_", ""])
                    let width = max(digits, String(first).count + 1)
                    keys.append(
                        KeyStyle(format: .code(prefix: prefix + separator, width: width, suffix: ""), sequence: entity.name, first: first))
                }
            case .uuid: keys.append(KeyStyle(format: .uuid, sequence: entity.name, first: 1))
            }
            codes.append(form == .code && code != nil ? nil : code)
        }
        return (keys, codes)
    }

    /// A short prefix that no other kind has: `ORD`, `VIS`.
    private static func prefix(_ name: String, _ taken: inout Set<String>) -> String {
        let words = name.split(separator: "_")
        let letters = words.joined()
        let initials = words.map { String($0.prefix(1)) }.joined()
        var candidates = words.count > 2 ? [initials] : []
        candidates += (3...max(3, letters.count)).map { String(letters.prefix($0)) }
        for candidate in candidates.map({ $0.uppercased() }) where taken.insert(candidate).inserted { return candidate }
        return letters.uppercased()
    }
}
