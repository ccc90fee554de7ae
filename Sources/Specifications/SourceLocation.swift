/// A place in a file of a specification.
public struct SourceLocation: Hashable, Comparable, Sendable {
    /// The file's path, as the user gave it.
    public var file: String
    /// The line, from 1.
    public var line: Int
    /// The column, from 1.
    public var column: Int

    /// Makes a location.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// Orders by file, line and column.
    public static func < (a: SourceLocation, b: SourceLocation) -> Bool {
        (a.file, a.line, a.column) < (b.file, b.line, b.column)
    }
}

/// A mistake in a specification: where it is and what would mend it.
public struct Diagnostic: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where the mistake is.
    public let location: SourceLocation
    /// What is wrong, naming the wrong name.
    public let message: String

    /// Makes a diagnostic.
    public init(_ location: SourceLocation, _ message: String) {
        self.location = location
        self.message = message
    }

    /// `file:line:column: error: message`, as compilers print it.
    public var description: String { "\(location.file):\(location.line):\(location.column): error: \(message)" }
}

/// Everything that is wrong with one specification.
public struct SpecificationError: Error, Sendable, CustomStringConvertible {
    /// The mistakes in the order of their places.
    public let diagnostics: [Diagnostic]

    /// Makes an error of mistakes in any order; the same mistake is kept once.
    public init(_ diagnostics: [Diagnostic]) {
        var seen: Set<Diagnostic> = []
        self.diagnostics = diagnostics.filter { seen.insert($0).inserted }.sorted { $0.location < $1.location }
    }

    /// One line a mistake.
    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
