/// Finds the line and the column, in characters, of a byte.
///
/// It walks on from the byte it was asked for last: whoever asks in the order of the text reads the text once.
struct TextPlaces {
    private let file: String
    private let bytes: [UInt8]
    private var offset = 0
    private var line = 1
    private var column = 1

    init(_ bytes: [UInt8], file: String) {
        self.file = file
        self.bytes = bytes
    }

    mutating func location(of target: Int) -> SourceLocation {
        if target < offset { (offset, line, column) = (0, 1, 1) }
        while offset < min(target, bytes.count) {
            let byte = bytes[offset]
            offset += 1
            if byte == UInt8(ascii: "\n") {
                (line, column) = (line + 1, 1)
            } else if offset == bytes.count || !bytes[offset].continuesCharacter {
                column += 1
            }
        }
        return SourceLocation(file: file, line: line, column: column)
    }

    /// The spaces at the beginning of the first line after the given one that holds anything else.
    mutating func indentation(after line: Int) -> Int {
        if line < self.line { (offset, self.line, column) = (0, 1, 1) }
        while self.line <= line, let end = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) { _ = location(of: end + 1) }
        let rest = bytes[offset...]
        guard let first = rest.firstIndex(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") }) else { return 0 }
        return rest[..<first].reversed().prefix { $0 == UInt8(ascii: " ") }.count
    }
}

extension UInt8 {
    /// Whether the byte is not the first of a character's UTF-8.
    package var continuesCharacter: Bool { self & 0xc0 == 0x80 }
}
