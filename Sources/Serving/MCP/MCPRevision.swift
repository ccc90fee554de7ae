/// The revisions of the Model Context Protocol that are spoken.
///
/// Source: <https://modelcontextprotocol.io/specification>.
enum MCPRevision {
    /// Those that begin with `initialize`, the newest last.
    static let handshake = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
    /// Those in which every request stands for itself.
    static let stateless = ["2026-07-28"]

    /// The revision that a server answers a proposal with: the same if it is known, else the newest.
    static func negotiated(_ proposed: String?) -> String {
        proposed.flatMap { handshake.contains($0) ? $0 : nil } ?? handshake.last!
    }

    /// The only revision in which one message may hold several.
    static let batching = "2025-03-26"
}
