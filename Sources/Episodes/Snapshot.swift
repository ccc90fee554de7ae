import Database
import Determinism
import WireJSON

/// Why a snapshot cannot be restored.
public struct SnapshotError: Error, Sendable {
    /// What is wrong with it.
    public let message: String

    /// Makes an error.
    public init(message: String) { self.message = message }
}

extension EpisodeState {
    /// The state as an opaque text that any process holding the same environment can restore.
    ///
    /// URL-safe base 64 of a JSON object, preceded by a checksum: it travels through JSON, URLs and file names unharmed.
    public func snapshotText(of world: World) -> String {
        func text(_ bytes: [UInt8]?) -> JSON { bytes.map { .string(Base64.encode($0)) } ?? .null }
        let rows = changes.sorted.map { key, change -> JSON in
            [.integer(Int64(key.table)), text(key.bytes), text(change.before), text(change.after)]
        }
        let json: JSON = [
            "v": 1, "environment": .string(world.environment.identity.hexadecimal),
            "task": task.map { .string(world.environment.definition.tasks[$0].id) } ?? .null, "seed": .string(String(seed)),
            "max_steps": .integer(Int64(options.maxSteps)), "reward": .string(options.reward.rawValue),
            "tools": .string(options.tools.rawValue), "step": .integer(Int64(step)), "status": .string(status.rawValue),
            "answer": answer.map { [$0] } ?? .null, "counters": .array(counters.map { .integer($0) }),
            "potential": .string(String(potential.bitPattern)), "listed": .bool(hasListedTools), "changes": .array(rows),
        ]
        let bytes = json.bytes
        return Base64.encode(Array(Digest(of: bytes).bytes.prefix(Self.checksumBytes)) + bytes)
    }

    private static let checksumBytes = 12

    /// The identity of the environment that a snapshot belongs to, as hexadecimal text.
    public static func environmentIdentity(ofSnapshot text: String) throws(SnapshotError) -> String {
        guard let identity = try json(text)["environment"]?.string else { throw damaged }
        return identity
    }

    /// Reads a snapshot of an episode of a world.
    public init(snapshotText text: String, of world: World) throws(SnapshotError) {
        let json = try Self.json(text)
        let definition = world.environment.definition
        guard json["environment"]?.string == world.environment.identity.hexadecimal else {
            throw SnapshotError(message: "the snapshot is of another environment, or of another version of \(world.id)")
        }
        guard let seed = json["seed"]?.string.flatMap({ UInt64($0) }), let maxSteps = json["max_steps"]?.integer,
            let reward = json["reward"]?.string.flatMap(RewardProfile.init), let tools = json["tools"]?.string.flatMap(ToolMode.init),
            let step = json["step"]?.integer, let status = json["status"]?.string.flatMap(Status.init),
            let counters = json["counters"]?.array?.compactMap(\.integer), counters.count == definition.sequences.count,
            let potential = json["potential"]?.string.flatMap({ UInt64($0) }), let listed = json["listed"]?.bool,
            let rows = json["changes"]?.array, let task = json["task"], let answer = json["answer"],
            // The checksum keeps accidents out, not forgers: whatever could overflow or mislead later is refused here.
            (1...Int64(EpisodeOptions.greatestMaxSteps)).contains(maxSteps), (0...maxSteps).contains(step),
            counters.allSatisfy({ (0...(1 << 54)).contains($0) }), (0...1).contains(Double(bitPattern: potential))
        else { throw Self.damaged }
        var index: Int?
        if let id = task.string {
            index = world.environment.taskIndex(id)
            if index == nil { throw Self.damaged }
        }
        var options = EpisodeOptions()
        options.maxSteps = Int(maxSteps)
        options.reward = reward
        options.tools = tools
        self.init(task: index, seed: seed, options: options, counters: counters)
        self.step = Int(step)
        self.status = status
        self.answer = answer.array?.first
        self.potential = Double(bitPattern: potential)
        hasListedTools = listed
        for row in rows { try read(row, of: world) }
    }

    private mutating func read(_ row: JSON, of world: World) throws(SnapshotError) {
        let tables = world.environment.definition.tables
        guard let parts = row.array, parts.count == 4, let table = parts[0].integer, tables.indices.contains(Int(table)),
            let key = parts[1].string.flatMap(Base64.decode), RowCodec.decode(key)?.count == tables[Int(table)].key.count
        else { throw Self.damaged }
        func image(_ json: JSON) throws(SnapshotError) -> [UInt8]? {
            if json == .null { return nil }
            guard let bytes = json.string.flatMap(Base64.decode), RowCodec.decode(bytes)?.count == tables[Int(table)].columns.count
            else { throw Self.damaged }
            return bytes
        }
        let recorded = world.environment.recordedTables[Int(table)]
        let (before, after) = (try image(parts[2]), try image(parts[3]))
        for row in [before, after] {
            guard let row else { continue }
            guard let values = RowCodec.decode(row), RowCodec.encode(recorded.key.map { values[$0] }) == key else { throw Self.damaged }
        }
        let row = RowKey(table: Int(table), bytes: key)
        guard before != after, changes.entries[row] == nil else { throw Self.damaged }
        changes.record(row, before: before, after: after)
    }

    private static let damaged = SnapshotError(message: "the snapshot is damaged: its text must be passed on unchanged")

    private static func json(_ text: String) throws(SnapshotError) -> JSON {
        guard let bytes = Base64.decode(text), bytes.count > checksumBytes else { throw damaged }
        let content = Array(bytes[checksumBytes...])
        guard Digest(of: content).bytes.prefix(checksumBytes).elementsEqual(bytes[..<checksumBytes]),
            let json = try? JSONParser.parse(content, limits: .file), json["v"]?.integer == 1
        else { throw damaged }
        return json
    }
}

extension Episode {
    /// Goes on from a snapshot of an episode of the same world.
    public convenience init(_ world: World, id: String, snapshot: EpisodeState) { self.init(world, id: id, state: snapshot) }
}

/// URL-safe base 64 without padding (RFC 4648, section 5).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8: UInt32] = Dictionary(
        uniqueKeysWithValues: alphabet.enumerated().map { ($1, UInt32($0)) })

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var word: UInt32 = 0
            for offset in 0..<3 { word = word << 8 | (offset < count ? UInt32(bytes[index + offset]) : 0) }
            for digit in 0...count { text.append(alphabet[Int(word >> UInt32(18 - 6 * digit)) & 63]) }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var word: UInt32 = 0
        var bits = 0
        for character in text.utf8 {
            guard let value = values[character] else { return nil }
            word = word << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
                word &= (1 << UInt32(bits)) - 1
            }
        }
        return bits < 6 && word == 0 ? bytes : nil
    }
}
