import Domains
import Simulation
import WireJSON

/// Writes the tools that read.
struct ReaderCompiler {
    let design: Design

    private var model: Model { design.model }
    private func table(_ entity: Int) -> EntityTable { design.schema.tables[entity] }

    func tool(_ reader: Reader) -> JSON { reader.isGetter ? getter(reader) : finder(reader) }

    // MARK: One thing

    private func getter(_ reader: Reader) -> JSON {
        let entity = model.entities[reader.entity]
        let table = table(reader.entity)
        var compiler = SQLCompiler(design)
        let alias = compiler.alias(table.name)
        let (columns, types) = columns(reader.shown, reader.entity, alias, &compiler)
        let key = "\(alias).\(SQLNames.quoted(table.key))"
        var result: JSONObject = [:]
        result["row"] = .string("SELECT \(columns) FROM \(SQLNames.quoted(table.name)) \(alias) WHERE \(key) = :\(reader.keyArgument)")
        if !types.isEmpty { result["types"] = .object(types) }
        var members = JSONObject()
        for child in reader.children { members[child.name] = self.child(child, reader) }
        if !members.isEmpty { result["with"] = .object(members) }
        let children = reader.children.map { model.entities[$0.entity].nouns }
        return [
            "description": .string(
                "Shows one \(entity.noun)\(children.isEmpty ? "" : " with its \(Wording.list(children))")."),
            "effect": "read", "arguments": .object([reader.keyArgument: keyArgument(reader.entity, "The \(entity.noun).")]),
            "steps": [Step.exists(table, ":\(reader.keyArgument)", noun: entity.noun, argument: reader.keyArgument)],
            "result": .object(result),
        ]
    }

    private func child(_ child: Reader.Child, _ reader: Reader) -> JSON {
        let table = table(child.entity)
        var compiler = SQLCompiler(design)
        let alias = compiler.alias(table.name)
        let (columns, types) = columns(child.shown, child.entity, alias, &compiler)
        let relation = compiler.column(model.reference(child.entity, child.relation), alias)
        var result: JSONObject = [:]
        result["rows"] = .string(
            "SELECT \(columns) FROM \(SQLNames.quoted(table.name)) \(alias) WHERE \(relation) = :\(reader.keyArgument) ORDER BY \(alias).\(SQLNames.quoted(table.key))"
        )
        if !types.isEmpty { result["types"] = .object(types) }
        return .object(result)
    }

    // MARK: Some things

    private func finder(_ reader: Reader) -> JSON {
        let entity = model.entities[reader.entity]
        let table = table(reader.entity)
        var compiler = SQLCompiler(design)
        let alias = compiler.alias(table.name)
        var conditions: [String] = []
        var arguments = JSONObject()
        var steps: [JSON] = []
        for filter in reader.filters {
            let attribute = entity.attributes[filter.attribute]
            let column = compiler.column(model.reference(reader.entity, filter.attribute), alias)
            let test =
                switch filter.test {
                case .equals: "\(column) = :\(filter.argument)"
                case .contains: "instr(fold(\(column)), fold(:\(filter.argument))) > 0"
                case .from: "\(column) >= :\(filter.argument)"
                case .to: "\(column) <= :\(filter.argument)"
                }
            conditions.append(filter.isRequired ? test : "(:\(filter.argument) IS NULL OR \(test))")
            arguments[filter.argument] = argument(filter, attribute)
            if filter.isRequired, let target = attribute.type.entity {
                steps.append(
                    Step.exists(self.table(target), ":\(filter.argument)", noun: model.entities[target].noun, argument: filter.argument))
            }
        }
        let (columns, types) = columns(reader.shown, reader.entity, alias, &compiler)
        let filter = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
        let source = "FROM \(SQLNames.quoted(table.name)) \(alias)\(filter)"
        if !reader.sorts.isEmpty {
            let words: [JSON] = reader.sorts.map { .string($0.word) }
            arguments[reader.sortArgument] = [
                "type": "enum", "values": .array(words), "required": false,
                "description": "The order; a minus sign before the word turns it round.",
            ]
        }
        var limit = ""
        if let paging = reader.paging {
            arguments[paging.limit] = [
                "type": "integer", "default": .integer(Int64(paging.defaultLimit)), "minimum": 1,
                "maximum": .integer(Int64(paging.greatestLimit)),
                "description": .string("The most \(entity.nouns) to return."),
            ]
            arguments[paging.offset] = [
                "type": "integer", "default": paging.isByPage ? 1 : 0, "minimum": paging.isByPage ? 1 : 0,
                "description": .string(paging.isByPage ? "The page, from 1." : "How many \(entity.nouns) to skip."),
            ]
            limit =
                paging.isByPage
                ? " LIMIT :\(paging.limit) OFFSET (:\(paging.offset) - 1) * :\(paging.limit)"
                : " LIMIT :\(paging.limit) OFFSET :\(paging.offset)"
        }
        var rows: JSONObject = [:]
        rows["rows"] = .string("SELECT \(columns) \(source) ORDER BY \(order(reader, alias, &compiler))\(limit)")
        if !types.isEmpty { rows["types"] = .object(types) }
        var result = JSON.object(rows)
        if reader.isWrapped {
            let total: JSON = ["value": .string("SELECT count(*) AS total \(source)"), "types": ["total": "integer"]]
            result = ["object": .object(["total": total, "items": result])]
        }
        var tool: JSONObject = ["description": .string(description(reader)), "effect": "read"]
        if !arguments.isEmpty { tool["arguments"] = .object(arguments) }
        if !steps.isEmpty { tool["steps"] = .array(steps) }
        tool["result"] = result
        return .object(tool)
    }

