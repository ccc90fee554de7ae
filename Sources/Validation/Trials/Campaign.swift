import Dispatch
import Environments
import Specifications
import Synchronization

/// Puts the tasks of many environments to the test, several at a time. The results do not depend on how many.
public struct Campaign: Sendable {
    /// What is done with each environment.
    public var trial: EnvironmentTrial
    /// The number of threads.
    public var workers: Int

    /// Makes a campaign.
    public init(_ trial: EnvironmentTrial, workers: Int) {
        self.trial = trial
        self.workers = workers
    }

    /// A part of the work: an environment, or one task of it where there are fewer environments than workers.
    private struct Part {
        let file: String
        let tasks: [String]
    }

    /// What came of it.
    public struct Outcome: Sendable {
        /// The tasks, in the order of the files.
        public var results: [TaskResult] = []
        /// The environments that did not load.
        public var mistakes: [Diagnostic] = []
    }

    /// Tries every task of the environments in some files.
    ///
    /// - Parameters:
    ///   - folder: an empty folder for the files that other processes read.
    ///   - onProgress: called after each task: tasks done, their probes, and the number of all tasks as far as it is known.
    public func run(_ files: [String], folder: String, onProgress: @Sendable (Int, Int, Int) -> Void) -> Outcome {
        let parts = parts(of: files)
        let outcomes = Mutex([Result<[TaskResult], SpecificationError>?](repeating: nil, count: parts.count))
        let next = Atomic(0)
        let progress = Mutex((tasks: 0, probes: 0))
        let total = parts.reduce(0) { $0 + ($1.tasks.isEmpty ? 10 : $1.tasks.count) }
        DispatchQueue.concurrentPerform(iterations: max(1, min(workers, parts.count))) { _ in
            while !trial.options.isCancelled() {
                let index = next.add(1, ordering: .relaxed).oldValue
                if index >= parts.count { return }
                let part = parts[index]
                var trial = trial
                if !part.tasks.isEmpty { trial.tasks = part.tasks }
                let result = Result { () throws(SpecificationError) in
                    try trial.run(part.file, folder: folder) { probes in
                        let (tasks, all) = progress.withLock { progress in
                            progress.tasks += 1
                            progress.probes += probes
                            return progress
                        }
                        onProgress(tasks, all, max(tasks, total))
                    }
                }
                outcomes.withLock { $0[index] = result }
            }
        }
        var outcome = Outcome()
        for result in outcomes.withLock({ $0 }) {
            switch result {
            case .success(let results)?: outcome.results += results
            // Of an environment that was tried in parts, each part says the same.
            case .failure(let error)?: outcome.mistakes += error.diagnostics.filter { !outcome.mistakes.contains($0) }
            case nil: continue
            }
        }
        return outcome
    }

    private func parts(of files: [String]) -> [Part] {
        if files.count >= 2 * workers { return files.map { Part(file: $0, tasks: trial.tasks) } }
        return files.flatMap { file -> [Part] in
            guard let environment = try? EnvironmentLoader.load(file) else { return [Part(file: file, tasks: trial.tasks)] }
            let tasks = environment.definition.tasks.map(\.id).filter { trial.tasks.isEmpty || trial.tasks.contains($0) }
            guard tasks.count > 1 else { return [Part(file: file, tasks: trial.tasks)] }
            // A few tasks at a time: each part loads the environment again.
            let size = max(1, (tasks.count + workers - 1) / workers)
            return stride(from: 0, to: tasks.count, by: size).map {
                Part(file: file, tasks: Array(tasks[$0..<min(tasks.count, $0 + size)]))
            }
        }
    }
}
