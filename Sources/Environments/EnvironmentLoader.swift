import Determinism
import Specifications
import SystemPackage
import WireJSON

/// Finds, reads, checks and compiles environments.
public enum EnvironmentLoader {
    /// Reads one environment from its file.
    ///
    /// - Parameter tasks: tasks to use instead of the file's.
    /// - Throws: ``SpecificationError`` with every mistake that was found.
    public static func load(_ path: String, tasks: [TaskDefinition]? = nil) throws(SpecificationError) -> CompiledEnvironment {
        let bytes: [UInt8]
        do {
            bytes = try FileContents.read(FilePath(path))
        } catch {
            throw SpecificationError([Diagnostic(SourceLocation(file: path, line: 1, column: 1), "the file cannot be read: \(error)")])
        }
        return try load(bytes, file: path, tasks: tasks)
    }

    /// Reads one environment from the bytes of a file.
    ///
    /// - Parameter file: the path, for messages and for the files that the environment names.
    /// - Throws: ``SpecificationError`` with every mistake that was found.
    public static func load(_ bytes: [UInt8], file: String, tasks: [TaskDefinition]? = nil) throws(SpecificationError)
        -> CompiledEnvironment
    {
        let root: SpecNode
        do {
            root = try SpecNode.read(bytes, file: file)
        } catch {
            throw SpecificationError([error])
        }
        let files = SpecFiles(besides: file)
        let environmentReader = EnvironmentReader(files: files)
        var environment = environmentReader.read(root)
        if let tasks { environment.tasks = tasks }
        var compiler = EnvironmentCompiler(environment)
        return try compiler.compile(
            identity: identity(root.json, files), formDiagnostics: environmentReader.reader.diagnostics)
    }

    /// Reads what an environment's file says, without building its database or compiling anything.
    ///
    /// - Throws: ``SpecificationError`` with every mistake of form.
    public static func definition(_ bytes: [UInt8], file: String) throws(SpecificationError) -> Environment {
        let reader = EnvironmentReader(files: SpecFiles(besides: file))
        let root: SpecNode
        do {
            root = try SpecNode.read(bytes, file: file)
        } catch {
            throw SpecificationError([error])
        }
        let environment = reader.read(root)
        if !reader.reader.diagnostics.isEmpty { throw SpecificationError(reader.reader.diagnostics) }
        return environment
    }

    /// Hashes the contents: YAML and JSON of one meaning are one environment.
    private static func identity(_ json: JSON, _ files: SpecFiles) -> Digest {
        var builder = DigestBuilder()
        builder.update(json.bytes)
        for (path, digest) in files.digests {
            builder.update(Array("\u{0}\(path)\u{0}".utf8))
            builder.update(digest.bytes)
        }
        return builder.finish()
    }

    /// Returns the environment files that a path stands for: the file itself, or all below a folder that say they are environments.
    ///
    /// - Throws: `Errno` if the path cannot be read.
    public static func files(at path: String) throws -> [String] { try SpecFinder.files(of: "environment", at: path) }
}
