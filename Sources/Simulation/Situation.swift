import Determinism
import Domains

/// The things that there are at one moment, as a domain's model sees them: what the tables of an environment store, without the tables.
///
/// It is a value: a plan is tried on a copy. The tools of the environment, which are SQL, must do to the tables what the verbs do here.
public struct Situation: Sendable {
    /// The kinds of things.
    public let model: Model
    /// How keys are formed, for each kind.
    public let keyStyles: [KeyStyle]
    /// How codes are formed, for each kind; nil: things of the kind have none, or it is their key.
    public let codeStyles: [KeyStyle?]
    /// The things of each kind.
    public internal(set) var kinds: [Kind]
    /// The time.
    public var now: Instant
    /// The acting user, if there is one.
    public var actor: Value = .missing
    /// The seed of minted keys.
    public var seed: UInt64 = 0

    /// The things of one kind.
    public struct Kind: Sendable {
        /// The attributes of each thing, in their order; a computed one's place is empty. A thing that has been deleted keeps its place.
        public internal(set) var rows: [[Value]] = []
        /// Whether each thing is still there.
        public internal(set) var isAlive: [Bool] = []
        /// The key of each thing.
        public internal(set) var keys: [Value] = []
        /// The attributes that are relations.
        let relations: [Int]
        /// For each attribute that is a relation, the things that it leads from, by the thing that it leads to.
        var children: [[[Int]]]
        /// How many things were made before each, those that came to nothing included.
        public internal(set) var ordinals: [Int] = []
        /// The number of the next thing.
        public internal(set) var nextNumber: Int64
        /// When each thing was made and last changed.
        public internal(set) var times: [Times] = []
        /// The states that each thing has gone through, the present one last; empty where there is no lifecycle.
        public internal(set) var transitions: [[Transition]] = []
    }

    /// When a thing was made and last changed.
    public struct Times: Hashable, Sendable {
        /// When it was made.
        public let made: Instant
        /// When it was last changed.
        public var changed: Instant
    }

    /// A state that a thing came into.
    public struct Transition: Hashable, Sendable {
        /// The state.
        public let state: String
        /// When.
        public let at: Instant

        /// Makes a transition.
        public init(state: String, at: Instant) {
            self.state = state
            self.at = at
        }
    }

    /// Begins without things.
    public init(_ model: Model, keyStyles: [KeyStyle], codeStyles: [KeyStyle?], now: Instant) {
        self.model = model
        self.keyStyles = keyStyles
        self.codeStyles = codeStyles
        self.now = now
        kinds = zip(keyStyles, model.entities).map { style, entity in
            let relations = entity.attributes.indices.filter {
                entity.attributes[$0].type.entity != nil && !entity.attributes[$0].isComputed
            }
            return Kind(relations: relations, children: entity.attributes.map { _ in [] }, nextNumber: style.first)
        }
    }

    // MARK: Reading

    /// The things of a kind that are there, in the order in which they were made.
    public func things(_ entity: Int) -> [Int] { kinds[entity].rows.indices.filter { kinds[entity].isAlive[$0] } }

    /// Whether a thing is still there.
    public func isAlive(_ thing: Int, _ entity: Int) -> Bool { kinds[entity].isAlive[thing] }

    /// A thing's key.
    public func key(_ thing: Int, _ entity: Int) -> Value { kinds[entity].keys[thing] }

    /// The things from which a relation leads to a thing.
    public func things(_ entity: Int, whose attribute: Int, is thing: Int) -> [Int] {
        guard thing < kinds[entity].children[attribute].count else { return [] }
        return kinds[entity].children[attribute][thing].filter { kinds[entity].isAlive[$0] }
    }

    /// A thing's attribute; a computed one is worked out.
    public func value(_ thing: Int, _ reference: Attribute.Reference) -> Value {
        if case .computed(let expression) = model.entities[reference.entity].attributes[reference.index].source {
            var frame: [Value] = [.reference(thing)]
            return evaluate(expression, &frame)
        }
        return kinds[reference.entity].rows[thing][reference.index]
    }

    /// A thing's attribute by position.
    public func value(_ thing: Int, _ entity: Int, _ attribute: Int) -> Value { value(thing, model.reference(entity, attribute)) }

