import Episodes
import WireJSON

extension OpenEnvSession {
    /// OpenEnv's own JSON-RPC: `tools/list` and `tools/call`. Rewards do not travel here; refusals are errors, or callers would see a success.
    func rpc(_ json: JSON) async -> JSON {
        let id = json["id"] ?? .null
        guard json["jsonrpc"] == "2.0", let method = json["method"]?.string else {
            return Self.rpcFailure(id, -32600, "a request must have \"jsonrpc\": \"2.0\" and a 'method'")
        }
        do throws(OpenEnvFault) {
            switch method {
            case "tools/list":
                let environment = try toolWorld().environment
                let tools = environment.definition.tools.indices.map { index -> JSON in
                    let tool = environment.definition.tools[index]
                    return [
                        "name": .string(tool.name), "description": .string(tool.description),
                        "inputSchema": environment.inputSchemas[index],
                    ]
                }
                return Self.rpcResult(id, ["tools": .array(tools)])
            case "tools/call":
                guard let name = json["params"]?["name"]?.string else { return Self.rpcFailure(id, -32602, "'name' must be a string") }
                let step = try await take(.call(tool: name, arguments: json["params"]?["arguments"] ?? .object(JSONObject())))
                if step.summary.mistake != nil {
                    return Self.rpcFailure(id, -32603, "Error calling tool '\(name.prefix(80))': \(Self.message(step.observation))")
                }
                var writer = JSONWriter()
                OpenEnvResult.write(step.observation, to: &writer)
                return Self.rpcResult(id, (try? JSONParser.parse(writer.bytes, limits: .file)) ?? .null)
            default: return Self.rpcFailure(id, -32601, "there is no method '\(method.prefix(80))'")
            }
        } catch {
            return Self.rpcFailure(id, error)
        }
    }

    static func rpcResult(_ id: JSON, _ result: JSON) -> JSON { ["jsonrpc": "2.0", "id": id, "result": result] }

    static func rpcFailure(_ id: JSON, _ fault: OpenEnvFault) -> JSON {
        rpcFailure(id, -32603, fault.data?["message"]?.string ?? "it failed")
    }

    static func rpcFailure(_ id: JSON, _ code: Int64, _ message: String) -> JSON {
        ["jsonrpc": "2.0", "id": id, "error": ["code": .integer(code), "message": .string(message)]]
    }
}
