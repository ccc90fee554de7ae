import DequeModule
import Dispatch
import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The threads on which requests are answered. A few take jobs; for each that is stuck in a long one another comes in,
/// and the operating system divides the cores among them. Swift's own threads are as many as cores, and two long calls could hold them all.
final class CallThreads: TaskExecutor {
    /// A thread that sleeps when it is not wanted.
    ///
    /// Unchecked: its variables are touched under the lock of the executor's state alone.
    private final class Thread: @unchecked Sendable {
        let alarm = DispatchSemaphore(value: 0)
        /// The jobs begun.
        var jobCount = 0
        /// The jobs begun when the watch last looked.
        var seenCount = 0
        var isWorking = false
        var isStuck = false
    }

    private struct State {
        var jobs: Deque<UnownedJob> = []
        var idle: [Thread]
        /// The threads that are awake and not stuck.
        var active = 0
        /// Whether the watch looks on.
        var isWatched = false
    }

    private let threads: [Thread]
    private let state: Mutex<State>
    private let width: Int
    private let watch = DispatchSemaphore(value: 0)
    /// A job that takes longer, up to twice, keeps no thread from the others; in microseconds.
    private static let patience: UInt32 = 2_000

    /// Starts the threads. They stay until the process ends.
    ///
    /// - Parameters:
    ///   - width: how many work at a time, apart from those that are stuck.
    ///   - count: how many there are.
    /// - Throws: `IOError` if there cannot be so many.
    init(width: Int, count: Int) throws(IOError) {
        self.width = width
        threads = (0..<count).map { _ in Thread() }
        state = Mutex(State(idle: threads))
        try Self.start { [self] in
            while true {
                watch.wait()
                repeat { usleep(Self.patience) } while look()
            }
        }
        for thread in threads {
            try Self.start { [self] in
                while true {
                    thread.alarm.wait()
                    while let job = next(thread) { job.runSynchronously(on: asUnownedTaskExecutor()) }
                }
            }
        }
    }

    /// Starts a thread of the system: Dispatch has only so many.
    private static func start(_ body: @escaping @Sendable () -> Never) throws(IOError) {
        let body = Unmanaged.passRetained(Body(run: body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil, { Unmanaged<Body>.fromOpaque($0!).takeRetainedValue().run() }, body.toOpaque())
        if code != 0 {
            body.release()
            throw IOError(errnoCode: code, reason: "pthread_create")
        }
        pthread_detach(thread)
    }

    /// What a thread does.
    private final class Body: Sendable {
        let run: @Sendable () -> Never

        init(run: @escaping @Sendable () -> Never) { self.run = run }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (called, isUnwatched) = state.withLock { state in
            state.jobs.append(job)
            defer { state.isWatched = true }
            return (call(&state), !state.isWatched)
        }
        called?.alarm.signal()
        if isUnwatched { watch.signal() }
    }

    /// The thread to wake, if one is wanted and there is one.
    private func call(_ state: inout State) -> Thread? {
        guard state.active < width, !state.jobs.isEmpty, let thread = state.idle.popLast() else { return nil }
        state.active += 1
        return thread
    }

    /// The thread's next job; nil: it is not wanted.
    private func next(_ thread: Thread) -> UnownedJob? {
        state.withLock { state in
            if thread.isStuck {
                thread.isStuck = false
                state.active += 1
            }
            guard state.active <= width, let job = state.jobs.popFirst() else {
                thread.isWorking = false
                state.active -= 1
                state.idle.append(thread)
                return nil
            }
            thread.isWorking = true
            thread.jobCount += 1
            return job
        }
    }

    /// Finds the threads that are stuck and calls others in their place.
    ///
    /// - Returns: whether there is anything to watch.
    private func look() -> Bool {
        let (called, isWatched) = state.withLock { state -> ([Thread], Bool) in
            for thread in threads where thread.isWorking && !thread.isStuck {
                if thread.jobCount == thread.seenCount {
                    thread.isStuck = true
                    state.active -= 1
                }
                thread.seenCount = thread.jobCount
            }
            var called: [Thread] = []
            while called.count < width, let thread = call(&state) { called.append(thread) }
            state.isWatched = state.active > 0 || !state.jobs.isEmpty
            return (called, state.isWatched)
        }
        for thread in called { thread.alarm.signal() }
        return isWatched
    }
}
