import Crypto

/// Names contents by what they are: the identifiers of the Software Heritage archive, which are those of git.
///
/// Source: ISO/IEC 18670, SoftWare Hash IDentifiers.
public enum SoftwareHeritageID {
    /// The identifier of a file's contents.
    public static func content(_ bytes: [UInt8]) -> String { "swh:1:cnt:\(hexadecimal(object("blob", bytes)))" }

    /// The identifier of a folder of files, given by their names and contents' identifiers.
    public static func directory(_ files: [(name: String, content: String)]) -> String {
        var bytes: [UInt8] = []
        for file in files.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            bytes += Array("100644 \(file.name)\u{0}".utf8)
            bytes += digest(file.content)
        }
        return "swh:1:dir:\(hexadecimal(object("tree", bytes)))"
    }

    private static func object(_ kind: String, _ bytes: [UInt8]) -> [UInt8] {
        var hasher = Insecure.SHA1()
        Array("\(kind) \(bytes.count)\u{0}".utf8).withUnsafeBytes { hasher.update(bufferPointer: $0) }
        bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return Array(hasher.finalize())
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// The bytes of an identifier's hash.
    private static func digest(_ identifier: String) -> [UInt8] {
        let digits = Array((identifier.split(separator: ":").last ?? "").utf8)
        func nibble(_ digit: UInt8) -> UInt8 { digit < 58 ? digit - 48 : digit - 87 }
        return stride(from: 0, to: digits.count - 1, by: 2).map { nibble(digits[$0]) << 4 | nibble(digits[$0 + 1]) }
    }
}
