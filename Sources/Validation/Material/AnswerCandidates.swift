import Environments
import WireJSON

/// What else could have been answered, and how likely a guess is right.
struct AnswerCandidates {
    private let material: Material
    private let reference: ReferencePath
    private let task: TaskDefinition

    init(_ material: Material, _ reference: ReferencePath, _ task: TaskDefinition) {
        self.material = material
        self.reference = reference
        self.task = task
    }

    /// The values among which somebody would choose who knows what kind of thing is asked for: those of the column in which the solution
    /// saw the value, else those of the smallest column that holds it.
    func alternatives(to value: JSON) -> [JSON] {
        let columns = material.columns(holding: value)
        if columns.isEmpty { return [] }
        let seen = reference.calls.reversed().lazy.compactMap { Self.name(of: value, in: $0.observation) }.first
        let tables = material.world.environment.definition.tables
        let named = columns.filter { tables[$0.table].columns[$0.column].name == seen }
        for place in named {
            if case .enumeration(let words) = tables[place.table].columns[place.column].type { return words.map { .string($0) } }
        }
        // A number may stand anywhere by chance, and one that is counted or reckoned is none that names a row.
        if value.double != nil, named.isEmpty || named.contains(where: { isIdentifier($0) }) { return [] }
        let sets = (named.isEmpty ? columns : named).map(material.values)
        return sets.filter { $0.count > 1 }.min { $0.count < $1.count } ?? sets[0]
    }

    private func isIdentifier(_ place: ColumnPlace) -> Bool {
        material.isKey(place) || material.meanings.referred[place.table][place.column] != place
    }

    /// The name of the member whose value it is.
    private static func name(of value: JSON, in json: JSON) -> String? {
        switch json {
        case .object(let object):
            for member in object.members {
                if member.value == value { return member.name }
                if let name = name(of: value, in: member.value) { return name }
            }
            return nil
        case .array(let elements): return elements.lazy.compactMap { name(of: value, in: $0) }.first
        default: return nil
        }
    }

    /// Everything that could stand in the place of any part of the answer.
    var others: [JSON] {
        guard let asked = reference.asked else { return [] }
        return switch asked {
        case .text(let texts): texts.first.map { alternatives(to: .string($0)) } ?? []
        case .set(let elements), .list(let elements): elements.first.map(alternatives) ?? []
        case .mentions(let texts): texts.first.map { alternatives(to: .string($0)) } ?? []
        case .date(let text), .dateTime(let text): alternatives(to: .string(text))
        case .number(let value, _):
            alternatives(to: value == value.rounded() && value.magnitude < 1e15 ? .integer(Int64(value)) : .number(value))
        case .boolean, .table: []
        }
    }

    /// Those of the values that could be meant which the check accepts, where one value is asked for.
    var accepted: [JSON] {
        switch reference.asked {
        case .number(let value, let tolerance)?:
            others.filter { ($0.double ?? .infinity) - value <= tolerance && value - ($0.double ?? -.infinity) <= tolerance }
        case .text(let texts)?: others.filter { other in texts.contains { $0.lowercased() == other.string?.lowercased() } }
        default: []
        }
    }

    /// The values that could be meant among which the instruction itself leaves the choice, if the right one is among them.
    private var named: [JSON] {
        let words = Self.words(task.instruction)
        let mentioned = others.filter { $0.string.map { words.contains(Self.words($0)) } ?? false }
        return accepted.contains(where: mentioned.contains) ? mentioned : []
    }

    /// The words of a text in lower case, with a space before and after each.
    private static func words(_ text: String) -> String {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.reduce(" ") { $0 + $1 + " " }
    }

    /// The chance that a random plausible answer is right; nil if none is asked for.
    var chance: Double? {
        guard let asked = reference.asked else { return nil }
        switch asked {
        case .boolean: return 0.5
        case .number(let value, let tolerance):
            let columns = others.compactMap(\.double)
            // A count that stands nowhere may be any small number.
            let candidates = columns.count > 1 ? columns : (0...Int(max(10, min(1000, 2 * value.magnitude)))).map(Double.init)
            return Double(candidates.count { ($0 - value).magnitude <= tolerance }) / Double(candidates.count)
        case .text:
            let named = named
            let candidates = named.count > 1 ? named : others
            return candidates.count > 1 ? Double(max(1, min(accepted.count, candidates.count))) / Double(candidates.count) : 0.05
        case .date, .dateTime: return one(others)
        case .set(let elements): return elements.isEmpty ? 0.5 : others.count < 2 ? 0.05 : 1 / exp2(others.count)
        case .list(let elements): return elements.reduce(1) { $0 * one(alternatives(to: $1)) }
        case .table(let rows, _): return rows.isEmpty ? 0.5 : 0.001
        case .mentions(let texts): return texts.reduce(1) { $0 * one(alternatives(to: .string($1))) }
        }
    }

    /// One of these, or of as many as a word that stands nowhere may be.
    private func one(_ candidates: [JSON]) -> Double { candidates.count > 1 ? 1 / Double(candidates.count) : 0.05 }

    private func exp2(_ count: Int) -> Double { count > 60 ? 1e18 : Double(UInt64(1) << UInt64(count)) }
}
