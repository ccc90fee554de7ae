import Episodes
import SystemPackage
import Testing
import WireJSON

@testable import Serving

/// The Model Context Protocol, message by message. Real clients speak it in `Tests/Clients`.
@Suite struct MCPTests {
    static let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    static let library = try! World.load(root.appending("EnvSpecs/library.yaml").string)

    private let pool = StagePool()

    private func session(_ tools: MCPTools = .all, task: String? = "lend_to_ana", maxSteps: Int = 200) -> MCPSession {
        var options = EpisodeOptions()
        options.maxSteps = maxSteps
        let index = task.map { Self.library.environment.taskIndex($0)! }
        let table = MCPToolTable(Self.library, tools, hasTask: task != nil)
        return MCPSession(MCPOffer(Self.library, task: index, table), id: "e1", seed: 0, options: options)
    }

    private func ask(_ session: MCPSession, _ method: String, _ params: JSON = [:]) throws -> JSON {
        let message: JSON = ["jsonrpc": "2.0", "id": 7, "method": .string(method), "params": params]
        let answer = try JSONParser.parse(try #require(session.handle(message.bytes, in: pool)), limits: .file)
        #expect(answer["jsonrpc"] == "2.0" && answer["id"] == 7)
        return answer
    }

    private func call(_ session: MCPSession, _ name: String, _ arguments: JSON) throws -> JSON {
        try #require(try ask(session, "tools/call", ["name": .string(name), "arguments": arguments])["result"])
    }

    private static let envelope: JSON = [
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": [:],
    ]

    @Test(arguments: [
        ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-11-25", "2025-11-25"), ("2026-07-28", "2025-11-25"),
        ("1", "2025-11-25"),
    ])
    func aKnownRevisionIsTakenUp(_ proposed: String, _ negotiated: String) throws {
        let result = try #require(try ask(session(), "initialize", ["protocolVersion": .string(proposed)])["result"])
        #expect(result["protocolVersion"]?.string == negotiated)
        #expect(result["serverInfo"]?["name"] == "orrery")
        #expect(result["instructions"]?.string?.contains("2025-03-10T09:00:00Z") == true)
    }

    @Test func toolsHaveObjectSchemasAndAnnotations() throws {
        let tools = try #require(try ask(session(), "tools/list")["result"]?["tools"]?.array)
        #expect(tools.count == Self.library.environment.definition.tools.count + 1)
        for tool in tools {
            #expect(tool["inputSchema"]?["type"] == "object")
            #expect(tool["outputSchema"] == nil || tool["outputSchema"]?["type"] == "object")
            #expect(tool["annotations"]?["readOnlyHint"]?.bool != nil)
        }
        #expect(try ask(session(), "tools/list", ["cursor": "x"])["error"]?["code"] == -32602)
    }

    @Test func nothingLeadsToTheGoal() throws {
        let session = session()
        var seen = ""
        for method in ["initialize", "tools/list", "prompts/list", "resources/list", "resources/templates/list"] {
            seen += try ask(session, method).text
        }
        seen += try ask(session, "prompts/get", ["name": "task"]).text
        for uri in ["orrery://library/policy", "orrery://library/instruction"] {
            seen += try ask(session, "resources/read", ["uri": .string(uri)]).text
        }
        seen += try call(session, "get_member", ["member_id": 20417]).text
        for word in ["\"reward\"", "solution", "\"goal\"", "evaluation", "checks"] { #expect(!seen.contains(word), "\(word)") }
    }

    @Test func resultsAreStructuredAndTextIsTheSame() throws {
        let result = try call(session(), "get_member", ["member_id": 20417])
        #expect(result["isError"] == false)
        let structured = try #require(result["structuredContent"])
        // A row may be missing and rows are an array, so that both are wrapped in an object.
        #expect(structured["result"]?["name"]?.string == "Ana Sousa")
        #expect(try JSONParser.parse(Array(try #require(result["content"]?.array?[0]["text"]?.string).utf8)) == structured)
        #expect(try call(session(), "find_members", ["text": "Ana"])["structuredContent"]?["result"]?.array?.isEmpty == false)
    }

    @Test func mistakesAreResultsAndClientsErrorsAreNot() throws {
        let session = session()
        for arguments in [["member_id": "x"], ["member_id": 1]] as [JSON] {
            let result = try call(session, "get_member", arguments)
            #expect(result["isError"] == true)
            #expect(result["content"]?.array?[0]["text"]?.string?.contains("\"message\"") == true)
        }
        #expect(try ask(session, "tools/call", ["name": "no_such"])["error"]?["code"] == -32602)
        #expect(try ask(session, "tools/call", ["name": 7])["error"]?["code"] == -32602)
        #expect(try ask(session, "tools/call", ["name": "get_member", "arguments": [1]])["error"]?["code"] == -32602)
        #expect(try ask(session, "no/such")["error"]?["code"] == -32601)
        #expect(try ask(session, "resources/read", ["uri": "orrery://x"])["error"]?["code"] == -32002)
        #expect(session.episode.step == 3)
    }

    @Test func theSolutionPlayedHereEarnsTheReward() throws {
        let session = session()
        for step in Self.library.environment.definition.tasks[Self.library.environment.taskIndex("lend_to_ana")!].solution {
            if case .call(let tool, let arguments, _) = step { #expect(try call(session, tool, .object(arguments))["isError"] == false) }
        }
        #expect(try call(session, "submit_answer", ["answer": "2025-03-31"])["structuredContent"]?["status"] == "ended")
        #expect(try session.episode.evaluation(in: pool)?.success == true)
        let after = try call(session, "get_member", ["member_id": 20417])
        #expect(after["isError"] == true && after["content"]?.array?[0]["text"]?.string?.contains("episode_ended") == true)
    }

    @Test func metaToolsListAndCall() throws {
        let session = session(.meta, task: nil)
        let names = try #require(try ask(session, "tools/list")["result"]?["tools"]?.array).compactMap { $0["name"]?.string }
        #expect(names == ["list_tools", "call_tool"])
        #expect(try call(session, "list_tools", [:])["structuredContent"]?["result"]?.array?.count == 12)
        #expect(
            try call(session, "call_tool", ["name": "get_member", "arguments": ["member_id": 20417]])["structuredContent"]?["name"]
                == "Ana Sousa")
        #expect(try call(session, "call_tool", ["name": "nothing"])["isError"] == true)
        #expect(try ask(session, "tools/call", ["name": "get_member"])["error"]?["code"] == -32602)
    }

    @Test func searchFindsToolsByWhatTheyDo() throws {
        let session = session(.search)
        func found(_ query: String) throws -> [String] {
            try #require(try call(session, "search_tools", ["query": .string(query), "limit": 3])["structuredContent"]?["result"]?.array)
                .compactMap { $0["name"]?.string }
        }
        #expect(try found("lend a copy to a member").first == "lend_copy")
        #expect(try found("cancel holds").first == "cancel_hold")
        #expect(try found("zzz").isEmpty)
        #expect(try call(session, "search_tools", ["limit": 3])["isError"] == true)
        #expect(session.episode.step == 0)
        #expect(try call(session, "call_tool", ["name": "get_member", "arguments": ["member_id": 20417]])["isError"] == false)
    }

    @Test func theStatelessRevisionNeedsItsEnvelope() throws {
        let session = session()
        let discovered = try #require(try ask(session, "server/discover", ["_meta": Self.envelope])["result"])
        #expect(discovered["supportedVersions"] == ["2026-07-28"] && discovered["resultType"] == "complete")
        let listed = try #require(try ask(session, "tools/list", ["_meta": Self.envelope])["result"])
        #expect(listed["ttlMs"] != nil && listed["cacheScope"] == "private" && listed["resultType"] == "complete")
        let called = try ask(session, "tools/call", ["name": "get_member", "arguments": ["member_id": 20417], "_meta": Self.envelope])
        #expect(called["result"]?["resultType"] == "complete" && called["result"]?["ttlMs"] == nil)
        #expect(try ask(session, "ping", ["_meta": Self.envelope])["error"]?["code"] == -32601)
        #expect(try ask(session, "server/discover")["error"]?["code"] == -32602)
        let other: JSON = ["io.modelcontextprotocol/protocolVersion": "2999-01-01", "io.modelcontextprotocol/clientCapabilities": [:]]
        #expect(try ask(session, "tools/list", ["_meta": other])["error"]?["code"] == -32022)
    }

    @Test func batchesAreOfOneRevisionOnly() throws {
        let session = session()
        let batch: JSON = [["jsonrpc": "2.0", "id": 1, "method": "ping"], ["jsonrpc": "2.0", "method": "notifications/initialized"]]
        #expect(try JSONParser.parse(try #require(session.handle(batch.bytes, in: pool)))["error"]?["code"] == -32600)
        _ = try ask(session, "initialize", ["protocolVersion": "2025-03-26"])
        #expect(try JSONParser.parse(try #require(session.handle(batch.bytes, in: pool))).array?.count == 1)
    }

    @Test(arguments: [
        ("{", -32700), ("[]", -32600), ("7", -32600), (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1}"#, -32600),
        (#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600), (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, -32602),
    ])
    func garbageIsAnswered(_ text: String, _ code: Int64) throws {
        let answer = try JSONParser.parse(try #require(session().handle(Array(text.utf8), in: pool)))
        #expect(answer["error"]?["code"] == .integer(code))
    }

    @Test func notificationsAndStrayAnswersAreNotAnswered() {
        for text in [
            #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#, #"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        ] {
            #expect(session().handle(Array(text.utf8), in: pool) == nil)
        }
    }
}
