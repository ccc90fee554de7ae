import Domains
import Episodes
import Simulation
import Testing
import WireJSON

@testable import Generator

/// Proofs find what they are there to find.
@Suite struct ProofTests {
    /// The first planned task of an environment that satisfies a test.
    private func task(_ bare: Small.Bare, where isWanted: (PlannedTask) -> Bool) -> PlannedTask? {
        var planner = TaskPlanner(bare.design, bare.toolbox, bare.situation, attempt: 0)
        for index in 0..<60 {
            guard var task = planner.plan(index) else { continue }
            task.id = "task"
            if isWanted(task) { return task }
        }
        return nil
    }

    @Test func soundTasksPass() throws {
        let bare = try Small.Bare(try Small.domain("veterinary_practice"), seed: 1)
        let task = try #require(task(bare) { $0.kinds == [.action, .action, .action] })
        let world = try bare.world([task])
        #expect(bare.proof(world).fault(0, task) == nil)
    }

    @Test func aToolThatDoesLessThanTheVerbIsFound() throws {
        let bare = try Small.Bare(try Small.domain("veterinary_practice"), seed: 1)
        let task = try #require(task(bare) { $0.steps.contains { $0.verb.map { bare.design.model.verbs[$0].effects.count > 1 } ?? false } })
        let tool = try #require(task.steps.first { $0.verb.map { bare.design.model.verbs[$0].effects.count > 1 } ?? false }).call.tool
        let world = try bare.world([task]) { root in
            root.change(["tools", tool, "steps"]) { steps in
                // The last change is left out.
                guard var list = steps.array, let last = list.lastIndex(where: { $0["change"] != nil }) else { return }
                list.remove(at: last)
                steps = .array(list)
            }
        }
        let fault = bare.proof(world).fault(0, task)
        #expect(fault?.contains("the tools do not do what the model says") == true, "\(fault ?? "nothing")")
    }

    @Test func aToolThatRefusesMoreThanTheVerbIsFound() throws {
        let bare = try Small.Bare(try Small.domain("veterinary_practice"), seed: 1)
        let world = try bare.world { root in
            for (name, tool) in root["tools"]!.object!.members.map({ ($0.name, $0.value) }) where tool["effect"] != "read" {
                root.change(["tools", name, "steps"]) { steps in
                    steps = .array([["require": "1 = 2", "else": ["code": "never", "message": "No."]]] + steps.array!)
                }
            }
        }
        var proof = ToolProof(bare.design, bare.toolbox, bare.situation, world, StagePool())
        proof.run()
        #expect(!proof.faults.isEmpty)
    }

    @Test func aCallThatIsNotNeededIsFound() throws {
        let bare = try Small.Bare(try Small.domain("veterinary_practice"), seed: 1)
        let sound = try #require(task(bare) { $0.kinds == [.action] && $0.steps.last?.verb != nil })
        let last = try #require(sound.steps.last)
        // An edit done twice changes nothing the second time, and neither does it refuse.
        let edit = try #require(
            bare.design.model.verbs.indices.first { if case .edit = bare.design.model.verbs[$0].origin { true } else { false } })
        var dice = Dice(4, "edit")
        let binder = Binder(design: bare.design, situation: bare.situation, near: [])
        let arguments = try #require(binder.draw(bare.design.model.verbs[edit].arguments, [], &dice))
        let call = Lowering(design: bare.design, toolbox: bare.toolbox).call(edit, arguments, bare.situation)
        let step: JSON = ["call": .string(call.tool), "arguments": .object(call.arguments)]
        var end = bare.situation
        end.now = bare.design.start.advanced(bySeconds: bare.design.advance)
        _ = end.apply(bare.design.model.verbs[edit], arguments)
        _ = end.apply(bare.design.model.verbs[edit], arguments)
        let planned = PlanBuilder.Step(call: call, verb: edit, isRefused: false)
        let twice = PlannedTask(
            id: "task", instruction: "\(JSON.object(call.arguments).text)", difficulty: "easy", solution: [step, step], kinds: [.action],
            end: end,
            steps: [planned, planned], setups: 0, verbs: [edit, edit])
        _ = last
        let world = try bare.world([twice])
        let fault = bare.proof(world).fault(0, twice)
        #expect(fault?.contains("is not needed") == true || fault?.contains("what the model says") == true, "\(fault ?? "nothing")")
    }

    @Test func valuesThatNobodySaidAreFound() {
        let calls: [(tool: String, arguments: JSONObject)] = [
            ("find", ["name": "Ana"]),
            ("pay", ["id": 7, "amount": 12.5, "on": "2025-03-14", "at": "2025-03-14T08:30:00Z", "kind": "bank_transfer"]),
        ]
        func fault(_ text: String, _ shown: JSON = ["items": [["id": 7]]]) -> String? {
            Provenance(task: text, calls: calls, observations: [shown, .null], schemaWords: []).unknownValue
        }
        #expect(fault("Pay $12.50 for Ana on Friday 14 March at 08:30 by bank transfer.") == nil)
        #expect(fault("Pay $12.50 for Ana on March 14 at 8:30 am by bank transfer.") == nil)
        // Half past ten in a place two hours ahead.
        #expect(fault("Pay $12.50 for Ana on Friday 14 March at 10:30 by bank transfer.") == nil)
        #expect(fault("Pay $12.50 for Bo on 14 March at 08:30 by bank transfer.")?.contains("'name'") == true)
        #expect(fault("Pay $12.50 for Ana on 14 March at 08:30 by bank transfer.", ["items": []])?.contains("'id'") == true)
        #expect(fault("Pay $12.60 for Ana on 14 March at 08:30 by bank transfer.")?.contains("'amount'") == true)
        #expect(fault("Pay $12.50 for Ana on 15 March at 08:30 by bank transfer.")?.contains("'on'") == true)
        #expect(fault("Pay $12.50 for Ana on 14 March at 08:45 by bank transfer.")?.contains("'at'") == true)
        #expect(fault("Pay $12.50 for Ana on 14 March at 08:30 in cash.")?.contains("'kind'") == true)
    }
}
