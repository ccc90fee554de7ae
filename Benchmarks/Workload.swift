import Environments
import Episodes
import WireJSON

/// The calls of an environment's reference solutions, task by task.
struct Workload {
    struct Call {
        let tool: Int
        let name: String
        let arguments: JSONObject
    }

    let world: World
    /// For each task, its calls.
    let tasks: [[Call]]

    init(_ world: World) {
        self.world = world
        tasks = world.environment.definition.tasks.map { task in
            task.solution.compactMap { step in
                guard case .call(let name, let arguments, _) = step, let tool = world.environment.toolIndex(name) else { return nil }
                return Call(tool: tool, name: name, arguments: arguments)
            }
        }
    }

    var callCount: Int { tasks.reduce(0) { $0 + $1.count } }
}
