import Database
import WireJSON

/// A shape with its statements compiled, which writes rows as JSON straight from the engine.
final class PreparedShape {
    indirect enum Form {
        case value(Query)
        case values(Query)
        case row(Query)
        case rows(Query)
        case pairs(Query)
        case keyed(Query)
        case object([(name: [UInt8], shape: PreparedShape)])
    }

    struct Query {
        let prepared: PreparedStatement
        let types: [ColumnType?]
        var members: [Member] = []
    }

    /// A member of a row's object: a column, an object of columns with dotted names, or a nested shape.
    ///
    /// A struct of parts rather than an enum of cases: a column, by far the most common, is then looked at without counting references.
    struct Member {
        /// `"name":`
        let name: [UInt8]
        /// The column; negative where the member is no column.
        var column: Int32 = -1
        var group: [Member] = []
        var shape: PreparedShape?
    }

    let form: Form
    let omitsNull: Bool
    /// The JSON Schema of what the shape writes.
    let schema: JSON

    init(copying other: PreparedShape) {
        form = other.form
        omitsNull = other.omitsNull
        schema = other.schema
    }

    init(form: Form, omitsNull: Bool, schema: JSON) {
        self.form = form
        self.omitsNull = omitsNull
        self.schema = schema
    }

    /// Every statement of the shape and of those nested in it.
    var statements: [PreparedStatement] {
        switch form {
        case .object(let members): members.flatMap { $0.shape.statements }
        case .value(let query), .values(let query), .row(let query), .rows(let query), .pairs(let query), .keyed(let query):
            [query.prepared]
                + query.members.flatMap { $0.shape?.statements ?? [] }
        }
    }

    /// Whether the first column of the first row is true, for a shape of one value.
    func isTrue(_ frame: [SQLValue]) throws(DatabaseError) -> Bool {
        guard case .value(let query) = form else { return false }
        query.prepared.bind(frame)
        return try query.prepared.isTrue()
    }
}
