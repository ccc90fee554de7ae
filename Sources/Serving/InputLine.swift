/// A line of input, or what is known of one that is longer than allowed.
public enum InputLine: Sendable {
    /// The bytes without the line's end.
    case text([UInt8])
    /// More bytes than the limit; they were not kept.
    case tooLong(Int)
}

/// Cuts a stream of bytes into lines, holding no more than one line's limit.
public struct LineSplitter {
    private let limit: Int
    private var rest: [UInt8] = []
    private var dropped = 0

    /// Makes a splitter of an empty stream.
    public init(limit: Int) { self.limit = limit }

    /// Takes the next bytes of the stream and returns the lines that they complete.
    public mutating func take(_ bytes: UnsafeRawBufferPointer) -> [InputLine] {
        var lines: [InputLine] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            keep(bytes[start..<end])
            lines.append(finishLine())
            start = end + 1
        }
        keep(bytes[start...])
        return lines
    }

    /// Returns the last line, which no line end follows, if there is one.
    public mutating func finish() -> InputLine? {
        rest.isEmpty && dropped == 0 ? nil : finishLine()
    }

    private mutating func keep(_ bytes: Slice<UnsafeRawBufferPointer>) {
        if dropped > 0 || rest.count + bytes.count > limit {
            dropped += rest.count + bytes.count
            rest = []
        } else {
            rest.append(contentsOf: bytes)
        }
    }

    private mutating func finishLine() -> InputLine {
        defer {
            rest = []
            dropped = 0
        }
        return dropped > 0 ? .tooLong(dropped) : .text(rest)
    }
}
