import Specifications
import WireJSON

extension EnvironmentReader {
    func tool(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> Tool {
        reader.checkName(name, location, "a tool")
        if EngineNames.tools.contains(name) { reader.report(location, "the name '\(name)' belongs to the meta-tools") }
        let fields = reader.fields(
            node, "a tool", allowed: ["description", "effect", "arguments", "steps", "result"], required: ["description", "effect"])
        var tool = Tool(name: name, location: location)
        tool.description = fields.string("description") ?? ""
        tool.effect = fields.choice("effect", of: Effect.self) ?? .read
        tool.arguments = arguments(fields["arguments"], "'arguments'")
        tool.steps = reader.list(fields["steps"], "'steps'").compactMap(step)
        tool.result = fields["result"].flatMap(shape)
        return tool
    }

    // MARK: Arguments

    private func arguments(_ node: SpecNode?, _ what: String) -> [ToolArgument] {
        reader.named(node, what).map { argument($0.name, $0.location, $0.node) }
    }

    private func argument(_ name: String, _ location: SourceLocation, _ node: SpecNode) -> ToolArgument {
        reader.checkName(name, location, "an argument")
        if node.scalar != nil {
            let fields = Fields(reader: reader, location: location, what: "an argument", pairs: [])
            let type = argumentType(reader.string(node, "an argument's type"), node.location, fields)
            return ToolArgument(name: name, type: type, location: location)
        }
        let common = ["type", "description", "required", "default", "null"]
        let own: [String: [String]] = [
            "string": ["min_length", "max_length", "pattern", "format"], "integer": ["minimum", "maximum"],
            "number": ["minimum", "maximum"], "enum": ["values"], "list": ["items", "min_items", "max_items", "unique"],
            "object": ["properties"],
        ]
        var type: String?
        if case .mapping(let pairs) = node.content { type = pairs.first { $0.key == "type" }?.value.scalar?.string }
        let allowed = common + (type.flatMap { own[$0] } ?? (type == nil ? own.values.joined().sorted() : []))
        let fields = reader.fields(node, type.map { "an argument of type \($0)" } ?? "an argument", allowed: allowed, required: ["type"])
        let argument = ToolArgument(
            name: name, type: argumentType(fields.string("type"), fields["type"]?.location ?? location, fields),
            description: fields.string("description") ?? "", isRequired: fields.bool("required") ?? (fields["default"] == nil),
            defaultValue: fields["default"]?.json, isNullable: fields.bool("null") ?? false, location: location)
        if let value = argument.defaultValue {
            var faults: [ArgumentFault] = []
            _ = argument.normalise(value, path: name, &faults)
            for fault in faults { reader.report(fields["default"]!.location, "the default: \(fault.path) \(fault.message)") }
            if argument.isRequired { reader.report(fields["default"]!.location, "an argument with a default is not required") }
        }
        return argument
    }

    private func argumentType(_ name: String?, _ location: SourceLocation, _ fields: Fields) -> ArgumentType {
        switch name {
        case "string", nil: return .string(stringRules(fields))
        case "integer":
            fields.checkOrder("minimum", "maximum")
            return .integer(minimum: fields.integer("minimum"), maximum: fields.integer("maximum"))
        case "number":
            fields.checkOrder("minimum", "maximum")
            return .number(minimum: fields.number("minimum"), maximum: fields.number("maximum"))
        case "boolean": return .boolean
        case "date": return .date
        case "date-time": return .dateTime
        case "enum":
            let values = fields.choices("values")
            if values.isEmpty { reader.report(location, "an enum must list its 'values'") }
            return .enumeration(values)
        case "list":
            guard let items = fields["items"] else {
                reader.report(location, "a list must say what its 'items' are")
                return .list(
                    element: ToolArgument(name: "items", type: .string(StringRules()), location: location), minimumCount: nil,
                    maximumCount: nil, isUnique: false)
            }
            fields.checkOrder("min_items", "max_items")
            return .list(
                element: argument("items", items.location, items), minimumCount: fields.count("min_items"),
                maximumCount: fields.count("max_items"), isUnique: fields.bool("unique") ?? false)
        case "object":
            if fields["properties"] == nil { reader.report(location, "an object must say what its 'properties' are") }
            return .object(arguments(fields["properties"], "'properties'"))
        case let name?:
            let hint = NearestName.hint(for: name, among: ArgumentType.names)
            reader.report(
                location, "'\(name)' is not a type\(hint.isEmpty ? "; types are \(ArgumentType.names.joined(separator: ", "))" : hint)")
            return .string(StringRules())
        }
    }

    private func stringRules(_ fields: Fields) -> StringRules {
        var rules = StringRules()
        rules.minimumLength = fields.count("min_length")
        rules.maximumLength = fields.count("max_length")
        fields.checkOrder("min_length", "max_length")
        rules.format = fields.choice("format", of: TextFormat.self)
        if let pattern = fields.string("pattern") {
            do {
                rules.pattern = try TextPattern(pattern)
            } catch {
                reader.report(fields["pattern"]!.location, "'\(pattern)' is not a regular expression: \(error)")
            }
        }
        return rules
    }

    // MARK: Steps

    private func step(_ node: SpecNode) -> Step? {
        let kinds = ["find", "require", "forbid", "next", "change"]
        let fields = reader.fields(node, "a step", allowed: kinds + ["else"])
        guard let kind = fields.only(kinds) else { return nil }
        let refusal = fields["else"].flatMap(refusal)
        if refusal == nil, fields["else"] == nil, kind == "require" || kind == "forbid" {
            reader.report(node.location, "'\(kind)' must say how it refuses: else: {code: ..., message: ...}")
        }
        let action: Step.Action
        var location = node.location
        switch kind {
        case "next":
            let names = reader.named(fields["next"], "'next'")
            guard names.count == 1, let sequence = reader.string(names[0].node, "a sequence's name") else {
                if names.count != 1 { reader.report(node.location, "'next' is one name and its sequence: {NAME: SEQUENCE}") }
                return nil
            }
            if let node = fields["else"] { reader.report(node.location, "'next' never refuses") }
            reader.checkName(names[0].name, names[0].location, "a parameter")
            location = names[0].location
            action = .next(name: names[0].name, sequence: PlacedName(name: sequence, location: names[0].node.location))
        default:
            guard let sql = fields.sql(kind) else { return nil }
            action =
                switch kind {
                case "find": .find(sql)
                case "require": .require(sql)
                case "forbid": .forbid(sql)
                default: .change(sql)
                }
        }
        return Step(action: action, refusal: refusal, location: location)
    }

    private func refusal(_ node: SpecNode) -> Refusal? {
        let fields = reader.fields(node, "a refusal", allowed: ["code", "message", "details"], required: ["code", "message"])
        guard let code = fields.string("code"), let message = fields.string("message") else { return nil }
        let valid = code.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") }
        if !valid || code.isEmpty { reader.report(fields["code"]!.location, "'\(code)' is not a code: lower-case words with _") }
        if EngineNames.codes.contains(code) { reader.report(fields["code"]!.location, "the code '\(code)' belongs to the engine") }
        return Refusal(
            code: code, message: pieces(message, fields["message"]!.location), details: fields.names("details"),
            location: fields["message"]!.location)
    }

    private func pieces(_ message: String, _ location: SourceLocation) -> [Refusal.MessagePiece] {
        var pieces: [Refusal.MessagePiece] = []
        var rest = message[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else {
                reader.report(location, "the message has '{' without '}'")
                break
            }
            if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
            pieces.append(.value(String(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }

    // MARK: Shapes

    func namedShapes(_ node: SpecNode?, _ what: String) -> [NamedShape] {
        reader.named(node, what).map { name, location, node in
            if name.isEmpty { reader.report(location, "a shape needs a name") }
            // A shape that cannot be read is kept as an empty one: it is there for those who use it.
            let shape = shape(node) ?? Shape(form: .object([]), location: node.location)
            return NamedShape(name: name, shape: shape, location: location)
        }
    }

    private func shape(_ node: SpecNode) -> Shape? {
        let forms = ["value", "values", "row", "rows", "pairs", "keyed", "object", "use"]
        let fields = reader.fields(node, "a shape", allowed: forms + ["with", "omit_null", "types"])
        guard let kind = fields.only(forms) else { return nil }
        var location = node.location
        let form: Shape.Form
        switch kind {
        case "object": form = .object(namedShapes(fields["object"], "'object'"))
        case "use":
            guard let name = fields.string("use") else { return nil }
            form = .use(name)
            location = fields["use"]!.location
        default:
            guard let sql = fields.sql(kind) else { return nil }
            form =
                switch kind {
                case "value": .value(sql)
                case "values": .values(sql)
                case "row": .row(sql)
                case "rows": .rows(sql)
                case "pairs": .pairs(sql)
                default: .keyed(sql)
                }
        }
        var shape = Shape(form: form, location: location)
        shape.members = namedShapes(fields["with"], "'with'")
        shape.omitsNull = fields.bool("omit_null") ?? false
        if !["row", "rows", "keyed"].contains(kind), let extra = fields["with"] ?? fields["omit_null"] {
            reader.report(extra.location, "'with' and 'omit_null' go with row, rows and keyed")
        }
        if ["object", "use"].contains(kind), let types = fields["types"] {
            reader.report(types.location, "'types' goes with a query")
        }
        for (column, location, node) in reader.named(fields["types"], "'types'") {
            guard let type = columnType(reader.string(node, "a type"), node.location, values: ["?"]) else { continue }
            if case .enumeration = type {
                reader.report(node.location, "a computed column is string, not enum")
            } else {
                shape.types.append((column, type, location))
            }
        }
        return shape
    }
}
