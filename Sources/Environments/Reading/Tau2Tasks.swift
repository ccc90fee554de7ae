import Specifications
import WireJSON

/// Reads the tasks of τ²-bench (Sierra Research, 2025), whose reference solutions become goals.
///
/// Facts that the reference wants communicated are not demanded: its tasks grade the database (`reward_basis: DB`), and the
/// rest by a model's judgement, which a pure function of states cannot copy. A task whose basis names COMMUNICATE gets them as its answer.
public enum Tau2Tasks {
    /// Reads `tasks.json`.
    ///
    /// - Throws: ``Diagnostic`` for the first thing that is not as τ²-bench has it.
    public static func read(_ bytes: [UInt8], file: String) throws(Diagnostic) -> [TaskDefinition] {
        let root = try SpecNode.read(bytes, file: file.hasSuffix(".json") ? file : file + ".json")
        guard case .sequence(let nodes) = root.content else { throw Diagnostic(root.location, "τ² tasks must be a list") }
        var tasks: [TaskDefinition] = []
        for node in nodes { tasks.append(try task(node)) }
        return tasks
    }

    private static func task(_ node: SpecNode) throws(Diagnostic) -> TaskDefinition {
        let json = node.json
        guard let id = json["id"].map({ $0.string ?? $0.text }), let criteria = json["evaluation_criteria"] else {
            throw Diagnostic(node.location, "a τ² task must have 'id' and 'evaluation_criteria'")
        }
        var task = TaskDefinition(id: id, location: node.location)
        task.isImported = true
        let scenario = json["user_scenario"]
        task.instruction = instruction(scenario)
        if let known = scenario?["instructions"]?["known_info"]?.string { task.facts = [known] }
        for action in criteria["actions"]?.array ?? [] {
            guard let name = action["name"]?.string, let arguments = action["arguments"]?.object else {
                throw Diagnostic(node.location, "an action of τ² task \(id) has no 'name' or 'arguments'")
            }
            task.solution.append(.call(tool: name, arguments: arguments, location: node.location))
        }
        let basis = criteria["reward_basis"]?.array?.compactMap(\.string) ?? []
        let facts = criteria["communicate_info"]?.array?.compactMap(\.string) ?? []
        if basis.contains("COMMUNICATE"), !facts.isEmpty {
            task.answer = AnswerDefinition(kind: .mentions(facts))
            task.solution.append(.answer(.string(facts.joined(separator: ", "))))
        }
        return task
    }

    private static func instruction(_ scenario: JSON?) -> String {
        guard let scenario else { return "" }
        guard let parts = scenario["instructions"] else { return "" }
        if let text = parts.string { return text }
        let order = ["reason_for_call", "known_info", "unknown_info", "task_instructions"]
        return ([scenario["persona"]?.string] + order.map { parts[$0]?.string }).compactMap(\.self).filter { !$0.isEmpty }
            .joined(separator: "\n")
    }
}
