import Specifications
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The folder that a batch is written to. A file is there whole or not at all, whenever the process is killed.
struct BatchFolder: Sendable {
    let path: FilePath

    static let manifest = "manifest.json"
    /// What an unfinished batch is to become, and what is done of it.
    static let plan = ".batch-plan.json"
    static let journal = ".batch-journal.jsonl"
    private static let temporary = ".tmp-"

    func file(_ name: String) -> FilePath { path.appending(name) }

    /// Makes the folder and those above it.
    func make() throws(BatchError) {
        var sofar = path.isAbsolute ? FilePath("/") : FilePath(".")
        for component in path.components {
            sofar.append(component)
            if mkdir(sofar.string, 0o777) != 0, errno != EEXIST {
                throw BatchError("the folder \(sofar) cannot be made: \(Errno(rawValue: errno))")
            }
        }
    }

    /// The names in the folder; nil if it is not there.
    func names() throws(BatchError) -> [String]? {
        do {
            guard let names = try FolderListing.entries(of: path) else { throw Errno.notDirectory }
            return names
        } catch Errno.noSuchFileOrDirectory {
            return nil
        } catch {
            throw BatchError("\(path) cannot be read: \(error)")
        }
    }

    /// Writes a file beside its name, and then gives it its name.
    func write(_ bytes: [UInt8], to name: String) throws(BatchError) {
        do {
            try FileContents.replace(file(name), with: bytes, through: file(Self.temporary + name))
        } catch {
            throw BatchError("\(file(name)) cannot be written: \(error)")
        }
    }

    /// Removes files, if they are there.
    func remove(_ names: [String]) { for name in names { _ = unlink(file(name).string) } }

    /// Removes what a killed process left half-written.
    func removeTemporaries() throws(BatchError) { remove((try names() ?? []).filter { $0.hasPrefix(Self.temporary) }) }
}

/// Why a batch cannot be made, and what to do.
public struct BatchError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let description: String

    init(_ description: String) { self.description = description }
}
