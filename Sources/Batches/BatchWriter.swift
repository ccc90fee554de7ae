import Dispatch
import Generator
import Specifications
import Synchronization
import SystemPackage
import WireJSON

/// Makes the environments of a plan and writes them to a folder, in any number of threads and any number of sittings.
///
/// The bytes in the folder depend on the plan alone. While a batch is unfinished, a plan and a journal lie beside its files; at the end a
/// manifest takes their place.
public final class BatchWriter: Sendable {
    private let plan: BatchPlan
    private let folder: BatchFolder
    private let state = Mutex(State())
    /// Called after each environment, with the number that are there and the number to be made.
    private let onProgress: @Sendable (_ done: Int, _ failed: Int, _ count: Int) -> Void
    private let isCancelled: @Sendable () -> Bool

    private struct State {
        var entries: [Int: BatchEntry] = [:]
        var failures: [Int: BatchFailure] = [:]
        var next = 0
        var fault: BatchError?
        var journal: FileDescriptor?
    }

    /// How a batch ended.
    public struct Outcome: Sendable {
        /// The environments, in order.
        public let entries: [BatchEntry]
        /// Those that could not be made.
        public let failures: [BatchFailure]
        /// Whether it was stopped before its end.
        public let isCancelled: Bool
        /// How many were there before.
        public let resumed: Int
    }

    /// Prepares to write a batch.
    public init(
        _ plan: BatchPlan, to path: String, isCancelled: @escaping @Sendable () -> Bool = { false },
        onProgress: @escaping @Sendable (_ done: Int, _ failed: Int, _ count: Int) -> Void = { _, _, _ in }
    ) {
        self.plan = plan
        folder = BatchFolder(path: FilePath(path))
        self.isCancelled = isCancelled
        self.onProgress = onProgress
    }

    /// Makes what is missing of the batch.
    ///
    /// - Parameter resume: whether an unfinished batch may be gone on with.
    /// - Throws: ``BatchError`` if the folder holds something else or cannot be written to.
    public func run(workers: Int, resume: Bool) throws(BatchError) -> Outcome {
        let resumed = try prepare(resume: resume)
        let isComplete = state.withLock { $0.entries.count == plan.count }
        if !isComplete || resumed < plan.count {
            try openJournal()
            DispatchQueue.concurrentPerform(iterations: max(1, workers)) { _ in work() }
            state.withLock { state in
                try? state.journal?.close()
                state.journal = nil
            }
        }
        if let fault = state.withLock({ $0.fault }) { throw fault }
        let (entries, failures) = state.withLock { state in
            (state.entries.values.sorted { $0.index < $1.index }, state.failures.values.sorted { $0.index < $1.index })
        }
        let cancelled = entries.count + failures.count < plan.count
        if !cancelled { try finish(entries, failures) }
        return Outcome(entries: entries, failures: failures, isCancelled: cancelled, resumed: resumed)
    }

    // MARK: Before

    /// Finds out what is there.
    ///
    /// - Returns: the number of environments that need not be made.
    private func prepare(resume: Bool) throws(BatchError) -> Int {
        let names = try folder.names() ?? []
        if names.isEmpty {
            try folder.make()
            try folder.write(Array((plan.json.text + "\n").utf8), to: BatchFolder.plan)
            return 0
        }
        let isFinished = names.contains(BatchFolder.manifest)
        guard isFinished || names.contains(BatchFolder.plan) else {
            throw BatchError("\(folder.path) is not empty and holds no batch; choose another folder")
        }
        guard resume else {
            throw BatchError(
                isFinished
                    ? "\(folder.path) holds a finished batch; choose another folder, or say --resume to check that it is whole"
                    : "\(folder.path) holds an unfinished batch; say --resume to go on with it, or choose another folder")
        }
        guard let old = read(isFinished ? BatchFolder.manifest : BatchFolder.plan) else {
            throw BatchError("\(folder.file(isFinished ? BatchFolder.manifest : BatchFolder.plan)) cannot be read; choose another folder")
        }
        if let difference = plan.difference(from: old) {
            throw BatchError("the batch in \(folder.path) is another one: \(difference). Choose another folder, or the same options")
        }
        try folder.removeTemporaries()
        let lines = isFinished ? old["environments"]?.array ?? [] : journalLines()
        let kept = lines.compactMap(BatchEntry.init).filter { entry in
            entry.index < plan.count && (try? FileContents.read(folder.file(entry.file))).map(SoftwareHeritageID.content) == entry.content
        }
        state.withLock { state in for entry in kept { state.entries[entry.index] = entry } }
        if isFinished, state.withLock({ $0.entries.count }) < plan.count {
            // What is missing is made again, as if the batch had never been finished.
            try folder.write(Array((plan.json.text + "\n").utf8), to: BatchFolder.plan)
            try folder.write(Array(kept.map { $0.json.text + "\n" }.joined().utf8), to: BatchFolder.journal)
            folder.remove([BatchFolder.manifest])
        }
        return state.withLock { $0.entries.count }
    }

