import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The command of a verifier: a program and its arguments.
enum VerifierCommand {
    /// The words of a command, which are separated by spaces but for those in quotes. Names of files are made whole, because the verifier
    /// runs in a folder of its own.
    ///
    /// - Throws: `ValidationError` if a quote is not closed, or there is no such program.
    static func words(_ command: String) throws -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var isInside = false
        for character in command {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                isInside = true
            } else if character == " " {
                if isInside || !word.isEmpty { words.append(word) }
                word = ""
                isInside = false
            } else {
                word.append(character)
            }
        }
        if let quote { throw ValidationError("--verifier: a \(quote) is not closed in \(command)") }
        if isInside || !word.isEmpty { words.append(word) }
        guard let program = words.first, !program.isEmpty else { throw ValidationError("--verifier is a command") }
        if !isProgram(program) {
            throw ValidationError(
                "--verifier: there is no program '\(program)' that can be run\(access(program, F_OK) == 0 ? "; is it executable, or does it need an interpreter before it, as in \"python3 \(program)\"?" : "")"
            )
        }
        return words.enumerated().map { index, word in
            let isName = index > 0 || word.contains("/")
            return isName && access(word, F_OK) == 0 ? AbsolutePath.of(word) : word
        }
    }

    /// Whether a shell would find a program of the name.
    private static func isProgram(_ name: String) -> Bool {
        if name.contains("/") { return isExecutable(name) }
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return folders.split(separator: ":").contains { isExecutable("\($0)/\(name)") }
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
