import ArgumentParser
import Specifications
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Files that commands write for their users.
enum OutputFile {
    /// Ends the command before its work if files could not be written after it.
    ///
    /// - Throws: `ValidationError` that says what is wrong.
    static func check(_ paths: [String]) throws {
        for (index, path) in paths.enumerated() {
            if paths[..<index].contains(where: { FilePath($0).lexicallyNormalized() == FilePath(path).lexicallyNormalized() }) {
                throw ValidationError("two files are to be written to \(path)")
            }
            if let kind = kind(of: path) {
                if kind == S_IFDIR { throw ValidationError("\(path) cannot be written: it is a folder") }
                if access(path, W_OK) != 0 { throw ValidationError("\(path) cannot be written: \(Errno(rawValue: errno))") }
            } else if access(folder(of: path), W_OK) != 0 {
                throw ValidationError("\(path) cannot be written: its folder: \(Errno(rawValue: errno))")
            }
        }
    }

    /// Writes a file whole or not at all; what goes wrong is said and ends the command.
    ///
    /// A device, a pipe or a link is written to, not replaced.
    static func write(_ path: String, _ bytes: [UInt8]) throws {
        do {
            switch kind(of: path) {
            case nil, S_IFREG?: try FileContents.replace(FilePath(path), with: bytes, through: FilePath(path + ".tmp"))
            default:
                // `/dev/stdout` may be a file that has begun already.
                let file = try FileDescriptor.open(path, .writeOnly, options: path.hasPrefix("/dev/") ? [.append] : [.truncate])
                try file.closeAfter { _ = try file.writeAll(bytes) }
            }
        } catch {
            Terminal.complain("\(path) cannot be written: \(error)")
            throw ExitCode.failure
        }
    }

    /// What kind of file a path names, links not followed but to folders; nil if there is none.
    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return S_IFDIR }
        return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    private static func folder(of path: String) -> String {
        let folder = FilePath(path).removingLastComponent().string
        return folder.isEmpty ? "." : folder
    }
}
