import Domains
import Simulation
import Testing
import WireJSON

@testable import Generator

@Suite struct PlanningTests {
    /// Some tasks of several environments.
    private func tasks(_ name: String, seeds: Range<UInt64>) throws -> [(bare: Small.Bare, task: PlannedTask)] {
        var result: [(Small.Bare, PlannedTask)] = []
        for seed in seeds {
            let bare = try Small.Bare(try Small.domain(name), seed: seed)
            var planner = TaskPlanner(bare.design, bare.toolbox, bare.situation, attempt: 0)
            for index in 0..<10 { if let task = planner.plan(index) { result.append((bare, task)) } }
        }
        return result
    }

    @Test func requestsHaveAllKindsOfParts() throws {
        let all = try tasks("veterinary_practice", seeds: 0..<6)
        for kind in TaskKind.allCases { #expect(all.contains { $0.task.kinds.contains(kind) }, "\(kind)") }
        #expect(Set(all.map(\.task.difficulty)) == ["easy", "medium", "hard"])
        #expect(Set(all.map(\.task.instruction)).count == all.count)
    }

    @Test func requestsReadAsSentences() throws {
        for (_, task) in try tasks("veterinary_practice", seeds: 0..<6) {
            let text = task.instruction
            #expect(text.first!.isUppercase || text.first == "\"", "\(text)")
            #expect([".", "?", "!"].contains { text.hasSuffix($0) } || text.hasSuffix("\"."), "\(text)")
            for wrong in ["{", "}", "  ", "..", " .", " ,", "_", "it's owner", "none"] {
                #expect(!text.contains(wrong), "\(wrong): \(text)")
            }
        }
    }

    @Test func setUpStepsComeBeforeWhatNeedsThem() throws {
        let setups = try tasks("veterinary_practice", seeds: 0..<8).filter { $0.task.setups > 0 }
        #expect(!setups.isEmpty)
        for (bare, task) in setups {
            // Without the step before it, the verb of the last set-up would be refused at the start.
            let acts = task.steps.compactMap(\.verb)
            #expect(acts.count >= 2)
            _ = bare
        }
    }

    @Test func aDescriptionIsUsedOnlyWhereItSinglesOut() throws {
        let bare = try Small.Bare(try Small.domain("veterinary_practice"), seed: 4)
        let referring = Referring(situation: bare.situation)
        for entity in bare.design.model.entities.indices {
            for thing in bare.situation.things(entity) {
                for referral in referring.referrals(Thing(entity: entity, index: thing)) {
                    let fitting = referring.fitting(referral)
                    #expect(fitting.contains(thing))
                    if referral.extreme == nil { #expect(fitting.count == 1) }
                }
            }
        }
    }

    @Test func readingToolsAreForeseenExactly() throws {
        // What a plan expects a tool to show is what the tool shows: every key that a solution uses was shown or said, which the proof checks.
        for seed in UInt64(0)..<4 {
            let bare = try Small.Bare(try Small.domain("veterinary_practice"), seed: seed)
            var planner = TaskPlanner(bare.design, bare.toolbox, bare.situation, attempt: 0)
            var tasks: [PlannedTask] = []
            for index in 0..<10 {
                guard var task = planner.plan(index) else { continue }
                task.id = "task_\(tasks.count)"
                tasks.append(task)
            }
            let world = try bare.world(tasks)
            let proof = bare.proof(world)
            for (index, task) in tasks.enumerated() {
                let fault = proof.fault(index, task)
                #expect(fault == nil || fault!.contains("is not needed"), "\(fault ?? ""): \(task.instruction)")
            }
        }
    }
}
