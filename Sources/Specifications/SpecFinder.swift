import SystemPackage
import WireJSON

/// Finds the specification files of one kind.
package enum SpecFinder {
    /// Returns the files that a path stands for: the file itself, or all below a folder that say `orrery: KIND/...`.
    ///
    /// - Throws: `Errno` if the path cannot be read.
    package static func files(of kind: String, at path: String) throws -> [String] {
        guard let entries = try FolderListing.entries(of: FilePath(path)) else { return [path] }
        var files: [String] = []
        for entry in entries {
            let full = FilePath(path).appending(entry).string
            if (try? FolderListing.entries(of: FilePath(full))) != nil {
                // A link to a folder may lead back to where it stands.
                if !entry.hasPrefix("."), !FolderListing.isLink(FilePath(full)) { files += try self.files(of: kind, at: full) }
            } else if [".yaml", ".yml", ".json"].contains(where: entry.hasSuffix), says(kind, full) {
                files.append(full)
            }
        }
        return files
    }

    /// Whether a path is that of a file which says that it is of a kind.
    package static func isFile(_ path: String, of kind: String) -> Bool {
        (try? FolderListing.entries(of: FilePath(path))) == nil && says(kind, path)
    }

    /// Whether a file has a line `orrery: KIND/...`, or in JSON a member. A file that cannot be read is kept, so that the reason is reported.
    private static func says(_ kind: String, _ path: String) -> Bool {
        guard let bytes = try? FileContents.read(FilePath(path)) else { return true }
        if path.hasSuffix(".json") {
            // Generated files say it first; others are read whole.
            let head = String(decoding: bytes.prefix(200), as: UTF8.self)
            if head.contains("\"orrery\"") { return head.contains("\(kind)/") }
            return (try? JSONParser.parse(bytes, limits: .file))?["orrery"]?.string?.hasPrefix("\(kind)/") ?? false
        }
        return bytes.split(separator: UInt8(ascii: "\n")).contains { line in
            let words = String(decoding: line.prefix(200), as: UTF8.self).split(whereSeparator: { " \t\"'\r".contains($0) })
            return line.starts(with: "orrery:".utf8) && words.count >= 2 && words[1].hasPrefix("\(kind)/")
        }
    }
}
