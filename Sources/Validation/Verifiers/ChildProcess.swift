import Dispatch
import Subprocess
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

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
    /// Where it runs; nil: where this one does.
    var folder: String?
    /// Where what it prints is kept meanwhile.
    var temporary = TemporaryFolder.parent
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
            // Files rather than pipes, whose end would not come while anything that the program started holds them open.
            let (output, errors) = (try temporaryFile(), try temporaryFile())
            defer {
                try? output.close()
                try? errors.close()
            }
            let result = try await Subprocess.run(
                .path("/bin/sh"), arguments: Arguments(["-c", script + "exec \"$@\"", "sh"] + command),
                workingDirectory: folder.map { FilePath($0) },
                platformOptions: options, input: .fileDescriptor(input, closeAfterSpawningProcess: true),
                output: .fileDescriptor(output, closeAfterSpawningProcess: false),
                error: .fileDescriptor(errors, closeAfterSpawningProcess: false))
            kill(-pid_t(result.processIdentifier.value), SIGKILL)
            if try output.seek(offset: 0, from: .end) > limits.output {
                return Outcome(ending: .tooMuchOutput, output: [], errors: [])
            }
            let ending: Ending =
                switch result.terminationStatus {
                case .exited(let code): .exited(Int(code))
                case .signaled(let signal): .killed(signal: Int(signal))
                }
            return Outcome(ending: ending, output: try contents(output), errors: try contents(errors))
        } catch {
            return Outcome(ending: .notStarted("\(error)"), output: [], errors: [])
        }
    }

    /// A file without a name.
    private func temporaryFile() throws -> FileDescriptor {
        var template = Array("\(temporary)/output-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return FileDescriptor(rawValue: descriptor)
    }

    /// The last bytes of a file, as many as may be printed.
    private func contents(_ file: FileDescriptor) throws -> [UInt8] {
        let size = try file.seek(offset: 0, from: .end)
        let start = max(0, size - Int64(limits.output))
        return try [UInt8](unsafeUninitializedCapacity: Int(size - start)) { buffer, count in
            count = try file.read(fromAbsoluteOffset: start, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }
}
