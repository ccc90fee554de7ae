import WireJSON

/// JSON Schemas (draft 2020-12) of arguments and results, as agents and clients see them.
enum JSONSchema {
    static func object(_ arguments: [ToolArgument]) -> JSON {
        var schema: JSONObject = JSONObject()
        schema["type"] = "object"
        schema["properties"] = .object(
            JSONObject(uniqueMembers: arguments.map { JSONObject.Member(name: $0.name, value: argument($0)) }))
        let required = arguments.filter(\.isRequired).map { JSON.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        schema["additionalProperties"] = false
        return .object(schema)
    }

    private static func argument(_ argument: ToolArgument) -> JSON {
        var schema = JSONObject()
        func set(_ name: String, _ value: JSON?) { if let value { schema[name] = value } }
        switch argument.type {
        case .string(let rules):
            schema["type"] = "string"
            set("minLength", rules.minimumLength.map { .integer(Int64($0)) })
            set("maxLength", rules.maximumLength.map { .integer(Int64($0)) })
            set("pattern", rules.pattern.map { .string($0.source) })
            set("format", rules.format.map { .string($0.rawValue) })
        case .integer(let minimum, let maximum):
            schema["type"] = "integer"
            set("minimum", minimum.map { .integer($0) })
            set("maximum", maximum.map { .integer($0) })
        case .number(let minimum, let maximum):
            schema["type"] = "number"
            set("minimum", minimum.map { .number($0) })
            set("maximum", maximum.map { .number($0) })
        case .boolean: schema["type"] = "boolean"
        case .date, .dateTime:
            schema["type"] = "string"
            if case .date = argument.type { schema["format"] = "date" } else { schema["format"] = "date-time" }
        case .enumeration(let values):
            schema["type"] = "string"
            schema["enum"] = .array(values.map { .string($0) } + (argument.isNullable ? [.null] : []))
        case .list(let element, let minimum, let maximum, let isUnique):
            schema["type"] = "array"
            schema["items"] = self.argument(element)
            set("minItems", minimum.map { .integer(Int64($0)) })
            set("maxItems", maximum.map { .integer(Int64($0)) })
            if isUnique { schema["uniqueItems"] = true }
        case .object(let properties): schema = object(properties).object!
        }
        if argument.isNullable, let type = schema["type"] { schema["type"] = .array([type, "null"]) }
        if !argument.description.isEmpty { schema["description"] = .string(argument.description) }
        set("default", argument.defaultValue)
        return .object(schema)
    }

    /// The schema of a column of a result. A join or an aggregate can make any of them null.
    static func column(_ type: ColumnType?) -> JSON {
        switch type {
        case nil, .json: [:]
        case .string: ["type": ["string", "null"]]
        case .integer: ["type": ["integer", "null"]]
        case .number: ["type": ["number", "null"]]
        case .boolean: ["type": ["boolean", "null"]]
        case .date: ["type": ["string", "null"], "format": "date"]
        case .dateTime: ["type": ["string", "null"], "format": "date-time"]
        case .enumeration(let values): ["enum": .array(values.map { .string($0) } + [.null])]
        }
    }
}
