import ArgumentParser
import Domains
import Specifications

/// Loads the domains that a person names.
enum DomainPaths {
    /// The domains of a folder or file.
    ///
    /// - Throws: an exit after the mistakes have been printed.
    static func library(_ path: String) throws -> DomainLibrary {
        let library: DomainLibrary
        do throws(SpecificationError) {
            library = try DomainLibrary.load(path)
        } catch {
            for diagnostic in error.diagnostics { print(diagnostic.description) }
            Terminal.complain("\(error.diagnostics.count) mistake\(error.diagnostics.count == 1 ? "" : "s")")
            throw ExitCode.failure
        }
        if library.domains.isEmpty { throw ValidationError("there is no domain at \(path): a file that says 'orrery: domain/1'") }
        return library
    }

    /// The domains of these names; all of them if none is named.
    static func chosen(_ names: [String], of library: DomainLibrary) throws -> [Domain] {
        if names.isEmpty { return library.domains }
        return try names.map { name in
            if let domain = library.domains.first(where: { $0.name == name }) { return domain }
            let all = library.domains.map(\.name)
            throw ValidationError(
                "there is no domain '\(name)'\(NearestName.hint(for: name, among: all)); there are \(all.joined(separator: ", "))")
        }
    }
}
