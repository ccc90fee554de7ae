/// A name that refers to something, and where it is written.
public struct PlacedName: Sendable {
    /// The name.
    public var name: String
    /// Where it is written.
    public var location: SourceLocation

    /// Makes a placed name.
    public init(name: String, location: SourceLocation) {
        self.name = name
        self.location = location
    }
}
