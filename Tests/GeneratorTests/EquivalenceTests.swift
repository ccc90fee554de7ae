import Domains
import Environments
import Episodes
import Foundation
import Simulation
import Specifications
import Testing
import WireJSON

@testable import Generator

/// The tools of an environment, which are SQL, do what the verbs of its domain mean.
@Suite struct EquivalenceTests {
    @Test func randomCallsChangeTheTablesAsTheModelSays() throws {
        let library = try DomainLibrary.load(EnvironmentTests.root.appendingPathComponent("EnvSpecs").path)
        for domain in library.domains {
            var done = 0
            var refused = 0
            for seed in UInt64(0)..<25 {
                let design = try Design(domain, seed: seed, scale: 1)
                var situation = try Populator.populate(design)
                let toolbox = Toolbox(design)
                let writer = EnvironmentWriter(design, toolbox, situation)
                let bytes = FileLayout.bytes(writer.json(id: "x", policy: "p", tasks: JSONObject()))
                let world = try World(try EnvironmentLoader.load(bytes, file: "x.json"))
                situation.seed = 0
                let before = situation
                var options = EpisodeOptions()
                options.maxSteps = 10_000
                let episode = Episode(world, id: "e", task: nil, seed: 0, options: options)
                let pool = StagePool()
                var dice = Dice(seed, "calls")
                let lowering = Lowering(design: design, toolbox: toolbox)
                for _ in 0..<150 {
                    let index = dice.below(design.model.verbs.count)
                    let verb = design.model.verbs[index]
                    var frame: [Value] = []
                    let arguments = verb.arguments.map { argument -> Value in
                        if argument.variable.isOptional, dice.chance(40) { return .missing }
                        if let entity = argument.entity {
                            let things = situation.things(entity)
                            return things.isEmpty ? .missing : .reference(dice.pick(things))
                        }
                        if let list = ValueDrawing.list(argument.source) {
                            return .text(WordDrawing(words: domain.words).draw(list, &dice).text)
                        }
                        if case .template(let template) = argument.source {
                            return .text(WordDrawing(words: domain.words).draw(template, [:], &dice).text)
                        }
                        return ValueDrawing(design: design, situation: situation).draw(argument.source, argument.variable.type, &frame, &dice)
                    }
                    if zip(verb.arguments, arguments).contains(where: { !$0.variable.isOptional && $1 == .missing }) { continue }
                    let call = lowering.call(index, arguments, situation)
                    situation.now = episode.now
                    let saved = situation
                    let outcome = situation.apply(verb, arguments)
                    var out = JSONWriter()
                    let summary = try episode.step(.call(tool: call.tool, arguments: .object(call.arguments)), in: pool, to: &out)
                    if summary.mistake == "constraint_violation" { situation = saved; continue }
                    switch outcome {
                    case .done:
                        done += 1
                        #expect(summary.mistake == nil, "\(domain.name) \(seed) \(verb.name) \(call.arguments): \(String(decoding: out.bytes, as: UTF8.self))")
                    case .refused(let requirement):
                        refused += 1
                        #expect(summary.mistake == verb.requirements[requirement].code, "\(domain.name) \(seed) \(verb.name) \(String(decoding: out.bytes, as: UTF8.self))")
                    }
                    let expected = TableChanges(tables: writer.tables).texts(from: before, to: situation)
                    let actual = TableChanges.texts(episode.changes.json(world.environment.definition.tables))
                    if expected != actual {
                        Issue.record("\(domain.name) \(seed) \(verb.name) \(call.arguments)\nexpected only: \(Set(expected).subtracting(actual).sorted())\nactual only: \(Set(actual).subtracting(expected).sorted())")
                        break
                    }
                }
            }
            print(domain.name, done, refused)
        }
    }
}
