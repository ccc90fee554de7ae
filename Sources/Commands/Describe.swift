import ArgumentParser
import Environments
import Episodes
import Serving
import WireJSON

struct Describe: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what an environment holds.",
        discussion: """
            Goals and solutions are not shown: what is printed may be shown to an agent.

            EXAMPLES:
              orrery describe EnvSpecs/library.yaml
              orrery describe EnvSpecs/library.yaml --tools
              orrery describe EnvSpecs/library.yaml --openai > tools.json
            """)

    @Argument(help: "The environment's file.")
    var environment: String

    @Flag(help: "Print the tools: arguments and effects.")
    var tools = false
    @Flag(help: "Print the tasks: instructions and difficulty.")
    var tasks = false
    @Flag(help: "Print the tables as SQL.")
    var schema = false
    @Flag(help: "Print the tools as an OpenAI-compatible function list (JSON).")
    var openai = false
    @Flag(help: "Print everything as JSON.")
    var json = false

    func run() throws {
        let world = try EnvironmentPaths.world(environment)
        let definition = world.environment.definition
        if openai { return print(Self.functions(world).text) }
        if json { return print(String(decoding: EnvironmentDescription.bytes(of: world), as: UTF8.self)) }
        let isOverview = !(tools || tasks || schema)
        if isOverview {
            print(Terminal.bold(definition.title) + "  (\(definition.id), \(world.environment.identity.hexadecimal.prefix(12)))")
            if !definition.summary.isEmpty { print(definition.summary) }
            print("The clock starts at \(definition.clock.start.text) and moves on \(definition.clock.advance) s with every action.")
            if !definition.policy.isEmpty { print("\n\(Terminal.bold("Policy"))\n\(definition.policy)") }
        }
        if schema || isOverview { printTables(definition, asSQL: schema) }
        if tools || isOverview { printTools(definition, withArguments: tools) }
        if tasks || isOverview { printTasks(definition, whole: tasks) }
    }

    private func printTables(_ definition: Environment, asSQL: Bool) {
        if asSQL {
            for table in definition.tables { print(([table.createStatement] + table.indexStatements).joined(separator: ";\n") + ";\n") }
            return
        }
        print("\n\(Terminal.bold("Tables"))")
        for table in definition.tables {
            print("  \(Terminal.pad(table.name, 22)) \(Terminal.dim(table.columns.map(\.name).joined(separator: ", ")))")
        }
    }

    private func printTools(_ definition: Environment, withArguments: Bool) {
        print("\n\(Terminal.bold("Tools"))")
        for tool in definition.tools {
            print("  \(Terminal.pad(tool.name, 30)) \(Terminal.pad(tool.effect.rawValue, 12)) \(oneLine(tool.description))")
            guard withArguments else { continue }
            for argument in tool.arguments {
                print(
                    "      \(Terminal.pad(argument.name + (argument.isRequired ? "" : "?"), 26)) \(Terminal.pad(argument.type.name, 12)) \(oneLine(argument.description))"
                )
            }
        }
    }

    private func printTasks(_ definition: Environment, whole: Bool) {
        print("\n\(Terminal.bold("Tasks"))")
        for task in definition.tasks {
            let lines = oneLine(task.instruction)
            let shown = whole || lines.count <= 90 ? lines : lines.prefix(89) + "…"
            print("  \(Terminal.pad(task.id, 24)) \(task.difficulty.map { Terminal.pad($0, 8) } ?? "")\(shown)")
        }
    }

    private func oneLine(_ text: String) -> String { text.split(separator: "\n").joined(separator: " ") }

    /// The tools in the form of the Chat Completions API.
    private static func functions(_ world: World) -> JSON {
        .array(
            zip(world.environment.definition.tools, world.environment.inputSchemas).map { tool, schema in
                [
                    "type": "function",
                    "function": ["name": .string(tool.name), "description": .string(tool.description), "parameters": schema],
                ]
            })
    }
}

extension ArgumentType {
    /// The name that the format uses.
    var name: String {
        switch self {
        case .string: "string"
        case .integer: "integer"
        case .number: "number"
        case .boolean: "boolean"
        case .date: "date"
        case .dateTime: "date-time"
        case .enumeration(let values): values.joined(separator: "|")
        case .list(let element, _, _, _): "[\(element.type.name)]"
        case .object: "object"
        }
    }
}
