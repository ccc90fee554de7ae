import CSQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The canonical bytes of a row: every value tagged with its type, self-delimiting, and ordered as the values are.
///
/// Equal rows have equal bytes and keys sort by their bytes, so a change set can compare, hash and order rows without
/// decoding them. Integers are 8 bytes, big-endian, sign flipped; reals likewise from their bits; text and blobs end with
/// two zero bytes and hold a zero byte as 00 FF. Source: the FoundationDB tuple layer, simplified.
public enum RowCodec {
    static let null: UInt8 = 0x01
    static let integer: UInt8 = 0x10
    static let real: UInt8 = 0x11
    static let text: UInt8 = 0x20
    static let blob: UInt8 = 0x30

    /// Returns the bytes of a row.
    public static func encode(_ values: some Sequence<SQLValue>) -> [UInt8] {
        var bytes: [UInt8] = []
        for value in values { append(value, to: &bytes) }
        return bytes
    }

    static func append(_ value: SQLValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(null)
        case .integer(let value): append(integer: value, to: &bytes)
        case .real(let value): append(real: value, to: &bytes)
        case .text(var value): value.withUTF8 { append(tag: text, run: UnsafeRawBufferPointer($0), to: &bytes) }
        case .blob(let value): value.withUnsafeBytes { append(tag: blob, run: $0, to: &bytes) }
        }
    }

    /// Appends a value that the engine holds, without making a Swift value of it.
    ///
    /// - Parameter isReal: the column is REAL; SQLite may hand out a whole number stored in one as an integer.
    /// - Returns: false for text that is not UTF-8.
    @discardableResult
    static func append(_ value: OpaquePointer?, isReal: Bool, to bytes: inout [UInt8]) -> Bool {
        switch sqlite3_value_type(value) {
        case SQLITE_INTEGER where isReal: append(real: Double(sqlite3_value_int64(value)), to: &bytes)
        case SQLITE_INTEGER: append(integer: sqlite3_value_int64(value), to: &bytes)
        case SQLITE_FLOAT: append(real: sqlite3_value_double(value), to: &bytes)
        case SQLITE_TEXT:
            let start = sqlite3_value_text(value)
            let run = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
            append(tag: text, run: run, to: &bytes)
            return isASCII(run) || String(validating: run, as: UTF8.self) != nil
        case SQLITE_BLOB:
            let start = sqlite3_value_blob(value)
            let run = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
            append(tag: blob, run: run, to: &bytes)
        default: bytes.append(null)
        }
        return true
    }

    private static func isASCII(_ run: UnsafeRawBufferPointer) -> Bool {
        var bits: UInt8 = 0
        for byte in run { bits |= byte }  // no early exit: the loop is then done many bytes at a time
        return bits < 0x80
    }

    private static func append(integer value: Int64, to bytes: inout [UInt8]) {
        append(tag: integer, word: UInt64(bitPattern: value) ^ (1 << 63), to: &bytes)
    }

    private static func append(real value: Double, to bytes: inout [UInt8]) {
        let bits = value == 0 ? 0 : value.bitPattern  // -0.0 and 0.0 are one value
        append(tag: real, word: bits >> 63 == 0 ? bits ^ (1 << 63) : ~bits, to: &bytes)
    }

    private static func append(tag: UInt8, word: UInt64, to bytes: inout [UInt8]) {
        bytes.append(tag)
        withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private static func append(tag: UInt8, run: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        bytes.append(tag)
        if let start = run.baseAddress, memchr(start, 0, run.count) != nil {
            for byte in run {
                bytes.append(byte)
                if byte == 0 { bytes.append(0xff) }
            }
        } else {
            bytes.append(contentsOf: run)
        }
        bytes.append(0)
        bytes.append(0)
    }

    /// Returns the values of a row, or nil if the bytes are not a row.
    public static func decode(_ bytes: [UInt8]) -> [SQLValue]? {
        var values: [SQLValue] = []
        var index = 0
        while index < bytes.count {
            let tag = bytes[index]
            index += 1
            switch tag {
            case null: values.append(.null)
            case integer, real:
                guard index + 8 <= bytes.count else { return nil }
                var word: UInt64 = 0
                for offset in 0..<8 { word = word << 8 | UInt64(bytes[index + offset]) }
                index += 8
                if tag == integer {
                    values.append(.integer(Int64(bitPattern: word ^ (1 << 63))))
                } else {
                    values.append(.real(Double(bitPattern: word >> 63 == 1 ? word ^ (1 << 63) : ~word)))
                }
            case text, blob:
                var run: [UInt8] = []
                while true {
                    guard index + 1 < bytes.count else { return nil }
                    let byte = bytes[index]
                    index += 1
                    if byte == 0 {
                        let next = bytes[index]
                        index += 1
                        if next == 0 { break }
                        guard next == 0xff else { return nil }
                    }
                    run.append(byte)
                }
                values.append(tag == text ? .text(String(decoding: run, as: UTF8.self)) : .blob(run))
            default: return nil
            }
        }
        return values
    }
}
