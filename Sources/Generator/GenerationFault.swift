/// Why an environment could not be made as it was designed.
public struct GenerationFault: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public let description: String

    init(_ description: String) { self.description = description }
}
