import Determinism

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One row of one table, by its position in the schema and the canonical bytes of its key.
public struct RowKey: Hashable, Comparable, Sendable {
    /// The table's index in the schema that the change recorder was given.
    public let table: Int
    /// The key's values in ``RowCodec`` form.
    public let bytes: [UInt8]

    /// Makes a key.
    public init(table: Int, bytes: [UInt8]) {
        self.table = table
        self.bytes = bytes
    }

    /// Hashes the key as a run of bytes, not byte by byte.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(table)
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// Orders by table, then by key.
    public static func < (a: RowKey, b: RowKey) -> Bool {
        guard a.table == b.table else { return a.table < b.table }
        return a.bytes.withUnsafeBytes { x in
            b.bytes.withUnsafeBytes { y in
                let order = x.isEmpty || y.isEmpty ? 0 : memcmp(x.baseAddress!, y.baseAddress!, min(x.count, y.count))
                return order != 0 ? order < 0 : x.count < y.count
            }
        }
    }
}

/// What became of one row: its bytes before and after; nil where it did not exist.
public struct RowChange: Hashable, Sendable {
    /// The row in the initial state.
    public let before: [UInt8]?
    /// The row now.
    public var after: [UInt8]?

    /// Makes a change.
    public init(before: [UInt8]?, after: [UInt8]?) {
        self.before = before
        self.after = after
    }
}

/// The net difference between two states: rows inserted, updated and deleted, whatever happened in between.
public struct ChangeSet: Hashable, Sendable {
    /// The changes by row. A row that is as it was has no entry.
    public private(set) var entries: [RowKey: RowChange] = [:]

    /// Makes an empty change set.
    public init() {}

    /// Whether nothing changed.
    public var isEmpty: Bool { entries.isEmpty }
    /// The number of rows that changed.
    public var count: Int { entries.count }

    /// The changes in canonical order: by table, then by key.
    public var sorted: [(key: RowKey, change: RowChange)] {
        entries.sorted { $0.key < $1.key }.map { (key: $0.key, change: $0.value) }
    }

    /// Records that a row, which was `before` until now, became `after`.
    ///
    /// - Returns: what was recorded of the row until now.
    @discardableResult
    public mutating func record(_ key: RowKey, before: [UInt8]?, after: [UInt8]?) -> RowChange? {
        guard let index = entries.index(forKey: key) else {
            if before != after { entries[key] = RowChange(before: before, after: after) }
            return nil
        }
        let previous = entries.values[index]
        if previous.before == after {
            entries.remove(at: index)
        } else {
            entries.values[index].after = after
        }
        return previous
    }

    /// Puts an entry back as it was; nil removes it. For undoing.
    mutating func restore(_ key: RowKey, _ change: RowChange?) { entries[key] = change }

    /// The change set that leads back.
    public var inverted: ChangeSet {
        var result = ChangeSet()
        result.entries = entries.mapValues { RowChange(before: $0.after, after: $0.before) }
        return result
    }

    /// The changes of rows that an earlier change set of the same initial state had not, or had otherwise.
    public func since(_ earlier: ChangeSet) -> ChangeSet {
        var result = ChangeSet()
        result.entries = entries.filter { earlier.entries[$0.key] != $0.value }
        return result
    }

    /// Hashes the state that these changes lead to from an initial state.
    ///
    /// The text hashed is the initial state's digest and then, in canonical order, for every changed row: the table's name, a
    /// zero byte, the key, and either 0 (the row is gone) or 1 and the row. Equal states have equal digests however they were reached.
    ///
    /// - Parameters:
    ///   - initial: the digest of the state before all changes.
    ///   - tables: the names of the schema's tables.
    public func digest(from initial: Digest, tables: [String]) -> Digest {
        var bytes = initial.bytes
        for (key, change) in sorted {
            bytes.append(contentsOf: tables[key.table].utf8)
            bytes.append(0)
            bytes.append(contentsOf: key.bytes)
            bytes.append(change.after == nil ? 0 : 1)
            if let after = change.after { bytes.append(contentsOf: after) }
        }
        return Digest(of: bytes)
    }
}
