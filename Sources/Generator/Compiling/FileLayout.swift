import WireJSON

/// Lays an environment out so that people can read it and compare two of them line by line: a row, a column, a step on a line each.
enum FileLayout {
    static func bytes(_ json: JSON) -> [UInt8] {
        var writer = JSONWriter()
        write(json, depth: 0, to: &writer)
        writer.byte("\n")
        return writer.bytes
    }

    private static let width = 120

    private static func write(_ value: JSON, depth: Int, to writer: inout JSONWriter) {
        switch value {
        case .array(let elements) where !elements.isEmpty && !isShort(value, depth):
            writer.byte("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { writer.byte(",") }
                newline(depth + 1, &writer)
                write(element, depth: depth + 1, to: &writer)
            }
            newline(depth, &writer)
            writer.byte("]")
        case .object(let object) where !object.isEmpty && !isShort(value, depth):
            writer.byte("{")
            for (index, member) in object.members.enumerated() {
                if index > 0 { writer.byte(",") }
                newline(depth + 1, &writer)
                writer.string(member.name)
                writer.raw(": ")
                write(member.value, depth: depth + 1, to: &writer)
            }
            newline(depth, &writer)
            writer.byte("}")
        default: writer.value(value)
        }
    }

    private static func newline(_ depth: Int, _ writer: inout JSONWriter) {
        writer.byte("\n")
        for _ in 0..<depth { writer.raw("  ") }
    }

    /// Whether a value fits a line. Rows always do, however long they are.
    private static func isShort(_ value: JSON, _ depth: Int) -> Bool {
        if case .array(let elements) = value, depth >= 5, elements.allSatisfy({ $0.array == nil && $0.object == nil }) { return true }
        return size(value, limit: width - 2 * depth) != nil
    }

    /// The length of a value's text, or nil if it is more than the limit.
    private static func size(_ value: JSON, limit: Int) -> Int? {
        var total = 0
        switch value {
        case .array(let elements):
            total = 2
            for element in elements {
                guard total <= limit, let size = size(element, limit: limit - total) else { return nil }
                total += size + 1
            }
        case .object(let object):
            total = 2
            for member in object.members {
                guard total <= limit, let size = size(member.value, limit: limit - total) else { return nil }
                total += size + member.name.utf8.count + 4
            }
        case .string(let text): total = text.utf8.count + 2
        default: total = 8
        }
        return total <= limit ? total : nil
    }
}
