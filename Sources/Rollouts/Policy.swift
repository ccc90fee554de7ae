import Database
import Determinism
import Environments
import Episodes
import WireJSON

/// Chooses actions. A policy sees what an agent sees, and is asked until it answers or the episode ends.
public protocol Policy {
    /// Returns the next action, or nil when the policy has nothing more to do.
    ///
    /// - Parameter observation: the last observation; nil before the first action.
    mutating func act(_ observation: JSON?) -> Action?
}

/// Plays a task's reference solution.
public struct ReferencePolicy: Policy {
    private var rest: ArraySlice<Action>

    /// Makes the policy of a task.
    public init(_ task: TaskDefinition) {
        rest =
            task.solution.map { step in
                switch step {
                case .call(let tool, let arguments, _): .call(tool: tool, arguments: .object(arguments))
                case .message(let text): .message(text)
                // An answer that says its type is given as its value.
                case .answer(let value):
                    .answer(AnswerDefinition.Kind(inferredFrom: value) != nil ? value.object?["value"] ?? value : value)
                }
            }[...]
        if case .answer? = rest.last {} else { rest.append(.answer(.null)) }
    }

    /// Returns the next step of the solution, and an empty answer after the last.
    public mutating func act(_ observation: JSON?) -> Action? { rest.popFirst() }
}

/// Answers at once and does nothing else.
public struct NoopPolicy: Policy {
    private var isDone = false

    /// Makes the policy.
    public init() {}

    /// Returns an empty answer, once.
    public mutating func act(_ observation: JSON?) -> Action? {
        defer { isDone = true }
        return isDone ? nil : .answer(.null)
    }
}

/// Calls random tools with random arguments of the right types, partly taken from what it has seen, and then answers something.
public struct RandomPolicy: Policy {
    private let tools: [Tool]
    private var generator: SeededGenerator
    private var callsLeft: Int
    private var seen: [JSON] = []
    private var isDone = false

    /// Makes a policy.
    ///
    /// - Parameters:
    ///   - calls: the number of calls before it answers.
    public init(_ environment: CompiledEnvironment, seed: UInt64, calls: Int = 10) {
        tools = environment.definition.tools
        generator = SeededGenerator(seed: seed, purpose: "random policy")
        callsLeft = tools.isEmpty ? 0 : calls
    }

    /// Returns a random call, or at the end a random answer.
    public mutating func act(_ observation: JSON?) -> Action? {
        if let observation { collect(observation) }
        if callsLeft > 0 {
            callsLeft -= 1
            let tool = tools[generator.next(below: tools.count)]
            return .call(tool: tool.name, arguments: arguments(tool.arguments))
        }
        defer { isDone = true }
        return isDone ? nil : .answer(seen.isEmpty ? .null : seen[generator.next(below: seen.count)])
    }

    /// Remembers the plain values of an observation, at most a thousand.
    private mutating func collect(_ value: JSON) {
        switch value {
        case .array(let elements): for element in elements { collect(element) }
        case .object(let object): for member in object.members { collect(member.value) }
        default: if seen.count < 1000 { seen.append(value) }
        }
    }

    private mutating func arguments(_ declared: [ToolArgument]) -> JSON {
        var members: [JSONObject.Member] = []
        for argument in declared where argument.isRequired || generator.next(below: 2) == 0 {
            members.append(.init(name: argument.name, value: value(argument)))
        }
        return .object(JSONObject(uniqueMembers: members))
    }

    private mutating func value(_ argument: ToolArgument) -> JSON {
        switch argument.type {
        case .enumeration(let values): return .string(values[generator.next(below: values.count)])
        case .boolean: return .bool(generator.next(below: 2) == 0)
        case .integer(let minimum, let maximum):
            let candidates = seen.filter { $0.integer != nil }
            if !candidates.isEmpty, generator.next(below: 2) == 0 { return candidates[generator.next(below: candidates.count)] }
            let low = minimum ?? 0
            return .integer(low + Int64(generator.next(below: Int(max(1, min(100, (maximum ?? low + 100) - low + 1))))))
        case .number(let minimum, _): return .number((minimum ?? 0) + Double(generator.next(below: 10000)) / 100)
        case .date: return .string(CalendarDate(daysSinceEpoch: 20000 + Int64(generator.next(below: 500))).text)
        case .dateTime: return .string(Instant(seconds: 1_735_689_600 + Int64(generator.next(below: 40_000_000))).text)
        case .list(let element, let minimum, let maximum, _):
            let count = max(minimum ?? 0, min(maximum ?? 3, generator.next(below: 4)))
            return .array((0..<count).map { _ in value(element) })
        case .object(let properties): return arguments(properties)
        case .string:
            let candidates = seen.filter { $0.string != nil }
            if candidates.isEmpty { return .string("text \(generator.next(below: 1000))") }
            return candidates[generator.next(below: candidates.count)]
        }
    }
}
