import Determinism
import Domains

/// How the keys of things are formed: what names a thing in the tables and to the tools.
public struct KeyStyle: Sendable {
    /// The form of a key.
    public let format: IdentifierFormat
    /// The name of the sequence that mints them.
    public let sequence: String
    /// The number of the first thing that there is to begin with.
    public let first: Int64

    /// Makes a style.
    public init(format: IdentifierFormat, sequence: String, first: Int64) {
        self.format = format
        self.sequence = sequence
        self.first = first
    }

    /// The key of the thing of that number, as an episode of this seed mints it.
    public func key(_ number: Int64, seed: UInt64) -> Value {
        format == .integer ? .number(number) : .text(format.text(counter: number, seed: seed, sequence: sequence))
    }
}
