import Environments
import Specifications
import SystemPackage
import WireJSON

/// What a report says of one environment.
struct EnvironmentFacts: Sendable {
    let id: String
    /// What it was made of; an environment written by hand is its own domain.
    let domain: String
    let tables: Int
    let columns: Int
    let rows: Int
    let reading: Int
    let writing: Int
    let destructive: Int
    let toolNames: [String]
    /// The acting tools that some solution calls.
    let actingUsed: Int
    let schema: Set<UInt64>
    let interface: Set<UInt64>
    let tasks: [TaskFacts]

    var tools: Int { toolNames.count }

    /// What a report says of one task.
    struct TaskFacts: Sendable {
        let id: String
        let instruction: String
        let difficulty: String
        let kinds: [String]
        let calls: Int
        let tools: Int
        let writes: Int
        let hasAnswer: Bool
    }

    /// Reads an environment's file.
    ///
    /// - Parameter entry: what the batch's manifest says of it.
    init(file: String, entry: JSON?) throws(SpecificationError) {
        let bytes: [UInt8]
        do {
            bytes = try FileContents.read(FilePath(file))
        } catch {
            throw SpecificationError([Diagnostic(SourceLocation(file: file, line: 1, column: 1), "the file cannot be read: \(error)")])
        }
        let environment = try EnvironmentLoader.definition(bytes, file: file)
        id = environment.id
        domain = entry?["domain"]?.string ?? environment.id
        tables = environment.tables.count
        columns = environment.tables.reduce(0) { $0 + $1.columns.count }
        rows = environment.tables.reduce(0) { total, table in
            if case .inline(let rows) = table.rows { total + rows.count } else { total }
        }
        reading = environment.tools.count { $0.effect == .read }
        writing = environment.tools.count { $0.effect == .write }
        destructive = environment.tools.count { $0.effect == .destructive }
        toolNames = environment.tools.map(\.name)
        let acting = Set(environment.tools.filter { $0.effect != .read }.map(\.name))
        schema = Set(
            environment.tables.flatMap { table in table.columns.map { NearDuplicates.hash("\(table.name).\($0.name) \($0.type.name)") } })
        interface = Set(
            environment.tools.flatMap { tool in
                [NearDuplicates.hash(tool.name)] + tool.arguments.map { NearDuplicates.hash("\(tool.name).\($0.name)") }
            })
        let known = entry?["tasks"]?.array ?? []
        var used: Set<String> = []
        tasks = environment.tasks.enumerated().map { index, task in
            var calls: [String] = []
            var hasAnswer = false
            for step in task.solution {
                switch step {
                case .call(let tool, _, _): calls.append(tool)
                case .answer: hasAnswer = true
                case .message: break
                }
            }
            used.formUnion(calls.filter(acting.contains))
            let kinds = index < known.count ? known[index]["kinds"]?.array?.compactMap(\.string) : nil
            return TaskFacts(
                id: task.id, instruction: task.instruction, difficulty: task.difficulty ?? "not said",
                kinds: kinds ?? [calls.contains(where: acting.contains) ? "action" : "question"], calls: calls.count,
                tools: Set(calls).count,
                writes: calls.count(where: acting.contains), hasAnswer: hasAnswer)
        }
        actingUsed = used.count
    }
}
