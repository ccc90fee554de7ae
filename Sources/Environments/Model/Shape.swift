/// How rows become JSON.
public struct Shape: Sendable {
    /// The form.
    public var form: Form
    /// Members made for each row.
    public var members: [NamedShape] = []
    /// Whether null members are left out.
    public var omitsNull = false
    /// The types of computed columns.
    public var types: [(column: String, type: ColumnType)] = []
    /// Where it stands.
    public var location: SourceLocation

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
}
