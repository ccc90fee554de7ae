import Domains
import Simulation
import WireJSON

/// Writes the tools that act: the verbs' conditions as steps that refuse, their effects as statements that change rows.
struct VerbCompiler {
    let design: Design
    let answer: ActingTool.Answer
    private var compiler: SQLCompiler
    private var steps: [JSON] = []
    private var names: ParameterNames
    /// The parameter that holds the key of the thing that was made or acted on.
    private var subject: (entity: Int, key: String)?
    private var isDestructive = false
    private var codes: [String] = []

    private var model: Model { design.model }
    private func table(_ entity: Int) -> EntityTable { design.schema.tables[entity] }

    /// Writes one tool.
    static func tool(_ tool: ActingTool, _ design: Design, _ answer: ActingTool.Answer) -> JSON {
        var compiler = VerbCompiler(design: design, answer: answer, compiler: SQLCompiler(design))
        return compiler.write(tool)
    }

    private init(design: Design, answer: ActingTool.Answer, compiler: SQLCompiler) {
        self.design = design
        self.answer = answer
        self.compiler = compiler
        names = ParameterNames(design.naming)
    }

    private mutating func write(_ tool: ActingTool) -> JSON {
        for argument in tool.arguments { names.take(argument.name) }
        let description: String
        switch tool.form {
        case .verb(let index):
            let verb = model.verbs[index]
            bind(verb, tool.arguments)
            check([verb], tool.arguments)
            for binding in verb.lets { bind(binding) }
            for requirement in verb.requirements { require(requirement, unless: nil) }
            apply(verb.effects, while: nil)
            description = Describing(model: model).sentence(verb)
        case .edits(let verbs):
            description = writeEdits(verbs, tool)
        case .transitions(let verbs, let argument, let words):
            names.take(argument)
            description = writeTransitions(verbs, argument, words, tool)
        }
        var arguments = JSONObject()
        for argument in tool.arguments { arguments[argument.name] = declaration(argument) }
        if case .transitions(_, let argument, let words) = tool.form {
            arguments[argument] = [
                "type": "enum", "values": .array(words.map { .string($0) }), "description": "The status that it is to have.",
            ]
        }
        let refusals = codes.isEmpty ? "" : " Refused with \(Wording.list(codes, "or"))."
        return [
            "description": .string(description + refusals), "effect": isDestructive ? "destructive" : "write",
            "arguments": .object(arguments), "steps": .array(steps), "result": result(),
        ]
    }

    // MARK: Arguments

    /// Says how the verb's variables are written.
    private mutating func bind(_ verb: Verb, _ arguments: [ActingTool.Argument]) {
        for (argument, definition) in zip(arguments, verb.arguments) {
            compiler.slots[definition.variable.slot] = .parameter(argument.name)
        }
        if verb.created == nil, let first = verb.arguments.first, let entity = first.entity { subject = (entity, ":\(arguments[0].name)") }
    }

    /// Refuses unless the things that are given exist, and binds what the verbs ask about them.
    private mutating func check(_ verbs: [Verb], _ arguments: [ActingTool.Argument]) {
        for argument in arguments {
            guard let entity = argument.definition.entity else { continue }
            let table = table(entity)
            let noun = model.entities[entity].noun
            let paths = argument.isRequired ? paths(argument.definition.variable, verbs) : []
            codes.appendNew("not_found")
            if paths.isEmpty {
                steps.append(
                    Step.exists(table, ":\(argument.name)", noun: noun, argument: argument.name, isOptional: !argument.isRequired))
                continue
            }
            let alias = compiler.alias(table.name)
            let slot = argument.definition.variable.slot
            let saved = compiler.slots[slot]
            compiler.slots[slot] = .row(alias: alias)
            var columns: [String] = []
            var found: [([Int], String)] = []
            for expression in paths {
                let name = names.fresh(Self.words(of: expression, model))
                columns.append("\(compiler.sql(expression)) AS \(name)")
                found.append((expression.path!, name))
            }
            compiler.slots[slot] = saved
            for (path, name) in found { compiler.paths[path] = ":\(name)" }
            steps.append([
                "find": .string(
                    "SELECT \(columns.joined(separator: ", ")) FROM \(SQLNames.quoted(table.name)) \(alias) WHERE \(alias).\(SQLNames.quoted(table.key)) = :\(argument.name)"
                ), "else": Step.notFound(noun, argument.name),
            ])
        }
    }

