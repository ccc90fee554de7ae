import Specifications

/// How rows become JSON.
public struct Shape: Sendable {
    /// The form.
    public var form: Form
    /// Members made for each row.
    public var members: [NamedShape] = []
    /// Whether null members are left out.
    public var omitsNull = false
    /// The types of computed columns.
    public var types: [(column: String, type: ColumnType, location: SourceLocation)] = []
    /// Where it stands; for `use`, where the name does.
    public var location: SourceLocation

    /// Adds the names of the shapes that it uses, directly or through others.
    func collectUses(from shared: [String: Shape], into names: inout Set<String>) {
        switch form {
        case .use(let name):
            if names.insert(name).inserted { shared[name]?.collectUses(from: shared, into: &names) }
        case .object(let members): for member in members { member.shape.collectUses(from: shared, into: &names) }
        default: break
        }
        for member in members { member.shape.collectUses(from: shared, into: &names) }
    }

    /// The statements on whose rows it begins; not those of members, which are run once a row.
    package func statements(_ shared: [String: Shape]) -> [SQLText] {
        switch form {
        case .value(let sql), .values(let sql), .row(let sql), .rows(let sql), .pairs(let sql), .keyed(let sql): [sql]
        case .object(let members): members.flatMap { $0.shape.statements(shared) }
        case .use(let name): shared[name]?.statements(shared.filter { $0.key != name }) ?? []
        }
    }

    /// The forms of shapes.
    public indirect enum Form: Sendable {
        /// The first column of the first row.
        case value(SQLText)
        /// An array of the first column.
        case values(SQLText)
        /// An object of the first row.
        case row(SQLText)
        /// An array of objects.
        case rows(SQLText)
        /// An object of first column to second.
        case pairs(SQLText)
        /// An object of objects.
        case keyed(SQLText)
        /// An object of shapes.
        case object([NamedShape])
        /// The shape of that name.
        case use(String)
    }
}

/// A shape and its name.
public struct NamedShape: Sendable {
    /// The name.
    public var name: String
    /// The shape.
    public var shape: Shape
    /// Where the name is written.
    public var location: SourceLocation
}
