import Domains

/// A thing: its kind and its position.
struct Thing: Hashable, Comparable {
    let entity: Int
    let index: Int

    static func < (a: Thing, b: Thing) -> Bool { (a.entity, a.index) < (b.entity, b.index) }
}

/// What an agent that makes a plan's calls has learnt from their results and from the request.
struct Knowledge {
    /// Things of which it is known which one they are, with their keys.
    private(set) var known: Set<Thing> = []
    /// Things whose keys have been shown.
    private(set) var shown: Set<Thing> = []
    /// Attributes whose values have been shown.
    private var seen: [Thing: Set<Int>] = [:]

    func isKnown(_ thing: Thing) -> Bool { known.contains(thing) }
    func isShown(_ thing: Thing) -> Bool { shown.contains(thing) }
    func hasSeen(_ thing: Thing, _ attribute: Int) -> Bool { seen[thing]?.contains(attribute) ?? false }

    mutating func know(_ thing: Thing) {
        known.insert(thing)
        shown.insert(thing)
    }

    mutating func show(_ thing: Thing) { shown.insert(thing) }
    mutating func see(_ thing: Thing, _ attribute: Int) { seen[thing, default: []].insert(attribute) }

    /// What was seen of a thing may have changed.
    mutating func forget(_ thing: Thing) { seen[thing] = nil }
}