    /// The longest paths from a variable in what verbs require and say, each once.
    private func paths(_ variable: Variable, _ verbs: [Verb]) -> [Expression] {
        var found: [[Int]] = []
        var result: [Expression] = []
        func visit(_ expression: Expression) {
            if let path = expression.path, path.count > 1 {
                if path[0] == variable.slot, !found.contains(path) {
                    found.append(path)
                    result.append(expression)
                }
                return
            }
            expression.parts.forEach(visit)
        }
        for verb in verbs {
            verb.lets.forEach { visit($0.value) }
            for requirement in verb.requirements {
                visit(requirement.condition)
                requirement.message.values.forEach(visit)
            }
        }
        return result
    }

    private static func words(of expression: Expression, _ model: Model) -> String {
        switch expression {
        case .variable(let variable): variable.name
        case .attribute(let base, let reference): "\(words(of: base, model))_\(model.attribute(reference).name)"
        default: "value"
        }
    }

    private mutating func bind(_ binding: Verb.Let) {
        let name = names.fresh(binding.variable.name)
        steps.append(["find": .string("SELECT \(compiler.sql(binding.value)) AS \(name)")])
        compiler.slots[binding.variable.slot] = .parameter(name)
    }

    private func declaration(_ argument: ActingTool.Argument) -> JSON {
        let definition = argument.definition
        var object = JSONObject()
        var about = definition.about.isEmpty ? Wording.capitalised("the \(definition.label).") : definition.about
        switch definition.variable.type {
        case .boolean: object["type"] = "boolean"
        case .number(let places):
            object["type"] = places == 0 ? "integer" : "number"
            if let unit = definition.unit { about += " In \(unit)." }
            bound(&object, definition.source, places: places)
        case .money:
            object["type"] = design.money == .decimals ? "number" : "integer"
            if design.money == .hundredths { about += " In cents." }
            object["minimum"] = design.money == .decimals ? 0.01 : 1
        case .text:
            object["type"] = "string"
            object["min_length"] = 1
        case .enumeration(let words):
            object["type"] = "enum"
            object["values"] = .array(words.map { .string($0) })
        case .date: object["type"] = "date"
        case .instant:
            object["type"] = "date-time"
            about += " In UTC."
        case .reference(let entity):
            object = Argument.key(entity, design, "").object!
            object["description"] = nil
        }
        object["description"] = .string(about)
        if !argument.isRequired { object["required"] = false }
        return .object(object)
    }

    private func bound(_ object: inout JSONObject, _ source: Attribute.Source, places: Int) {
        guard case .number(let low, _, _) = source, low >= 0 else { return }
        object["minimum"] = places == 0 ? .integer(min(low, 1)) : Printing.number(0, places: places)
    }

    // MARK: Requirements

    /// - Parameter unless: when the requirement does not matter.
    private mutating func require(_ requirement: Requirement, unless: String?) {
        var message = ""
        var details: [JSON] = []
        for piece in requirement.message.pieces {
            switch piece {
            case .text(let text): message += text
            case .value(let value, _):
                if case .constant(let constant, let type) = value {
                    message += Speaking.plain(constant, type, design)
                    continue
                }
                let name = parameter(value)
                message += "{\(name)}"
                details.append(.string(name))
            }
        }
        let condition = compiler.sql(requirement.condition)
        var refusal: JSONObject = ["code": .string(requirement.code), "message": .string(message)]
        if !details.isEmpty { refusal["details"] = .array(details) }
        steps.append([
            "require": .string(unless.map { "\($0) OR (\(condition))" } ?? condition), "else": .object(refusal),
        ])
        codes.appendNew(requirement.code)
    }

    /// The parameter that holds a value; it is bound where there is none.
    private mutating func parameter(_ value: Expression) -> String {
        if let path = value.path {
            if path.count == 1, case .parameter(let name)? = compiler.slots[path[0]] { return name }
            if let sql = compiler.paths[path], sql.hasPrefix(":") { return String(sql.dropFirst()) }
        }
        let name = names.fresh(Self.words(of: value, model))
        steps.append(["find": .string("SELECT \(compiler.sql(value)) AS \(name)")])
        if let path = value.path { compiler.paths[path] = ":\(name)" }
        return name
    }

