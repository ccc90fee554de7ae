import Episodes
import Foundation
import Synchronization
import Testing
import WireJSON

@testable import Serving

/// The doors, apart from HTTP itself.
@Suite struct DoorsTests {
    private func doors(_ access: Doors.Access = Doors.Access(), episodes: Int = 100, idle: Duration = .seconds(60)) -> (Doors, EpisodeHost)
    {
        var limits = ServerLimits()
        limits.episodes = episodes
        let host = EpisodeHost(Server([MCPTests.library], workers: 2, limits: limits))
        return (Doors(host, access: access, idleLimit: idle), host)
    }

    private func post(_ path: String, _ body: JSON, query: [String: String] = [:], _ headers: [String: String] = [:]) -> WebRequest {
        WebRequest(
            method: "POST", path: path, query: query,
            headers: headers.mapValues { [$0] }.merging(["content-type": ["application/json"], "host": ["localhost:8000"]]) { own, _ in own
            },
            body: body.bytes)
    }

    private let initialize: JSON = ["jsonrpc": "2.0", "id": 1, "method": "initialize", "params": ["protocolVersion": "2025-11-25"]]
    private let ping: JSON = ["jsonrpc": "2.0", "id": 2, "method": "ping"]
    private let lookUp: JSON = [
        "jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": ["name": "get_member", "arguments": ["member_id": 20417]],
    ]

    private func token(_ response: WebResponse) -> String? { response.headers.first { $0.name == "mcp-session-id" }?.value }
    private func json(_ response: WebResponse) -> JSON? { try? JSONParser.parse(response.body, limits: .file) }

    @Test func aSessionIsAnEpisodeFromInitializeToDelete() async throws {
        let (doors, host) = doors()
        let begun = await doors.respond(post("/mcp", initialize, query: ["task": "lend_to_ana", "seed": "3"]))
        #expect(begun.status == 200)
        let session = try #require(token(begun))
        let episode = try #require(begun.headers.first { $0.name == "orrery-episode" }?.value)
        #expect(host.server.openEpisodes == 1)
        #expect(await doors.respond(post("/mcp/", lookUp, ["mcp-session-id": session])).status == 200)
        let evaluated = await doors.respond(
            post("/rpc", ["jsonrpc": "2.0", "id": 1, "method": "episode.evaluate", "params": ["episode": .string(episode)]]))
        #expect(json(evaluated)?["result"]?["reward"] == 0.0)
        let note: JSON = ["jsonrpc": "2.0", "method": "notifications/initialized"]
        #expect(await doors.respond(post("/mcp", note, ["mcp-session-id": session])).status == 202)
        var end = post("/mcp", ping, ["mcp-session-id": session])
        end.method = "DELETE"
        #expect(await doors.respond(end).status == 200)
        #expect(await doors.respond(end).status == 404)
        #expect(await doors.respond(post("/mcp", ping, ["mcp-session-id": session])).status == 404)
        #expect(host.server.openEpisodes == 0)
    }

