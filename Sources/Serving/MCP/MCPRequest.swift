import WireJSON

/// A request and the generation of the protocol that it is in.
struct MCPRequest {
    let method: String
    let params: JSONObject
    /// Whether it carries its revision with it, as from 2026-07-28 on.
    let isStateless: Bool

    private static let prefix = "io.modelcontextprotocol/"

    /// - Throws: ``MCPError`` if the parameters are not an object.
    init(_ method: String, _ params: JSON?) throws(MCPError) {
        self.method = method
        switch params {
        case nil: self.params = JSONObject()
        case .object(let object)?: self.params = object
        default: throw .invalidParams("'params' must be an object")
        }
        isStateless = method == "server/discover" || self.params["_meta"]?[Self.prefix + "protocolVersion"] != nil
    }

    /// The revision that it says it is in.
    var revision: String? { params["_meta"]?[Self.prefix + "protocolVersion"]?.string }

    /// Checks what every request must carry from 2026-07-28 on.
    func checkEnvelope() throws(MCPError) {
        guard let meta = params["_meta"]?.object, let revision = meta[Self.prefix + "protocolVersion"]?.string else {
            throw .invalidParams("'_meta' must have \(Self.prefix)protocolVersion, a string")
        }
        if !MCPRevision.stateless.contains(revision) { throw .unsupportedRevision(revision) }
        guard meta[Self.prefix + "clientCapabilities"]?.object != nil else {
            throw .invalidParams("'_meta' must have \(Self.prefix)clientCapabilities, an object")
        }
    }

    /// Lists come whole, so that no cursor was ever given out.
    func checkCursor() throws(MCPError) {
        if let cursor = params["cursor"], cursor != .null { throw .invalidParams("the cursor is not one of this server") }
    }
}