    // MARK: Effects

    /// - Parameter condition: on what parameters say; nil: always.
    private mutating func apply(_ effects: [Effect], while condition: String?) {
        // What was read of things before they were changed is not what they are afterwards.
        compiler.paths = [:]
        var writer = EffectWriter(design: design, compiler: compiler, names: names, guardCondition: condition)
        writer.write(effects)
        steps += writer.steps
        names = writer.names
        compiler = writer.compiler
        isDestructive = isDestructive || writer.isDestructive
        if let created = writer.created, subject == nil { subject = created }
        if writer.deletesSubject(subject?.key) { subject = nil }
    }

    // MARK: Several verbs in one

    private mutating func writeEdits(_ verbs: [Int], _ tool: ActingTool) -> String {
        let thing = tool.arguments[0]
        let entity = thing.definition.entity!
        subject = (entity, ":\(thing.name)")
        check([], [thing])
        let given = tool.arguments.dropFirst().map(\.name)
        steps.append([
            "require": .string(given.map { ":\($0) IS NOT NULL" }.joined(separator: " OR ")),
            "else": ["code": "nothing_to_change", "message": "Say what is to be changed."],
        ])
        codes.append("nothing_to_change")
        for (index, argument) in zip(verbs, tool.arguments.dropFirst()) {
            let verb = model.verbs[index]
            compiler.slots[verb.arguments[0].variable.slot] = .parameter(thing.name)
            compiler.slots[verb.arguments[1].variable.slot] = .parameter(argument.name)
            for requirement in verb.requirements { require(requirement, unless: ":\(argument.name) IS NULL") }
        }
        for (index, argument) in zip(verbs, tool.arguments.dropFirst()) {
            let verb = model.verbs[index]
            compiler.slots[verb.arguments[0].variable.slot] = .parameter(thing.name)
            compiler.slots[verb.arguments[1].variable.slot] = .parameter(argument.name)
            apply(verb.effects, while: ":\(argument.name) IS NOT NULL")
        }
        return
            "Changes the \(Wording.list(tool.arguments.dropFirst().map(\.definition.label), "or")) of \(model.entities[entity].noun.withArticle)."
    }

    private mutating func writeTransitions(_ verbs: [Int], _ argument: String, _ words: [String], _ tool: ActingTool) -> String {
        let thing = tool.arguments[0]
        let entity = thing.definition.entity!
        subject = (entity, ":\(thing.name)")
        compiler.slots[0] = .parameter(thing.name)
        check(verbs.map { model.verbs[$0] }, [thing])
        for (index, word) in zip(verbs, words) {
            for requirement in model.verbs[index].requirements {
                require(requirement, unless: ":\(argument) <> \(compiler.literal(.text(word), .text))")
            }
        }
        for (index, word) in zip(verbs, words) {
            compiler.slots[model.verbs[index].arguments[0].variable.slot] = .parameter(thing.name)
            apply(model.verbs[index].effects, while: ":\(argument) = \(compiler.literal(.text(word), .text))")
        }
        return "Moves \(model.entities[entity].noun.withArticle) to another status."
    }

    // MARK: The result

    private func result() -> JSON {
        guard let subject else { return ["object": ["done": ["value": "SELECT 1 AS done", "types": ["done": "boolean"]]]] }
        let table = table(subject.entity)
        let entity = model.entities[subject.entity]
        var compiler = SQLCompiler(design)
        let alias = compiler.alias(table.name)
        var shown: [Reader.Shown] = []
        for position in entity.attributes.indices {
            if case .key = table.storage[position] { continue }
            if answer == .key, position != entity.stateAttribute { continue }
            shown.append(Reader.Shown(name: table.shownNames[position], path: [model.reference(subject.entity, position)]))
        }
        let (columns, types) = ReaderCompiler(design: design).columns(shown, subject.entity, alias, &compiler)
        var result: JSONObject = [
            "row": .string(
                "SELECT \(columns) FROM \(SQLNames.quoted(table.name)) \(alias) WHERE \(alias).\(SQLNames.quoted(table.key)) = \(subject.key)"
            )
        ]
        if !types.isEmpty { result["types"] = .object(types) }
        return .object(result)
    }
}

extension [String] {
    fileprivate mutating func appendNew(_ element: String) { if !contains(element) { append(element) } }
}
