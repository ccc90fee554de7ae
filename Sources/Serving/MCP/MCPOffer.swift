import Environments
import Episodes
import WireJSON

/// What a session offers: tools, prompts and resources of one environment and task.
///
/// Nothing here leads to goals, solutions or rewards.
public final class MCPOffer: Sendable {
    let world: World
    let task: Int?
    let table: MCPToolTable
    let prompts: [JSON]
    let resources: [(uri: String, json: JSON, text: String)]
    let instructions: String

    /// Makes an offer.
    ///
    /// - Parameters:
    ///   - task: the position of the task; nil for free play.
    ///   - table: the world's tools.
    public init(_ world: World, task: Int?, _ table: MCPToolTable) {
        self.world = world
        self.task = task
        self.table = table
        let definition = world.environment.definition
        let definedTask = task.map { definition.tasks[$0] }
        prompts =
            definedTask.map { task in
                [
                    [
                        "name": "task", "title": .string("Task \(task.id)"),
                        "description": .string("What is to be done in \(definition.title)."),
                    ]
                ]
            } ?? []
        var resources: [(String, JSON, String)] = []
        func offer(_ name: String, _ description: String, _ text: String) {
            let uri = "orrery://\(definition.id)/\(name)"
            let json: JSON = [
                "uri": .string(uri), "name": .string(name), "description": .string(description), "mimeType": "text/markdown",
                "size": .integer(Int64(text.utf8.count)),
            ]
            resources.append((uri, json, text))
        }
        if !definition.policy.isEmpty { offer("policy", "The rules that hold here.", definition.policy) }
        if let definedTask { offer("instruction", "What is to be done.", definedTask.instruction) }
        self.resources = resources
        let parts = [definition.title + (definition.summary.isEmpty ? "." : ": " + definition.summary), definition.policy]
        instructions = (parts.filter { !$0.isEmpty } + ["It is \(definition.clock.start.text)."]).joined(separator: "\n\n")
    }

    /// The request, as a person would send it.
    var promptText: String? {
        guard let task else { return nil }
        let definition = world.environment.definition
        return "\(definition.tasks[task].instruction)\n\n(It is \(definition.clock.start.text).)"
    }
}
