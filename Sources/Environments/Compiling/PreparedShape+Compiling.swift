import Database
import Specifications
import WireJSON

extension PreparedShape {
    /// Shapes that use shapes can double at every level: a few lines would stand for more than memory holds.
    static let mostParts = 2_000

    /// Compiles a shape.
    ///
    /// - Throws: ``SpecificationError`` with everything that is wrong in it.
    convenience init(
        _ shape: Shape, scope: Scope, shared: [String: Shape], on connection: borrowing Connection, schema: SchemaNames
    ) throws(SpecificationError) {
        var sizes: [String: Int] = [:]
        if shape.partCount(shared, &sizes) > Self.mostParts {
            throw SpecificationError([
                Diagnostic(shape.location, "the shape has more than \(Self.mostParts) parts, those of the shapes that it uses included")
            ])
        }
        var diagnostics: [Diagnostic] = []
        let compiled = PreparedShape(shape, scope: scope, shared: shared, open: [], on: connection, schema: schema, &diagnostics)
        guard diagnostics.isEmpty, let compiled else { throw SpecificationError(diagnostics) }
        self.init(copying: compiled)
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
}

extension Shape {
    /// The number of shapes that this one stands for, those that it uses written out; capped, so that nothing overflows.
    fileprivate func partCount(_ shared: [String: Shape], _ sizes: inout [String: Int]) -> Int {
        var count = 1
        switch form {
        case .use(let name):
            if let size = sizes[name] { return size }
            sizes[name] = 1  // A shape that uses itself is reported as such elsewhere.
            let size = shared[name]?.partCount(shared, &sizes) ?? 1
            sizes[name] = size
            return size
        case .object(let members): for member in members { count += member.shape.partCount(shared, &sizes) }
        default: break
        }
        for member in members { count += member.shape.partCount(shared, &sizes) }
        return min(count, 1_000_000)
    }
}
