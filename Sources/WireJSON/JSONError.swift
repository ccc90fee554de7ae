/// Why a text is not JSON, and where.
public struct JSONError: Error, Hashable, Sendable {
    /// What is wrong, in words.
    public let message: String
    /// Bytes from the start of the text.
    public let offset: Int

    /// Makes an error.
    public init(_ message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }
}

/// Bounds on a JSON text, so that no input can exhaust the stack or memory.
public struct JSONLimits: Sendable {
    /// Arrays and objects inside one another.
    public var depth: Int
    /// Values in all.
    public var values: Int

    /// Makes limits.
    public init(depth: Int, values: Int) {
        self.depth = depth
        self.values = values
    }

    /// What a caller of the protocol may send: 64 levels, a million values.
    public static let wire = JSONLimits(depth: 64, values: 1_000_000)
    /// What an environment's file may hold.
    public static let file = JSONLimits(depth: 256, values: 100_000_000)
}
