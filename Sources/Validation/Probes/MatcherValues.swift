import Environments
import WireJSON

/// What a stated goal accepts in a column beside the value that the solution leaves: worth trying.
struct MatcherValues {
    private var values: [ColumnPlace: [JSON]] = [:]

    init(_ task: TaskDefinition, _ material: Material) {
        guard case .stated(let goal) = task.goal else { return }
        let tables = material.world.environment.definition.tables
        for change in goal.changes {
            guard let table = tables.firstIndex(where: { $0.name == change.table }) else { continue }
            for (name, matcher, _) in change.values {
                guard let column = tables[table].columnIndex(name) else { continue }
                let place = material.meanings.referred[table][column]
                switch matcher {
                case .oneOf(let accepted): values[place, default: []] += accepted
                case .within(let low, let high): values[place, default: []] += [low, high]
                case .text(let text): values[place, default: []].append(.string(text.uppercased()))
                case .equals, .any: continue
                }
            }
        }
    }

    /// What is accepted where an argument stands for one of these columns.
    func callAsFunction(_ places: [ColumnPlace]) -> [JSON] { places.flatMap { values[$0] ?? [] } }
}
