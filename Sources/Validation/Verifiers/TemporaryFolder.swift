import Specifications
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A folder that is there for a while.
package enum TemporaryFolder {
    /// Makes a folder below another, and removes it in the end with whatever is in it by then.
    package static func with<R>(in parent: String, _ body: (String) throws -> R) throws -> R {
        var template = Array("\(parent)/orrery-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { remove(path) }
        return try body(path)
    }

    /// The folder for temporary files: `TMPDIR`, or `/tmp`.
    package static var parent: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

    /// Removes a file, a link or a folder with all that is in it. Links are not followed.
    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        chmod(path, 0o700)
        for name in (try? FolderListing.entries(of: FilePath(path))).flatMap(\.self) ?? [] { remove("\(path)/\(name)") }
        rmdir(path)
    }
}
