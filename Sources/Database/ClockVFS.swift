import CSQLite
import Determinism
import Synchronization

/// A file system for SQLite that is the default one but for its clock, so that `datetime('now')` gives virtual time.
final class ClockVFS {
    private struct Layout {
        // First, so that a pointer to it is a pointer to the whole.
        var base: sqlite3_vfs
        var julianMilliseconds: Int64
    }

    private static let counter = Atomic<Int>(0)
    private let layout: UnsafeMutablePointer<Layout>
    private let nameStorage: UnsafeMutablePointer<CChar>

    init() {
        let serial = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
        nameStorage = Array("orrery-clock-\(serial)".utf8CString).withUnsafeBufferPointer { source in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: source.count)
            copy.initialize(from: source.baseAddress!, count: source.count)
            return copy
        }
        layout = .allocate(capacity: 1)
        layout.initialize(to: Layout(base: sqlite3_vfs_find(nil).pointee, julianMilliseconds: 0))
        layout.pointee.base.zName = UnsafePointer(nameStorage)
        layout.pointee.base.pNext = nil
        layout.pointee.base.xCurrentTimeInt64 = { vfs, result in
            result!.pointee = UnsafeRawPointer(vfs!).assumingMemoryBound(to: Layout.self).pointee.julianMilliseconds
            return SQLITE_OK
        }
        set(Instant(seconds: 0))
        UnsafeMutableRawPointer(layout).withMemoryRebound(to: sqlite3_vfs.self, capacity: 1) { _ = sqlite3_vfs_register($0, 0) }
    }

    deinit {
        UnsafeMutableRawPointer(layout).withMemoryRebound(to: sqlite3_vfs.self, capacity: 1) { _ = sqlite3_vfs_unregister($0) }
        layout.deallocate()
        nameStorage.deallocate()
    }

    var name: String { String(cString: nameStorage) }

    func set(_ now: Instant) {
        // SQLite counts milliseconds from noon of the first day of the Julian calendar.
        layout.pointee.julianMilliseconds = 210_866_760_000_000 + now.seconds * 1000
    }
}
