import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Folders that are there for a while.
enum Scratch {
    /// Makes a folder with some folders in it, and removes them in the end with the files in them.
    static func withFolder<R>(subfolders: [String], _ body: (String) throws -> R) throws -> R {
        var template = Array("\(temporary)/orrery-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in subfolders {
                for entry in entries(of: "\(path)/\(name)") { unlink("\(path)/\(name)/\(entry)") }
                rmdir("\(path)/\(name)")
            }
            rmdir(path)
        }
        for name in subfolders where mkdir("\(path)/\(name)", 0o700) != 0 { throw Errno(rawValue: errno) }
        return try body(path)
    }

    private static var temporary: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

    private static func entries(of path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
