import WireJSON

/// Makes the tree of a JSON file.
struct JSONTree {
    private var offsets: ArraySlice<Int>
    private var places: TextPlaces

    static func read(_ bytes: [UInt8], file: String) throws(Diagnostic) -> SpecNode {
        var places = TextPlaces(bytes, file: file)
        do {
            let (value, offsets) = try JSONParser.parseRecordingOffsets(bytes)
            var tree = JSONTree(offsets: offsets[...], places: places)
            return tree.node(value)
        } catch {
            throw Diagnostic(places.location(of: error.offset), "not JSON: \(error.message)")
        }
    }

    private mutating func node(_ value: JSON) -> SpecNode {
        let location = nextPlace()
        switch value {
        case .array(let elements):
            return SpecNode(content: .sequence(elements.map { node($0) }), location: location)
        case .object(let object):
            let pairs = object.members.map { member in (member.name, nextPlace(), node(member.value)) }
            return SpecNode(content: .mapping(pairs), location: location)
        default: return SpecNode(content: .scalar(value), location: location)
        }
    }

    private mutating func nextPlace() -> SourceLocation { places.location(of: offsets.removeFirst()) }
}
