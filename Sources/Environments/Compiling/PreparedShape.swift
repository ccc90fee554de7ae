import Database
import WireJSON

/// Bounds on what one call may return.
public struct ResultLimits: Sendable {
    /// Rows read for the result, nested ones included.
    public var rows = 10_000
    /// Bytes of JSON.
    public var bytes = 4 << 20

    /// The standard limits: 10,000 rows, 4 MiB.
    public init() {}

    /// Limits as given.
    public init(rows: Int, bytes: Int) {
        self.rows = rows
        self.bytes = bytes
    }

    /// No limits, for the trainer's views.
    public static let unlimited = ResultLimits(rows: .max, bytes: .max)
}

/// Why a result could not be written.
enum ResultFailure: Error {
    case database(DatabaseError)
    case tooLarge(String)
}

/// A shape with its statements compiled, which writes rows as JSON straight from the engine.
final class PreparedShape {
    private indirect enum Form {
        case value(Query)
        case values(Query)
        case row(Query)
        case rows(Query)
        case pairs(Query)
        case keyed(Query)
        case object([(name: [UInt8], shape: PreparedShape)])
    }

    private struct Query {
        let prepared: PreparedStatement
        let types: [ColumnType?]
        var members: [Member] = []
    }

    /// A member of a row's object: a column, an object of columns with dotted names, or a nested shape.
    ///
    /// A struct of parts rather than an enum of cases: a column, by far the most common, is then looked at without counting references.
    private struct Member {
        /// `"name":`
        let name: [UInt8]
        /// The column; negative where the member is no column.
        var column: Int32 = -1
        var group: [Member] = []
        var shape: PreparedShape?
    }

    private let form: Form
    private let omitsNull: Bool
    /// The JSON Schema of what the shape writes.
    let schema: JSON

    // MARK: Compiling

    /// Compiles a shape.
    ///
    /// - Throws: ``SpecificationError`` with everything that is wrong in it.
    convenience init(
        _ shape: Shape, scope: Scope, shared: [String: Shape], on connection: borrowing Connection, schema: SchemaNames
    ) throws(SpecificationError) {
        var diagnostics: [Diagnostic] = []
        let compiled = PreparedShape(shape, scope: scope, shared: shared, open: [], on: connection, schema: schema, &diagnostics)
        guard diagnostics.isEmpty, let compiled else { throw SpecificationError(diagnostics) }
        self.init(copying: compiled)
    }

    private init(copying other: PreparedShape) {
        form = other.form
        omitsNull = other.omitsNull
        schema = other.schema
    }

    private init(form: Form, omitsNull: Bool, schema: JSON) {
        self.form = form
        self.omitsNull = omitsNull
        self.schema = schema
    }

    private convenience init?(
        _ shape: Shape, scope: Scope, shared: [String: Shape], open: [String], on connection: borrowing Connection,
        schema names: SchemaNames, _ diagnostics: inout [Diagnostic]
    ) {
        switch shape.form {
        case .use(let name):
            guard let target = shared[name] else {
                diagnostics.append(
                    Diagnostic(shape.location, "there is no shape '\(name)'\(NearestName.hint(for: name, among: shared.keys))"))
                return nil
            }
            if open.contains(name) {
                diagnostics.append(
                    Diagnostic(shape.location, "the shape '\(name)' uses itself: \((open + [name]).joined(separator: " → "))"))
                return nil
            }
            guard
                let compiled = PreparedShape(
                    target, scope: scope, shared: shared, open: open + [name], on: connection, schema: names, &diagnostics)
            else { return nil }
            self.init(copying: compiled)
        case .object(let members):
            var compiled: [(name: [UInt8], shape: PreparedShape)] = []
            var properties = JSONObject()
            for member in members {
                guard
                    let inner = PreparedShape(
                        member.shape, scope: scope, shared: shared, open: open, on: connection, schema: names, &diagnostics)
                else { continue }
                compiled.append((Self.key(member.name), inner))
                properties[member.name] = inner.schema
            }
            if compiled.count < members.count { return nil }
            self.init(form: .object(compiled), omitsNull: false, schema: Self.objectSchema(properties, isComplete: true))
        case .value(let sql), .values(let sql), .row(let sql), .rows(let sql), .pairs(let sql), .keyed(let sql):
            guard
                let query = Self.query(
                    sql, shape, scope: scope, shared: shared, open: open, on: connection, schema: names, &diagnostics)
            else { return nil }
            self.init(query.0, query.properties, shape)
        }
    }

