import Domains
import Environments
import Episodes
import Simulation
import Specifications
import WireJSON

/// An environment with its file's contents, proven.
public struct GeneratedEnvironment: Sendable {
    /// The environment's id.
    public let id: String
    /// The domain's name.
    public let domain: String
    /// The contents of the file.
    public let bytes: [UInt8]
    /// What there is in it.
    public let statistics: EnvironmentStatistics
}

/// Makes environments of domain models, each proven before it is handed out.
public struct EnvironmentGenerator: Sendable {
    /// How many tasks an environment has.
    public var tasks: Int
    /// How many times as many things there are as in a small environment.
    public var scale: Int

    /// Makes a generator.
    public init(tasks: Int = 10, scale: Int = 1) {
        self.tasks = tasks
        self.scale = scale
    }

    /// Makes one environment.
    ///
    /// - Parameters:
    ///   - id: the environment's id.
    ///   - seed: equal seeds give equal bytes.
    /// - Throws: ``GenerationFault`` if no try led to an environment that could be proven.
    public func generate(_ domain: Domain, id: String, seed: UInt64) throws(GenerationFault) -> GeneratedEnvironment {
        try preview(domain, id: id, seed: seed).environment
    }

    /// Makes one environment, and says what its domain's author should know.
    ///
    /// - Throws: ``GenerationFault`` if no try led to an environment that could be proven.
    public func preview(_ domain: Domain, id: String, seed: UInt64) throws(GenerationFault) -> (
        environment: GeneratedEnvironment, notes: PreviewNotes
    ) {
        var faults: [String] = []
        for attempt in 0..<5 {
            var dice = Dice(seed, "attempt \(attempt)")
            do throws(GenerationFault) {
                return try attemptOnce(domain, id: id, seed: dice.seed())
            } catch {
                faults.append(error.description)
            }
        }
        var reasons: [String] = []
        for fault in faults where !reasons.contains(fault) { reasons.append(fault) }
        throw GenerationFault("\(domain.name): \(reasons.joined(separator: "; or "))")
    }

    private func attemptOnce(_ domain: Domain, id: String, seed: UInt64) throws(GenerationFault) -> (GeneratedEnvironment, PreviewNotes) {
        var without: Set<String> = []
        var notes = PreviewNotes()
        for _ in 0..<4 {
            let design: Design
            do {
                design = try Design(domain, seed: seed, scale: scale, without: without)
            } catch {
                throw GenerationFault(error.description)
            }
            var situation = try Populator.populate(design)
            situation.seed = 0
            let toolbox = Toolbox(design)
            let writer = EnvironmentWriter(design, toolbox, situation)
            let policy = PolicyText(design: design, situation: situation).text()
            // The tools are proven first, for tasks are made of them.
            let bare = try world(writer, id, policy, [])
            var proof = ToolProof(design, toolbox, situation, bare, StagePool())
            proof.run()
            if let fault = proof.faults.first { throw GenerationFault(fault) }
            if !proof.impossible.isEmpty {
                without.formUnion(proof.impossible)
                for verb in proof.impossible { notes.note(verb: verb, isImpossible: true, isUsed: false) }
                continue
            }
            let (tasks, planner, failures) = try provenTasks(design, toolbox, situation, writer, id, policy)
            let json = writer.json(id: id, policy: policy, tasks: Self.members(tasks))
            let bytes = FileLayout.bytes(json)
            let statistics = EnvironmentStatistics(
                design, toolbox, situation, writer.tables, tasks, refusals: proof.refusals, bytes: bytes.count)
            notes.note(failures)
            notes.note(planner.notes)
            for (index, verb) in design.model.verbs.enumerated() {
                notes.note(verb: verb.name, isImpossible: false, isUsed: tasks.contains { $0.verbs.contains(index) })
            }
            let present = Set(design.model.verbs.map(\.name))
            if let whole = try? domain.model(absent: [], parameters: [:]) {
                for verb in whole.verbs where !present.contains(verb.name) && !without.contains(verb.name) { notes.note(absent: verb.name) }
            }
            for (name, isMet) in proof.met { notes.note(refusal: name, isMet: isMet) }
            for (index, question) in design.model.questions.enumerated() {
                notes.note(question: question.source, isUsed: planner.questionUses[index] != nil)
            }
            return (GeneratedEnvironment(id: id, domain: domain.name, bytes: bytes, statistics: statistics), notes)
        }
        throw GenerationFault("verbs that turned out to be impossible: \(without.sorted().joined(separator: ", "))")
    }

    private static func members(_ tasks: [PlannedTask]) -> JSONObject {
        JSONObject(uniqueMembers: tasks.map { .init(name: $0.id, value: $0.json) })
    }

    private func world(_ writer: EnvironmentWriter, _ id: String, _ policy: String, _ tasks: [PlannedTask]) throws(GenerationFault) -> World
    {
        let bytes = FileLayout.bytes(writer.json(id: id, policy: policy, tasks: Self.members(tasks)))
        do {
            return try World(try EnvironmentLoader.load(bytes, file: "\(id).json"))
        } catch {
            throw GenerationFault(error.description)
        }
    }

    /// Plans tasks until there are enough that could be proven.
    private func provenTasks(
        _ design: Design, _ toolbox: Toolbox, _ situation: Situation, _ writer: EnvironmentWriter, _ id: String, _ policy: String
    ) throws(GenerationFault) -> ([PlannedTask], TaskPlanner, PlanNotes) {
        var failures = PlanNotes()
        var planner = TaskPlanner(design, toolbox, situation, attempt: 0)
        var tasks: [PlannedTask] = []
        let writers = Set(toolbox.actors.map(\.name))
        for _ in 0..<6 {
            while tasks.count < self.tasks {
                guard var task = planner.plan(tasks.count) else {
                    throw GenerationFault("no more than \(tasks.count) tasks could be planned")
                }
                task.id = "task_\(tasks.count + 1)"
                tasks.append(task)
            }
            let world: World
            do throws(GenerationFault) {
                world = try self.world(writer, id, policy, tasks)
            } catch {
                // The loader names the tasks that it could not prove.
                let failed = tasks.indices.filter { error.description.contains("'task_\($0 + 1)'") }
                guard !failed.isEmpty else { throw error }
                failures.note("proof", "\(error.description.prefix(200))")
                tasks = tasks.enumerated().filter { !failed.contains($0.offset) }.map(\.element)
                renumber(&tasks)
                continue
            }
            let proof = TaskProof(
                world: world, tables: writer.tables, start: situation, pool: StagePool(), writers: writers,
                schemaWords: toolbox.schemaWords(design.model))
            var kept: [PlannedTask] = []
            for (index, task) in tasks.enumerated() {
                if let fault = proof.fault(index, task) {
                    failures.note("proof", "\(fault.prefix(200))")
                } else {
                    kept.append(task)
                }
            }
            if kept.count == self.tasks { return (kept, planner, failures) }
            tasks = kept
            renumber(&tasks)
        }
        throw GenerationFault("too many tasks could not be proven")
    }

    private func renumber(_ tasks: inout [PlannedTask]) { for index in tasks.indices { tasks[index].id = "task_\(index + 1)" } }
}
