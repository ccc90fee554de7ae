import Foundation
import Testing
import WireJSON

@Suite struct CommandTests {
    @Test(arguments: [
        ["--help"], ["serve", "--help"], ["check", "--help"], ["describe", "--help"], ["play", "--help"], ["run", "--help"],
        ["import", "tau2", "--help"], ["generate", "--help"], ["preview", "--help"], ["report", "--help"],
    ])
    func everyCommandHasHelpWithAnExample(arguments: [String]) throws {
        let outcome = try Program.run(arguments)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("EXAMPLE"))
        #expect(outcome.output.contains("orrery \(arguments.count > 1 ? arguments[0] : "")"))
    }

    @Test func versionIsPrinted() throws { #expect(try Program.run(["--version"]).output.first?.isNumber == true) }

    @Test func checkPassesTheLibraryAndFailsABrokenOne() throws {
        let good = try Program.run(["check", "EnvSpecs/library.yaml"])
        #expect(good.status == 0)
        #expect(good.output.contains("12 tools, 8 tasks"))
        #expect(!good.output.contains("\u{1b}"), "no colour outside a terminal")
        #expect(try Program.run(["check", "Tests/Broken"]).status == 1)
        #expect(try Program.run(["check", "no/such/file.yaml"]).status != 0)
    }

    @Test func runPlaysEveryReferenceSolution() throws {
        let outcome = try Program.run(["run", "EnvSpecs/library.yaml", "--json"])
        let lines = try outcome.output.split(separator: "\n").map { try JSONParser.parse(Array($0.utf8)) }
        #expect(lines.count == 9)
        #expect(lines.dropLast().allSatisfy { $0["reward"] == 1.0 && $0["success"] == true })
        #expect(lines.last?["mean_reward"] == 1.0)
        let idle = try Program.run(["run", "EnvSpecs/library.yaml", "--json", "--policy", "noop"])
        #expect(try JSONParser.parse(Array(idle.output.split(separator: "\n").last!.utf8))["successes"] == 0)
    }

    @Test func randomPoliciesRepeat() throws {
        let arguments = ["run", "EnvSpecs/library.yaml", "--policy", "random", "--seed", "3", "--reward", "dense", "--json"]
        #expect(try Program.run(arguments).output == Program.run(arguments).output)
    }

    @Test func aWrongTaskIsNamedWithTheNearestRightOne() throws {
        let outcome = try Program.run(["run", "EnvSpecs/library.yaml", "--task", "lend_to_anna"])
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("did you mean 'lend_to_ana'?"))
    }

    @Test func describeShowsToolsForOpenAI() throws {
        let outcome = try Program.run(["describe", "EnvSpecs/library.yaml", "--openai"])
        let tools = try #require(try JSONParser.parse(Array(outcome.output.utf8.dropLast())).array)
        #expect(tools.count == 12)
        #expect(tools.allSatisfy { $0["type"] == "function" && $0["function"]?["parameters"]?["type"] == "object" })
    }

    @Test func aPersonCanPlay() throws {
        let input = """
            help lend_copy
            find_members name=Sousa
            lend_copy copy_id=999 member_id=20417
            nonsense
            changes
            undo
            score
            quit

            """
        let outcome = try Program.run(["play", "EnvSpecs/library.yaml", "lend_to_ana"], input: input)
        #expect(outcome.status == 0)
        for words in [
            "Town library", "Lends", "20417", "not_found", "There is no tool or command 'nonsense'", "Nothing is changed.",
            "Back at step 1",
            "reward 0.00",
        ] {
            #expect(outcome.output.contains(words), "\(words)\n\(outcome.output)")
        }
    }

    @Test func anEnvironmentThatDoesNotLoadLeavesTheOthersServed() throws {
        let request = #"{"jsonrpc":"2.0","id":1,"method":"environments.list"}"# + "\n"
        let outcome = try Program.run(
            ["serve", "--environments", "EnvSpecs", "--environments", "Tests/Broken/several.yaml"], input: request,
            environment: ["ORRERY_TAU2_DATA": "/nowhere"])
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("\"id\":\"library\""))
        #expect(!outcome.output.contains("tau2"))
        #expect(outcome.errors.contains("tau2-retail.yaml"))
        #expect(outcome.errors.contains("several.yaml"))
    }

    /// `play --json` and `serve` give the same bytes for the same actions.
    @Test func playAndServeSayTheSame() throws {
        let actions = [
            #"{"type":"call","tool":"find_members","arguments":{"name":"Sousa"}}"#,
            #"{"type":"call","tool":"lend_copy","arguments":{"copy_id":102,"member_id":20417}}"#,
            #"{"type":"call","tool":"lend_copy","arguments":{"copy_id":102,"member_id":20417}}"#,
            #"{"type":"call","tool":"nope","arguments":[1]}"#,
            #"{"type":"message","content":"Here you are."}"#, #"{"type":"answer","content":"2025-03-31"}"#,
        ]
        let played = try Program.run(
            ["play", "EnvSpecs/library.yaml", "lend_to_ana", "--seed", "5", "--json"], input: actions.joined(separator: "\n") + "\n")
        #expect(played.status == 0)
        var lines = [#"{"jsonrpc":"2.0","id":0,"method":"episode.reset","params":{"environment":"library","task":"lend_to_ana","seed":5}}"#]
        lines += actions.map { #"{"jsonrpc":"2.0","id":0,"method":"episode.step","params":{"episode":"e1","action":"# + $0 + "}}" }
        let served = try Program.run(
            ["serve", "--environments", "EnvSpecs/library.yaml", "--workers", "2"], input: lines.joined(separator: "\n") + "\n")
        let results = served.output.split(separator: "\n").dropFirst().map {
            $0.dropFirst(#"{"jsonrpc":"2.0","id":0,"result":"#.count).dropLast()
        }
        #expect(results.map(String.init) == played.output.split(separator: "\n").map(String.init))
        #expect(results.count == actions.count)
    }
}