    @Test func theEpisodeIsChosenByQueryOrHeader() async throws {
        let (doors, _) = doors()
        #expect(await doors.respond(post("/mcp", initialize, ["orrery-task": "ring_round", "orrery-max-steps": "7"])).status == 200)
        for (name, value) in [("environment", "libary"), ("task", "lend_to_anna"), ("seed", "-1"), ("tools", "some"), ("max_steps", "0")] {
            let response = await doors.respond(post("/mcp", initialize, query: [name: value]))
            #expect(response.status == 400)
            #expect(json(response)?["error"]?["code"] == -32602, "\(name)")
        }
        #expect(
            String(decoding: await doors.respond(post("/mcp", initialize, query: ["task": "lend_to_anna"])).body, as: UTF8.self).contains(
                "did you mean"))
    }

    @Test func capacityReachedIsARefusalThatSaysWhenToComeBack() async {
        let (doors, host) = doors(episodes: 2)
        for _ in 0..<2 { #expect(await doors.respond(post("/mcp", initialize)).status == 200) }
        let refused = await doors.respond(post("/mcp", initialize))
        #expect(refused.status == 503)
        #expect(refused.headers.contains { $0.name == "retry-after" })
        #expect(host.server.openEpisodes == 2)
    }

    @Test func idleSessionsEnd() async {
        let (doors, host) = doors(idle: .zero)
        _ = await doors.respond(post("/mcp", initialize))
        #expect(host.server.openEpisodes == 1)
        doors.endIdle()
        #expect(host.server.openEpisodes == 0)
    }

    @Test func episodesThatTakeNoStepEnd() async throws {
        let (doors, host) = doors(idle: .milliseconds(50))
        _ = await doors.respond(post("/rpc", ["jsonrpc": "2.0", "id": 1, "method": "episode.reset", "params": ["environment": "library"]]))
        doors.endIdle()
        #expect(host.server.openEpisodes == 1)
        let action: JSON = ["type": "call", "tool": "find_members", "arguments": [:]]
        _ = await doors.respond(
            post("/rpc", ["jsonrpc": "2.0", "id": 1, "method": "episode.step", "params": ["episode": "e1", "action": action]]))
        try await Task.sleep(for: .milliseconds(100))
        doors.endIdle()
        #expect(host.server.openEpisodes == 1, "it has just taken a step")
        try await Task.sleep(for: .milliseconds(100))
        doors.endIdle()
        #expect(host.server.openEpisodes == 0)
    }

    @Test func aSessionInUseIsNotIdle() async throws {
        let (doors, host) = doors(idle: .milliseconds(50))
        let session = try #require(token(await doors.respond(post("/mcp", initialize))))
        let open = try #require(host.find("e1"))
        await open.turn.enter()
        async let waiting = doors.respond(post("/mcp", ping, ["mcp-session-id": session]))
        while open.turn.waitingCount == 0 { await Task.yield() }
        try await Task.sleep(for: .milliseconds(100))
        doors.endIdle()
        open.turn.leave()
        #expect(await waiting.status == 200)
        // What counts is when the answer was given.
        doors.endIdle()
        #expect(await doors.respond(post("/mcp", ping, ["mcp-session-id": session])).status == 200)
        try await Task.sleep(for: .milliseconds(100))
        doors.endIdle()
        #expect(await doors.respond(post("/mcp", ping, ["mcp-session-id": session])).status == 404)
        #expect(host.server.openEpisodes == 0)
    }

    @Test func aSessionIsOfOneEpisode() async throws {
        let (doors, host) = doors()
        let session = try #require(token(await doors.respond(post("/mcp", initialize))))
        _ = await doors.respond(post("/mcp", initialize))
        var request = post("/episodes/e2/mcp", lookUp, ["mcp-session-id": session])
        #expect(await doors.respond(request).status == 404)
        request.method = "DELETE"
        #expect(await doors.respond(request).status == 404)
        request.path = "/episodes/e1/mcp"
        #expect(await doors.respond(request).status == 200)
        #expect(host.server.openEpisodes == 1)
    }

    /// Agents that vanish without a word lock nobody out, however few sessions there may be.
    @Test func sessionsThatWereLeftMakeRoom() async throws {
        var limits = ServerLimits()
        limits.episodes = 1
        let host = EpisodeHost(Server([MCPTests.library], workers: 1, limits: limits))
        let doors = Doors(host, access: Doors.Access(), idleLimit: .seconds(60))
        func rpc(_ method: String, _ params: JSON) async -> WebResponse {
            await doors.respond(post("/rpc", ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": params]))
        }
        for number in 1...3 {
            let reset = await rpc("episode.reset", ["environment": "library", "task": "lend_to_ana"])
            #expect(json(reset)?["result"]?["episode"]?.string == "e\(number)")
            // It comes back without having said that it was gone.
            for _ in 1...2 { #expect(await doors.respond(post("/episodes/e\(number)/mcp", initialize)).status == 200) }
            #expect(await doors.respond(post("/mcp", initialize)).status == 503)
            _ = await rpc("episode.close", ["episode": .string("e\(number)")])
        }
        #expect(await doors.respond(post("/mcp", initialize)).status == 200)
    }

    @Test func batchesAreBoundedAndCountedStepByStep() async throws {
        var limits = ServerLimits()
        limits.batch = 20
        limits.lineBytes = 4000
        let host = EpisodeHost(Server([MCPTests.library], workers: 2, limits: limits))
        let doors = Doors(host, access: Doors.Access(), idleLimit: .seconds(60))
        let early: JSON = ["jsonrpc": "2.0", "id": 1, "method": "initialize", "params": ["protocolVersion": "2025-03-26"]]
        let session = try #require(token(await doors.respond(post("/mcp", early))))
        func batch(_ count: Int) async -> JSON? {
            json(await doors.respond(post("/mcp", .array(Array(repeating: lookUp, count: count)), ["mcp-session-id": session])))
        }
        #expect(await batch(21)?["error"]?["code"] == -32600)
        #expect(host.server.stepCount == 0)
        let answers = try #require(await batch(20)?.array)
        let done = answers.prefix { $0["result"] != nil }.count
        #expect(answers.count == 20 && (1..<20).contains(done) && answers[done...].allSatisfy { $0["error"]?["code"] == -32603 })
        #expect(host.server.stepCount == done && host.find("e1")?.step == done)
    }

    @Test func whatIsNoInitializeLeavesNothing() async {
        let (doors, host) = doors()
        for message in [["jsonrpc": "1.0", "id": 1, "method": "initialize"], ["jsonrpc": "2.0", "method": "initialize"]] as [JSON] {
            #expect(token(await doors.respond(post("/mcp", message))) == nil)
        }
        #expect(host.server.openEpisodes == 0)
    }

    @Test func aTrainersEpisodeIsReachableByItsURLInBothGenerations() async throws {
        let (doors, host) = doors()
        let reset = await doors.respond(
            post(
                "/rpc",
                ["jsonrpc": "2.0", "id": 1, "method": "episode.reset", "params": ["environment": "library", "task": "lend_to_ana"]]))
        let id = try #require(json(reset)?["result"]?["episode"]?.string)
        let begun = await doors.respond(post("/episodes/\(id)/mcp", initialize))
        #expect(begun.status == 200)
        #expect(await doors.respond(post("/episodes/\(id)/mcp", lookUp, ["mcp-session-id": try #require(token(begun))])).status == 200)
        let meta: JSON = ["io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": [:]]
        let modern: JSON = [
            "jsonrpc": "2.0", "id": 3, "method": "tools/call",
            "params": ["name": "get_member", "arguments": ["member_id": 20417], "_meta": meta],
        ]
        let headers = ["mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "get_member"]
        #expect(await doors.respond(post("/episodes/\(id)/mcp", modern, headers)).status == 200)
        #expect(host.find(id)?.episode.step == 2)
        let wrong = await doors.respond(post("/episodes/\(id)/mcp", modern, headers.merging(["mcp-name": "other"]) { $1 }))
        #expect(wrong.status == 400 && json(wrong)?["error"]?["code"] == -32020)
        #expect(await doors.respond(post("/episodes/e99/mcp", initialize)).status == 404)
        let unknown = await doors.respond(post("/episodes/\(id)/mcp", lookUp, ["mcp-protocol-version": "1999-01-01"]))
        #expect(unknown.status == 400 && json(unknown)?["error"]?["code"] == -32022)
        // Without an episode in the URL nothing ties requests together, and the client is sent back to sessions.
        let lost = await doors.respond(post("/mcp", modern, headers))
        #expect(json(lost)?["error"]?["code"] == -32022)
        #expect(json(lost)?["error"]?["data"]?["supported"]?.array?.contains("2025-11-25") == true)
    }

    @Test func strangersAreNotServed() async {
        let (doors, _) = doors()
        var request = WebRequest(method: "GET", path: "/healthz", headers: ["host": ["localhost:8000"]])
        #expect(await doors.respond(request).status == 200)
        request.headers["origin"] = ["http://localhost:3000"]
        #expect(await doors.respond(request).status == 200)
        for origin in ["http://evil.example", "null", "http://localhost.evil.example"] {
            request.headers["origin"] = [origin]
            #expect(await doors.respond(request).status == 403, "\(origin)")
        }
        request.headers = ["host": ["evil.example:8000"]]
        #expect(await doors.respond(request).status == 421)
        request.headers = ["host": ["[::1]:8000"]]
        #expect(await doors.respond(request).status == 200)
    }

    @Test func eachDoorWantsItsToken() async {
        var access = Doors.Access()
        access.trainerToken = "trainer-trainer-trainer"
        access.agentToken = "agent-agent-agent-agent"
        let (doors, _) = doors(access)
        let rpc: JSON = ["jsonrpc": "2.0", "id": 1, "method": "server.info"]
        for (token, rpcStatus, mcpStatus) in [
            (nil, 401, 401), ("agent-agent-agent-agent", 401, 200), ("trainer-trainer-trainer", 200, 200), ("x", 401, 401),
        ] as [(String?, Int, Int)] {
            let headers = token.map { ["authorization": "Bearer \($0)"] } ?? [:]
            #expect(await doors.respond(post("/rpc", rpc, headers)).status == rpcStatus)
            #expect(await doors.respond(post("/mcp", initialize, headers)).status == mcpStatus)
        }
        #expect(await doors.respond(WebRequest(method: "GET", path: "/metrics", headers: ["host": ["localhost"]])).status == 401)
    }

    @Test func metricsAddUp() async {
        let (doors, _) = doors()
        _ = await doors.respond(post("/mcp", initialize))
        _ = await doors.respond(post("/mcp", ping, ["accept": "application/json, text/event-stream"]))
        let text = String(
            decoding: await doors.respond(WebRequest(method: "GET", path: "/metrics", headers: ["host": ["localhost"]])).body, as: UTF8.self
        )
        #expect(text.contains("orrery_http_requests_total{door=\"mcp\",status=\"200\"} 1\n"))
        #expect(text.contains("orrery_http_requests_total{door=\"mcp\",status=\"400\"} 1\n"))
        #expect(text.contains("orrery_http_request_duration_seconds_count{door=\"mcp\"} 2\n"))
        #expect(text.contains("orrery_episodes_open 1\n"))
    }

    @Test func anAgentsSessionEndsWithTheTrainersEpisode() async throws {
        let (doors, _) = doors()
        func rpc(_ method: String, _ params: JSON) -> WebRequest {
            post("/rpc", ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": params])
        }
        _ = await doors.respond(rpc("episode.reset", ["environment": "library"]))
        let session = try #require(token(await doors.respond(post("/episodes/e1/mcp", initialize))))
        #expect(await doors.respond(post("/episodes/e1/mcp", lookUp, ["mcp-session-id": session])).status == 200)
        _ = await doors.respond(rpc("episode.close", ["episode": "e1"]))
        #expect(await doors.respond(post("/episodes/e1/mcp", lookUp, ["mcp-session-id": session])).status == 404)
    }

    @Test func nobodyWaitsForAnothersEpisode() async throws {
        let (doors, host) = doors()
        for _ in 0..<4 { _ = await doors.respond(post("/mcp", initialize)) }
        let held = try #require(host.find("e1"))
        await held.turn.enter()
        async let waiting: Void? = host.using(held) { _ in }
        // The others go on: e3 is of the same shard.
        for id in ["e2", "e3", "e4"] {
            let step: JSON = ["episode": .string(id), "action": ["type": "message", "content": "x"]]
            let answer = await doors.respond(post("/rpc", ["jsonrpc": "2.0", "id": 1, "method": "episode.step", "params": step]))
            #expect(json(answer)?["result"]?["terminated"] == false)
        }
        held.turn.leave()
        #expect(await waiting != nil)
    }

    @Test func theLogNamesRefusalsAndNoToken() async throws {
        let events = Mutex<[DoorEvent]>([])
        var access = Doors.Access()
        access.agentToken = "agent-agent-agent-agent"
        let log = DoorLog(isVerbose: true) { event in events.withLock { $0.append(event) } }
        let doors = Doors(EpisodeHost(Server([MCPTests.library], workers: 1), log: log), access: access, idleLimit: .seconds(60))
        _ = await doors.respond(post("/mcp", initialize))
        _ = await doors.respond(post("/mcp", initialize, ["authorization": "Bearer agent-agent-agent-agent"]))
        _ = await doors.respond(post("/agent-agent-agent-agent", [:]))
        let seen = events.withLock { $0 }
        guard case .refused(let first) = seen[0], case .answered(let second) = seen[1], case .answered(let third) = seen[2] else {
            Issue.record("\(seen)")
            return
        }
        #expect(first.status == 401 && first.door == "mcp" && first.episode == nil)
        #expect(second.status == 200 && second.episode == "e1")
        #expect(third.status == 404 && third.path == "(a token)")
    }

    // MARK: OpenEnv

    private func socket(_ doors: Doors, _ path: String = "/ws", query: [String: String] = [:]) throws -> OpenEnvDoor.Socket {
        let request = WebRequest(method: "GET", path: path, query: query, headers: ["host": ["localhost"]])
        #expect(doors.isSocket(request))
        guard case .welcome(let socket) = doors.socket(request) else { throw OpenEnvFault([]) }
        return socket
    }

    private func ask(_ socket: OpenEnvDoor.Socket, _ frame: JSON) async throws -> JSON {
        try JSONParser.parse(try #require(await socket.handle(frame.bytes)), limits: .file)
    }

    @Test func aSocketIsASlotThatEndsWithIt() async throws {
        let (doors, host) = doors(episodes: 1)
        let socket = try socket(doors)
        let begun = try await ask(socket, ["type": "reset", "data": ["seed": 2, "task": "lend_to_ana"]])
        #expect(begun["data"]?["done"] == false && begun["data"]?["observation"]?["tools"] == nil)
        #expect(host.server.openEpisodes == 1)
        _ = try await ask(socket, ["type": "reset", "data": ["seed": 3]])
        #expect(host.server.openEpisodes == 1)
        guard case .refused(let frame) = doors.socket(WebRequest(method: "GET", path: "/ws", headers: ["host": ["localhost"]])) else {
            Issue.record("a second socket was let in")
            return
        }
        #expect(String(decoding: frame, as: UTF8.self).contains("CAPACITY_REACHED"))
        #expect(await socket.handle(Array(#"{"type":"close"}"#.utf8)) == nil)
        await socket.end()
        #expect(host.server.openEpisodes == 0)
    }

    @Test func theRewardComesWithTheObservationThatEndsTheEpisode() async throws {
        let (doors, _) = doors()
        let socket = try socket(doors, "/envs/library/ws")
        _ = try await ask(socket, ["type": "reset", "data": ["task": "ring_round"]])
        let step = try await ask(
            socket, ["type": "step", "data": ["type": "answer", "content": ["Gareth Pugh", "Søren Ødegård", "Priya Raman"]]])
        #expect(step["data"]?["reward"] == 1.0 && step["data"]?["done"] == true)
        #expect(
            try await ask(socket, ["type": "step", "data": ["type": "answer", "content": "again"]])["data"]?["code"] == "EXECUTION_ERROR")
    }

    @Test func theSeedChoosesATaskWhereNoneIsNamed() async throws {
        let (doors, _) = doors()
        let socket = try socket(doors)
        var tasks: [String?] = []
        for seed in 0..<9 as Range<Int64> {
            let begun = try await ask(socket, ["type": "reset", "data": ["seed": .integer(seed)]])
            tasks.append(begun["data"]?["metadata"]?["task"]?.string)
        }
        #expect(Set(tasks).count == 8 && tasks[0] == tasks[8])
    }

    @Test func openEnvsRequestsAreToldFromMCPs() async throws {
        let (doors, host) = doors()
        let created = json(
            await doors.respond(post("/mcp", ["jsonrpc": "2.0", "id": 1, "method": "openenv/session/create", "params": [:]])))
        let session = try #require(created?["result"]?["session_id"])
        func call(_ method: String, _ params: JSONObject) async -> JSON? {
            var params = params
            params["session_id"] = session
            return json(
                await doors.respond(post("/mcp", ["jsonrpc": "2.0", "id": 2, "method": .string(method), "params": .object(params)])))
        }
        #expect(await call("tools/list", [:])?["result"]?["tools"]?.array?.count == 12)
        #expect(await call("tools/call", ["name": "get_member"])?["error"]?["code"] == -32603)
        let socket = try socket(doors, query: ["session_id": try #require(session.string)])
        _ = try await ask(socket, ["type": "reset", "data": [:]])
        #expect(
            await call("tools/call", ["name": "get_member", "arguments": ["member_id": 20417]])?["result"]?["data"]?["name"] == "Ana Sousa")
        #expect(await call("openenv/session/close", [:])?["result"]?["closed"] == true)
        #expect(await call("tools/list", [:])?["error"]?["code"] == -32602)
        #expect(host.server.openEpisodes == 0)
        let empty = await doors.respond(post("/mcp", [:]))
        #expect(empty.status == 200 && json(empty)?["error"]?["code"] == -32600)
    }

    @Test func aSessionThatWasClosedBeginsNoEpisode() async throws {
        let (doors, host) = doors()
        func rpc(_ method: String, _ params: JSON) async -> JSON? {
            json(await doors.respond(post("/mcp", ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": params])))
        }
        let session = try #require(await rpc("openenv/session/create", [:])?["result"]?["session_id"])
        let socket = try socket(doors, query: ["session_id": try #require(session.string)])
        _ = try await ask(socket, ["type": "reset"])
        #expect(await rpc("openenv/session/close", ["session_id": session])?["result"]?["closed"] == true)
        #expect(try await ask(socket, ["type": "reset"])["data"]?["code"] == "SESSION_ERROR")
        #expect(try await ask(socket, ["type": "state"])["data"]?["episode_id"] == JSON.null)
        await socket.end()
        #expect(host.server.openEpisodes == 0)
    }

    @Test func aSessionOutlivesItsQuietSocket() async throws {
        let (doors, host) = doors(idle: .milliseconds(50))
        let created = json(await doors.respond(post("/mcp", ["jsonrpc": "2.0", "id": 1, "method": "openenv/session/create"])))
        let session = try #require(created?["result"]?["session_id"]?.string)
        let first = try socket(doors, query: ["session_id": session])
        _ = try await ask(first, ["type": "reset"])
        try await Task.sleep(for: .milliseconds(100))
        await first.end()
        doors.endIdle()
        let second = try socket(doors, query: ["session_id": session])
        await second.end()
        try await Task.sleep(for: .milliseconds(100))
        doors.endIdle()
        doors.endIdle()
        #expect(host.server.openEpisodes == 0)
        #expect(throws: OpenEnvFault.self) { try socket(doors, query: ["session_id": session]) }
    }

    @Test func aResetWithoutRoomIsRefused() async throws {
        let (doors, _) = doors(episodes: 1)
        _ = await doors.respond(post("/mcp", initialize))
        let refused = await doors.respond(post("/reset", [:]))
        #expect(refused.status == 503 && refused.headers.contains { $0.name == "retry-after" })
        let call: JSON = ["jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": ["name": "get_member"]]
        let answer = json(await doors.respond(post("/mcp", call)))
        #expect(answer?["error"]?["message"]?.string?.contains("limit") == true)
    }

    @Test func whatIsNotASocketIsAnswered() async {
        var access = Doors.Access()
        access.trainerToken = "trainer-trainer-trainer"
        let (doors, _) = doors(access)
        let request = WebRequest(method: "GET", path: "/ws", headers: ["host": ["localhost"]])
        #expect(!doors.isSocket(request))
        #expect(await doors.respond(request).status == 401)
        let (open, _) = self.doors()
        #expect(await open.respond(request).status == 426)
        #expect(await open.respond(WebRequest(method: "GET", path: "/envs/nowhere/schema", headers: ["host": ["localhost"]])).status == 404)
    }

    @Test func manyThreadsPlayAtOnce() async throws {
        let (doors, host) = doors(episodes: 1000)
        let lookUp = lookUp
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    guard let session = token(await doors.respond(post("/mcp", initialize))) else { return 0 }
                    var count = 0
                    for _ in 0..<20 where await doors.respond(post("/mcp", lookUp, ["mcp-session-id": session])).status == 200 {
                        count += 1
                    }
                    return count
                }
            }
            for await count in group { #expect(count == 20) }
        }
        #expect(host.server.openEpisodes == 50 && host.server.stepCount == 1000)
    }

    @Test(
        arguments: [
            ("=?base64?SGVsbG8=?=", "Hello"), ("=?base64?w6k=?=", "é"), ("plain", "plain"), ("=?base64?!!!?=", nil),
            ("=?base64?SGVsbG8?=", nil),
            ("=?base64??=", ""),
        ] as [(String, String?)])
    func headersMayBeEncoded(_ value: String, _ text: String?) { #expect(HeaderValue.decoded(value) == text) }
}
