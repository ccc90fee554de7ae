import Environments
import Episodes
import WireJSON

/// Probes that do what was asked for and then something to the same rows.
extension ProbeBuilder {
    /// Everything that was asked for, and then a call that may undo a part of it: the same row, the same tool with what was there before, or
    /// another tool.
    mutating func addUndone() {
        guard !reference.writes.isEmpty else { return miss(.undone, "there is no writing step") }
        var found = 0
        for index in reference.writes {
            for (number, undoing) in undoers(of: reference.calls[index]).enumerated() {
                found += 1
                add(
                    .undone, "\(index + 1)/\(number + 1)", "\(tool(index).name), then \(definition.tools[undoing.tool].name)",
                    prefix: reference.calls.count, [.extra(tool: undoing.tool, undoing.arguments)], answer: reference.answer)
            }
        }
        if found == 0 { miss(.undone, "no other tool takes what the writing steps were given or made") }
    }

    /// Calls of writing tools, accepted at the end, that take the rows which a call was given or made, and for the rest words of their own or
    /// what is drawn.
    private func undoers(of call: ReferencePath.Call) -> [AcceptedCall] {
        definition.tools.indices.flatMap { tool -> [AcceptedCall] in
            let arguments = definition.tools[tool].arguments.filter(\.isRequired)
            guard definition.tools[tool].effect != .read, arguments.contains(where: { same($0, of: tool, as: call) != nil }) else {
                return []
            }
            var drawing = ArgumentDrawing(definition, material.meanings, material.rows, seed: seed, tool: tool)
            for _ in 0..<Self.mostDraws {
                let drawn = drawing.draw()
                let calls = fillings(arguments) { argument in
                    if let same = same(argument, of: tool, as: call) { return [same] }
                    if case .enumeration(let words) = argument.type, words.count <= 8 { return words.map { .string($0) } }
                    return drawn[argument.name].map { [$0] } ?? []
                }
                let others = calls.filter { !(tool == call.tool && $0 == call.arguments) }
                let accepted = others.prefix(Self.mostFillings).filter { isAccepted(tool, $0, at: reference.calls.count) }
                if !accepted.isEmpty { return accepted.map { AcceptedCall(tool: tool, arguments: $0) } }
            }
            return []
        }
    }

    private static let mostDraws = 6
    private static let mostFillings = 12

    /// The value with which an argument says the same row as a call: one that the call was given, or that it made.
    private func same(_ argument: ToolArgument, of tool: Int, as call: ReferencePath.Call) -> JSON? {
        let places = material.places(tool, argument.name)
        if places.isEmpty { return nil }
        if let member = call.arguments.members.first(where: { material.places(call.tool, $0.name).contains(where: places.contains) }) {
            return member.value
        }
        return zip(call.minted, material.meanings.minted[call.tool]).first { $1.contains(where: places.contains) }
            .map { ColumnValue.json($0.0, nil) }
    }

    /// Every way to choose a value for each argument.
    private func fillings(_ arguments: [ToolArgument], _ choices: (ToolArgument) -> [JSON]) -> [JSONObject] {
        arguments.reduce([JSONObject()]) { fillings, argument in
            let choices = choices(argument)
            return fillings.flatMap { filling in
                choices.map { choice in
                    var filled = filling
                    filled[argument.name] = choice
                    return filled
                }
            }
        }
    }

    /// Whether a call is accepted after so many calls of the solution.
    func isAccepted(_ tool: Int, _ arguments: JSONObject, at position: Int) -> Bool {
        let episode = Episode(material.world, id: "probe", snapshot: reference.states[position])
        var writer = JSONWriter()
        let action = Action.call(tool: definition.tools[tool].name, arguments: .object(arguments))
        guard let summary = try? episode.step(action, in: pool, to: &writer) else { return false }
        return summary.mistake == nil
    }
}
