import Dispatch
import Episodes
import Specifications
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Loads many environments, several at a time.
enum WorldLoading {
    /// Calls `body` with each file and its environment, or its mistakes, in the order of the files.
    static func load(_ files: [String], _ body: (String, Result<World, SpecificationError>) -> Void) {
        // A stretch at a time: what is done with one is seen before the next are read.
        let stretch = 64
        for start in stride(from: 0, to: files.count, by: stretch) {
            let part = files[start..<min(files.count, start + stretch)]
            let results = Mutex([Result<World, SpecificationError>?](repeating: nil, count: part.count))
            let next = Atomic(0)
            DispatchQueue.concurrentPerform(iterations: min(DispatchQueue.cores, part.count)) { _ in
                while true {
                    let index = next.add(1, ordering: .relaxed).oldValue
                    if index >= part.count { return }
                    let result = Result { () throws(SpecificationError) in try World.load(part[start + index]) }
                    results.withLock { $0[index] = result }
                }
            }
            for (file, result) in zip(part, results.withLock { $0 }) { body(file, result!) }
        }
    }
}

extension DispatchQueue {
    /// The number of processors that are on.
    static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
