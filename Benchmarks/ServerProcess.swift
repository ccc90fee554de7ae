import Foundation

/// A running `orrery serve`, spoken to over its pipes.
final class ServerProcess {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)
    private(set) var bytesRead = 0

    convenience init(binary: String, environment: String, workers: Int) throws {
        try self.init(running: binary, ["serve", "--environments", environment, "--workers", String(workers)])
    }

    init(running binary: String, _ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: binary)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// Sends bytes of whole lines and waits for as many lines; returns the last one.
    @discardableResult
    func exchange(_ bytes: [UInt8], lines: Int) -> [UInt8] {
        let inputDescriptor = input.fileHandleForWriting.fileDescriptor
        var sent = 0
        var received = 0
        var last: [UInt8] = []
        let outputDescriptor = output.fileHandleForReading.fileDescriptor
        while sent < bytes.count || received < lines {
            if sent < bytes.count {
                // A pipe holds 64 KiB; what is larger is sent while the answers are read.
                let count = bytes[sent...].withUnsafeBytes { write(inputDescriptor, $0.baseAddress, min($0.count, 1 << 15)) }
                precondition(count > 0, "the server closed its input")
                sent += count
                if sent < bytes.count { continue }
            }
            let count = read(outputDescriptor, &buffer, buffer.count)
            precondition(count > 0, "the server ended")
            bytesRead += count
            for index in 0..<count where buffer[index] == UInt8(ascii: "\n") { received += 1 }
            last.append(contentsOf: buffer[..<count])
            if last.count > 1 << 16 { last.removeFirst(last.count - (1 << 15)) }
        }
        return last
    }

    func end() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
