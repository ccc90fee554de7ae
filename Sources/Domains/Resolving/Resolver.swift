import Determinism
import Specifications

/// Looks up every name of a domain and checks that types fit.
///
/// Where parts of the domain are absent, whatever cannot be without them is left out: an entity that belongs to an absent one, a verb that is
/// given one, a requirement that mentions one.
struct Resolver {
    let spec: DomainSpec
    let parameters: [String: (value: Value, type: ValueType)]
    let words: Set<String>
    /// What is absent: `entity`, `entity.attribute` or the name of a verb or policy.
    var absent: Set<String>
    var model = Model()
    var diagnostics: [Diagnostic] = []
    /// The specs of the entities that are present, by position.
    var entitySpecs: [EntitySpec] = []
    /// The specs of each entity's attributes, by position; nil for the state.
    var attributeSpecs: [[AttributeSpec?]] = []
    /// Attributes with mistakes, which are reported: `entity.attribute`.
    var faulty: Set<String> = []
    private var hasFoundAbsence = false
    /// Whether nothing is absent.
    let isWhole: Bool

    init(_ spec: DomainSpec, parameters: [String: (value: Value, type: ValueType)], words: Set<String>, absent: Set<String>) {
        self.spec = spec
        self.parameters = parameters
        self.words = words
        self.absent = absent
        isWhole = absent.isEmpty
    }

    /// Makes the model.
    ///
    /// - Throws: ``SpecificationError`` with everything that is wrong.
    mutating func resolve() throws(SpecificationError) -> Model {
        // What depends on something absent becomes absent itself, and the work begins anew without it.
        repeat {
            hasFoundAbsence = false
            diagnostics = []
            faulty = []
            model = Model()
            entities()
        } while hasFoundAbsence
        verbs()
        policies()
        questions()
        openers()
        if isWhole { checkChoices() }
        if !diagnostics.isEmpty { throw SpecificationError(diagnostics) }
        return model
    }

    mutating func report(_ location: SourceLocation, _ message: String) { diagnostics.append(Diagnostic(location, message)) }

    /// Runs a body; reports a mistake at a place.
    ///
    /// - Returns: nil after a mistake or where something is absent.
    mutating func attempt<T>(_ location: SourceLocation, _ what: String, _ body: (inout Resolver) throws(NameFault) -> T) -> T? {
        do throws(NameFault) {
            return try body(&self)
        } catch {
            if case .mistake(let message, let place) = error { report(place ?? location, "\(what): \(message)") }
            return nil
        }
    }

    mutating func becomesAbsent(_ name: String) { if absent.insert(name).inserted { hasFoundAbsence = true } }

    /// Whether an entity would have an attribute, were it not absent or wrong.
    func isAbsent(_ attribute: String, of entity: Int) -> Bool {
        let name = "\(model.entities[entity].name).\(attribute)"
        return absent.contains(name) || faulty.contains(name)
    }

    // MARK: Names

    /// The position of an entity.
    func entity(_ name: String) throws(NameFault) -> Int {
        if let index = entitySpecs.firstIndex(where: { $0.name.name == name }) { return index }
        if absent.contains(name) { throw .absent }
        throw .mistake("there is no entity '\(name)'\(NearestName.hint(for: name, among: entitySpecs.map(\.name.name)))")
    }

    /// The position of an entity that is named in the file.
    func entity(_ name: PlacedName) throws(NameFault) -> Int {
        do throws(NameFault) {
            return try entity(name.name)
        } catch {
            throw error.placed(at: name.location)
        }
    }

    /// An attribute of an entity.
    func attribute(_ name: String, of entity: Int) throws(NameFault) -> Attribute.Reference {
        if let index = model.entities[entity].attribute(name) { return model.reference(entity, index) }
        if isAbsent(name, of: entity) { throw .absent }
        let names = model.entities[entity].attributes.map(\.name)
        throw .mistake("\(model.entities[entity].name) has no attribute '\(name)'\(NearestName.hint(for: name, among: names))")
    }

    private mutating func checkChoices() {
        let parts = model.entities.flatMap { entity in [entity.name] + entity.attributes.map { "\(entity.name).\($0.name)" } }
        let known = Set(parts + spec.verbs.map(\.name.name) + spec.policies.map(\.name.name)).union(absent).union(faulty)
        for name in spec.sometimes where !known.contains(name.name) {
            report(
                name.location,
                "'sometimes' names '\(name.name)', which is no entity, entity.attribute, verb or policy\(NearestName.hint(for: name.name, among: known.sorted()))"
            )
        }
    }
}

extension DomainSpec {
    /// The domain with the pieces that capabilities make of it.
    func joined(with pieces: [DomainSpec]) -> DomainSpec {
        var spec = self
        for piece in pieces {
            spec.parameters += piece.parameters
            spec.words += piece.words
            spec.entities += piece.entities
            spec.verbs += piece.verbs
            spec.policies += piece.policies
            spec.questions += piece.questions
            spec.openers += piece.openers
            spec.sometimes += piece.sometimes
            spec.extensions += piece.extensions
            spec.verbExtensions += piece.verbExtensions
        }
        return spec
    }
}
