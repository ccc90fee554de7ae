import Specifications
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
        let names = (try? FolderListing.entries(of: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { process in
            guard process != getpid(), let environment = try? FileContents.read(FilePath("/proc/\(process)/environ")) else { return false }
            return environment.split(separator: 0).contains { $0.elementsEqual(mark.utf8) }
        }
    }
}
