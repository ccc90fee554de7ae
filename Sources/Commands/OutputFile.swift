import ArgumentParser
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Files that commands write for their users.
enum OutputFile {
    /// Writes a file whole or not at all; what goes wrong is said and ends the command.
    static func write(_ path: String, _ bytes: [UInt8]) throws {
        do {
            let temporary = FilePath(path + ".tmp")
            let file = try FileDescriptor.open(
                temporary, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try file.closeAfter { _ = try file.writeAll(bytes) }
            if rename(temporary.string, path) != 0 { throw Errno(rawValue: errno) }
        } catch {
            Terminal.complain("\(path) cannot be written: \(error)")
            throw ExitCode.failure
        }
    }
}
