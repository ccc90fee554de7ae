import WireJSON

extension EnvironmentReader {
    func table(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> Table {
        reader.checkName(name, location, "a table")
        if name.lowercased().hasPrefix("sqlite_") { reader.report(location, "names that begin with sqlite_ belong to the engine") }
        let fields = reader.fields(
            node, "a table",
            allowed: ["description", "columns", "key", "unique", "references", "checks", "indexes", "rows"],
            required: ["columns", "key"])
        var table = Table(name: name, location: location)
        table.description = fields.string("description") ?? ""
        table.columns = reader.named(fields["columns"], "'columns'").map { column($0.name, $0.location, $0.node) }
        table.key = fields.names("key")
        table.unique = groups(fields["unique"], "'unique'")
        table.indexes = groups(fields["indexes"], "'indexes'")
        table.references = table.columns.compactMap(\.reference)
        table.references += reader.list(fields["references"], "'references'").compactMap(reference)
        table.checks = reader.list(fields["checks"], "'checks'").compactMap { reader.sql($0, "a check") }
        for (what, node, groups) in [
            ("the key", fields["key"], [table.key]), ("'unique'", fields["unique"], table.unique),
            ("'indexes'", fields["indexes"], table.indexes),
        ] {
            for column in groups.joined() where table.column(column) == nil {
                let hint = NearestName.hint(for: column, among: table.columns.map(\.name))
                reader.report(node!.location, "\(what) names the column '\(column)', which \(name) does not have\(hint)")
            }
        }
        for column in table.columns where table.key.contains(column.name) && column.isNullable {
            reader.report(column.location, "the key column '\(column.name)' cannot be null")
        }
        for column in table.columns where table.columns.filter({ $0.name.lowercased() == column.name.lowercased() }).count > 1 {
            reader.report(column.location, "two columns are called '\(column.name)' but for their case, which SQL does not see")
        }
        table.rows = rows(fields["rows"], of: table)
        return table
    }

    /// `[a, [b, c]]`: each entry is a column or several.
    private func groups(_ node: SpecNode?, _ what: String) -> [[String]] {
        reader.list(node, what).map { reader.names($0, "each of \(what)") }
    }

    private func column(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> Column {
        reader.checkName(name, location, "a column")
        var column = Column(name: name, location: location)
        if node.scalar != nil {
            column.type = columnType(reader.string(node, "a column's type"), node.location, values: []) ?? .string
            return column
        }
        let fields = reader.fields(
            node, "a column",
            allowed: [
                "type", "values", "description", "null", "default", "unique", "references", "minimum", "maximum", "min_length",
                "max_length", "check",
            ], required: ["type"])
        if let text = fields.string("type") {
            column.type = columnType(text, fields["type"]!.location, values: fields.strings("values")) ?? .string
        }
        column.description = fields.string("description") ?? ""
        column.isNullable = fields.bool("null") ?? false
        column.defaultValue = fields["default"]?.json
        column.isUnique = fields.bool("unique") ?? false
        column.minimum = fields["minimum"]?.scalar
        column.maximum = fields["maximum"]?.scalar
        column.minimumLength = fields.integer("min_length")
        column.maximumLength = fields.integer("max_length")
        column.check = fields.sql("check")
        for (name, bound) in [("minimum", column.minimum), ("maximum", column.maximum)] {
            if let bound, bound.double == nil || !(column.type == .integer || column.type == .number) {
                reader.report(fields[name]!.location, "'\(name)' is a number and goes with integer and number columns")
            }
        }
        if case .enumeration = column.type {} else if let values = fields["values"] {
            reader.report(values.location, "'values' goes with the type enum")
        }
        if let text = fields.string("references") {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            if parts.count == 2 {
                column.reference = Reference(columns: [name], table: parts[0], to: [parts[1]], location: fields["references"]!.location)
            } else {
                reader.report(fields["references"]!.location, "'\(text)' is not TABLE.COLUMN")
            }
        }
        if let value = column.defaultValue, let fault = ColumnValue.fault(value, column) {
            reader.report(fields["default"]!.location, "the default of '\(name)' \(fault)")
        }
        return column
    }

    func columnType(_ text: String?, _ location: SourceLocation, values: [String]) -> ColumnType? {
        switch text {
        case nil: return nil
        case "string": return .string
        case "integer": return .integer
        case "number": return .number
        case "boolean": return .boolean
        case "date": return .date
        case "date-time": return .dateTime
        case "json": return .json
        case "enum":
            if values.isEmpty { reader.report(location, "an enum must list its 'values'") }
            return .enumeration(values)
        case let text?:
            let hint = NearestName.hint(for: text, among: ColumnType.names)
            reader.report(location, "'\(text)' is not a type\(hint.isEmpty ? "; types are \(ColumnType.names.joined(separator: ", "))" : hint)")
            return nil
        }
    }

    private func reference(_ node: SpecNode) -> Reference? {
        let fields = reader.fields(node, "a reference", allowed: ["columns", "table", "to"], required: ["columns", "table", "to"])
        guard let table = fields.string("table") else { return nil }
        return Reference(columns: fields.names("columns"), table: table, to: fields.names("to"), location: node.location)
    }

    // MARK: Rows

    private func rows(_ node: SpecNode?, of table: Table) -> RowSource {
        guard let node else { return .inline([]) }
        if case .sequence(let nodes) = node.content {
            return .inline(nodes.map { row in
                InlineRow(
                    values: reader.named(row, "a row").map { (column: $0.name, value: $0.node.json, location: $0.location) },
                    location: row.location)
            })
        }
        let fields = reader.fields(node, "rows", allowed: ["columns", "values", "csv", "query"])
        if let query = fields.sql("query") { return .query(query) }
        if let file = fields["csv"] { return .inline(csv(file, table)) }
        let columns = fields.strings("columns")
        if columns.isEmpty { reader.report(node.location, "rows are a list, or have 'columns' and 'values', 'csv' or 'query'") }
        return .inline(
            reader.list(fields["values"], "'values' of rows").map { row in
                let cells = reader.list(row, "a row")
                if cells.count != columns.count {
                    reader.report(row.location, "the row has \(cells.count) values for \(columns.count) columns")
                }
                return InlineRow(
                    values: zip(columns, cells).map { (column: $0, value: $1.json, location: $1.location) }, location: row.location)
            })
    }

    private func csv(_ node: SpecNode, _ table: Table) -> [InlineRow] {
        guard let text = files.text(node, reader) else { return [] }
        let name = node.scalar?.string ?? ""
        do {
            var records = try CSV.parse(text, file: name)[...]
            guard let header = records.popFirst() else { return [] }
            return records.map { record in
                if record.fields.count != header.fields.count {
                    reader.report(record.location, "the record has \(record.fields.count) fields and the first line has \(header.fields.count)")
                }
                return InlineRow(
                    values: zip(header.fields, record.fields).map { column, field in
                        (column, ColumnValue.json(csv: field, table.column(column)), record.location)
                    }, location: record.location)
            }
        } catch {
            reader.report(error.location, error.message)
            return []
        }
    }
}
