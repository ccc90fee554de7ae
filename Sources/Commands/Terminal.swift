import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Text for people: coloured on a terminal, plain elsewhere.
enum Terminal {
    /// Whether standard output takes colours.
    static let hasColour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil && getenv("TERM").map { String(cString: $0) } != "dumb"

    static func bold(_ text: String) -> String { styled(text, "1") }
    static func green(_ text: String) -> String { styled(text, "32") }
    static func red(_ text: String) -> String { styled(text, "31") }
    static func dim(_ text: String) -> String { styled(text, "2") }

    private static func styled(_ text: String, _ code: String) -> String { hasColour ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text }

    /// Writes a line to standard error.
    static func complain(_ text: String) { write(text + "\n") }

    /// Writes text to standard error as it is.
    static func write(_ text: String) { _ = try? FileDescriptor.standardError.writeAll(Array(text.utf8)) }

    /// Pads on the right to a width in characters.
    static func pad(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }

    /// Pads on the left to a width in characters.
    static func padLeft(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
}
