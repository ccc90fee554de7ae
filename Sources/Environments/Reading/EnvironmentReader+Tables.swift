import Specifications
import WireJSON

extension EnvironmentReader {
    func table(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> Table {
        let before = reader.diagnostics.count
        reader.checkName(name, location, "a table")
        if name.lowercased().hasPrefix(EngineNames.tablePrefix) {
            reader.report(location, "names that begin with sqlite_ belong to the engine")
        }
        let fields = reader.fields(
            node, "a table",
            allowed: ["description", "columns", "key", "unique", "references", "checks", "indexes", "rows"],
            required: ["columns", "key"])
        var table = Table(name: name, location: location)
        table.description = fields.string("description") ?? ""
        table.columns = reader.named(fields["columns"], "'columns'").map { column($0.name, $0.location, $0.node) }
        if let node = fields["columns"], node.hasNoEntries { reader.report(node.location, "a table must have a column") }
        table.key = existing(fields.names("key"), of: table, "the key")
        if let node = fields["key"], node.hasNoEntries { reader.report(node.location, "the table '\(name)' needs a key") }
        table.unique = groups(fields["unique"], of: table, "'unique'")
        table.indexes = groups(fields["indexes"], of: table, "'indexes'")
        table.references = table.columns.compactMap(\.reference)
        table.references += reader.list(fields["references"], "'references'").compactMap(reference)
        table.checks = reader.list(fields["checks"], "'checks'").compactMap { reader.sql($0, "a check") }
        for column in table.columns where table.key.contains(column.name) && column.isNullable {
            reader.report(column.location, "the key column '\(column.name)' cannot be null")
        }
        dropNamesakes(from: &table)
        table.rows = rows(fields["rows"], of: table)
        table.mayLackRows = reader.diagnostics.count > before
        return table
    }

    /// `[a, [b, c]]`: each entry is a column or several.
    private func groups(_ node: SpecNode?, of table: Table, _ what: String) -> [[String]] {
        reader.list(node, what).map { entry in
            if entry.hasNoEntries { reader.report(entry.location, "an entry of \(what) names no column") }
            return existing(reader.names(entry, "each of \(what)"), of: table, what)
        }.filter { !$0.isEmpty }
    }

    /// The names that are columns, each once; reports the others.
    private func existing(_ names: [PlacedName], of table: Table, _ what: String) -> [String] {
        var columns: [String] = []
        for (name, location) in names.map({ ($0.name, $0.location) }) where !table.columns.isEmpty {
            if table.column(name) == nil {
                let hint = NearestName.hint(for: name, among: table.columns.map(\.name))
                reader.report(location, "\(what) names the column '\(name)', which \(table.name) does not have\(hint)")
            } else if columns.contains(name) {
                reader.report(location, "\(what) names the column '\(name)' twice")
            } else {
                columns.append(name)
            }
        }
        return columns
    }

    private func dropNamesakes(from table: inout Table) {
        var seen: Set<String> = []
        table.columns = table.columns.filter { column in
            if seen.insert(column.name.lowercased()).inserted { return true }
            reader.report(column.location, "two columns are called '\(column.name)' but for their case, which SQL does not see")
            return false
        }
    }

    private func column(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> Column {
        reader.checkName(name, location, "a column")
        var column = Column(name: name, location: location)
        if node.scalar != nil {
            setType(of: &column, reader.string(node, "a column's type"), node.location, values: [])
            return column
        }
        let fields = reader.fields(
            node, "a column",
            allowed: [
                "type", "values", "description", "null", "default", "unique", "references", "minimum", "maximum", "min_length",
                "max_length", "check",
            ], required: ["type"])
        setType(of: &column, fields.string("type"), fields["type"]?.location ?? location, values: fields.choices("values"))
        column.description = fields.string("description") ?? ""
        column.isNullable = fields.bool("null") ?? false
        column.defaultValue = fields["default"]?.json
        column.isUnique = fields.bool("unique") ?? false
        readBounds(fields, &column)
        column.check = fields.sql("check")
        if case .enumeration = column.type {
        } else if let values = fields["values"], !column.isDoubtful {
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
            column.isDoubtful = true
        }
        return column
    }

    private func setType(of column: inout Column, _ text: String?, _ location: SourceLocation, values: [String]) {
        if let type = columnType(text, location, values: values) {
            column.type = type
        } else {
            column.isDoubtful = true
        }
    }

    private func readBounds(_ fields: Fields, _ column: inout Column) {
        func bound(_ name: String) -> JSON? {
            guard let node = fields[name], !column.isDoubtful else { return nil }
            if let value = node.scalar, value.double != nil, column.type == .integer || column.type == .number { return value }
            reader.report(node.location, "'\(name)' is a number and goes with integer and number columns")
            return nil
        }
        func length(_ name: String) -> Int64? {
            guard let node = fields[name], !column.isDoubtful else { return nil }
            if column.type == .string { return fields.count(name).map(Int64.init) }
            reader.report(node.location, "'\(name)' goes with string columns")
            return nil
        }
        column.minimum = bound("minimum")
        column.maximum = bound("maximum")
        column.minimumLength = length("min_length")
        column.maximumLength = length("max_length")
        fields.checkOrder("minimum", "maximum")
        fields.checkOrder("min_length", "max_length")
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
            if !values.isEmpty { return .enumeration(values) }
            reader.report(location, "an enum must list its 'values'")
            return nil
        case let text?:
            let hint = NearestName.hint(for: text, among: ColumnType.names)
            reader.report(
                location, "'\(text)' is not a type\(hint.isEmpty ? "; types are \(ColumnType.names.joined(separator: ", "))" : hint)")
            return nil
        }
    }

    private func reference(_ node: SpecNode) -> Reference? {
        let fields = reader.fields(node, "a reference", allowed: ["columns", "table", "to"], required: ["columns", "table", "to"])
        guard let table = fields.string("table") else { return nil }
        return Reference(
            columns: fields.names("columns").map(\.name), table: table, to: fields.names("to").map(\.name), location: node.location)
    }
}
