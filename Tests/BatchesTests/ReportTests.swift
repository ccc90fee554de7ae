import Determinism
import Foundation
import Testing
import WireJSON

@testable import Batches

@Suite struct ReportTests {
    @Test func nearDuplicatesAreFoundAndOthersAreNot() {
        var generator = SeededGenerator(seed: 1)
        let base = (0..<40).map { _ in Set((0..<60).map { _ in generator.next() }) }
        var sets = base
        // 54 of 66 in common: similar. 40 of 80: not.
        sets.append(Set(base[3].sorted().prefix(54) + (0..<6).map { _ in generator.next() }))
        sets.append(Set(base[7].sorted().prefix(40) + (0..<20).map { _ in generator.next() }))
        sets.append(base[11])
        let found = NearDuplicates.find(sets)
        #expect(found.pairs.map { [$0.0, $0.1] } == [[3, 40], [11, 42]])
        #expect(found.duplicates == 2)
        #expect(NearDuplicates.similarity([], []) == 0 && NearDuplicates.similarity([1, 2], [2, 3]) == 1 / 3)
    }

    @Test func textsAreAlikeByTheirRunsOfWords() {
        let a = NearDuplicates.shingles("Please cancel the visit of Maple on Friday, and tell me what it would have cost.")
        let b = NearDuplicates.shingles("please cancel the visit of maple on friday and tell me what it would have cost")
        let c = NearDuplicates.shingles("Please book a visit for Maple on Monday, and tell me what it will cost.")
        #expect(a == b && NearDuplicates.similarity(a, c) < 0.2)
    }

    @Test func distributionsAreOrdinaryOnes() {
        let distribution = Distribution("x", [5, 1, 3, 2, 4, 100])
        #expect(distribution.least == 1 && distribution.greatest == 100 && distribution.quantile(0.5) == 4)
        #expect(distribution.histogram(most: 10).counts.reduce(0, +) == 6)
        #expect(Distribution("none", []).mean == 0)
    }

    @Test func aReportOnEnvironmentsWrittenByHand() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let report = try BatchReport(root.appendingPathComponent("EnvSpecs/library.yaml").path)
        #expect(report.count == 1)
        #expect(report.json["distributions"]?["tools"]?["mean"]?.double == 12)
        #expect(report.json["tasks"]?.integer == 8)
        #expect(report.text.contains("calls per task"))
        #expect(report.html.hasPrefix("<!doctype html>") && report.html.contains("<svg") && !report.html.contains("http"))
    }
}
