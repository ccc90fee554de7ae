import Specifications
import WireJSON

extension EnvironmentCompiler {
    mutating func checkTasks() {
        let tools = environment.tools.map(\.name)
        var ids: Set<String> = []
        for task in environment.tasks {
            if !ids.insert(task.id).inserted { report(task.location, "two tasks are called '\(task.id)'") }
            for case .call(let tool, _, let location) in task.solution where !tools.contains(tool) {
                if !task.isImported { report(location, "there is no tool '\(tool)'\(NearestName.hint(for: tool, among: tools))") }
            }
            if task.actorKey != nil, environment.actor == nil {
                report(task.actorLocation ?? task.location, "the task names an actor, and the environment has none")
            }
            guard case .stated(let goal) = task.goal else { continue }
            for allowance in goal.allowances { check(allowance) }
            for change in goal.changes { check(change) }
        }
    }

    private mutating func check(_ allowance: Allowance) {
        guard let table = table(allowance.table, allowance.location) else { return }
        for (column, location) in zip(allowance.columns ?? [], allowance.columnLocations) { _ = self.column(column, of: table, location) }
    }

    private mutating func check(_ change: ExpectedChange) {
        guard let table = table(change.table, change.location) else { return }
        for (name, value, location) in change.key {
            guard let column = column(name, of: table, location) else { continue }
            check([value], of: column, in: table, location)
        }
        // A key that is missing or has a wrong name is reported as such.
        if change.operation != .insert, !change.key.isEmpty, change.key.allSatisfy({ table.column($0.column) != nil }),
            Set(change.key.map(\.column)) != Set(table.key)
        {
            report(change.key[0].location, "the key of \(table.name) is \(table.key.joined(separator: ", "))")
        }
        for (name, matcher, location) in change.values {
            guard let column = column(name, of: table, location) else { continue }
            switch matcher {
            case .equals(let value): check([value], of: column, in: table, location)
            case .oneOf(let values): check(values, of: column, in: table, location)
            case .within(let low, let high): check([low, high], of: column, in: table, location)
            case .any, .text: break
            }
            if change.operation == .update, table.key.contains(name) {
                report(location, "an update keeps its key: a changed key is a deletion and an insertion")
            }
        }
    }

    private mutating func column(_ name: String, of table: Table, _ location: SourceLocation) -> Column? {
        if let column = table.column(name) { return column }
        report(location, "\(table.name) has no column '\(name)'\(NearestName.hint(for: name, among: table.columns.map(\.name)))")
        return nil
    }

    private mutating func check(_ values: [JSON], of column: Column, in table: Table, _ location: SourceLocation) {
        for value in values where !column.isDoubtful {
            if let fault = ColumnValue.fault(value, column) { report(location, "\(table.name).\(column.name) \(fault)") }
        }
    }
}
