import Environments
import Episodes
import SystemPackage
import Testing
import WireJSON

@testable import Serving

/// A server spoken to in process.
final class Client {
    let server: Server
    private static let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    static let library = try! World.load(root.appending("EnvSpecs/library.yaml").string)

    init(workers: Int = 1, limits: ServerLimits = ServerLimits()) {
        server = Server([Self.library], workers: workers, limits: limits)
    }

    /// Sends lines in one round and returns the lines of the answer.
    func send(_ lines: String...) -> [JSON] {
        let bytes = server.handle(lines.map { .text(Array($0.utf8)) })
        return bytes.split(separator: UInt8(ascii: "\n")).map { try! JSONParser.parse(Array($0), limits: .file) }
    }

    /// Calls one method and returns its result or its error's reason.
    func call(_ method: String, _ params: JSON = [:]) -> JSON {
        let request: JSON = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": params]
        let answer = send(request.text)[0]
        return answer["result"] ?? answer["error"]?["data"]?["reason"] ?? .null
    }
}

@Suite struct ServerTests {
    @Test(arguments: [
        (#"{"#, "parse_error"), ("\u{0}", "parse_error"), (#""x""#, "invalid_request"), ("[]", "invalid_request"),
        ("{}", "invalid_request"),
        (#"{"jsonrpc":"2.0","id":{},"method":"server.info"}"#, "invalid_request"),
        (#"{"jsonrpc":"1.0","id":1,"method":"server.info"}"#, "invalid_request"),
        (#"{"jsonrpc":"2.0","id":1,"method":7}"#, "invalid_request"), (#"{"jsonrpc":"2.0","id":1,"method":"nope"}"#, "method_not_found"),
        (#"{"jsonrpc":"2.0","id":1,"method":"server.info","params":[]}"#, "invalid_params"),
        (#"{"jsonrpc":"2.0","id":1,"method":"server.info","params":{"x":1}}"#, "invalid_params"),
        (#"{"jsonrpc":"2.0","id":1,"method":"episode.reset","params":{"environment":"x"}}"#, "unknown_environment"),
        (#"{"jsonrpc":"2.0","id":1,"method":"episode.reset","params":{"environment":"library","task":"x"}}"#, "unknown_task"),
        (#"{"jsonrpc":"2.0","id":1,"method":"episode.reset","params":{"environment":"library","seed":-1}}"#, "invalid_params"),
        (#"{"jsonrpc":"2.0","id":1,"method":"episode.reset","params":{"environment":"library","seed":1e30}}"#, "invalid_params"),
        (
            #"{"jsonrpc":"2.0","id":1,"method":"episode.reset","params":{"environment":"library","options":{"max_steps":0}}}"#,
            "invalid_params"
        ),
        (#"{"jsonrpc":"2.0","id":1,"method":"episode.step","params":{"episode":"e99","action":{}}}"#, "unknown_episode"),
        (#"{"jsonrpc":"2.0","id":1,"method":"episode.step","params":{"episode":"e-5","action":{}}}"#, "unknown_episode"),
        (#"{"jsonrpc":"2.0","id":1,"method":"episode.step","params":{"episode":5}}"#, "invalid_params"),
        (#"{"jsonrpc":"2.0","id":1,"method":"episode.fork","params":{"episode":"e1","count":1000000}}"#, "invalid_params"),
        (#"{"jsonrpc":"2.0","id":1,"method":"episode.restore","params":{"snapshot":"zzz"}}"#, "invalid_snapshot"),
        (String(repeating: "[", count: 100_000), "parse_error"),
    ])
    func badInputGetsAClearErrorAndTheServerServesOn(line: String, reason: String) {
        let client = Client()
        #expect(client.send(line)[0]["error"]?["data"]?["reason"] == .string(reason))
        #expect(client.call("server.info")["name"] == "orrery")
    }

    @Test func aLineThatIsTooLongIsDroppedAndReported() {
        var splitter = LineSplitter(limit: 10)
        let input = Array("short\n01234567890123456789\nnext\nlast".utf8)
        var lines: [InputLine] = []
        for byte in input { lines += withUnsafeBytes(of: byte) { splitter.take($0) } }
        lines += [splitter.finish()].compactMap(\.self)
        let shown = lines.map { line in
            switch line {
            case .text(let bytes): String(decoding: bytes, as: UTF8.self)
            case .tooLong(let count): "too long: \(count)"
            }
        }
        #expect(shown == ["short", "too long: 20", "next", "last"])
    }

    @Test func batchesAndNotificationsAreAnsweredInOrder() {
        let client = Client(workers: 3)
        let answers = client.send(
            #"{"jsonrpc":"2.0","method":"nope"}"#,
            #"[{"jsonrpc":"2.0","id":1,"method":"nope"},{"jsonrpc":"2.0","method":"episode.reset","params":{"environment":"library"}},7,{"jsonrpc":"2.0","id":2,"method":"episode.changes","params":{"episode":"e1"}}]"#,
            #"[{"jsonrpc":"2.0","method":"server.stats"}]"#, #"{"jsonrpc":"2.0","method":"episodes.step","params":{"steps":[]}}"#,
            #"{"jsonrpc":"2.0","id":3,"method":"server.stats"}"#)
        #expect(answers.count == 2)
        #expect(answers[0].array?.map { $0["id"] ?? .null } == [1, .null, 2])
        #expect(answers[0].array?[2]["result"]?["changes"] == [])
        #expect(answers[1]["result"]?["live"] == 1)
    }

    /// The same lines, in one round or one by one, with any number of workers, give the same bytes.
    @Test func theOutputDependsNeitherOnWorkersNorOnRounds() throws {
        var lines: [String] = []
        func add(_ method: String, _ params: JSON) {
            lines.append(
                (["jsonrpc": "2.0", "id": .integer(Int64(lines.count)), "method": .string(method), "params": params] as JSON).text)
        }
        for index in 0..<12 { add("episode.reset", ["environment": "library", "task": "lend_to_ana", "seed": .integer(Int64(index))]) }
        for round in 0..<8 {
            let steps = (1...12).map { number -> JSON in
                let arguments: JSON = ["copy_id": .integer(Int64(100 + (number + round) % 8)), "member_id": 20417]
                return ["episode": .string("e\(number)"), "action": ["type": "call", "tool": "lend_copy", "arguments": arguments]]
            }
            add("episodes.step", ["steps": .array(steps + [["episode": "e77", "action": [:]], 3])])
            add("episode.fork", ["episode": .string("e\(round + 1)"), "count": 2])
            add("episode.evaluate", ["episode": .string("e\(round + 1)")])
            add("episode.changes", ["episode": .string("e\(13 + round)")])
            add("episode.close", ["episode": .string("e\(round + 1)")])
        }
        let expected = Client().server.handle(lines.map { .text(Array($0.utf8)) })
        for workers in [1, 2, 5, 16] {
            #expect(Client(workers: workers).server.handle(lines.map { .text(Array($0.utf8)) }) == expected)
            let client = Client(workers: workers)
            var output: [UInt8] = []
            for line in lines { output += client.server.handle([.text(Array(line.utf8))]) }
            #expect(output == expected)
        }
    }

    @Test func capacityIsRefusedAndGivenBack() {
        var limits = ServerLimits()
        limits.episodes = 3
        let client = Client(workers: 2, limits: limits)
        for _ in 0..<3 { #expect(client.call("episode.reset", ["environment": "library"])["episode"] != nil) }
        #expect(client.call("episode.reset", ["environment": "library"]) == "capacity_reached")
        #expect(client.call("episode.fork", ["episode": "e1", "count": 1]) == "capacity_reached")
        let answers = client.send(
            #"{"jsonrpc":"2.0","id":1,"method":"episode.close","params":{"episode":"e1"}}"#,
            #"{"jsonrpc":"2.0","id":2,"method":"episode.reset","params":{"environment":"library"}}"#)
        #expect(answers[1]["result"]?["episode"] != nil, "a place freed in the same round can be taken")
        #expect(client.call("server.stats")["live"] == 3)
    }

    @Test func whatAnAgentSeesNamesNoGoal() throws {
        let client = Client()
        let described = client.call("environments.describe", ["environment": "library"]).text
        let reset = client.call("episode.reset", ["environment": "library", "task": "lend_to_ana"])
        let task = Client.library.environment.definition.tasks[Client.library.environment.taskIndex("lend_to_ana")!]
        for text in [described, reset.text] {
            for word in ["solution", "\"goal\"", "\"facts\""] { #expect(!text.contains(word)) }
            for fact in task.facts { #expect(!text.contains(fact)) }
        }
    }
}