    private convenience init(_ query: Query, _ properties: JSONObject, _ shape: Shape) {
        let object = Self.objectSchema(properties, isComplete: !shape.omitsNull)
        switch shape.form {
        case .value: self.init(form: .value(query), omitsNull: false, schema: JSONSchema.column(query.types[0]))
        case .values:
            self.init(
                form: .values(query), omitsNull: false, schema: ["type": "array", "items": JSONSchema.column(query.types[0])])
        case .row:
            var schema = object.object!
            schema["type"] = ["object", "null"]
            self.init(form: .row(query), omitsNull: shape.omitsNull, schema: .object(schema))
        case .rows: self.init(form: .rows(query), omitsNull: shape.omitsNull, schema: ["type": "array", "items": object])
        case .pairs:
            self.init(
                form: .pairs(query), omitsNull: false,
                schema: ["type": "object", "additionalProperties": JSONSchema.column(query.types[1])])
        default:
            self.init(
                form: .keyed(query), omitsNull: shape.omitsNull, schema: ["type": "object", "additionalProperties": object])
        }
    }

    private static func objectSchema(_ properties: JSONObject, isComplete: Bool) -> JSON {
        var schema = JSONObject()
        schema["type"] = "object"
        schema["properties"] = .object(properties)
        if isComplete, !properties.isEmpty { schema["required"] = .array(properties.names.map { .string($0) }) }
        schema["additionalProperties"] = false
        return .object(schema)
    }