    // MARK: Writing

    /// Adds a thing, its values in the order of the attributes.
    ///
    /// - Returns: its position.
    @discardableResult
    public mutating func add(_ entity: Int, _ values: [Value]) -> Int {
        let thing = kinds[entity].rows.count
        let number = kinds[entity].nextNumber
        var values = values
        if let style = codeStyles[entity], let attribute = model.entities[entity].attributes.firstIndex(where: \.isCode) {
            values[attribute] = style.key(style.first + number - keyStyles[entity].first, seed: seed)
        }
        kinds[entity].nextNumber += 1
        kinds[entity].ordinals.append(Int(number - keyStyles[entity].first))
        kinds[entity].rows.append(values)
        kinds[entity].isAlive.append(true)
        kinds[entity].keys.append(keyStyles[entity].key(number, seed: seed))
        kinds[entity].times.append(Times(made: now, changed: now))
        kinds[entity].transitions.append([])
        noteState(thing, entity)
        for attribute in kinds[entity].relations { link(entity, thing, attribute, values[attribute]) }
        return thing
    }

    /// Sets a thing's attribute.
    public mutating func set(_ thing: Int, _ entity: Int, _ attribute: Int, to value: Value) {
        let old = kinds[entity].rows[thing][attribute]
        kinds[entity].times[thing].changed = now
        if attribute == model.entities[entity].stateAttribute {
            kinds[entity].rows[thing][attribute] = value
            noteState(thing, entity)
        }
        if old == value { return }
        kinds[entity].rows[thing][attribute] = value
        guard kinds[entity].relations.contains(attribute) else { return }
        if case .reference(let target) = old { kinds[entity].children[attribute][target].removeAll { $0 == thing } }
        link(entity, thing, attribute, value)
    }

    private mutating func noteState(_ thing: Int, _ entity: Int) {
        guard let attribute = model.entities[entity].stateAttribute, case .text(let state) = kinds[entity].rows[thing][attribute] else {
            return
        }
        kinds[entity].transitions[thing].append(Transition(state: state, at: now))
    }

    /// Says when a thing was made and last changed, and which states it went through: for what there is to begin with.
    public mutating func setPast(_ thing: Int, _ entity: Int, made: Instant, changed: Instant, transitions: [Transition]) {
        kinds[entity].times[thing] = Times(made: made, changed: changed)
        kinds[entity].transitions[thing] = transitions
    }

    /// Takes back the thing that was added last, as if it had never been.
    public mutating func withdrawLast(_ entity: Int) {
        let thing = kinds[entity].rows.count - 1
        for attribute in kinds[entity].relations {
            guard case .reference(let target) = kinds[entity].rows[thing][attribute] else { continue }
            kinds[entity].children[attribute][target].removeAll { $0 == thing }
        }
        kinds[entity].rows.removeLast()
        kinds[entity].isAlive.removeLast()
        kinds[entity].keys.removeLast()
        kinds[entity].ordinals.removeLast()
        kinds[entity].times.removeLast()
        kinds[entity].transitions.removeLast()
        kinds[entity].nextNumber -= 1
    }

    /// Uses up the key of a thing that is not made after all.
    mutating func skipNumber(_ entity: Int) { kinds[entity].nextNumber += 1 }

    /// Takes a thing away.
    public mutating func delete(_ thing: Int, _ entity: Int) { kinds[entity].isAlive[thing] = false }

    private mutating func link(_ entity: Int, _ thing: Int, _ attribute: Int, _ value: Value) {
        guard case .reference(let target) = value else { return }
        let missing = target + 1 - kinds[entity].children[attribute].count
        if missing > 0 { kinds[entity].children[attribute] += Array(repeating: [], count: missing) }
        // Things stand in the order in which they were made, whatever was moved in between.
        let position = kinds[entity].children[attribute][target].lastIndex { $0 < thing }.map { $0 + 1 } ?? 0
        kinds[entity].children[attribute][target].insert(thing, at: position)
    }
}

extension Attribute {
    /// Whether it is a code that people give things.
    public var isCode: Bool { if case .code = source { true } else { false } }
}
