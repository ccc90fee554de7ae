import Environments
import Episodes
import WireJSON

/// How an agent sees the tools of an environment over the Model Context Protocol.
public enum MCPTools: String, CaseIterable, Sendable {
    /// All of them.
    case all
    /// `list_tools` and `call_tool` only.
    case meta
    /// `search_tools` and `call_tool` only.
    case search
}

/// What a session offers: tools, prompts and resources of one environment and task. Immutable, shared by all sessions of the kind.
///
/// Nothing here leads to goals, solutions or rewards.
public final class MCPOffer: Sendable {
    /// The world.
    public let world: World
    /// The position of the task; nil for free play.
    public let task: Int?
    /// How the agent sees the tools.
    public let tools: MCPTools
    /// The result's members for `tools/list`.
    let toolList: [UInt8]
    /// Whether a tool's results are objects; others are wrapped in one, as revisions before 2026-07-28 demand.
    let isObject: [Bool]
    let search: ToolSearch?
    let prompts: [JSON]
    let resources: [(uri: String, json: JSON, text: String)]
    let instructions: String

    /// The tool by which an agent gives its final answer and ends the episode.
    static let answerTool = "submit_answer"
    static let searchTool = "search_tools"

    /// Makes an offer.
    public init(_ world: World, task: Int?, tools: MCPTools) {
        self.world = world
        self.task = task
        self.tools = tools
        let environment = world.environment
        let definition = environment.definition
        isObject = environment.outputSchemas.map { $0["type"] == "object" }
        var listed: [JSON]
        switch tools {
        case .all: listed = definition.tools.indices.map { Self.tool(environment, $0) }
        case .meta: listed = [Self.listTools, Self.callTool]
        case .search: listed = [Self.searchTools, Self.callTool]
        }
        // An environment's own tool of that name comes first.
        if task != nil, environment.toolIndex(Self.answerTool) == nil { listed.append(Self.submitAnswer) }
        toolList = Array("\"tools\":".utf8) + JSON.array(listed).bytes
        search = tools == .search ? ToolSearch(definition.tools) : nil

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

    // MARK: Tools

    private static func tool(_ environment: CompiledEnvironment, _ index: Int) -> JSON {
        let tool = environment.definition.tools[index]
        let schema = environment.outputSchemas[index]
        return [
            "name": .string(tool.name), "description": .string(tool.description), "inputSchema": environment.inputSchemas[index],
            "outputSchema": schema["type"] == "object"
                ? schema : ["type": "object", "properties": ["result": schema], "required": ["result"]],
            "annotations": annotations(tool.effect),
        ]
    }

    private static func annotations(_ effect: Effect) -> JSON {
        switch effect {
        case .read: ["readOnlyHint": true, "openWorldHint": false]
        case .write: ["readOnlyHint": false, "destructiveHint": false, "openWorldHint": false]
        case .destructive: ["readOnlyHint": false, "destructiveHint": true, "openWorldHint": false]
        }
    }

    private static let listTools: JSON = [
        "name": "list_tools", "description": "Lists the tools of this environment with their schemas. Call it once.",
        "inputSchema": ["type": "object", "properties": [:], "additionalProperties": false], "annotations": annotations(.read),
    ]
    private static let callTool: JSON = [
        "name": "call_tool", "description": "Calls one tool.",
        "inputSchema": [
            "type": "object",
            "properties": [
                "name": ["type": "string", "description": "The tool's name."],
                "arguments": ["type": "object", "description": "The tool's arguments."],
            ],
            "required": ["name"], "additionalProperties": false,
        ],
        "annotations": annotations(.destructive),
    ]
    private static let searchTools: JSON = [
        "name": .string(searchTool),
        "description": "Finds tools of this environment by what they do, and shows their schemas. Call them with call_tool.",
        "inputSchema": [
            "type": "object",
            "properties": [
                "query": ["type": "string", "description": "What the tool should do, in a few words."],
                "limit": ["type": "integer", "minimum": 1, "maximum": 20, "default": 5, "description": "How many to show."],
            ],
            "required": ["query"], "additionalProperties": false,
        ],
        "annotations": annotations(.read),
    ]
    private static let submitAnswer: JSON = [
        "name": .string(answerTool),
        "description": "Says that you are done and gives your final answer, if the request asks for one. Nothing can be done after it.",
        "inputSchema": [
            "type": "object",
            "properties": ["answer": ["description": "The answer: a text, a number, true or false, or a list."]],
            "additionalProperties": false,
        ],
        "annotations": annotations(.write),
    ]
}