    private func read(_ name: String) -> JSON? {
        (try? FileContents.read(folder.file(name))).flatMap { try? JSONParser.parse($0, limits: .file) }
    }

    /// The journal's lines; one that a killed process left half-written is none.
    private func journalLines() -> [JSON] {
        let bytes = (try? FileContents.read(folder.file(BatchFolder.journal))) ?? []
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONParser.parse(Array($0)) }
    }

    private func openJournal() throws(BatchError) {
        do {
            let journal = try FileDescriptor.open(
                folder.file(BatchFolder.journal), .readWrite, options: [.create, .append],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            // A line that was cut off must not swallow the one that comes next.
            let size = try journal.seek(offset: 0, from: .end)
            if size > 0 { try journal.writeAll([UInt8(ascii: "\n")]) }
            state.withLock { $0.journal = journal }
        } catch {
            throw BatchError("\(folder.file(BatchFolder.journal)) cannot be written: \(error)")
        }
    }

    // MARK: Work

    private func work() {
        let generator = EnvironmentGenerator(tasks: plan.tasks, scale: plan.scale)
        while let index = takeIndex() {
            let (entry, bytes, reason) = make(index, generator)
            let failure = reason.map { BatchFailure(index: index, reason: $0) }
            var fault: BatchError?
            if let entry, let bytes {
                do throws(BatchError) { try folder.write(bytes, to: entry.file) } catch { fault = error }
            }
            let (done, failed) = state.withLock { state -> (Int, Int) in
                if let fault {
                    state.fault = state.fault ?? fault
                } else if let entry {
                    do {
                        try state.journal?.writeAll(Array((entry.json.text + "\n").utf8))
                        state.entries[index] = entry
                    } catch {
                        state.fault = state.fault ?? BatchError("\(folder.file(BatchFolder.journal)) cannot be written: \(error)")
                    }
                } else if let failure {
                    state.failures[index] = failure
                }
                return (state.entries.count, state.failures.count)
            }
            onProgress(done, failed, plan.count)
        }
    }

    private func takeIndex() -> Int? {
        if isCancelled() { return nil }
        return state.withLock { state in
            while state.next < plan.count, state.entries[state.next] != nil { state.next += 1 }
            guard state.next < plan.count, state.fault == nil else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    /// Makes one environment; where its domain gives none, of the next domain.
    private func make(_ index: Int, _ generator: EnvironmentGenerator) -> (BatchEntry?, [UInt8]?, String?) {
        let (_, _, seed) = plan.environment(index)
        var reasons: [String] = []
        for offset in 0..<min(3, plan.domains.count) {
            let domain = plan.domains[(index + offset) % plan.domains.count]
            do throws(GenerationFault) {
                let environment = try generator.generate(domain, id: BatchPlan.id(domain, index), seed: seed)
                return (BatchEntry(index: index, seed: seed, environment), environment.bytes, nil)
            } catch {
                reasons.append(error.description)
            }
        }
        return (nil, nil, reasons.joined(separator: "; "))
    }

    // MARK: After

    private func finish(_ entries: [BatchEntry], _ failures: [BatchFailure]) throws(BatchError) {
        var manifest = plan.json.object!
        manifest["orrery"] = "batch/1"
        manifest["contents"] = .string(SoftwareHeritageID.directory(entries.map { ($0.file, $0.content) }))
        manifest["failures"] = .array(failures.map(\.json))
        manifest["environments"] = .array(entries.map(\.json))
        var text = "{\n"
        for (position, member) in manifest.members.enumerated() {
            text += "  \(JSON.string(member.name).text): "
            if case .array(let elements) = member.value, member.name == "environments", !elements.isEmpty {
                text += "[\n" + elements.map { "    \($0.text)" }.joined(separator: ",\n") + "\n  ]"
            } else {
                text += member.value.text
            }
            text += position == manifest.count - 1 ? "\n" : ",\n"
        }
        try folder.write(Array((text + "}\n").utf8), to: BatchFolder.manifest)
        folder.remove([BatchFolder.plan, BatchFolder.journal])
    }
}
