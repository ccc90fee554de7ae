import Specifications
import WireJSON

extension EnvironmentReader {
    func rows(_ node: SpecNode?, of table: Table) -> RowSource {
        guard let node else { return .inline([]) }
        if case .sequence(let nodes) = node.content {
            return .inline(
                nodes.compactMap { node in
                    let values = reader.named(node, "a row").map { (column: $0.name, value: $0.node.json, location: $0.location) }
                    switch node.content {
                    case .mapping, .scalar(.null): return InlineRow(values: values, location: node.location)
                    default: return nil
                    }
                })
        }
        let fields = reader.fields(node, "rows", allowed: ["columns", "values", "csv", "query"])
        let form = fields.only(["values", "csv", "query"])
        if let form, form != "values", let columns = fields["columns"] { reader.report(columns.location, "'columns' goes with 'values'") }
        switch form {
        case "query": return fields.sql("query").map { .query($0) } ?? .inline([])
        case "csv": return .inline(csv(fields["csv"]!, table))
        case "values": return .inline(compact(fields, table))
        default: return .inline([])
        }
    }

    /// `{columns: [a, b], values: [[1, 2], [3, 4]]}`
    private func compact(_ fields: Fields, _ table: Table) -> [InlineRow] {
        guard let header = fields["columns"], !header.hasNoEntries else {
            reader.report(fields["columns"]?.location ?? fields.location, "rows with 'values' must name their 'columns'")
            return []
        }
        let columns = fields.names("columns")
        let isKnown = areColumns(columns, of: table)
        return reader.list(fields["values"], "'values' of rows").compactMap { row in
            let cells = reader.list(row, "a row")
            guard case .sequence = row.content else { return nil }
            if cells.count != columns.count {
                reader.report(row.location, "the row has \(cells.count) values for \(columns.count) columns")
                return nil
            }
            guard isKnown else { return nil }
            return InlineRow(
                values: zip(columns, cells).map { (column: $0.name, value: $1.json, location: $1.location) }, location: row.location)
        }
    }

    private func csv(_ node: SpecNode, _ table: Table) -> [InlineRow] {
        guard let (text, path) = files.read(node, reader) else { return [] }
        let records: [CSV.Record]
        do {
            records = try CSV.parse(text, file: path)
        } catch {
            reader.report(error.location, error.message)
            return []
        }
        guard let header = records.first else { return [] }
        let isKnown = areColumns(header.fields.map { PlacedName(name: $0, location: header.location) }, of: table)
        return records.dropFirst().compactMap { record in
            if record.fields.count != header.fields.count {
                reader.report(record.location, "the record has \(record.fields.count) fields and the first line has \(header.fields.count)")
                return nil
            }
            guard isKnown else { return nil }
            return InlineRow(
                values: zip(header.fields, record.fields).map { column, field in
                    (column, ColumnValue.json(csv: field, table.column(column)), record.location)
                }, location: record.location)
        }
    }

    /// Whether all of a header's names are columns, each once. Where they are not, the rows below are not worth judging.
    private func areColumns(_ names: [PlacedName], of table: Table) -> Bool {
        var seen: Set<String> = []
        var isSound = true
        for name in names {
            if table.column(name.name) == nil {
                isSound = false
                if table.columns.isEmpty { continue }
                let hint = NearestName.hint(for: name.name, among: table.columns.map(\.name))
                reader.report(name.location, "\(table.name) has no column '\(name.name)'\(hint)")
            } else if !seen.insert(name.name).inserted {
                isSound = false
                reader.report(name.location, "the column '\(name.name)' is named twice")
            }
        }
        return isSound
    }
}
