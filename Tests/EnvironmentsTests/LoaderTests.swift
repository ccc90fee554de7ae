import Foundation
import Specifications
import Testing
import WireJSON

@testable import Environments

@Suite struct LoaderTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func load(_ yaml: String) throws -> CompiledEnvironment {
        try EnvironmentLoader.load(Array(("orrery: environment/1\nid: test\ntitle: Test\n" + yaml).utf8), file: "test.yaml")
    }

    @Test func yamlAndJSONOfOneMeaningAreOneEnvironment() throws {
        let path = Self.root.appendingPathComponent("EnvSpecs/library.yaml").path
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let yaml = try EnvironmentLoader.load(bytes, file: path)
        let json = try EnvironmentLoader.load(try SpecNode.read(bytes, file: path).json.bytes, file: "library.json")
        #expect(json.identity == yaml.identity)
        #expect(json.initialDigest == yaml.initialDigest)
        #expect(json.inputSchemas == yaml.inputSchemas)
        #expect(json.outputSchemas == yaml.outputSchemas)
    }

    @Test func anyChangeOfTheContentsChangesTheIdentity() throws {
        let tables = "tables: {t: {columns: {id: integer, s: {type: string, null: true}}, key: id, rows: [{id: 1}]}}"
        let base = try load(tables)
        #expect(try load(tables + "  # a comment").identity == base.identity)
        #expect(try load(tables + "\nsummary: x").identity != base.identity)
        #expect(try load(tables + "\nsummary: x").initialDigest == base.initialDigest)
        #expect(try load(tables.replacing("{id: 1}", with: "{id: 2}")).initialDigest != base.initialDigest)
    }

    @Test func rowsComeFromFilesAndSources() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("id,name,born\r\n1,\"Ana, \"\"A\"\"\",2001-02-03\r\n2,,\r\n".utf8).write(to: folder.appendingPathComponent("people.csv"))
        try Data(#"{"pets":[{"name":"Rex","owner":1,"tags":["a","b"]},{"name":"Tom","owner":2,"tags":[]}]}"#.utf8).write(
            to: folder.appendingPathComponent("pets.json"))
        let file = folder.appendingPathComponent("env.yaml")
        try Data(
            """
            orrery: environment/1
            id: files
            title: Files
            sources: {shelter: {file: "${NO_SUCH_VARIABLE:-pets}.json"}}
            tables:
              people: {columns: {id: integer, name: string, born: {type: date, null: true}}, key: id, rows: {csv: people.csv}}
              pets:
                columns: {name: string, owner: {type: integer, references: people.id}, tags: json}
                key: name
                rows: {query: "SELECT p.value->>'name' AS name, p.value->>'owner' AS owner, p.value->'tags' AS tags FROM json_each(:shelter, '$.pets') p"}
            views:
              all: {rows: SELECT * FROM people ORDER BY id, with: {pets: {rows: "SELECT name AS pet, tags FROM pets WHERE owner = :id ORDER BY name"}}}
            """.utf8
        ).write(to: file)
        let environment = try EnvironmentLoader.load(file.path)
        let connection = try environment.connect()
        let view = try environment.prepare(view: environment.definition.views[0].shape, on: connection)
        let shown = try JSONParser.parse(try view.read(now: environment.definition.clock.start, actor: .null))
        #expect(
            shown == [
                ["id": 1, "name": "Ana, \"A\"", "born": "2001-02-03", "pets": [["pet": "Rex", "tags": ["a", "b"]]]],
                ["id": 2, "name": "", "born": nil, "pets": [["pet": "Tom", "tags": []]]],
            ])
    }

    @Test func schemasOfArgumentsAndResultsAreDerived() throws {
        let environment = try load(
            """
            tables: {t: {columns: {id: integer, ok: boolean, day: {type: date, null: true}}, key: id}}
            tools:
              look:
                description: Looks.
                effect: read
                arguments:
                  ids: {type: list, items: {type: integer, minimum: 1}, min_items: 1, unique: true}
                  kind: {type: enum, values: [a, b], default: a, description: Which.}
                result: {rows: "SELECT id, ok, day AS \\"when.day\\", id * 2 AS twice FROM t", types: {twice: integer}}
            """)
        #expect(
            environment.inputSchemas == [
                [
                    "type": "object",
                    "properties": [
                        "ids": ["type": "array", "items": ["type": "integer", "minimum": 1], "minItems": 1, "uniqueItems": true],
                        "kind": ["type": "string", "enum": ["a", "b"], "description": "Which.", "default": "a"],
                    ], "required": ["ids"], "additionalProperties": false,
                ]
            ])
        let properties = environment.outputSchemas[0]["items"]?["properties"]
        #expect(properties?["ok"] == ["type": ["boolean", "null"]])
        #expect(properties?["when"]?["properties"]?["day"] == ["type": ["string", "null"], "format": "date"])
        #expect(properties?["twice"] == ["type": ["integer", "null"]])
    }

    @Test func aFolderHoldsEnvironmentsAmongOtherFiles() throws {
        let files = try EnvironmentLoader.files(at: Self.root.path + "/EnvSpecs")
        #expect(files.map { URL(fileURLWithPath: $0).lastPathComponent } == ["library.yaml", "tau2-retail.yaml"])
        #expect(try EnvironmentLoader.files(at: Self.root.path + "/docs").isEmpty)
        #expect(throws: (any Error).self) { try EnvironmentLoader.files(at: "/no/such/folder") }
    }
}
