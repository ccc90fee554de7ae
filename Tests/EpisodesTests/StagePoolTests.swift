import Testing
import WireJSON

@testable import Episodes

/// Which episode sits on which connection, and how many connections there are.
@Suite struct StagePoolTests {
    private func player(_ pool: StagePool, _ seed: UInt64 = 0) -> Player { Player(Worlds.library, seed: seed, pool: pool) }
    private let extend: JSON = ["member_id": 20455, "until": "2026-03-31"]

    @Test func whoClosesLeavesTheNextOneInItsSeat() throws {
        let pool = StagePool(mostStages: 1)
        let (first, second) = (player(pool), player(pool))
        try first.call("extend_card", extend)
        let stage = try #require(first.episode.seat)
        try second.call("extend_card", extend)
        let digest = second.episode.digest
        #expect(second.episode.seat === stage && first.episode.isParked)
        // What a thread does that found the stage before the other one sat down.
        stage.vacate(first.episode)
        #expect(second.episode.seat === stage && second.episode.digest == digest && !second.episode.changes.isEmpty)
        stage.vacate(second.episode)
        #expect(second.episode.isParked && stage.isFree)
    }

    @Test func connectionsBeyondTheBudgetGoWhenTheyAreNotInUse() throws {
        let pool = StagePool(mostStages: 2)
        func hold(_ players: ArraySlice<Player>) throws {
            guard let player = players.first else { return }
            try pool.holding(player.episode) {
                try player.call("extend_card", extend)
                try hold(players.dropFirst())
            }
        }
        let players = (0..<6).map { player(pool, $0) }
        try hold(players[...])
        #expect(pool.stageCount == 6)
        let digests = players.map(\.episode.digest)
        let last = player(pool)
        try last.call("extend_card", extend)
        #expect(pool.stageCount == 2)
        #expect(players.map(\.episode.digest) == digests && players.count { !$0.episode.isParked } == 1)
    }
}
