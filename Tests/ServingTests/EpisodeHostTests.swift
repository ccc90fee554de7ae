import Environments
import Episodes
import Testing
import WireJSON

@testable import Serving

/// Many clients at once, each with episodes of its own.
@Suite struct EpisodeHostTests {
    private static let world = try! World(
        EnvironmentLoader.load(
            Array(
                """
                orrery: environment/1
                id: numbers
                title: Numbers
                tables: {numbers: {columns: {id: integer, value: integer}, key: id}}
                tools:
                  add:
                    description: Adds a number.
                    effect: write
                    arguments: {id: integer, value: integer}
                    steps: [{change: "INSERT INTO numbers VALUES (:id, :value)"}]
                    result: {value: SELECT sum(value) FROM numbers}
                """.utf8), file: "numbers.yaml"))

    private func host(limits: ServerLimits = ServerLimits()) -> EpisodeHost {
        // One connection is kept, and more only while they are in use.
        EpisodeHost(Server([Self.world], workers: 1, limits: limits, stageMemory: 0))
    }

    private func open(_ host: EpisodeHost, seed: Int) throws -> OpenEpisode {
        try host.open { Episode(Self.world, id: $0, task: nil, seed: UInt64(seed), options: EpisodeOptions()) }
    }

    /// Opens, plays and closes episodes, and returns what they said.
    private func play(_ host: EpisodeHost, client: Int) async throws -> [String] {
        var lines: [String] = []
        func add(_ open: OpenEpisode, _ id: Int) async throws {
            let arguments: JSON = ["id": .integer(Int64(id)), "value": .integer(Int64(client + id))]
            let line = try await host.using(open) { shard in
                var writer = JSONWriter()
                try open.episode.step(.call(tool: "add", arguments: arguments), in: shard.pool, to: &writer)
                return String(decoding: writer.bytes, as: UTF8.self)
            }
            lines.append(try #require(line))
        }
        let staying = try open(host, seed: client)
        for round in 0..<150 {
            let passing = try open(host, seed: round)
            try await add(passing, round)
            try await add(staying, round)
            try await add(passing, 1000 + round)
            await host.close(passing.episode.id)
        }
        await host.close(staying.episode.id)
        return lines
    }

    @Test func episodesThatCloseDisturbNoOthers() async throws {
        let clients = 0..<8
        let alone = host()
        var expected: [[String]] = []
        for client in clients { expected.append(try await play(alone, client: client)) }
        let shared = host()
        try await withThrowingTaskGroup(of: (Int, [String]).self) { group in
            for client in clients { group.addTask { (client, try await play(shared, client: client)) } }
            for try await (client, lines) in group {
                let differing = zip(lines, expected[client]).enumerated().first { $0.element.0 != $0.element.1 }
                #expect(differing == nil && lines.count == expected[client].count, "client \(client)")
            }
        }
        #expect(shared.server.openEpisodes == 0)
    }

    @Test func whatIsShortAndNoStepSaysNothingAboutTheNextCall() throws {
        let open = try open(host(), seed: 0)
        open.note(wasLong: true, wasStep: true)
        open.note(wasLong: false, wasStep: false)
        #expect(open.isSlow)
        open.note(wasLong: false, wasStep: true)
        #expect(!open.isSlow)
    }

    @Test func placesAreNotRefusedWhileAnotherAsksForTooMany() async {
        var limits = ServerLimits()
        limits.episodes = 10
        let server = Server([Self.world], workers: 1, limits: limits)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for _ in 0..<20_000 { #expect(!server.reserve(1000)) } }
            group.addTask {
                for _ in 0..<20_000 {
                    #expect(server.reserve(1))
                    server.release(1)
                }
            }
        }
    }

    @Test func anEpisodeThatIsActedOnIsNotIdle() async throws {
        let host = host()
        let open = try open(host, seed: 0)
        await open.turn.enter()
        #expect(!host.closeIfFree(open))
        open.turn.leave()
        #expect(!host.closeIfFree(open) { false })
        #expect(host.closeIfFree(open))
        #expect(!host.closeIfFree(open))
    }
}
