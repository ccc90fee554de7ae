import Determinism
import Specifications
import SystemPackage

/// The domain models of a folder, with the capabilities and words that they share.
public struct DomainLibrary: Sendable {
    /// The domains, by name.
    public private(set) var domains: [Domain] = []
    /// Every file read: what the domains were made of.
    public private(set) var files: [(kind: String, path: String, bytes: [UInt8])] = []

    /// Reads every domain below a folder, or the one of a file; capabilities and words come from the folder that holds all of them.
    ///
    /// - Parameters:
    ///   - path: a folder such as `EnvSpecs`, or one domain's file.
    ///   - shared: where capabilities and words are looked for; nil: the nearest folder above that has `words.yaml`, if there is one.
    /// - Throws: ``SpecificationError`` with every mistake found.
    public static func load(_ path: String, shared: String? = nil) throws(SpecificationError) -> DomainLibrary {
        var library = DomainLibrary()
        var diagnostics: [Diagnostic] = []
        let root = shared ?? sharedFolder(of: path)
        func sharedFiles(_ kind: String) throws(SpecificationError) -> [String] {
            guard let root else { return [] }
            return try files(of: kind, at: root)
        }
        var words = WordBook()
        var capabilities = CapabilityLibrary()
        // Mistakes of the domains themselves are no use to anybody where what they share cannot be read.
        var isReadable = true
        for file in try sharedFiles("words") {
            do throws(SpecificationError) {
                let (node, reader) = try library.read(file, "words")
                let fields = reader.fields(node, "a file of words", allowed: ["orrery", "words"], required: ["orrery", "words"])
                let lists = DomainReader(reader: reader).words(fields["words"])
                diagnostics += reader.diagnostics
                words = words.adding(lists, reporting: &diagnostics)
            } catch {
                isReadable = false
                diagnostics += error.diagnostics
            }
        }
        for file in try sharedFiles("capability") {
            do throws(SpecificationError) {
                let (node, reader) = try library.read(file, "capability")
                capabilities.add(node, reader)
                diagnostics += reader.diagnostics
            } catch {
                isReadable = false
                diagnostics += error.diagnostics
            }
        }
        if !isReadable { throw SpecificationError(diagnostics) }
        for file in try files(of: "domain", at: path) {
            do throws(SpecificationError) {
                let (node, _) = try library.read(file, "domain")
                let domain = try Domain(node, file: file, capabilities: capabilities, words: words)
                if library.domains.contains(where: { $0.name == domain.name }) {
                    diagnostics.append(Diagnostic(node.location, "there are two domains called '\(domain.name)'"))
                }
                library.domains.append(domain)
            } catch {
                diagnostics += error.diagnostics
            }
        }
        if !diagnostics.isEmpty { throw SpecificationError(diagnostics) }
        library.domains.sort { $0.name < $1.name }
        return library
    }

    private static func files(of kind: String, at path: String) throws(SpecificationError) -> [String] {
        do {
            return try SpecFinder.files(of: kind, at: path)
        } catch {
            throw SpecificationError([Diagnostic(SourceLocation(file: path, line: 1, column: 1), "cannot be read: \(error)")])
        }
    }

    private mutating func read(_ file: String, _ kind: String) throws(SpecificationError) -> (SpecNode, SpecReader) {
        do {
            let bytes = try FileContents.read(FilePath(file))
            files.append((kind, file, bytes))
            return (try SpecNode.read(bytes, file: file), SpecReader())
        } catch let error as Diagnostic {
            throw SpecificationError([error])
        } catch {
            throw SpecificationError([Diagnostic(SourceLocation(file: file, line: 1, column: 1), "the file cannot be read: \(error)")])
        }
    }

    /// The nearest folder at or above a path that has a file `words.yaml`.
    private static func sharedFolder(of path: String) -> String? {
        var folder = FilePath(path)
        if (try? FolderListing.entries(of: folder)) == nil {
            folder = folder.removingLastComponent()
            if folder.isEmpty { folder = "." }
        }
        for _ in 0..<4 {
            if let entries = try? FolderListing.entries(of: folder), entries.contains("words.yaml") { return folder.string }
            folder.append("..")
        }
        return nil
    }
}
