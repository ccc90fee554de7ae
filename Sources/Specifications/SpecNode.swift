import WireJSON

/// A value of a specification file and where it stands, whether the file is YAML or JSON.
package struct SpecNode: Sendable {
    package enum Content: Sendable {
        case scalar(JSON)
        case sequence([SpecNode])
        case mapping([(key: String, location: SourceLocation, value: SpecNode)])
    }

    package var content: Content
    package var location: SourceLocation
    /// The spaces before the lines of a YAML block, which are lines of the file; nil for any other scalar.
    package var blockIndentation: Int?

    /// Makes a node.
    package init(content: Content, location: SourceLocation, blockIndentation: Int? = nil) {
        self.content = content
        self.location = location
        self.blockIndentation = blockIndentation
    }

    package var scalar: JSON? { if case .scalar(let value) = content { value } else { nil } }

    /// What the node is, in the words of an error message: `a list`.
    package var kindWithArticle: String {
        switch content {
        case .scalar(let value): value.kindWithArticle
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// Whether the node is a list or mapping of nothing, or null.
    package var hasNoEntries: Bool {
        switch content {
        case .scalar(let value): value == .null
        case .sequence(let nodes): nodes.isEmpty
        case .mapping(let pairs): pairs.isEmpty
        }
    }

    /// The node as a plain JSON value.
    package var json: JSON {
        switch content {
        case .scalar(let value): value
        case .sequence(let nodes): .array(nodes.map(\.json))
        case .mapping(let pairs):
            .object(JSONObject(uniqueMembers: pairs.map { JSONObject.Member(name: $0.key, value: $0.value.json) }))
        }
    }
}

extension SpecNode {
    /// How deeply values may be nested.
    package static let maximumDepth = 256

    /// Reads YAML, or JSON where the file's name ends in `.json`.
    ///
    /// - Throws: ``Diagnostic`` for the first fault of the syntax.
    package static func read(_ bytes: [UInt8], file: String) throws(Diagnostic) -> SpecNode {
        // Editors on Windows put a byte order mark before the text.
        let bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
        return file.hasSuffix(".json") ? try JSONTree.read(bytes, file: file) : try YAMLTree.read(bytes, file: file)
    }
}
