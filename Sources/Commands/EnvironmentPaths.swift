import ArgumentParser
import Environments
import Episodes
import Specifications

/// Loads the environments that a person names.
enum EnvironmentPaths {
    /// The files that the paths stand for.
    ///
    /// - Throws: `ValidationError` for a path that is not there.
    static func files(_ paths: [String]) throws -> [String] {
        try paths.flatMap { path in
            do {
                return try EnvironmentLoader.files(at: path)
            } catch {
                throw ValidationError("\(path): \(error)")
            }
        }
    }

    /// Loads one environment for a command that works on one.
    ///
    /// - Throws: an exit after the mistakes have been printed.
    static func world(_ path: String) throws -> World {
        let files = try files([path])
        guard files.count == 1 else {
            let found = files.isEmpty ? "there is no environment there" : "there are \(files.count) environments there; name one file"
            throw ValidationError("\(path): \(found)")
        }
        do {
            return try World.load(files[0])
        } catch {
            Terminal.complain(error.description)
            throw ExitCode.failure
        }
    }

    /// The position of a task.
    static func task(_ name: String, of world: World) throws -> Int {
        if let index = world.environment.taskIndex(name) { return index }
        let names = world.environment.definition.tasks.map(\.id)
        throw ValidationError(
            "\(world.id) has no task '\(name)'\(NearestName.hint(for: name, among: names)); it has: \(names.prefix(20).joined(separator: ", "))\(names.count > 20 ? ", …" : "")"
        )
    }
}
