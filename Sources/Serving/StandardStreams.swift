import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Carries lines over standard input and output.
public enum StandardStreams {
    /// Serves the JSON protocol until the input ends or the reader of the output goes away.
    ///
    /// - Throws: `Errno` if the input cannot be read.
    public static func serve(_ server: Server) throws {
        try exchange(lineLimit: server.limits.lineBytes, server.handle)
    }

    /// Hands over the lines as they arrive and writes what comes back.
    static func exchange(lineLimit: Int, _ handle: ([InputLine]) -> [UInt8]) throws {
        signal(SIGPIPE, SIG_IGN)
        let input = FileDescriptor.standardInput
        let output = FileDescriptor.standardOutput
        var splitter = LineSplitter(limit: lineLimit)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try input.read(into: buffer)
            let lines =
                count > 0 ? splitter.take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) : [splitter.finish()].compactMap(\.self)
            do {
                let answer = handle(lines)
                if !answer.isEmpty { _ = try output.writeAll(answer) }
            } catch Errno.brokenPipe {
                return
            }
            if count == 0 { return }
        }
    }
}
