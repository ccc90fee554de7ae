#if DEBUG
    /// Failures on demand, for tests: in a debug build a chosen step of a statement fails as if the disk had.
    ///
    /// Counted for each thread by itself, so that tests that run beside are left alone.
    enum Faults {
        private static let key = ThreadLocalCounter()

        /// Makes the n-th step from now fail, once.
        static func failCall(_ number: Int) { key.value = number }

        /// Lets everything succeed again.
        static func none() { key.value = 0 }

        /// Whether the failure asked for has happened.
        static var hasStruck: Bool { key.value < 0 }

        static func strikes() -> Bool {
            guard key.value > 0 else { return false }
            key.value -= 1
            if key.value > 0 { return false }
            key.value = -1
            return true
        }
    }

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #else
        import Darwin
    #endif

    /// A number of the current thread's own.
    ///
    /// Unchecked: the key is set once, and the values belong to their threads.
    private final class ThreadLocalCounter: @unchecked Sendable {
        private var key = pthread_key_t()

        init() { pthread_key_create(&key, nil) }

        var value: Int {
            get { Int(bitPattern: pthread_getspecific(key)) }
            set { pthread_setspecific(key, UnsafeRawPointer(bitPattern: newValue)) }
        }
    }
#endif
