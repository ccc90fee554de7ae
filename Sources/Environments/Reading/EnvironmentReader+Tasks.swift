import Specifications
import WireJSON

extension EnvironmentReader {
    func tasks(_ node: SpecNode?) -> [TaskDefinition] {
        guard let node else { return [] }
        if case .mapping(let pairs) = node.content, pairs.contains(where: { $0.key == "file" && $0.value.scalar != nil }) {
            return tasksOfFile(node)
        }
        return reader.named(node, "'tasks'").map { task($0.name, $0.location, $0.node) }
    }

    /// `{file: PATH}`, or `{import: tau2, file: PATH}` for a file of τ²-bench's.
    private func tasksOfFile(_ node: SpecNode) -> [TaskDefinition] {
        let fields = reader.fields(node, "tasks from a file", allowed: ["import", "file"], required: ["file"])
        guard let file = fields["file"], let (text, path) = files.read(file, reader) else { return [] }
        do throws(Diagnostic) {
            switch fields.string("import") {
            case nil:
                let root = try SpecNode.read(Array(text.utf8), file: path)
                return reader.named(root, "a file of tasks").map { task($0.name, $0.location, $0.node) }
            case "tau2"?: return try Tau2Tasks.read(Array(text.utf8), file: path)
            case let format?:
                reader.report(fields["import"]!.location, "tasks of the format '\(format)' cannot be imported; 'tau2' can")
                return []
            }
        } catch {
            reader.report(error.location, error.message)
            return []
        }
    }

    private func task(_ id: String, _ location: SourceLocation, _ node: SpecNode) -> TaskDefinition {
        let fields = reader.fields(
            node, "a task", allowed: ["instruction", "facts", "difficulty", "actor", "solution", "goal", "answer", "trivial"],
            required: ["instruction", "goal"])
        checkIdentifier(id, location)
        var task = TaskDefinition(id: id, location: location)
        task.instruction = fields.string("instruction") ?? ""
        task.facts = fields.strings("facts")
        task.difficulty = fields.scalar("difficulty").map { $0.string ?? $0.text }
        task.actorKey = fields.scalar("actor")
        task.actorLocation = fields["actor"]?.location
        task.isTrivial = fields.bool("trivial") ?? false
        let steps = reader.list(fields["solution"], "'solution'")
        task.solution = steps.compactMap(solutionStep)
        for (step, node) in zip(task.solution, steps).dropLast() {
            if case .answer = step { reader.report(node.location, "the answer ends the episode, so it is the last step of a solution") }
        }
        task.answer = fields["answer"].flatMap(answer)
        if let goal = fields["goal"] {
            if goal.scalar != nil {
                if goal.scalar?.string != "reference" {
                    reader.report(goal.location, "a goal is 'reference' or a mapping of changes, allow, assertions and answer")
                } else if fields["solution"] == nil {
                    reader.report(location, "the goal is that of the reference solution, and there is no solution")
                }
            } else {
                task.goal = .stated(statedGoal(goal, &task.answer))
            }
        }
        return task
    }

    private func solutionStep(_ node: SpecNode) -> SolutionStep? {
        let fields = reader.fields(node, "a solution's step", allowed: ["call", "arguments", "message", "answer"])
        guard let kind = fields.only(["call", "message", "answer"]) else { return nil }
        if kind != "call", let arguments = fields["arguments"] { reader.report(arguments.location, "'arguments' goes with 'call'") }
        switch kind {
        case "call":
            guard let tool = fields.string("call") else { return nil }
            let arguments = fields["arguments"]?.json ?? .object(JSONObject())
            guard case .object(let members) = arguments else {
                reader.report(fields["arguments"]!.location, "'arguments' must be a mapping")
                return nil
            }
            return .call(tool: tool, arguments: members, location: fields["call"]!.location)
        case "message": return fields.string("message").map { .message($0) }
        default:
            let given = fields["answer"]!
            if case .mapping = given.content {
                guard answer(given) != nil else { return nil }
            } else if AnswerDefinition.Kind(inferredFrom: given.json) == nil {
                reader.report(given.location, "\(given.json.text) has no type of answer")
            }
            return .answer(given.json)
        }
    }

    // MARK: Goals

    private func statedGoal(_ node: SpecNode, _ answerDefinition: inout AnswerDefinition?) -> StatedGoal {
        let fields = reader.fields(node, "a goal", allowed: ["changes", "allow", "assertions", "answer"])
        var goal = StatedGoal()
        goal.changes = reader.list(fields["changes"], "'changes'").compactMap(expectedChange)
        goal.allowances = reader.list(fields["allow"], "'allow'").compactMap(allowance)
        goal.assertions = reader.named(fields["assertions"], "'assertions'").compactMap { name, _, node in
            if case .mapping = node.content {
                let fields = reader.fields(node, "an assertion", allowed: ["sql", "weight"], required: ["sql"])
                return fields.sql("sql").map { Assertion(name: name, sql: $0, weight: reader.weight(fields["weight"])) }
            }
            return reader.sql(node, "an assertion").map { Assertion(name: name, sql: $0, weight: 1) }
        }
        if let node = fields["answer"] { answerDefinition = answer(node) }
        return goal
    }

