import Domains
import Simulation
import WireJSON

/// Writes an environment as the file that is served.
struct EnvironmentWriter {
    let design: Design
    let toolbox: Toolbox
    let situation: Situation
    let tables: [TableSpec]

    init(_ design: Design, _ toolbox: Toolbox, _ situation: Situation) {
        self.design = design
        self.toolbox = toolbox
        self.situation = situation
        tables = TableCompiler(design).tables()
    }

    private var model: Model { design.model }

    /// The file's contents.
    func json(id: String, policy: String, tasks: JSONObject) -> JSON {
        var root = JSONObject()
        root["orrery"] = "environment/1"
        root["id"] = .string(id)
        root["title"] = .string(design.domain.title)
        root["summary"] = .string(design.domain.summary)
        root["policy"] = .string(policy)
        root["clock"] = ["start": .string(design.start.text), "advance": .integer(design.advance)]
        if let actor = model.actor, case .reference(let thing) = situation.actor {
            root["actor"] = [
                "table": .string(design.schema.tables[actor].name), "key": Printing(money: design.money).key(situation.key(thing, actor)),
            ]
        }
        root["sequences"] = .object(sequences())
        var tables = JSONObject()
        for table in self.tables { tables[table.name] = declaration(table) }
        root["tables"] = .object(tables)
        var tools = JSONObject()
        let readers = ReaderCompiler(design: design)
        for reader in toolbox.readers { tools[reader.name] = readers.tool(reader) }
        for actor in toolbox.actors { tools[actor.name] = VerbCompiler.tool(actor, design, toolbox.answer) }
        root["tools"] = .object(tools)
        root["tasks"] = .object(tasks)
        return .object(root)
    }

    private func declaration(_ table: TableSpec) -> JSON {
        var object = JSONObject()
        if !table.description.isEmpty { object["description"] = .string(table.description) }
        object["columns"] = .object(JSONObject(uniqueMembers: table.columns.map { .init(name: $0.name, value: $0.declaration) }))
        object["key"] = table.key.count == 1 ? .string(table.key[0]) : .array(table.key.map { .string($0) })
        if !table.unique.isEmpty { object["unique"] = .array(table.unique.map { .array($0.map { .string($0) }) }) }
        if !table.checks.isEmpty { object["checks"] = .array(table.checks.map { .string($0) }) }
        object["rows"] = [
            "columns": .array(table.columns.map { .string($0.name) }), "values": .array(table.rows(situation).map { .array($0) }),
        ]
        return .object(object)
    }

    /// The sequences of what verbs make, each going on where the rows end.
    private func sequences() -> JSONObject {
        var made: Set<Int> = []
        func collect(_ effects: [Effect]) {
            for effect in effects {
                switch effect {
                case .create(let entity, _, _, _): made.insert(entity)
                case .each(_, _, _, let inner): collect(inner)
                default: break
                }
            }
        }
        model.verbs.forEach { collect($0.effects) }
        var result = JSONObject()
        for entity in made.sorted() {
            let next = situation.kinds[entity].nextNumber
            result[design.keyStyles[entity].sequence] = sequence(design.keyStyles[entity], next)
            let count = next - design.keyStyles[entity].first
            if let code = design.codeStyles[entity] { result[code.sequence] = sequence(code, code.first + count) }
            for (number, group) in design.schema.tables[entity].groups.enumerated() {
                guard case .reference(_, _, let first) = group.link else { continue }
                result[EffectWriter.groupSequence(model.entities[entity].name, number)] = ["start": .integer(first + count)]
            }
        }
        return result
    }

    private func sequence(_ style: KeyStyle, _ next: Int64) -> JSON {
        switch style.format {
        case .integer: ["start": .integer(next)]
        case .uuid: ["format": "uuid", "start": .integer(next)]
        case .code(let prefix, let width, let suffix):
            ["format": .string("\(prefix){\(String(repeating: "0", count: width))}\(suffix)"), "start": .integer(next)]
        }
    }
}
