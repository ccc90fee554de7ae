import WireJSON

/// A JSON-RPC error of the Model Context Protocol: the client's, or the environment's, never the agent's mistake.
struct MCPError: Error {
    let code: Int64
    let message: String
    var data: JSON?

    static func parse(_ message: String) -> MCPError { MCPError(code: -32700, message: message) }
    static func invalidRequest(_ message: String) -> MCPError { MCPError(code: -32600, message: message) }
    static func methodNotFound(_ method: String) -> MCPError {
        MCPError(code: -32601, message: "there is no method '\(method.prefix(80))'")
    }
    static func invalidParams(_ message: String, data: JSON? = nil) -> MCPError { MCPError(code: -32602, message: message, data: data) }
    static func internalError(_ message: String) -> MCPError { MCPError(code: -32603, message: message) }
    /// Up to 2025-11-25.
    static func resourceNotFound(_ uri: String) -> MCPError {
        MCPError(code: -32002, message: "there is no resource '\(uri.prefix(200))'", data: ["uri": .string(uri)])
    }
    /// A header that does not say what the body says, from 2026-07-28 on.
    static func headerMismatch(_ message: String) -> MCPError { MCPError(code: -32020, message: message) }
    /// From 2026-07-28 on.
    static func unsupportedRevision(_ requested: String) -> MCPError {
        MCPError(
            code: -32022, message: "the revision '\(requested.prefix(40))' is not served",
            data: ["supported": .array(MCPRevision.stateless.map { .string($0) }), "requested": .string(requested)])
    }

    var json: JSON {
        var object: JSONObject = ["code": .integer(code), "message": .string(message)]
        if let data { object["data"] = data }
        return .object(object)
    }
}
