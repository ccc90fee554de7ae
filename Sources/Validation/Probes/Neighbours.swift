import Determinism
import Environments
import Episodes
import WireJSON

/// A call with one argument replaced by something near it.
struct NeighbourCall {
    let argument: String
    let number: Int
    let note: String
    let arguments: JSONObject
    /// Whether the argument names a row, and now another one.
    let isOfAnotherRow: Bool
}

extension ProbeBuilder {
    /// The neighbours of a writing call: each argument in turn is another row's, another word, a little more or less, another day.
    func neighbours(of index: Int) -> [NeighbourCall] {
        let call = reference.calls[index]
        var generator = SeededGenerator(seed: 0, purpose: "neighbours \(index)")
        let accepted = MatcherValues(taskDefinition, material)
        var result: [NeighbourCall] = []
        for argument in definition.tools[call.tool].arguments {
            guard let value = call.arguments[argument.name], !isLeftOpen(value, argument, before: index) else { continue }
            let places = material.places(call.tool, argument.name)
            let isRow = places.contains(where: material.isKey)
            var number = 0
            var near = neighbours(of: value, argument.type, places, &generator)
            if isRow, let other = acceptedRow(index, argument.name, places, besides: near.map(\.0), &generator) {
                near.append((other, "that of another row"))
            }
            for (other, note) in near where other != value {
                number += 1
                var arguments = call.arguments
                arguments[argument.name] = other
                result.append(
                    NeighbourCall(
                        argument: argument.name, number: number, note: "\(argument.name) is \(note)", arguments: arguments,
                        isOfAnotherRow: isRow))
            }
            for other in accepted(places) where other != value && !result.contains(where: { $0.arguments[argument.name] == other }) {
                number += 1
                var arguments = call.arguments
                arguments[argument.name] = other
                result.append(
                    NeighbourCall(
                        argument: argument.name, number: number, note: "\(argument.name) is \(other.text), which the goal accepts too",
                        arguments: arguments, isOfAnotherRow: isRow))
            }
            if !argument.isRequired {
                var arguments = JSONObject()
                for member in call.arguments.members where member.name != argument.name { arguments[member.name] = member.value }
                result.append(
                    NeighbourCall(
                        argument: argument.name, number: number + 1, note: "\(argument.name) is left out", arguments: arguments,
                        isOfAnotherRow: false))
            }
        }
        return result
    }

    /// The key of another row that the call accepts, too, where none of the others is accepted.
    private func acceptedRow(
        _ index: Int, _ argument: String, _ places: [ColumnPlace], besides tried: [JSON], _ generator: inout SeededGenerator
    ) -> JSON? {
        let call = reference.calls[index]
        func isAccepted(_ value: JSON) -> Bool {
            var arguments = call.arguments
            arguments[argument] = value
            return self.isAccepted(call.tool, arguments, at: index)
        }
        if tried.contains(where: isAccepted) { return nil }
        let others = material.values(places[0]).filter { $0 != call.arguments[argument] && !tried.contains($0) }
        guard !others.isEmpty else { return nil }
        let start = generator.next(below: others.count)
        return (0..<min(others.count, 24)).lazy.map { others[(start + $0) % others.count] }.first(where: isAccepted)
    }

    /// Whether a stated goal may well leave a text open, because nobody has said it: then another one is as right.
    private func isLeftOpen(_ value: JSON, _ argument: ToolArgument, before index: Int) -> Bool {
        guard case .stated = taskDefinition.goal, case .string = argument.type, let text = value.string else { return false }
        return !KnownText(definition, taskDefinition, reference, before: index).mentions(text)
    }

    private func neighbours(
        of value: JSON, _ type: ArgumentType, _ places: [ColumnPlace], _ generator: inout SeededGenerator
    ) -> [(JSON, String)] {
        var result: [(JSON, String)] = []
        if let place = places.first {
            if material.isKey(place), let namesake = material.namesake(of: value, place) {
                result.append((namesake, "that of the row most like it"))
            }
            let others = material.values(place).filter { $0 != value && $0 != result.first?.0 }
            if !others.isEmpty { result.append((others[generator.next(below: others.count)], "that of another row")) }
        }
        switch (type, value) {
        case (.enumeration(let words), .string(let text)):
            let others = words.filter { $0 != text }
            result = others.prefix(4).map { (.string($0), $0) }
        case (.boolean, .bool(let flag)): result = [(.bool(!flag), "\(!flag)")]
        case (.integer(let minimum, let maximum), .integer(let number)) where !places.contains(where: material.isKey):
            for other in [number &+ 1, number &- 1] where other >= minimum ?? .min && other <= maximum ?? .max {
                result.append((.integer(other), "\(other)"))
            }
        case (.number(let minimum, let maximum), _):
            guard let number = value.double else { break }
            for other in [number + 1, number - 1, number + 0.01] where other >= minimum ?? -.infinity && other <= maximum ?? .infinity {
                result.append((.number(other), JSON.number(other).text))
            }
        case (.date, .string(let text)):
            guard let day = CalendarDate(text) else { break }
            for count in [1, -1, 7] {
                let other = CalendarDate(daysSinceEpoch: day.daysSinceEpoch + Int64(count)).text
                result.append((.string(other), other))
            }
        case (.dateTime, .string(let text)):
            guard let moment = Instant(text) else { break }
            for seconds in [1800, -3600, 86400] {
                let other = moment.advanced(bySeconds: Int64(seconds)).text
                result.append((.string(other), other))
            }
        case (.string, .string(let text)) where !places.contains(where: material.isKey):
            result.append((.string(text + " too"), "longer"))
            if text.count > 1 { result.append((.string(String(text.dropLast())), "cut short")) }
        case (.list(let element, let minimum, _, _), .array(let elements)):
            if elements.count > max(1, minimum ?? 0) { result.append((.array(Array(elements.dropLast())), "without its last element")) }
            for (other, note) in elements.last.map({ neighbours(of: $0, element.type, places, &generator) })?.prefix(2) ?? [] {
                result.append((.array(elements.dropLast() + [other]), "with a last element that is \(note)"))
            }
        case (.object(let properties), .object(let object)):
            for property in properties {
                guard let value = object[property.name], let (other, note) = neighbours(of: value, property.type, [], &generator).first
                else { continue }
                var changed = object
                changed[property.name] = other
                result.append((.object(changed), "with a \(property.name) that is \(note)"))
            }
        default: break
        }
        return result
    }
}
