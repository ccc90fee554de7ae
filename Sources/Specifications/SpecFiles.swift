import Determinism
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads the files that a specification names, and remembers their digests: they are part of what it is.
package final class SpecFiles {
    private let folder: FilePath
    package private(set) var digests: [(path: String, digest: Digest)] = []

    /// - Parameter file: the specification; paths in it are relative to its folder.
    package init(besides file: String) { folder = FilePath(file).removingLastComponent() }

    /// Reads the text file whose path a node holds; reports what prevents it.
    ///
    /// - Returns: the text, and the path from where the command runs.
    package func read(_ node: SpecNode, _ reader: SpecReader) -> (text: String, path: String)? {
        guard let written = reader.string(node, "a file's path") else { return nil }
        guard let path = substitute(written, node.location, reader) else { return nil }
        let full = folder.pushing(FilePath(path))
        do {
            let bytes = try FileContents.read(full)
            digests.append((written, Digest(of: bytes)))
            guard let text = String(validating: bytes, as: UTF8.self) else {
                reader.report(node.location, "the file \(full) is not UTF-8 text")
                return nil
            }
            return (text, full.string)
        } catch {
            reader.report(node.location, "the file \(full) cannot be read: \(error)")
            return nil
        }
    }

    /// Replaces `${NAME}` and `${NAME:-default}` by the process's environment.
    private func substitute(_ text: String, _ location: SourceLocation, _ reader: SpecReader) -> String? {
        var result = ""
        var rest = text[...]
        while let open = rest.range(of: "${") {
            result += rest[..<open.lowerBound]
            guard let close = rest[open.upperBound...].firstIndex(of: "}") else {
                reader.report(location, "'${' without '}'")
                return nil
            }
            let inner = rest[open.upperBound..<close]
            let parts = inner.range(of: ":-").map { (inner[..<$0.lowerBound], String(inner[$0.upperBound...])) }
            let name = String(parts?.0 ?? inner)
            if let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty {
                result += value
            } else if let fallback = parts?.1 {
                result += fallback
            } else {
                reader.report(location, "the environment variable \(name) is not set")
                return nil
            }
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}

/// Whole files as bytes.
public enum FileContents {
    /// The most bytes that a specification or source may have: 1 GiB.
    public static let maximumBytes = 1 << 30

    /// Reads a file.
    ///
    /// - Throws: `Errno` from the system; `fileTooLarge` beyond ``maximumBytes``.
    public static func read(_ path: FilePath) throws -> [UInt8] {
        let descriptor = try FileDescriptor.open(path, .readOnly)
        return try descriptor.closeAfter {
            var bytes: [UInt8] = []
            let size = 1 << 16
            while true {
                let count = try withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { buffer in
                    let count = try descriptor.read(into: buffer)
                    bytes.append(contentsOf: buffer[..<count])
                    return count
                }
                if count == 0 { return bytes }
                if bytes.count > maximumBytes { throw Errno.fileTooLarge }
            }
        }
    }

    /// Writes a file whole or not at all, whenever the process is killed: to another name first, which is gone afterwards.
    ///
    /// - Throws: `Errno` from the system.
    package static func replace(_ path: FilePath, with bytes: [UInt8], through temporary: FilePath) throws {
        do {
            let file = try FileDescriptor.open(
                temporary, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try file.closeAfter { _ = try file.writeAll(bytes) }
            if rename(temporary.string, path.string) != 0 { throw Errno(rawValue: errno) }
        } catch {
            unlink(temporary.string)
            throw error
        }
    }
}
