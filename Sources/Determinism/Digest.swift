import Crypto

/// A SHA-256 digest, the identity of states and environments.
public struct Digest: Hashable, Sendable {
    /// The 32 bytes.
    public let bytes: [UInt8]

    /// Hashes the given bytes.
    public init(of bytes: [UInt8]) {
        var hasher = DigestBuilder()
        hasher.update(bytes)
        self = hasher.finish()
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// 64 lower-case hexadecimal characters.
    public var hexadecimal: String {
        String(unsafeUninitializedCapacity: 64) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[2 * index] = hexDigit(byte >> 4)
                buffer[2 * index + 1] = hexDigit(byte & 15)
            }
            return 64
        }
    }

    private func hexDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 48 + nibble : 87 + nibble }
}

/// Hashes a stream of bytes without holding all of it.
public struct DigestBuilder {
    private var hasher = SHA256()

    /// Begins an empty stream.
    public init() {}

    /// Appends bytes to the stream.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    }

    /// Returns the digest of everything appended.
    public consuming func finish() -> Digest { Digest(bytes: Array(hasher.finalize())) }
}