    private func allowance(_ node: SpecNode) -> Allowance? {
        let fields = reader.fields(node, "an allowance", allowed: ["table", "columns"], required: ["table"])
        guard let table = fields.string("table") else { return nil }
        let columns = fields["columns"].map { reader.names($0, "'columns' of an allowance") }
        return Allowance(
            table: table, columns: columns?.map(\.name), columnLocations: columns?.map(\.location) ?? [],
            location: fields["table"]!.location)
    }

    private func expectedChange(_ node: SpecNode) -> ExpectedChange? {
        let fields = reader.fields(
            node, "a change", allowed: ["table", "op", "key", "values", "weight"], required: ["table", "op"])
        guard let table = fields.string("table"), let operation = fields.choice("op", of: RowOperation.self) else { return nil }
        let needed = operation == .insert ? ["values"] : operation == .update ? ["key", "values"] : ["key"]
        for name in needed where fields[name] == nil { reader.report(node.location, "an \(operation.rawValue) must have '\(name)'") }
        if operation == .insert, let key = fields["key"] { reader.report(key.location, "an insert states its key among its 'values'") }
        if operation == .delete, let values = fields["values"] { reader.report(values.location, "a delete has no 'values'") }
        let values = reader.named(fields["values"], "'values'").map { name, location, node in
            (column: name, matcher: matcher(node), location: location)
        }
        return ExpectedChange(
            table: table, operation: operation,
            key: reader.named(fields["key"], "'key'").map { (column: $0.name, value: $0.node.json, location: $0.location) },
            values: values, weight: reader.weight(fields["weight"]), location: fields["table"]!.location)
    }

    private func matcher(_ node: SpecNode) -> Matcher {
        guard case .mapping(let pairs) = node.content else { return .equals(node.json) }
        let kinds = ["any", "one_of", "within", "text"]
        guard pairs.count == 1, kinds.contains(pairs[0].key) else {
            reader.report(node.location, "a matcher has exactly one of \(kinds.joined(separator: ", "))")
            return .any
        }
        let value = pairs[0].value
        switch pairs[0].key {
        case "any":
            if reader.bool(value, "'any'") == false { reader.report(value.location, "'any' can only be true") }
            return .any
        case "one_of":
            let values = reader.list(value, "'one_of'").map(\.json)
            if values.isEmpty { reader.report(value.location, "'one_of' must list at least one value") }
            return .oneOf(values)
        case "within":
            let bounds = reader.list(value, "'within'").map(\.json)
            guard bounds.count == 2 else {
                reader.report(value.location, "'within' is [low, high]")
                return .any
            }
            if let low = bounds[0].double, let high = bounds[1].double, low > high {
                reader.report(value.location, "'within' is [low, high], and \(bounds[0].text) is above \(bounds[1].text)")
            }
            return .within(bounds[0], bounds[1])
        default: return .text(reader.string(value, "'text'") ?? "")
        }
    }

    // MARK: Answers

    private func answer(_ node: SpecNode) -> AnswerDefinition? {
        let fields = reader.fields(
            node, "an answer", allowed: ["type", "value", "tolerance", "ordered", "weight"], required: ["type", "value"])
        guard let type = fields.string("type"), let value = fields["value"] else { return nil }
        guard AnswerDefinition.typeNames.contains(type) else {
            reader.report(
                fields["type"]!.location,
                "'\(type)' is not a type of answer\(NearestName.hint(for: type, among: AnswerDefinition.typeNames)); they are \(AnswerDefinition.typeNames.joined(separator: ", "))"
            )
            return nil
        }
        let tolerance = fields.number("tolerance") ?? 0.000001
        if tolerance < 0 {
            reader.report(fields["tolerance"]!.location, "'tolerance' must be 0 or more")
            return nil
        }
        if type != "number", let node = fields["tolerance"] { reader.report(node.location, "'tolerance' goes with a number") }
        if type != "table", let node = fields["ordered"] { reader.report(node.location, "'ordered' goes with a table") }
        guard let kind = AnswerDefinition.Kind(type, value.json, tolerance: tolerance, isOrdered: fields.bool("ordered") ?? false) else {
            reader.report(value.location, "\(value.json.text) is not a \(type)")
            return nil
        }
        return AnswerDefinition(kind: kind, weight: reader.weight(fields["weight"]))
    }
}
