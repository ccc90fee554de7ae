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
    /// Asked now and then; once it says yes, the program is killed.
    var isCancelled: @Sendable () -> Bool = { false }

    /// Runs the program with a file as its standard input. What it started goes with it.
    ///
    /// Waits on the calling thread, whatever other threads do: the time limit holds on a busy machine, too.
    func run(input path: String) -> Outcome {
        do {
            let input = try FileDescriptor.open(path, .readOnly)
            defer { try? input.close() }
            // Files rather than pipes, whose end would not come while anything that the program started holds them open.
            let (output, errors) = (try temporaryFile(), try temporaryFile())
            defer {
                try? output.close()
                try? errors.close()
            }
            let strays = StrayProcesses()
            let process = try start([input, output, errors], strays.environment)
            let status = wait(for: process)
            kill(-process, SIGKILL)
            strays.end()
            guard let status else { return Outcome(ending: .outOfTime, output: [], errors: []) }
            if try output.seek(offset: 0, from: .end) > limits.output { return Outcome(ending: .tooMuchOutput, output: [], errors: []) }
            let signal = status & 0x7f
            return Outcome(
                ending: signal == 0 ? .exited(Int(status >> 8 & 0xff)) : .killed(signal: Int(signal)), output: try contents(output),
                errors: try contents(errors))
        } catch {
            return Outcome(ending: .notStarted("\(error)"), output: [], errors: [])
        }
    }

    /// Starts the program as the leader of a process group of its own.
    private func start(_ streams: [FileDescriptor], _ environment: [String]) throws -> pid_t {
        // The shell goes to the folder, sets the limits and becomes the program.
        var script =
            "cd \"$1\" && shift || exit 126; ulimit -t \(limits.seconds + 1); ulimit -f \(max(1, limits.file / 512)); ulimit -c 0; "
        if let memory = limits.memory { script += "ulimit -v \(memory / 1024); " }
        let words = ["/bin/sh", "-c", script + "exec \"$@\"", "sh", folder ?? "."] + command
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in streams.enumerated() { posix_spawn_file_actions_adddup2(&actions, stream.rawValue, Int32(number)) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        // It gets its signals, whatever this thread holds back or this process ignores.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, &arguments, &variables)
        if code != 0 { throw Errno(rawValue: code) }
        return process
    }

    /// The status with which the process ended; nil if its time was up first, or it is not waited for any more.
    private func wait(for process: pid_t) -> Int32? {
        let deadline = ContinuousClock.now + .seconds(limits.seconds)
        var status: Int32 = 0
        var pause: UInt32 = 200
        while waitpid(process, &status, WNOHANG) == 0 {
            if ContinuousClock.now > deadline || isCancelled() {
                kill(-process, SIGKILL)
                waitpid(process, &status, 0)
                return nil
            }
            usleep(pause)
            pause = min(pause * 2, 5000)
        }
        return status
    }

    /// A file without a name.
    private func temporaryFile() throws -> FileDescriptor {
        var template = Array("\(temporary)/output-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        unlink(template)
        // For other processes that are started meanwhile.
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
