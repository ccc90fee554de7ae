import Episodes
import Specifications

/// Which episode a client asks for, by the URL's query or by headers: `environment`, `task`, `seed`, `tools`, `max_steps`, or
/// `Orrery-Environment` and so on. The query comes first.
struct EpisodeChoice {
    let world: World
    let task: Int?
    let seed: UInt64
    let tools: MCPTools
    var options = EpisodeOptions()

    /// What is wrong with a choice.
    struct Fault: Error {
        let reason: String
    }

    init(_ request: WebRequest, _ host: EpisodeHost) throws(Fault) {
        func value(_ name: String) -> String? {
            request.query[name] ?? request.header("orrery-" + name.replacing("_", with: "-"))
        }
        let names = host.worldNames
        guard let id = value("environment") ?? (names.count == 1 ? names[0] : nil) else {
            throw Fault(
                reason:
                    "say which environment: ?environment=\(names.first ?? "NAME"), or the header Orrery-Environment; \(names.count) are served"
            )
        }
        guard let world = host.worlds[id] else {
            throw Fault(reason: "there is no environment '\(id.prefix(80))'\(NearestName.hint(for: id, among: names))")
        }
        self.world = world
        if let name = value("task") {
            guard let index = world.environment.taskIndex(name) else {
                let tasks = world.environment.definition.tasks.map(\.id)
                throw Fault(reason: "\(world.id) has no task '\(name.prefix(80))'\(NearestName.hint(for: name, among: tasks))")
            }
            task = index
        } else {
            task = nil
        }
        let seed = value("seed") ?? "0"
        guard let number = UInt64(seed), number <= UInt64(Int64.max) else {
            throw Fault(reason: "'seed' must be a whole number from 0 to \(Int64.max), not '\(seed.prefix(40))'")
        }
        self.seed = number
        let mode = value("tools") ?? "all"
        guard let tools = MCPTools(rawValue: mode) else {
            let modes = MCPTools.allCases.map(\.rawValue).joined(separator: ", ")
            throw Fault(reason: "'tools' must be one of \(modes), not '\(mode.prefix(40))'")
        }
        self.tools = tools
        if let steps = value("max_steps") {
            guard let number = Int(steps), (1...EpisodeOptions.greatestMaxSteps).contains(number) else {
                throw Fault(reason: "'max_steps' must be from 1 to \(EpisodeOptions.greatestMaxSteps), not '\(steps.prefix(40))'")
            }
            options.maxSteps = number
        }
    }
}
