import Foundation
#if canImport(FoundationXML)
    import FoundationXML
#endif
import Testing
import WireJSON

@testable import Validation

@Suite struct ReportTests {
    private func report(_ tasks: String) throws -> ValidationReport {
        var outcome = Campaign.Outcome()
        outcome.results = try Shop.tried(tasks)
        return ValidationReport(outcome, seed: 5, verifier: "a & 'b'")
    }

    private let loose =
        "t: {instruction: Cancel the order of Ana Sousa., \(Shop.cancel), goal: {changes: [{table: orders, op: update, key: {id: 11}, values: {state: cancelled}}], allow: [{table: customers}]}}"

    /// The values of Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
    @Test(arguments: [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)])
    func intervalsAreWilsons(_ count: Int, _ total: Int, _ low: Double, _ high: Double) {
        let interval = Share(count: count, total: total).interval
        #expect(abs(interval.low - low) < 0.00005 && abs(interval.high - high) < 0.00005)
    }

    @Test func theTextNamesTheCauseAndTheCommand() throws {
        let text = try report(loose).text(explains: true)
        #expect(text.contains("the goal lets anything happen to customers"))
        #expect(text.contains("orrery validate shop.yaml --task t --probe collateral/set_tier/1 --seed 5 --verifier 'a & '\\''b'\\'''"))
        #expect(text.contains("allow only the columns that right ways change"))
        #expect(text.contains("Could not be built:"))
    }

    @Test func theJSONAddsUp() throws {
        let report = try report(loose)
        let json = try JSONParser.parse(report.json.bytes, limits: .file)
        #expect(json["sound"] == false)
        #expect(json["probes"]?.double == Double(report.total.count))
        let results = try #require(json["results"]?.array)
        #expect(results.count == 1 && results[0]["survivors"]?.array?.count == report.total.survivors)
        #expect(json["causes"]?.array?[0]["example"]?["actions"]?.array?.isEmpty == false)
    }

    @Test func theXMLIsWellFormedAndCountsFailures() throws {
        final class Counter: NSObject, XMLParserDelegate {
            var failures = 0
            var cases = 0
            func parser(
                _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
                attributes: [String: String] = [:]
            ) {
                if name == "failure" { failures += 1 }
                if name == "testcase" { cases += 1 }
            }
        }
        let report = try report(loose)
        let counter = Counter()
        let parser = XMLParser(data: Data(report.junit.utf8))
        parser.delegate = counter
        #expect(parser.parse())
        #expect(counter.failures == Set(report.results[0].survivors.map(\.family)).count)
        #expect(counter.cases > 10)
    }

    @Test func decimalsAreNeverRoundedUp() {
        #expect(ValidationReport.decimal(99.997, 2) == "99.99")
        #expect(ValidationReport.grouped(1_234_567) == "1,234,567")
    }
}
