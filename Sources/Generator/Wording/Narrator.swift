import Domains
import Simulation

/// Tells a request as a person would: what a thing is called depends on what has been said before.
struct Narrator {
    let design: Design
    /// The things as the person who asks knows them.
    let start: Situation
    private let speaking: Speaking
    /// The words chosen for things.
    private(set) var referrals: [Thing: Referral] = [:]
    private var mentioned: Set<Thing> = []
    /// The thing mentioned last in the sentence, and of each kind the one mentioned last of all.
    private var last: Thing?
    private var lastOfKind: [Int: Thing] = [:]
    /// Things that the request itself brings about.
    private var made: [Thing] = []
    private var askedFor: Set<Thing> = []

    init(_ design: Design, _ start: Situation) {
        self.design = design
        self.start = start
        speaking = Speaking(design: design)
    }

    private var model: Model { design.model }

    /// Lays down what a thing is called when it is first mentioned.
    mutating func call(_ referral: Referral) { if referrals[referral.thing] == nil { referrals[referral.thing] = referral } }

    /// Notes a thing that is made on the way.
    ///
    /// - Parameter isAskedFor: whether the request asks for it, rather than for something that brings it about.
    mutating func note(made thing: Thing, isAskedFor: Bool) {
        made.append(thing)
        lastOfKind[thing.entity] = thing
        if isAskedFor { askedFor.insert(thing) }
    }

    /// Whether a request asks for a thing to be made.
    func isAskedFor(_ thing: Thing) -> Bool { askedFor.contains(thing) }

    func isMade(_ thing: Thing) -> Bool { made.contains(thing) }

    // MARK: Things

    /// Begins a sentence: pronouns refer to what it has named itself.
    mutating func beginSentence() { last = nil }

    /// What to call a thing at this point.
    ///
    /// - Parameters:
    ///   - isOwner: whether `'s` follows.
    ///   - isInner: whether the words are part of the description of another thing, where *it* would be that one.
    /// - Returns: the words, and whether they say already that something belongs to the thing.
    mutating func mention(_ thing: Thing, isOwner: Bool = false, isInner: Bool = false) throws(PlanFault) -> (
        text: String, isPossessive: Bool
    ) {
        let entity = model.entities[thing.entity]
        if last == thing, isOwner || !isInner {
            return isOwner ? (entity.isPerson ? "their" : "its", true) : (entity.isPerson ? "them" : "it", false)
        }
        defer {
            last = thing
            lastOfKind[thing.entity] = thing
        }
        if made.contains(thing) {
            guard made.filter({ $0.entity == thing.entity }).count == 1 else { throw PlanFault("there are two new ones") }
            return ("the new \(entity.noun)", false)
        }
        guard let referral = referrals[thing] else { throw PlanFault("nothing is known to call it") }
        if mentioned.contains(thing) {
            if let own = ownName(thing) { return (own, false) }
            if lastOfKind[thing.entity] == thing { return ("that \(entity.noun)", false) }
        }
        let text = try words(referral)
        mentioned.insert(thing)
        return (text, false)
    }

    /// The name of its own that a thing has, such as a person's.
    private func ownName(_ thing: Thing) -> String? {
        guard let first = model.entities[thing.entity].descriptions.first, first.condition == nil, first.extreme == nil,
            first.text.values.count == 1, let path = Referring.path(first.text.values[0]), path.count == 1, path[0].type == .text
        else { return nil }
        guard case .text(let name) = start.value(thing.index, path[0]) else { return nil }
        var text = ""
        for piece in first.text.pieces {
            switch piece {
            case .text(let plain): text += plain
            case .value: text += name
            }
        }
        return text
    }

    private mutating func words(_ referral: Referral) throws(PlanFault) -> String {
        if referral.isKey {
            let noun = model.entities[referral.thing.entity].noun
            switch start.key(referral.thing.index, referral.thing.entity) {
            case .number(let number): return "\(noun) \(number)"
            case .text(let text): return "\(noun) \(text)"
            default: throw PlanFault("it has no key that could be said")
            }
        }
        guard let description = referral.description else { throw PlanFault("it is not described") }
        for inner in referral.nested { call(inner) }
        return try render(description.text, [.reference(referral.thing.index)], start, isDescription: true)
    }

    // MARK: Texts

    /// A text with its values in words.
    ///
    /// - Parameter units: of arguments, by slot.
    mutating func render(
        _ template: TextTemplate, _ frame: [Value], _ situation: Situation, units: [Int: String] = [:], isDescription: Bool = false
    ) throws(PlanFault) -> String {
        var text = ""
        var isPossessive = false
        for (index, piece) in template.pieces.enumerated() {
            switch piece {
            case .text(let plain):
                text += isPossessive ? String(plain.dropFirst(2)) : plain
                isPossessive = false
            case .value(let expression, let hasArticle):
                var frame = frame
                let value = situation.evaluate(expression, &frame)
                if case .reference(let thing) = value {
                    var isOwner = false
                    if index + 1 < template.pieces.count, case .text(let next) = template.pieces[index + 1] {
                        isOwner = next.hasPrefix("'s")
                    }
                    let mention = try mention(
                        Thing(entity: expression.type.entity!, index: thing), isOwner: isOwner, isInner: isDescription)
                    isPossessive = mention.isPossessive
                    // "check in it" is "check it in".
                    if ["it", "them"].contains(mention.text), let verb = Self.separable(text) {
                        text = "\(verb.verb) \(mention.text) \(verb.particle)"
                        continue
                    }
                    text += hasArticle ? mention.text.withArticle : mention.text
                    continue
                }
                if value == .missing { throw PlanFault("a value that would be said is missing") }
                let words = speaking.words(value, expression.type, unit: unit(expression, units))
                text += hasArticle ? words.withArticle : words
            }
        }
        return text
    }

    /// A verb and its particle, if that is all that a text is.
    private static func separable(_ text: String) -> (verb: String, particle: String)? {
        let words = text.split(separator: " ").map(String.init)
        let particles = ["in", "off", "out", "up", "down", "back", "over", "on", "away"]
        return words.count == 2 && text.hasSuffix(" ") && particles.contains(words[1]) ? (words[0], words[1]) : nil
    }

    private func unit(_ expression: Expression, _ units: [Int: String]) -> String? {
        switch expression {
        case .attribute(_, let reference): model.attribute(reference).unit
        case .variable(let variable): units[variable.slot]
        default: nil
        }
    }
}

extension [Verb.Argument] {
    /// The units of the arguments, by slot.
    var units: [Int: String] {
        var result: [Int: String] = [:]
        for argument in self { result[argument.variable.slot] = argument.unit }
        return result
    }
}