    private static func query(
        _ sql: SQLText, _ shape: Shape, scope: Scope, shared: [String: Shape], open: [String],
        on connection: borrowing Connection, schema names: SchemaNames, _ diagnostics: inout [Diagnostic]
    ) -> (Query, properties: JSONObject)? {
        let prepared: PreparedStatement
        do {
            prepared = try PreparedStatement(sql, access: .read, scope: scope, on: connection, schema: names)
        } catch {
            diagnostics.append(error)
            return nil
        }
        let columns = prepared.columnNames
        for (column, _, location) in shape.types where !columns.contains(column) {
            diagnostics.append(
                Diagnostic(
                    location,
                    "'types' names the column '\(column)', which the query does not return\(NearestName.hint(for: column, among: columns))")
            )
        }
        if case .pairs = shape.form, columns.count != 2 {
            diagnostics.append(Diagnostic(sql.location, "'pairs' needs two columns, and the query returns \(columns.count)"))
            return nil
        }
        if Set(columns).count < columns.count {
            let twice = columns.first { name in columns.count { $0 == name } > 1 }!
            diagnostics.append(Diagnostic(sql.location, "the query returns two columns called '\(twice)'; use AS"))
            return nil
        }
        // A compound query takes the origin of its columns from its first part only.
        let isCompound = SQLTokens(sql.sql).tokens.contains { ["union", "intersect", "except"].contains($0.text) }
        let types = columns.enumerated().map { index, column -> ColumnType? in
            if let declared = shape.types.first(where: { $0.column == column }) { return declared.type }
            if isCompound { return nil }
            return prepared.statement.origin(ofColumn: index).flatMap(names.type)
        }
        var query = Query(prepared: prepared, types: types)
        var properties = JSONObject()
        var isKeyed = false
        if case .keyed = shape.form { isKeyed = true }
        let shown = columns.enumerated().filter { ($0.offset > 0 || !isKeyed) && !$0.element.hasPrefix("_") }
        var tree = NameTree()
        for (index, column) in shown {
            if let fault = tree.insert(column.split(separator: ".", omittingEmptySubsequences: false).map(String.init)[...], index) {
                diagnostics.append(Diagnostic(sql.location, "the column '\(column)' \(fault)"))
                return nil
            }
        }
        query.members = members(of: tree, types, &properties)
        var inner = scope
        inner.rows.append((prepared, Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1, Int32($0)) })))
        var isComplete = true
        for member in shape.members {
            guard
                let nested = PreparedShape(
                    member.shape, scope: inner, shared: shared, open: open, on: connection, schema: names, &diagnostics)
            else {
                isComplete = false
                continue
            }
            if properties[member.name] != nil {
                diagnostics.append(Diagnostic(member.location, "the member '\(member.name)' is also a column"))
                isComplete = false
            }
            properties[member.name] = nested.schema
            query.members.append(Member(name: key(member.name), shape: nested))
        }
        return isComplete ? (query, properties) : nil
    }

    /// Columns with dotted names, grouped by the objects that they make.
    private struct NameTree {
        var entries: [(name: String, column: Int?, inner: NameTree)] = []

        mutating func insert(_ path: ArraySlice<String>, _ column: Int) -> String? {
            guard let name = path.first, !name.isEmpty else { return "has an empty name" }
            let rest = path.dropFirst()
            guard let index = entries.firstIndex(where: { $0.name == name }) else {
                var inner = NameTree()
                if rest.isEmpty {
                    entries.append((name, column, inner))
                    return nil
                }
                let fault = inner.insert(rest, column)
                entries.append((name, nil, inner))
                return fault
            }
            if rest.isEmpty || entries[index].column != nil { return "and another one make the same member" }
            return entries[index].inner.insert(rest, column)
        }
    }

    private static func members(of tree: NameTree, _ types: [ColumnType?], _ properties: inout JSONObject) -> [Member] {
        tree.entries.map { entry in
            if let column = entry.column {
                properties[entry.name] = JSONSchema.column(types[column])
                return Member(name: key(entry.name), column: Int32(column))
            }
            var inner = JSONObject()
            let members = members(of: entry.inner, types, &inner)
            properties[entry.name] = objectSchema(inner, isComplete: false)
            return Member(name: key(entry.name), group: members)
        }
    }

    /// `"name":`
    private static func key(_ name: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.string(name)
        writer.byte(":")
        return writer.bytes
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

    // MARK: Writing

    /// Runs the statements and writes their rows.
    func write(_ frame: [SQLValue], to writer: inout JSONWriter, _ budget: inout ResultLimits) throws(ResultFailure) {
        switch form {
        case .object(let members):
            writer.byte("{")
            for (index, member) in members.enumerated() {
                if index > 0 { writer.byte(",") }
                writer.raw(member.name)
                try member.shape.write(frame, to: &writer, &budget)
            }
            writer.byte("}")
        case .value(let query):
            if try begin(query, frame, &budget) {
                write(query, 0, to: &writer)
                query.prepared.statement.reset()
            } else {
                writer.raw("null")
            }
        case .row(let query):
            if try begin(query, frame, &budget) {
                // However the object ends, its statement must not stay open: the next call could not bind it.
                defer { query.prepared.statement.reset() }
                try writeObject(query, frame, to: &writer, &budget)
            } else {
                writer.raw("null")
            }
        case .values(let query):
            try writeEach(query, "[", "]", frame, to: &writer, &budget) { writer, _ in write(query, 0, to: &writer) }
        case .rows(let query):
            try writeEach(query, "[", "]", frame, to: &writer, &budget) { writer, budget throws(ResultFailure) in
                try writeObject(query, frame, to: &writer, &budget)
            }
        case .pairs(let query):
            try writeEach(query, "{", "}", frame, to: &writer, &budget) { writer, _ in
                writeKey(query, to: &writer)
                write(query, 1, to: &writer)
            }
        case .keyed(let query):
            try writeEach(query, "{", "}", frame, to: &writer, &budget) { writer, budget throws(ResultFailure) in
                writeKey(query, to: &writer)
                try writeObject(query, frame, to: &writer, &budget)
            }
        }
    }

    private func begin(_ query: Query, _ frame: [SQLValue], _ budget: inout ResultLimits) throws(ResultFailure) -> Bool {
        query.prepared.bind(frame)
        return try next(query, &budget)
    }

    @inline(__always)
    private func next(_ query: Query, _ budget: inout ResultLimits) throws(ResultFailure) -> Bool {
        do {
            guard try query.prepared.statement.step() else { return false }
        } catch {
            throw .database(error)
        }
        budget.rows -= 1
        if budget.rows < 0 {
            query.prepared.statement.reset()
            throw .tooLarge("The result has too many rows")
        }
        return true
    }

    private func writeEach(
        _ query: Query, _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ frame: [SQLValue], to writer: inout JSONWriter,
        _ budget: inout ResultLimits, _ body: (inout JSONWriter, inout ResultLimits) throws(ResultFailure) -> Void
    ) throws(ResultFailure) {
        writer.byte(open)
        var isFirst = true
        var isRow = try begin(query, frame, &budget)
        while isRow {
            if !isFirst { writer.byte(",") }
            isFirst = false
            do {
                try body(&writer, &budget)
            } catch {
                query.prepared.statement.reset()
                throw error
            }
            if writer.bytes.count > budget.bytes {
                query.prepared.statement.reset()
                throw .tooLarge("The result has too many bytes")
            }
            isRow = try next(query, &budget)
        }
        writer.byte(close)
    }

    private func writeObject(
        _ query: Query, _ frame: [SQLValue], to writer: inout JSONWriter, _ budget: inout ResultLimits
    ) throws(ResultFailure) {
        try writeMembers(query.members, query, frame, to: &writer, &budget)
    }

    private func writeMembers(
        _ members: [Member], _ query: Query, _ frame: [SQLValue], to writer: inout JSONWriter, _ budget: inout ResultLimits
    ) throws(ResultFailure) {
        writer.byte("{")
        var isFirst = true
        for index in members.indices {
            if members[index].column >= 0 {
                let column = members[index].column
                if omitsNull, query.prepared.statement.type(column) == .null { continue }
                if !isFirst { writer.byte(",") }
                writer.raw(members[index].name)
                write(query, column, to: &writer)
            } else if let shape = members[index].shape {
                let start = writer.bytes.count
                if !isFirst { writer.byte(",") }
                writer.raw(members[index].name)
                let content = writer.bytes.count
                try shape.write(frame, to: &writer, &budget)
                if omitsNull, writer.bytes[content...].elementsEqual("null".utf8) {
                    writer.bytes.removeSubrange(start...)
                    continue
                }
            } else {
                if !isFirst { writer.byte(",") }
                writer.raw(members[index].name)
                try writeMembers(members[index].group, query, frame, to: &writer, &budget)
            }
            isFirst = false
        }
        writer.byte("}")
    }

    private func writeKey(_ query: Query, to writer: inout JSONWriter) {
        query.prepared.statement.withText(0) { writer.string(utf8: $0) }
        writer.byte(":")
    }

    private func write(_ query: Query, _ column: Int32, to writer: inout JSONWriter) {
        let statement = query.prepared
        switch statement.statement.type(column) {
        case .null: writer.raw("null")
        case .integer:
            let value = statement.statement.integer(column)
            switch query.types[Int(column)] {
            case .boolean: writer.bool(value != 0)
            case .number: writer.number(Double(value))
            default: writer.integer(value)
            }
        case .real: writer.number(statement.statement.real(column))
        case .text:
            if query.types[Int(column)] == .json {
                statement.statement.withText(column) { text in
                    switch JSONValidator.check(text) {
                    case .plain: writer.bytes.append(contentsOf: text)
                    case .unusual:
                        if let value = try? JSONParser.parse(text, limits: .wire) { writer.value(value) } else { writer.string(utf8: text) }
                    // Text that an expression made may not be JSON after all; then it is a string.
                    case .invalid: writer.string(utf8: text)
                    }
                }
            } else {
                statement.statement.withText(column) { writer.string(utf8: $0) }
            }
        case .blob: statement.statement.withText(column) { writer.string(utf8: $0) }
        }
    }
}
