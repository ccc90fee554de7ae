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
            if definition.tools[tool].effect == .read { return [] }
            let same = arguments.map { self.same($0, of: tool, as: call) }
            if !same.contains(where: { $0 != nil }) { return [] }
            var drawing = ArgumentDrawing(definition, material.meanings, material.rows, seed: seed, tool: tool)
            for _ in 0..<Self.mostDraws {
                let drawn = drawing.draw()
                let calls = Self.fillings(
                    zip(arguments, same).map { argument, same in
                        (argument.name, same.map { [$0] } ?? Self.words(argument) ?? drawn[argument.name].map { [$0] } ?? [])
                    })
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

    /// The words among which an argument chooses, if they are few.
    static func words(_ argument: ToolArgument) -> [JSON]? {
        guard case .enumeration(let words) = argument.type, words.count <= 8 else { return nil }
        return words.map { .string($0) }
    }

    /// Every way to choose a value for each argument.
    static func fillings(_ choices: [(argument: String, values: [JSON])]) -> [JSONObject] {
        choices.reduce([JSONObject()]) { fillings, choice in
            fillings.flatMap { filling in
                choice.values.map { value in
                    var filled = filling
                    filled[choice.argument] = value
                    return filled
                }
            }
        }
    }

    /// Whether a call is accepted after so many calls of the solution.
    func isAccepted(_ tool: Int, _ arguments: JSONObject, at position: Int) -> Bool {
        Episode(material.world, id: "probe", snapshot: reference.states[position])
            .accepts(definition.tools[tool].name, arguments, in: pool)
    }
}
