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

/// The tools of an environment as an agent sees them. Immutable, shared by all sessions of the kind.
public final class MCPToolTable: Sendable {
    /// How the agent sees the tools.
    let mode: MCPTools
    /// The result's members for `tools/list`.
    let list: [UInt8]
    /// Whether a tool's results are objects; others are wrapped in one, as revisions before 2026-07-28 demand.
    let isObject: [Bool]
    let search: ToolSearch?
    /// Whether there is a tool by which the agent gives its answer.
    let hasAnswerTool: Bool

    /// The tool by which an agent gives its final answer and ends the episode.
    static let answerTool = "submit_answer"
    static let searchTool = "search_tools"

    /// Makes a table.
    ///
    /// - Parameter hasTask: whether there is a task, which may ask for an answer.
    public init(_ world: World, _ mode: MCPTools, hasTask: Bool) {
        self.mode = mode
        let environment = world.environment
        let definition = environment.definition
        isObject = environment.outputSchemas.map { $0["type"] == "object" }
        var listed: [JSON]
        switch mode {
        case .all: listed = definition.tools.indices.map { Self.tool(environment, $0) }
        case .meta: listed = [Self.listTools, Self.callTool]
        case .search: listed = [Self.searchTools, Self.callTool]
        }
        // An environment's own tool of that name comes first.
        hasAnswerTool = hasTask && environment.toolIndex(Self.answerTool) == nil
        if hasAnswerTool { listed.append(Self.submitAnswer) }
        list = Array("\"tools\":".utf8) + JSON.array(listed).bytes
        search = mode == .search ? ToolSearch(definition.tools) : nil
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
