import Determinism
import Logging
import Synchronization
import SystemPackage
import WireJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes each entry as one line of JSON to standard error: `time`, `level`, `event`, and what belongs to the event.
///
/// Whatever a client sent stands in JSON strings, so that it cannot end a line or begin one.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// One line at a time.
    private static let output = Mutex(FileDescriptor.standardError)

    func log(event: LogEvent) {
        var writer = JSONWriter()
        writer.byte("{")
        writer.name("time")
        writer.string(Self.now)
        writer.name("level")
        writer.string(event.level.rawValue)
        writer.name("event")
        writer.string(event.message.description)
        let members = metadata.merging(event.metadata ?? [:]) { $1 }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            writer.name(name)
            writer.value(Self.json(value))
        }
        writer.byte("}")
        let line = writer.bytes + [UInt8(ascii: "\n")]
        // Nobody may read the log; that is no reason to stop.
        Self.output.withLock { _ = try? $0.writeAll(line) }
    }

    private static func json(_ value: Logger.Metadata.Value) -> JSON {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let number as Int): .integer(Int64(number))
        case .stringConvertible(let number as Double): .number(number)
        case .stringConvertible(let other): .string(other.description)
        case .array(let values): .array(values.map(json))
        case .dictionary(let members): .array(members.sorted { $0.key < $1.key }.map { [.string($0.key), json($0.value)] })
        }
    }

    /// The time in UTC, to the millisecond.
    private static var now: String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let milliseconds = String(1000 + time.tv_nsec / 1_000_000).dropFirst()
        return Instant(seconds: Int64(time.tv_sec)).text.dropLast() + ".\(milliseconds)Z"
    }
}
