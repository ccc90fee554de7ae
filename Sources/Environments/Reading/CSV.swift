import Specifications

/// Reads comma-separated values (RFC 4180), keeping the line of every record for error messages.
enum CSV {
    struct Record {
        var fields: [String]
        var location: SourceLocation
    }

    /// Returns the records, the first line included; empty lines are skipped.
    ///
    /// - Throws: ``Diagnostic`` for a quote that is not closed or stands inside a field.
    static func parse(_ text: String, file: String) throws(Diagnostic) -> [Record] {
        var records: [Record] = []
        var fields: [String] = []
        var field: [UInt8] = []
        var line = 1
        var start = 1
        var isQuoted = false
        var wasQuoted = false
        let bytes = Array(text.utf8)
        var index = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        func here() -> SourceLocation { SourceLocation(file: file, line: line, column: 1) }
        func endField() {
            fields.append(String(decoding: field, as: UTF8.self))
            field = []
            wasQuoted = false
        }
        func endRecord() {
            if !(fields.isEmpty && field.isEmpty && !wasQuoted) {
                endField()
                records.append(Record(fields: fields, location: SourceLocation(file: file, line: start, column: 1)))
            }
            fields = []
            start = line
        }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\n") { line += 1 }
            if isQuoted {
                if byte != UInt8(ascii: "\"") {
                    field.append(byte)
                } else if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
                    field.append(byte)
                    index += 1
                } else {
                    isQuoted = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: ","): endField()
            case UInt8(ascii: "\n"): endRecord()
            case UInt8(ascii: "\r") where index < bytes.count && bytes[index] == UInt8(ascii: "\n"): break
            case UInt8(ascii: "\""):
                if !field.isEmpty || wasQuoted { throw Diagnostic(here(), "a quote inside a field that does not begin with one") }
                isQuoted = true
                wasQuoted = true
            default:
                if wasQuoted { throw Diagnostic(here(), "text after the closing quote of a field") }
                field.append(byte)
            }
        }
        if isQuoted { throw Diagnostic(SourceLocation(file: file, line: start, column: 1), "a quoted field is not closed") }
        endRecord()
        return records
    }
}
