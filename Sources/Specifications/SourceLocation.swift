/// A place in a file of a specification.
public struct SourceLocation: Hashable, Comparable, Sendable {
    /// The file's path, as the user gave it.
    public var file: String
    /// The line, from 1.
    public var line: Int
    /// The column, from 1.
    public var column: Int
    /// Where what is written there is put to use, if that is somewhere else.
    public var usedAt: [SourceLocation] = []

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

    /// `file:line:column: error: message`, as compilers print it, and where it is used.
    public var description: String { "\(location.file):\(location.line):\(location.column): error: \(message)\(uses)" }

    /// ` (used at file:line)`; of many uses the first.
    private var uses: String {
        guard !location.usedAt.isEmpty else { return "" }
        let shown = location.usedAt.prefix(3).map { "\($0.file):\($0.line)" }.joined(separator: ", ")
        let rest = location.usedAt.count - 3
        return " (used at \(shown)\(rest > 0 ? " and \(rest) more" : ""))"
    }
}

/// Everything that is wrong with one specification.
public struct SpecificationError: Error, Sendable, CustomStringConvertible {
    /// The mistakes in the order of their places.
    public let diagnostics: [Diagnostic]

    /// Makes an error of mistakes in any order; the same mistake is kept once, with all its uses.
    public init(_ diagnostics: [Diagnostic]) {
        var uses: [Diagnostic: Set<SourceLocation>] = [:]
        var order: [Diagnostic] = []
        for diagnostic in diagnostics {
            var place = diagnostic.location
            place.usedAt = []
            let bare = Diagnostic(place, diagnostic.message)
            if uses[bare] == nil { order.append(bare) }
            uses[bare, default: []].formUnion(diagnostic.location.usedAt)
        }
        self.diagnostics = order.map { bare in
            var place = bare.location
            place.usedAt = uses[bare]!.sorted()
            return Diagnostic(place, bare.message)
        }.sorted { $0.location < $1.location }
    }

    /// One line a mistake.
    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
