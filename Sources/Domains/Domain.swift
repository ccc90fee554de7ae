import Determinism
import Specifications
import SystemPackage
import WireJSON

/// A domain model: what a field of life is like, for any number of environments.
public struct Domain: Sendable {
    /// The name, in words joined by `_`.
    public let name: String
    /// A short name for people.
    public let title: String
    /// The category of applications that it belongs to.
    public let category: String
    /// What it is about.
    public let summary: String
    /// Where the agent works, as the policy says it.
    public let setting: String
    /// The sign of its currency.
    public let currency: String
    /// The first and last day on which episodes begin.
    public let days: ClosedRange<CalendarDate>
    /// The minutes of the day between which episodes begin, and their step.
    public let hours: (from: Int, to: Int, step: Int)
    /// The words that texts are made of.
    public let words: WordBook
    /// The file.
    public let file: String
    private let spec: DomainSpec
    private let pieces: [Piece]

    /// What one use of a capability makes of the domain.
    private struct Piece: Sendable {
        let spec: DomainSpec
        let isSometimes: Bool
    }

    /// What may be present or absent, or be chosen, from one environment to the next.
    public struct Choices: Sendable {
        /// The names of capabilities, entities, attributes, verbs and policies that may be absent.
        public let sometimes: [String]
        /// The numbers to choose from.
        public let parameters: [(name: String, type: ValueType, choices: [Int64])]
    }

    init(_ root: SpecNode, file: String, capabilities: CapabilityLibrary, words: WordBook) throws(SpecificationError) {
        let reader = SpecReader()
        let spec = DomainReader(reader: reader).domain(root)
        let pieces = spec.uses.compactMap { use in
            capabilities.weave(use, reader).map { Piece(spec: $0, isSometimes: use.isSometimes) }
        }
        if !reader.diagnostics.isEmpty { throw SpecificationError(reader.diagnostics) }
        // The domain's own lists take the place of those that capabilities bring.
        self.words = try words.adding(pieces.flatMap(\.spec.words)).adding(spec.words)
        self.spec = spec
        self.pieces = pieces
        self.file = file
        name = spec.name
        title = spec.title
        category = spec.category
        summary = spec.summary
        setting = spec.setting
        currency = spec.currency
        days = spec.firstDay...spec.lastDay
        hours = (spec.hours.from, spec.hours.to, spec.hours.step)
        _ = try model(absent: [], parameters: [:])
    }

    /// What may be chosen.
    public var choices: Choices {
        let optional = pieces.indices.filter { pieces[$0].isSometimes }.map(pieceName)
        let joined = spec.joined(with: pieces.map(\.spec))
        return Choices(
            sometimes: optional + joined.sometimes.map(\.name),
            parameters: joined.parameters.map { ($0.name.name, $0.isMoney ? .money : .integer, $0.choices) })
    }

    private func pieceName(_ index: Int) -> String { "capability \(index) \(pieces[index].spec.name)" }

    /// Looks up every name, with parts of the domain left out.
    ///
    /// - Parameters:
    ///   - absent: of the names that ``choices`` lists, those that are absent.
    ///   - parameters: the numbers chosen; the first choice for those that are not there.
    /// - Throws: ``SpecificationError`` with everything that is wrong.
    public func model(absent: Set<String>, parameters: [String: Int64]) throws(SpecificationError) -> Model {
        var kept: [DomainSpec] = []
        var names = absent
        for (index, piece) in pieces.enumerated() {
            if absent.contains(pieceName(index)) {
                // Two uses of a capability may declare the same parts.
                names.formUnion(piece.spec.declaredNames)
            } else {
                kept.append(piece.spec)
            }
        }
        for piece in kept { names.subtract(Set(piece.declaredNames).subtracting(absent)) }
        let joined = spec.joined(with: kept)
        let values = joined.parameters.map { parameter -> (String, (value: Value, type: ValueType)) in
            let value = parameters[parameter.name.name] ?? parameter.choices[0]
            return (parameter.name.name, (.number(value), parameter.isMoney ? .money : .integer))
        }
        var resolver = Resolver(
            joined, parameters: Dictionary(values, uniquingKeysWith: { first, _ in first }), words: Set(words.names), absent: names)
        return try resolver.resolve()
    }
}

extension DomainSpec {
    /// The names that the rest of a domain may mention.
    fileprivate var declaredNames: [String] {
        entities.map(\.name.name) + verbs.map(\.name.name) + policies.map(\.name.name)
            + extensions.flatMap { addition in addition.attributes.map { "\(addition.entity.name).\($0.name.name)" } }
    }
}
