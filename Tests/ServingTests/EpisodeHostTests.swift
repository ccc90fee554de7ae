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

    private func host() -> EpisodeHost {
        EpisodeHost(Server([Self.world], workers: 1, stageMemory: 12 * Self.world.environment.databaseBytes))
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
        // Who has waited longest is closed by one client, often just when another client's call parks it.
        let pool = host.server.shards[0].pool
        var (seated, parked): ([OpenEpisode], [OpenEpisode]) = ([], [])
        for round in 0..<1000 {
            seated.append(try open(host, seed: round))
            try await add(seated.last!, round)
            if seated.count > 1 { try await add(seated[seated.count - 2], 5000 + round) }
            while seated.count > 2, pool.parkedCount(of: [seated[0].episode]) == 1 { parked.append(seated.removeFirst()) }
            if round % 2 == 0, seated.count > 2 { await host.close(seated.removeFirst().episode.id) }
        }
        for open in seated + parked { await host.close(open.episode.id) }
        return lines
    }

    @Test func episodesThatCloseDisturbNoOthers() async throws {
        let clients = 0..<2
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
