import Dispatch
import Subprocess
import Synchronization
import SystemPackage

/// Another program, run to its end within limits.
struct ChildProcess {
    /// What a program may use.
    struct Limits {
        /// Seconds of time.
        var seconds = 10
        /// Bytes of memory; nil: as much as there is.
        var memory: Int? = 1 << 30
        /// Bytes that it may print.
        var output = 1 << 20
        /// Bytes of any file that it writes.
        var file = 64 << 20
    }

    /// How it ended.
    enum Ending {
        case exited(Int)
        case killed(signal: Int)
        case outOfTime
        case tooMuchOutput
        case notStarted(String)
    }

    struct Outcome {
        let ending: Ending
        let output: [UInt8]
        let errors: [UInt8]
    }

    let command: [String]
    var folder: String?
    var limits = Limits()

    /// Runs the program with a file as its standard input. What it started goes with it.
    ///
    /// Waits for the end, so it must not be called from a task: tasks do the work.
    func run(input path: String) -> Outcome {
        let result = Mutex<Outcome?>(nil)
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            let outcome = await runAsync(input: path)
            result.withLock { $0 = outcome }
            done.signal()
        }
        done.wait()
        return result.withLock { $0! }
    }

    private func runAsync(input path: String) async -> Outcome {
        let limit = limits
        return await withTaskGroup(of: Outcome?.self) { group in
            group.addTask { await runToEnd(input: path) }
            group.addTask {
                try? await Task.sleep(for: .seconds(limit.seconds))
                return nil
            }
            let first = await group.next() ?? nil
            // Cancelling ends the program and all that it started.
            group.cancelAll()
            guard let first else {
                _ = await group.next()
                return Outcome(ending: .outOfTime, output: [], errors: [])
            }
            return first
        }
    }

    private func runToEnd(input path: String) async -> Outcome {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(100))]
        // The shell sets the limits and becomes the program.
        var script = "ulimit -t \(limits.seconds + 1); ulimit -f \(max(1, limits.file / 512)); ulimit -c 0; "
        if let memory = limits.memory { script += "ulimit -v \(memory / 1024); " }
        do {
            let input = try FileDescriptor.open(path, .readOnly)
            let result = try await Subprocess.run(
                .path("/bin/sh"), arguments: Arguments(["-c", script + "exec \"$@\"", "sh"] + command),
                workingDirectory: folder.map { FilePath($0) },
                platformOptions: options, input: .fileDescriptor(input, closeAfterSpawningProcess: true),
                output: .bytes(limit: limits.output),
                error: .bytes(limit: limits.output))
            let ending: Ending =
                switch result.terminationStatus {
                case .exited(let code): .exited(Int(code))
                case .signaled(let signal): .killed(signal: Int(signal))
                }
            return Outcome(ending: ending, output: result.standardOutput, errors: result.standardError)
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            return Outcome(ending: .tooMuchOutput, output: [], errors: [])
        } catch {
            return Outcome(ending: .notStarted("\(error)"), output: [], errors: [])
        }
    }
}
