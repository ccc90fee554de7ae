import Database
import Domains
import Environments
import Episodes
import Simulation
import Testing
import WireJSON

@testable import Generator

/// The SQL of an environment means what its domain means.
@Suite struct EquivalenceTests {
    /// Random calls, whether they make sense or not, end the same way and change the same rows in the tables as in the model.
    @Test func toolsDoWhatVerbsMean() throws {
        var done = 0
        var refused = 0
        for (position, domain) in try Small.library.get().domains.enumerated() {
            let (a, b) = try play(domain, seed: UInt64(position) * 7 + 1, calls: 90)
            done += a
            refused += b
        }
        #expect(done > 1000 && refused > 500, "\(done) done, \(refused) refused")
    }

    private func play(_ domain: Domain, seed: UInt64, calls: Int) throws -> (done: Int, refused: Int) {
        let bare = try Small.bare(domain, seed: seed)
        let design = bare.design
        var situation = bare.situation
        let world = try bare.world()
        var options = EpisodeOptions()
        options.maxSteps = 10_000
        let episode = Episode(world, id: "e", task: nil, seed: 0, options: options)
        let pool = StagePool()
        var dice = Dice(seed, "calls")
        let lowering = Lowering(design: design, toolbox: bare.toolbox)
        let changes = TableChanges(tables: bare.writer.tables)
        var counts = (done: 0, refused: 0)
        for _ in 0..<calls {
            let index = dice.below(design.model.verbs.count)
            let verb = design.model.verbs[index]
            let binder = Binder(design: design, situation: situation, near: [])
            guard let arguments = binder.draw(verb.arguments, dice.chance(50) ? verb.requirements.map(\.condition) : [], &dice) else {
                continue
            }
            let call = lowering.call(index, arguments, situation)
            situation.now = episode.now
            let before = situation
            let outcome = situation.apply(verb, arguments)
            var writer = JSONWriter()
            let summary = try episode.step(.call(tool: call.tool, arguments: .object(call.arguments)), in: pool, to: &writer)
            let context =
                "\(domain.name), seed \(seed): \(verb.name) \(JSON.object(call.arguments).text) gives \(String(decoding: writer.bytes, as: UTF8.self).prefix(300))"
            // What the schema forbids besides, the model need not know.
            if summary.mistake == "constraint_violation" {
                situation = before
                continue
            }
            switch outcome {
            case .done:
                counts.done += 1
                #expect(summary.mistake == nil, "\(context)")
            case .refused(let requirement):
                counts.refused += 1
                #expect(summary.mistake == verb.requirements[requirement].code, "\(context)")
            }
            let expected = changes.texts(from: bare.situation, to: situation)
            let actual = TableChanges.texts(episode.changes.json(world.environment.definition.tables))
            if expected != actual {
                Issue.record(
                    "\(context)\nexpected only: \(Set(expected).subtracting(actual).sorted())\nthere only: \(Set(actual).subtracting(expected).sorted())"
                )
                return counts
            }
        }
        return counts
    }

    /// What questions ask for is worked out alike by the model and by SQL.
    @Test func expressionsMeanTheSameInSQL() throws {
        var compared = 0
        for (position, domain) in try Small.library.get().domains.enumerated() {
            let bare = try Small.bare(domain, seed: UInt64(position) + 77)
            let world = try bare.world()
            let connection = try world.environment.connect()
            var dice = Dice(UInt64(position), "questions")
            let lowering = Lowering(design: bare.design, toolbox: bare.toolbox)
            for question in bare.design.model.questions {
                guard case .value(let expression) = question.answer else { continue }
                for _ in 0..<4 {
                    let binder = Binder(design: bare.design, situation: bare.situation, near: [])
                    guard let arguments = binder.draw(question.arguments, [], &dice) else { continue }
                    var frame = arguments + Array(repeating: .missing, count: question.frameSize)
                    let expected = lowering.json(bare.situation.evaluate(expression, &frame), expression.type, bare.situation)
                    var compiler = SQLCompiler(bare.design)
                    for argument in question.arguments { compiler.slots[argument.variable.slot] = .parameter(argument.variable.name) }
                    let sql = "SELECT \(compiler.sql(expression))"
                    let statement = try connection.prepare(sql, access: .read)
                    for (offset, name) in statement.parameterNames.enumerated() {
                        let position = question.arguments.firstIndex { $0.variable.name == name }
                        let value = position.map { lowering.json(arguments[$0], question.arguments[$0].variable.type, bare.situation) }
                        let time: JSON =
                            name == "now" ? .string(bare.design.start.text) : .string(String(bare.design.start.text.prefix(10)))
                        statement.bind(Self.sql(value ?? time), at: Int32(offset + 1))
                    }
                    connection.setClock(bare.design.start)
                    #expect(try statement.step())
                    let actual = statement.value(0)
                    #expect(
                        actual == Self.sql(expected) || Self.isSame(actual, expected),
                        "\(domain.name): \(sql): \(actual), not \(expected.text)")
                    compared += 1
                }
            }
        }
        #expect(compared > 300)
    }

    private static func sql(_ value: JSON) -> SQLValue {
        switch value {
        case .null, .array, .object: .null
        case .bool(let flag): .integer(flag ? 1 : 0)
        case .integer(let number): .integer(number)
        case .number(let number): .real(number)
        case .string(let text): .text(text)
        }
    }

    private static func isSame(_ value: SQLValue, _ expected: JSON) -> Bool {
        switch value {
        case .integer(let number): expected.double == Double(number)
        case .real(let number): expected.double == number
        default: false
        }
    }
}
