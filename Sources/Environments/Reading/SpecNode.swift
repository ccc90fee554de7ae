import WireJSON
import Yams

/// A value of a specification file and where it stands, whether the file is YAML or JSON.
struct SpecNode {
    enum Content {
        case scalar(JSON)
        case sequence([SpecNode])
        case mapping([(key: String, location: SourceLocation, value: SpecNode)])
    }

    var content: Content
    var location: SourceLocation
    /// The scalar is a YAML block, whose lines are lines of the file.
    var isBlock = false

    var scalar: JSON? { if case .scalar(let value) = content { value } else { nil } }

    /// What the node is, in the words of an error message.
    var kind: String {
        switch content {
        case .scalar(let value): value.kind
        case .sequence: "list"
        case .mapping: "mapping"
        }
    }

    /// The node as a plain JSON value.
    var json: JSON {
        switch content {
        case .scalar(let value): value
        case .sequence(let nodes): .array(nodes.map(\.json))
        case .mapping(let pairs):
            .object(JSONObject(uniqueMembers: pairs.map { JSONObject.Member(name: $0.key, value: $0.value.json) }))
        }
    }
}

extension SpecNode {
    /// The most values that one file may hold, its aliases written out.
    static let maximumNodes = 20_000_000

    /// Reads YAML, or JSON where the file's name ends in `.json`.
    ///
    /// - Throws: ``Diagnostic`` for the first fault of the syntax.
    static func read(_ bytes: [UInt8], file: String) throws(Diagnostic) -> SpecNode {
        if file.hasSuffix(".json") { return try readJSON(bytes, file: file) }
        let start = SourceLocation(file: file, line: 1, column: 1)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Diagnostic(start, "the file is not UTF-8 text") }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw diagnostic(error, start)
        } catch {
            throw Diagnostic(start, "the file is not YAML: \(error)")
        }
        guard let root else { throw Diagnostic(start, "the file is empty") }
        var budget = maximumNodes
        return try convert(root, file: file, budget: &budget, depth: 0)
    }

    private static func diagnostic(_ error: YamlError, _ start: SourceLocation) -> Diagnostic {
        func at(_ mark: Mark) -> SourceLocation { SourceLocation(file: start.file, line: mark.line, column: mark.column) }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            return Diagnostic(at(mark), "not YAML: \(context.map { "\($0.text) " } ?? "")\(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            return Diagnostic(at(context.mark), "the name '\(duplicates.map { "\($0)" }.joined(separator: "', '"))' occurs twice in one mapping")
        case .reader(let problem, let offset, _, _):
            return Diagnostic(start, "not YAML: \(problem)\(offset.map { " at byte \($0)" } ?? "")")
        default: return Diagnostic(start, "not YAML: \(error)")
        }
    }

    private static func convert(_ node: Node, file: String, budget: inout Int, depth: Int) throws(Diagnostic) -> SpecNode {
        let mark = node.mark
        let location = SourceLocation(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
        budget -= 1
        // Aliases are written out, and a few lines of them can stand for more than memory holds.
        if budget < 0 { throw Diagnostic(location, "the file holds more than \(maximumNodes) values") }
        if depth > 256 { throw Diagnostic(location, "nested deeper than 256 levels") }
        switch node {
        case .scalar(let scalar):
            let plain = scalar.style == .plain || scalar.style == .any
            let value = plain ? CoreSchema.resolve(scalar.string) : .string(scalar.string)
            return SpecNode(content: .scalar(value), location: location, isBlock: scalar.style == .literal)
        case .sequence(let sequence):
            var nodes: [SpecNode] = []
            for element in sequence { nodes.append(try convert(element, file: file, budget: &budget, depth: depth + 1)) }
            return SpecNode(content: .sequence(nodes), location: location)
        case .mapping(let mapping):
            var pairs: [(key: String, location: SourceLocation, value: SpecNode)] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else { throw Diagnostic(location, "a name that is not a plain word") }
                let place = SourceLocation(
                    file: file, line: key.mark?.line ?? location.line, column: key.mark?.column ?? location.column)
                pairs.append((name.string, place, try convert(value, file: file, budget: &budget, depth: depth + 1)))
            }
            return SpecNode(content: .mapping(pairs), location: location)
        case .alias: throw Diagnostic(location, "an alias that stands for nothing")
        }
    }

    // MARK: JSON

    private static func readJSON(_ bytes: [UInt8], file: String) throws(Diagnostic) -> SpecNode {
        let lines = LineIndex(bytes, file: file)
        do {
            let (value, offsets) = try JSONParser.parseRecordingOffsets(bytes)
            var places = offsets[...]
            return convert(value, &places, lines)
        } catch {
            throw Diagnostic(lines.location(of: error.offset), "not JSON: \(error.message)")
        }
    }

    private static func convert(_ value: JSON, _ offsets: inout ArraySlice<Int>, _ lines: LineIndex) -> SpecNode {
        let location = lines.location(of: offsets.removeFirst())
        switch value {
        case .array(let elements):
            return SpecNode(content: .sequence(elements.map { convert($0, &offsets, lines) }), location: location)
        case .object(let object):
            let pairs = object.members.map { member in
                let place = lines.location(of: offsets.removeFirst())
                return (member.name, place, convert(member.value, &offsets, lines))
            }
            return SpecNode(content: .mapping(pairs), location: location)
        default: return SpecNode(content: .scalar(value), location: location)
        }
    }
}

/// Finds the line and column of a byte.
struct LineIndex {
    private let file: String
    private var starts = [0]

    init(_ bytes: [UInt8], file: String) {
        self.file = file
        for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
    }

    func location(of offset: Int) -> SourceLocation {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return SourceLocation(file: file, line: low + 1, column: offset - starts[low] + 1)
    }
}

/// What a plain YAML scalar means by the core schema of YAML 1.2: `yes` and `2025-01-01` are text.
enum CoreSchema {
    static func resolve(_ text: String) -> JSON {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") || first == UInt8(ascii: ".")
            || (first >= 48 && first <= 57), text.utf8.allSatisfy({ "+-.0123456789eE".utf8.contains($0) })
        else { return .string(text) }
        // A code such as 00123 or a card number such as 0042 is text to whoever wrote it.
        let digits = text.drop { $0 == "-" || $0 == "+" }
        if digits.count > 1, digits.first == "0", digits.dropFirst().first?.isNumber == true { return .string(text) }
        if let integer = Int64(text) { return .integer(integer) }
        if let number = Double(text), number.isFinite { return .number(number) }
        return .string(text)
    }
}
