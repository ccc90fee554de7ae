import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The names in a folder.
package enum FolderListing {
    /// Returns the names in byte order, so that nothing depends on how the disk keeps them; nil if the path is no folder.
    ///
    /// - Throws: `Errno` if there is nothing at the path or it may not be read.
    package static func entries(of path: FilePath) throws -> [String]? {
        guard let folder = opendir(path.string) else {
            if errno == ENOTDIR { return nil }
            throw Errno(rawValue: errno)
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Whether a path is a symbolic link.
    package static func isLink(_ path: FilePath) -> Bool {
        var information = stat()
        return lstat(path.string, &information) == 0 && information.st_mode & S_IFMT == S_IFLNK
    }
}
