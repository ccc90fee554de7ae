import Determinism
import Environments
import Episodes
import Rollouts
import WireJSON

/// An agent that understands nothing: it fills tools with values that stand in the instruction or that tools have shown, prefers those whose
/// names share words with the instruction, and answers with something that it has read.
struct GreedyPolicy: Policy {
    private let tools: [(tool: Tool, weight: Int)]
    private let words: Set<String>
    private var texts: [String]
    private var numbers: [JSON]
    private var seen: [JSON] = []
    private var callsLeft: Int
    private var isDone = false
    private var generator: SeededGenerator

    init(_ environment: Environment, instruction: String, seed: UInt64, calls: Int = 20) {
        words = Set(Self.words(instruction))
        let words = words
        tools = environment.tools.map { tool in (tool, 1 + 6 * Self.words(tool.name).count { words.contains($0) }) }
        (texts, numbers) = Self.values(instruction)
        callsLeft = calls
        generator = SeededGenerator(seed: seed, purpose: "greedy agent")
    }

    mutating func act(_ observation: JSON?) -> Action? {
        if let observation { collect(observation["content"] ?? .null) }
        if callsLeft > 0, let tool = pickTool() {
            callsLeft -= 1
            var arguments = JSONObject()
            for argument in tool.arguments where argument.isRequired || generator.next(below: 2) == 0 {
                arguments[argument.name] = value(argument.type)
            }
            return .call(tool: tool.name, arguments: .object(arguments))
        }
        defer { isDone = true }
        if isDone { return nil }
        let candidates: [JSON] = Array(seen.suffix(40)) + numbers + texts.map { JSON.string($0) }
        return .answer(candidates.isEmpty ? .null : candidates[generator.next(below: candidates.count)])
    }

    private mutating func pickTool() -> Tool? {
        let total = tools.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return nil }
        var rest = generator.next(below: total)
        for (tool, weight) in tools {
            if rest < weight { return tool }
            rest -= weight
        }
        return nil
    }

    private mutating func value(_ type: ArgumentType) -> JSON {
        func pick(_ values: [JSON]) -> JSON? { values.isEmpty ? nil : values[generator.next(below: values.count)] }
        switch type {
        case .enumeration(let words):
            return .string(words.first { self.words.isSuperset(of: Self.words($0)) } ?? words[generator.next(below: words.count)])
        case .boolean: return .bool(generator.next(below: 2) == 0)
        case .integer: return pick(seen.filter { $0.integer != nil }) ?? pick(numbers.filter { $0.integer != nil }) ?? 1
        case .number: return pick(numbers) ?? 1
        case .date: return pick(seen.filter { $0.string.map { CalendarDate($0) != nil } ?? false }) ?? "2025-01-01"
        case .dateTime: return pick(seen.filter { $0.string.map { Instant($0) != nil } ?? false }) ?? "2025-01-01T09:00:00Z"
        case .string:
            let own = texts.map { JSON.string($0) }
            return (generator.next(below: 2) == 0 ? pick(own) : nil) ?? pick(seen.filter { $0.string != nil }) ?? pick(own) ?? "x"
        case .list(let element, _, _, _): return [value(element.type)]
        case .object(let properties):
            var result = JSONObject()
            for property in properties where property.isRequired { result[property.name] = value(property.type) }
            return .object(result)
        }
    }

    private mutating func collect(_ value: JSON) {
        switch value {
        case .array(let elements): for element in elements.prefix(20) { collect(element) }
        case .object(let object): for member in object.members { collect(member.value) }
        case .null: break
        default: if seen.count < 400 { seen.append(value) }
        }
    }

    /// The words of a text or of a name in any style, in lower case.
    private static func words(_ text: String) -> [String] {
        var result: [String] = []
        var word = ""
        for character in text {
            if character.isUppercase, word.last?.isLowercase == true {
                result.append(word)
                word = ""
            }
            if character.isLetter || character.isNumber {
                word.append(contentsOf: character.lowercased())
            } else if !word.isEmpty {
                result.append(word)
                word = ""
            }
        }
        return word.isEmpty ? result : result + [word]
    }

    /// What stands in quotes, runs of capitalised words, words with digits or an @; and the numbers.
    private static func values(_ text: String) -> (texts: [String], numbers: [JSON]) {
        var texts: [String] = []
        var numbers: [JSON] = []
        for (index, part) in text.split(separator: "\"", omittingEmptySubsequences: false).enumerated() where index % 2 == 1 {
            texts.append(String(part))
        }
        var run: [String] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            let core = word.trimmingPrefix { !$0.isLetter && !$0.isNumber }
            let plain = String(core.reversed().drop { !$0.isLetter && !$0.isNumber }.reversed())
            if plain.first?.isUppercase == true || plain.first?.isNumber == true || plain.contains("@") {
                run.append(plain)
            } else {
                run = []
            }
            if let number = Int64(plain.filter { $0 != "," }) { numbers.append(.integer(number)) }
            if !run.isEmpty { texts.append(run.joined(separator: " ")) }
        }
        return (texts, numbers)
    }
}
