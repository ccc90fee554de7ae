import WireJSON
import Yams

/// Makes the tree of a YAML file, its aliases written out.
struct YAMLTree {
    private let file: String
    private var places: TextPlaces
    private var nodesLeft: Int
    private let maximumNodes: Int

    /// - Throws: ``Diagnostic`` for the first fault of the syntax.
    static func read(_ bytes: [UInt8], file: String) throws(Diagnostic) -> SpecNode {
        let text = try text(bytes, file: file)
        let start = SourceLocation(file: file, line: 1, column: 1)
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw diagnostic(error, text, start)
        } catch {
            throw Diagnostic(start, "the file is not YAML: \(error)")
        }
        guard let root else { throw Diagnostic(start, "the file is empty") }
        // A value that is written down takes a byte or more, so that what is above comes from aliases: a few lines of them can stand for
        // more than memory holds.
        let maximumNodes = bytes.count + 100_000
        var tree = YAMLTree(
            file: file, places: TextPlaces(bytes, file: file), nodesLeft: maximumNodes, maximumNodes: maximumNodes)
        return try tree.node(root, depth: 0)
    }

    private mutating func node(_ node: Node, depth: Int) throws(Diagnostic) -> SpecNode {
        let location = location(node) ?? SourceLocation(file: file, line: 1, column: 1)
        nodesLeft -= 1
        if nodesLeft < 0 { throw Diagnostic(location, "the aliases of the file stand for more than \(maximumNodes) values") }
        if depth > SpecNode.maximumDepth { throw Self.tooDeep(location) }
        switch node {
        case .scalar(let scalar):
            let plain = scalar.style == .plain || scalar.style == .any
            let value = plain ? CoreSchema.resolve(scalar.string) : .string(scalar.string)
            let indentation = scalar.style == .literal ? indentation(of: scalar.string, at: location) : nil
            return SpecNode(content: .scalar(value), location: location, blockIndentation: indentation)
        case .sequence(let sequence):
            var nodes: [SpecNode] = []
            for element in sequence { nodes.append(try self.node(element, depth: depth + 1)) }
            return SpecNode(content: .sequence(nodes), location: location)
        case .mapping(let mapping):
            var pairs: [(key: String, location: SourceLocation, value: SpecNode)] = []
            for (key, value) in mapping {
                let place = self.location(key) ?? location
                guard case .scalar(let name) = key else { throw Diagnostic(place, "a name that is not a plain word") }
                pairs.append((name.string, place, try self.node(value, depth: depth + 1)))
            }
            return SpecNode(content: .mapping(pairs), location: location)
        case .alias: throw Diagnostic(location, "an alias that stands for nothing")
        }
    }

    /// The spaces that YAML takes away before each line of a block.
    private mutating func indentation(of block: String, at location: SourceLocation) -> Int {
        let own = block.utf8.drop { $0 == UInt8(ascii: "\n") }.prefix { $0 == UInt8(ascii: " ") }.count
        return max(0, places.indentation(after: location.line) - own)
    }

    private func location(_ node: Node) -> SourceLocation? {
        node.mark.map { SourceLocation(file: file, line: $0.line, column: $0.column) }
    }

    // MARK: Faults

    private static func text(_ bytes: [UInt8], file: String) throws(Diagnostic) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var decoder = UTF8()
        var rest = bytes.makeIterator()
        var valid = 0
        while case .scalarValue(let scalar) = decoder.decode(&rest) { valid += UTF8.width(scalar) }
        var places = TextPlaces(bytes, file: file)
        throw Diagnostic(places.location(of: valid), "the file is not UTF-8 text")
    }

    private static func tooDeep(_ location: SourceLocation) -> Diagnostic {
        Diagnostic(location, "nested deeper than \(SpecNode.maximumDepth) levels")
    }

    private static func diagnostic(_ error: YamlError, _ text: String, _ start: SourceLocation) -> Diagnostic {
        // The end of the text lies on a line below the last one where no line end closes it.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        func at(_ mark: Mark) -> SourceLocation {
            if mark.line <= lines.count { return SourceLocation(file: start.file, line: mark.line, column: mark.column) }
            return SourceLocation(file: start.file, line: lines.count, column: (lines.last?.unicodeScalars.count ?? 0) + 1)
        }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            if problem.contains("aximum nesting level") { return tooDeep(at(mark)) }
            if problem == "found undefined alias" { return undefinedAlias(at(mark), text) }
            return Diagnostic(at(mark), "not YAML: \(context(error))\(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            return Diagnostic(at(context.mark), "the name '\(duplicates.joined(separator: "', '"))' occurs twice in one mapping")
        case .reader(let problem, let offset, _, _):
            return Diagnostic(start, "not YAML: \(problem)\(offset.map { " at byte \($0)" } ?? "")")
        default: return Diagnostic(start, "not YAML: \(error)")
        }
    }

    private static func context(_ error: YamlError) -> String {
        switch error {
        case .scanner(let context?, _, _, _), .parser(let context?, _, _, _), .composer(let context?, _, _, _): "\(context.text) "
        default: ""
        }
    }

    private static func undefinedAlias(_ location: SourceLocation, _ text: String) -> Diagnostic {
        let line = text.split(separator: "\n", maxSplits: location.line, omittingEmptySubsequences: false)[location.line - 1]
        let name = line.unicodeScalars.dropFirst(location.column).prefix { !" ,]}\r".unicodeScalars.contains($0) }
        return Diagnostic(
            location, "not YAML: the alias *\(String(String.UnicodeScalarView(name))) stands for nothing that is complete before it")
    }
}
