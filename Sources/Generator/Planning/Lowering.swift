import Domains
import Simulation
import WireJSON

/// Turns what a plan does into calls of the environment's tools.
struct Lowering {
    let design: Design
    let toolbox: Toolbox

    struct Call: Hashable, Sendable {
        let tool: String
        let arguments: JSONObject
    }

    /// The call that does a verb.
    func call(_ verb: Int, _ arguments: [Value], _ situation: Situation) -> Call {
        let tool = toolbox.actors[toolbox.actor(verb)!]
        var object = JSONObject()
        func put(_ argument: ActingTool.Argument, _ value: Value) {
            if value == .missing { return }
            object[argument.name] = json(value, argument.definition.variable.type, situation)
        }
        switch tool.form {
        case .verb: for (argument, value) in zip(tool.arguments, arguments) { put(argument, value) }
        case .edits(let verbs):
            put(tool.arguments[0], arguments[0])
            put(tool.arguments[1 + verbs.firstIndex(of: verb)!], arguments[1])
        case .transitions(let verbs, let argument, let words):
            put(tool.arguments[0], arguments[0])
            object[argument] = .string(words[verbs.firstIndex(of: verb)!])
        }
        return Call(tool: tool.name, arguments: object)
    }

    func json(_ value: Value, _ type: ValueType, _ situation: Situation) -> JSON {
        Printing(money: design.money).json(value, type) { situation.key($0, $1) }
    }
}
