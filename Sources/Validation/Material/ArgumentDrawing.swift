import Database
import Determinism
import Environments
import WireJSON

/// Draws arguments of a tool that might be accepted.
struct ArgumentDrawing {
    private let definition: Environment
    private let meanings: [String: [ColumnPlace]]
    private let rows: TableRows
    private let arguments: [ToolArgument]
    private let referred: [[ColumnPlace]]
    /// The tables that have to do with the arguments.
    private let tables: [Int]
    private var generator: SeededGenerator
    /// What stands in a row, and in those that it refers to: arguments often have to fit together.
    private var focus: [ColumnPlace: JSON] = [:]

    init(_ definition: Environment, _ meanings: ArgumentMeanings, _ rows: TableRows, seed: UInt64, tool: Int) {
        self.definition = definition
        self.meanings = meanings.places[tool]
        self.rows = rows
        referred = meanings.referred
        arguments = definition.tools[tool].arguments
        let meant = Set(self.meanings.values.joined())
        tables = meanings.referred.indices.filter { table in meanings.referred[table].count { meant.contains($0) } > 1 }
        generator = SeededGenerator(seed: seed, purpose: "arguments of \(definition.tools[tool].name)")
    }

    /// A choice of all that must be given and of half of what may be.
    mutating func draw() -> JSONObject {
        var result = JSONObject()
        drawFocus()
        for argument in arguments where argument.isRequired || generator.next(below: 2) == 0 { result[argument.name] = value(argument) }
        return result
    }

    /// Chooses a row that several of the arguments may be about.
    private mutating func drawFocus() {
        focus = [:]
        guard let table = pick(tables), let row = pick(rows.byTable[table]) else { return }
        for (column, value) in row.enumerated() where value != .null { focus[referred[table][column]] = rows.json(value, table, column) }
    }

    private mutating func pick<T>(_ elements: [T]) -> T? { elements.isEmpty ? nil : elements[generator.next(below: elements.count)] }

    private mutating func value(_ argument: ToolArgument) -> JSON { value(argument.type, meanings[argument.name.lowercased()] ?? []) }

    private mutating func value(_ type: ArgumentType, _ places: [ColumnPlace]) -> JSON {
        if let place = places.first(where: { focus[$0] != nil }), Self.fits(focus[place]!, type), generator.next(below: 4) > 0 {
            return focus[place]!
        }
        let known = places.first.map { rows.values[$0.table][$0.column] } ?? []
        // Mostly what is there; now and then something else of the type, as a new value may have to be.
        if generator.next(below: 4) > 0, let value = pick(known), Self.fits(value, type) { return value }
        let start = definition.clock.start
        switch type {
        case .enumeration(let words): return .string(pick(words) ?? "")
        case .boolean: return .bool(generator.next(below: 2) == 0)
        case .integer(let minimum, let maximum):
            // Bounds may lie as far apart, and as far out, as numbers go.
            let low = min(minimum ?? 1, .max - 40)
            let high = max(low, min(maximum ?? .max, low + 40))
            return .integer(low + Int64(generator.next(below: Int(high - low + 1))))
        case .number(let minimum, _): return .number((minimum ?? 0) + Double(generator.next(below: 400)) / 4)
        case .date: return .string(CalendarDate(daysSinceEpoch: start.date.daysSinceEpoch + Int64(generator.next(below: 40)) - 5).text)
        case .dateTime: return .string(start.advanced(bySeconds: (Int64(generator.next(below: 960)) - 96) * 1800).text)
        case .list(let element, let minimum, let maximum, _):
            let count = max(minimum ?? 0, min(maximum ?? 2, 1 + generator.next(below: 2)))
            return .array((0..<count).map { _ in value(element.type, places) })
        case .object(let properties):
            var result = JSONObject()
            for property in properties where property.isRequired { result[property.name] = value(property) }
            return .object(result)
        case .string: return pick(known) ?? .string("words \(generator.next(below: 1000))")
        }
    }

    private static func fits(_ value: JSON, _ type: ArgumentType) -> Bool {
        switch (type, value) {
        case (.integer, .integer), (.number, .integer), (.number, .number), (.boolean, .bool): true
        case (.string, .string), (.date, .string), (.dateTime, .string): true
        case (.enumeration(let words), .string(let text)): words.contains(text)
        default: false
        }
    }
}
