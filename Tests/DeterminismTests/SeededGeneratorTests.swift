import Testing

@testable import Determinism

@Suite struct SeededGeneratorTests {
    /// Computed with the authors' C sources (splitmix64.c, xoshiro256starstar.c) for seed 42.
    @Test func givesThePublishedSequence() {
        var generator = SeededGenerator(seed: 42)
        #expect(
            (0..<3).map { _ in generator.next() } == [1_546_998_764_402_558_742, 6_990_951_692_964_543_102, 12_544_586_762_248_559_009])
    }

    @Test func boundedIntegersStayInRangeAndReachAllOfIt() {
        var generator = SeededGenerator(seed: 1)
        var seen: Set<Int> = []
        for _ in 0..<1000 {
            let value = generator.next(below: 7)
            #expect((0..<7).contains(value))
            seen.insert(value)
        }
        #expect(seen.count == 7)
    }

    @Test func purposesHaveSequencesOfTheirOwn() {
        var a = SeededGenerator(seed: 1, purpose: "rows")
        var b = SeededGenerator(seed: 1, purpose: "tasks")
        #expect(a.next() != b.next())
    }
}
