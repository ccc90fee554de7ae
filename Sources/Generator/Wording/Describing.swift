import Domains

/// What verbs do, in a sentence for those who read a tool's description.
struct Describing {
    let model: Model

    /// `Cancels a visit.`: what the domain says, or what the verb's name says.
    func sentence(_ verb: Verb) -> String {
        if !verb.about.isEmpty { return inNouns(verb.about) }
        switch verb.origin {
        case .add(let entity): return "Records a new \(model.entities[entity].noun)."
        case .remove(let entity): return "Removes \(model.entities[entity].noun.withArticle) for good."
        case .edit(let reference):
            return "Changes the \(model.attribute(reference).label) of \(model.entities[reference.entity].noun.withArticle)."
        case .written: return fromName(verb)
        }
    }

    /// Names of kinds of things that nobody would write, as nouns: capabilities know no others.
    private func inNouns(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            let name = word.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            guard name.contains("_"), let entity = model.entities.first(where: { $0.name == name }) else { return String(word) }
            return entity.noun + word.dropFirst(name.count)
        }.joined(separator: " ")
    }

    private static let particles: Set<String> = ["away", "back", "down", "in", "off", "on", "out", "over", "up", "again"]
    private static let prepositions: Set<String> = ["about", "at", "by", "for", "from", "in", "of", "on", "to", "with"]

    private func fromName(_ verb: Verb) -> String {
        let words = verb.name.split(separator: "_").map(String.init)
        var rest = words.dropFirst()
        let things = [verb.created?.type.entity].compactMap { $0 } + verb.arguments.compactMap(\.entity)
        var result = [Self.thirdPerson(words[0])]
        while let first = rest.first, Self.particles.contains(first), rest.count > 1 || result.count == 1 {
            result.append(first)
            rest = rest.dropFirst()
        }
        var hasThing = false
        var loose: [String] = []
        while let first = rest.first {
            if let (length, entity) = match(rest, things) {
                let noun = (loose + rest.prefix(length)).joined(separator: " ").withArticle
                loose = []
                rest = rest.dropFirst(length)
                hasThing = true
                if let label = attribute(rest, of: entity) {
                    result += ["the", label, "of", noun]
                    rest = []
                } else {
                    result.append(noun)
                }
            } else {
                if Self.prepositions.contains(first) || hasThing {
                    result += loose + [first]
                    loose = []
                } else {
                    loose.append(first)
                }
                rest = rest.dropFirst()
            }
        }
        if !hasThing, let subject = verb.arguments.first?.entity {
            return finish(result, loose, subject)
        }
        if !loose.isEmpty { result += ["the"] + loose }
        return Wording.capitalised(result.joined(separator: " ")) + "."
    }

    /// The sentence of words that name no thing, with what the verb is done to.
    private func finish(_ words: [String], _ loose: [String], _ subject: Int) -> String {
        let noun = model.entities[subject].noun
        let parts = noun.split(separator: " ").map(String.init)
        var sentence = words
        if loose.allSatisfy(parts.contains) {
            sentence.append(noun.withArticle)
        } else if let last = words.dropFirst().last, Self.prepositions.contains(last) {
            sentence = [words[0], noun.withArticle] + words.dropFirst() + loose
        } else {
            sentence += ["the"] + loose + ["for", noun.withArticle]
        }
        return Wording.capitalised(sentence.joined(separator: " ")) + "."
    }

    /// The kind of thing that the words begin with, and how many words it takes.
    private func match(_ words: ArraySlice<String>, _ things: [Int]) -> (length: Int, entity: Int)? {
        var best: (length: Int, entity: Int)?
        for entity in things + model.entities.indices {
            let definition = model.entities[entity]
            let nouns = things.contains(entity) ? [definition.name.spaced, definition.noun] : [definition.name.spaced]
            for noun in nouns {
                let parts = noun.split(separator: " ").map(String.init)
                if words.starts(with: parts), parts.count > best?.length ?? 0 { best = (parts.count, entity) }
            }
        }
        return best
    }

    private func attribute(_ words: ArraySlice<String>, of entity: Int) -> String? {
        let name = words.joined(separator: "_")
        return model.entities[entity].attributes.first { $0.type != .boolean && ($0.name == name || $0.label == name.spaced) }?.label
    }

    private static func thirdPerson(_ verb: String) -> String {
        if ["s", "x", "z", "ch", "sh", "o"].contains(where: verb.hasSuffix) { return verb + "es" }
        if verb.hasSuffix("y"), let before = verb.dropLast().last, !"aeiou".contains(before) { return verb.dropLast() + "ies" }
        return verb + "s"
    }
}
