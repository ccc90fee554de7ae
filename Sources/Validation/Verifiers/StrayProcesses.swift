import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What a program started and left behind, even outside its process group: known by a variable that it was given with its environment.
struct StrayProcesses {
    private static let name = "ORRERY_RUN"
    private static let count = Atomic(0)

    /// The variable: `ORRERY_RUN=...`, another one for each run.
    let mark = "\(name)=\(getpid())-\(count.add(1, ordering: .relaxed).newValue)"

    /// This process's environment, and the mark.
    var environment: [String] {
        var result: [String] = []
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if !text.hasPrefix(Self.name + "=") { result.append(text) }
            entry += 1
        }
        return result + [mark]
    }

    /// Kills every process that bears the mark, and what those have started meanwhile.
    func end() {
        for _ in 0..<10 {
            let strays = processes
            if strays.isEmpty { return }
            for process in strays { kill(process, SIGKILL) }
        }
    }

    private var processes: [pid_t] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var found: [pid_t] = []
        let wanted = Array(mark.utf8)
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let process = pid_t(name), process != getpid(), let environment = try? Self.contents("/proc/\(name)/environ") else {
                continue
            }
            if environment.split(separator: 0).contains(where: { $0.elementsEqual(wanted) }) { found.append(process) }
        }
        return found
    }

    private static func contents(_ path: String) throws -> [UInt8] {
        let file = try FileDescriptor.open(path, .readOnly)
        return try file.closeAfter {
            var bytes: [UInt8] = []
            while true {
                let part = try [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                    count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                if part.isEmpty { return bytes }
                bytes += part
            }
        }
    }
}