    private func description(_ reader: Reader) -> String {
        let entity = model.entities[reader.entity]
        if let filter = reader.filters.first(where: \.isRequired), let target = entity.attributes[filter.attribute].type.entity {
            return "Lists the \(entity.nouns) of \(model.entities[target].noun.withArticle)."
        }
        let by = reader.filters.isEmpty ? "Lists all \(entity.nouns)" : "Finds \(entity.nouns) by any of these filters; without them, all"
        guard let paging = reader.paging else { return by + "." }
        return
            "\(by). Gives \(paging.isByPage ? "one page" : "so many") at a time\(reader.isWrapped ? ", and how many there are in all" : "")."
    }

    private func argument(_ filter: Reader.Filter, _ attribute: Attribute) -> JSON {
        var object: JSONObject
        switch attribute.type {
        case .reference(let target):
            object = keyArgument(target, "Only those of this \(model.entities[target].noun).").object!
        case .text:
            object = [
                "type": "string", "min_length": 1,
                "description": .string(
                    filter.test == .contains ? "Part of the \(attribute.label), in any case." : "The \(attribute.label)."),
            ]
        case .enumeration(let words): object = ["type": "enum", "values": .array(words.map { .string($0) })]
        case .boolean: object = ["type": "boolean", "description": .string("Whether \(attribute.label).")]
        case .date, .instant:
            object = [
                "type": attribute.type == .date ? "date" : "date-time",
                "description": .string(
                    "\(filter.test == .from ? "The earliest" : "The latest") \(attribute.label)\(attribute.type == .instant ? ", in UTC" : "")."
                ),
            ]
        case .number, .money:
            object = [
                "type": SQLCompiler(design).isReal(attribute.type) ? "number" : "integer",
                "description": .string(
                    "\(filter.test == .from ? "The least" : "The greatest") \(attribute.label)\(attribute.type == .money && design.money == .hundredths ? ", in cents" : "")."
                ),
            ]
        }
        if !filter.isRequired { object["required"] = false }
        return .object(object)
    }

    /// An argument that is the key of a thing.
    func keyArgument(_ entity: Int, _ description: String) -> JSON { Argument.key(entity, design, description) }

    /// The order of what is found, which is total.
    private func order(_ reader: Reader, _ alias: String, _ compiler: inout SQLCompiler) -> String {
        var terms: [String] = []
        for sort in reader.sorts {
            let column = compiler.column(model.reference(reader.entity, sort.order.attribute), alias)
            terms.append("CASE :\(reader.sortArgument) WHEN '\(sort.word)' THEN \(column) END\(sort.order.isDescending ? " DESC" : "")")
        }
        if let order = reader.order {
            terms.append(compiler.column(model.reference(reader.entity, order.attribute), alias) + (order.isDescending ? " DESC" : ""))
        }
        return (terms + ["\(alias).\(SQLNames.quoted(table(reader.entity).key))"]).joined(separator: ", ")
    }

    // MARK: Columns

    /// The columns of what is shown, and the types of those that are not taken straight from the table.
    func columns(_ shown: [Reader.Shown], _ entity: Int, _ alias: String, _ compiler: inout SQLCompiler) -> (String, JSONObject) {
        let table = table(entity)
        var columns = ["\(alias).\(SQLNames.quoted(table.key))"]
        var types = JSONObject()
        for item in shown {
            var sql = compiler.column(item.path[0], alias)
            if item.path.count == 2 {
                let owner = self.table(item.path[1].entity)
                let inner = compiler.alias(owner.name)
                let column = compiler.column(item.path[1], inner)
                sql =
                    "(SELECT \(column) FROM \(SQLNames.quoted(owner.name)) \(inner) WHERE \(inner).\(SQLNames.quoted(owner.key)) = \(sql))"
            }
            let quoted = item.name.contains(".") ? "\"\(item.name)\"" : SQLNames.quoted(item.name)
            columns.append(sql == "\(alias).\(quoted)" ? sql : "\(sql) AS \(quoted)")
            if sql.hasPrefix("(") || sql.contains(" ") { types[item.name] = .string(typeName(item.path.last!.type)) }
        }
        return (columns.joined(separator: ", "), types)
    }

    private func typeName(_ type: ValueType) -> String {
        switch type {
        case .boolean: "boolean"
        case .number, .money: SQLCompiler(design).isReal(type) ? "number" : "integer"
        case .text, .enumeration: "string"
        case .date: "date"
        case .instant: "date-time"
        case .reference(let entity): design.keyStyles[entity].format == .integer ? "integer" : "string"
        }
    }
}

/// Arguments that several tools declare alike.
enum Argument {
    /// The key of a thing.
    static func key(_ entity: Int, _ design: Design, _ description: String) -> JSON {
        [
            "type": design.keyStyles[entity].format == .integer ? "integer" : "string", "description": .string(description),
        ]
    }
}

/// Steps that several tools have alike.
enum Step {
    /// Refuses unless there is a thing of that key.
    static func exists(_ table: EntityTable, _ key: String, noun: String, argument: String, isOptional: Bool = false) -> JSON {
        let test = "EXISTS (SELECT 1 FROM \(SQLNames.quoted(table.name)) WHERE \(SQLNames.quoted(table.key)) = \(key))"
        return [
            "require": .string(isOptional ? "\(key) IS NULL OR \(test)" : test),
            "else": notFound(noun, argument),
        ]
    }

    static func notFound(_ noun: String, _ argument: String) -> JSON {
        ["code": "not_found", "message": .string("There is no \(noun) {\(argument)}.")]
    }
}
