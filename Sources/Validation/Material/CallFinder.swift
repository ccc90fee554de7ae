import Database
import Determinism
import Environments
import Episodes
import WireJSON

/// A call that is accepted in the initial state.
struct AcceptedCall: Sendable {
    /// The position of the tool.
    let tool: Int
    let arguments: JSONObject
}

/// Finds calls that tools accept: some from the solutions, the others drawn from the values that their arguments stand for.
struct CallFinder {
    private let world: World
    private let meanings: ArgumentMeanings
    private let values: [[[JSON]]]
    private let pool = StagePool()

    /// Accepted calls kept for each writing tool, and draws made for it.
    private static let mostCalls = 3
    private static let mostDraws = 60

    init(_ world: World, _ meanings: ArgumentMeanings, _ values: [[[JSON]]]) {
        self.world = world
        self.meanings = meanings
        self.values = values
    }

    private var definition: Environment { world.environment.definition }

    /// Accepted calls that change something, and the tools of which none was found.
    func writes(seed: UInt64) -> (calls: [AcceptedCall], unreachable: [String]) {
        var calls: [AcceptedCall] = []
        var unreachable: [String] = []
        for (index, tool) in definition.tools.enumerated() where tool.effect != .read {
            var found: [AcceptedCall] = []
            for arguments in known(tool.name) + drawn(index, seed) {
                if found.count == Self.mostCalls { break }
                if changesSomething(tool.name, arguments) { found.append(AcceptedCall(tool: index, arguments: arguments)) }
            }
            calls += found
            if found.isEmpty { unreachable.append(tool.name) }
        }
        return (calls, unreachable)
    }

    /// Accepted calls of reading tools.
    func reads(seed: UInt64) -> [AcceptedCall] {
        let episode = free()
        return definition.tools.enumerated().compactMap { index, tool in
            guard tool.effect == .read else { return nil }
            return (known(tool.name) + drawn(index, seed).prefix(4)).first { isAccepted(tool.name, $0, episode) }
                .map { AcceptedCall(tool: index, arguments: $0) }
        }
    }

    private func free() -> Episode {
        var options = EpisodeOptions()
        options.maxSteps = EpisodeOptions.greatestMaxSteps
        return Episode(world, id: "probe", task: definition.tasks.isEmpty ? nil : 0, seed: 0, options: options)
    }

    private func isAccepted(_ tool: String, _ arguments: JSONObject, _ episode: Episode) -> Bool {
        var writer = JSONWriter()
        guard episode.status == .running,
            let summary = try? episode.step(.call(tool: tool, arguments: .object(arguments)), in: pool, to: &writer)
        else { return false }
        return summary.mistake == nil
    }

    private func changesSomething(_ tool: String, _ arguments: JSONObject) -> Bool {
        let episode = free()
        return isAccepted(tool, arguments, episode) && !episode.changes.isEmpty
    }

    /// The arguments with which solutions call a tool.
    private func known(_ tool: String) -> [JSONObject] {
        definition.tasks.flatMap(\.solution).compactMap { step in
            if case .call(tool, let arguments, _) = step { arguments } else { nil }
        }
    }

    private func drawn(_ tool: Int, _ seed: UInt64) -> [JSONObject] {
        var drawing = ArgumentDrawing(definition, meanings, values, seed: seed, tool: tool)
        return (0..<Self.mostDraws).map { _ in drawing.draw() }
    }
}

/// Draws arguments of a tool that might be accepted.
struct ArgumentDrawing {
    private let definition: Environment
    private let meanings: [String: [ColumnPlace]]
    private let values: [[[JSON]]]
    private let arguments: [ToolArgument]
    private var generator: SeededGenerator

    init(_ definition: Environment, _ meanings: ArgumentMeanings, _ values: [[[JSON]]], seed: UInt64, tool: Int) {
        self.definition = definition
        self.meanings = meanings.places[tool]
        self.values = values
        arguments = definition.tools[tool].arguments
        generator = SeededGenerator(seed: seed, purpose: "arguments of \(definition.tools[tool].name)")
    }

    /// A choice of all that must be given and of half of what may be.
    mutating func draw() -> JSONObject {
        var result = JSONObject()
        for argument in arguments where argument.isRequired || generator.next(below: 2) == 0 { result[argument.name] = value(argument) }
        return result
    }

    private mutating func pick<T>(_ elements: [T]) -> T? { elements.isEmpty ? nil : elements[generator.next(below: elements.count)] }

    private mutating func value(_ argument: ToolArgument) -> JSON {
        let known = (meanings[argument.name.lowercased()] ?? []).first.map { values[$0.table][$0.column] } ?? []
        // Mostly what is there; now and then something else of the type, as a new value may have to be.
        if generator.next(below: 4) > 0, let value = pick(known), Self.fits(value, argument.type) { return value }
        let start = definition.clock.start
        switch argument.type {
        case .enumeration(let words): return .string(pick(words) ?? "")
        case .boolean: return .bool(generator.next(below: 2) == 0)
        case .integer(let minimum, let maximum):
            let low = minimum ?? 1
            return .integer(low + Int64(generator.next(below: Int(max(1, min(40, (maximum ?? low + 40) - low + 1))))))
        case .number(let minimum, _): return .number((minimum ?? 0) + Double(generator.next(below: 400)) / 4)
        case .date: return .string(CalendarDate(daysSinceEpoch: start.date.daysSinceEpoch + Int64(generator.next(below: 40)) - 5).text)
        case .dateTime: return .string(start.advanced(bySeconds: (Int64(generator.next(below: 960)) - 96) * 1800).text)
        case .list(let element, let minimum, let maximum, _):
            let count = max(minimum ?? 0, min(maximum ?? 2, 1 + generator.next(below: 2)))
            return .array((0..<count).map { _ in value(element) })
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
