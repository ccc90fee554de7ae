import Episodes
import SystemPackage
import WireJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension StandardStreams {
    /// Serves one session of the Model Context Protocol until the input ends or the reader of the output goes away.
    ///
    /// - Throws: `Errno` if the input cannot be read.
    public static func serve(_ session: MCPSession, in pool: StagePool, lineLimit: Int = ServerLimits().lineBytes) throws {
        try exchange(lineLimit: lineLimit) { lines in
            var output: [UInt8] = []
            for line in lines {
                let answer: [UInt8]?
                switch line {
                case .text(let bytes) where bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }): answer = nil
                case .text(let bytes): answer = session.handle(bytes, in: pool)
                case .tooLong(let count):
                    answer = MCPSession.failure(.null, .invalidRequest("the line has \(count) bytes; the limit is \(lineLimit)"))
                }
                guard let answer else { continue }
                output += answer
                output.append(UInt8(ascii: "\n"))
            }
            return output
        }
    }
}
