import Episodes
import Synchronization

/// Tables of tools that sessions share, made when they are first wanted.
final class MCPToolTables: Sendable {
    private struct Key: Hashable {
        let world: String
        let mode: MCPTools
        let hasTask: Bool
    }

    private let tables = Mutex<[Key: MCPToolTable]>([:])
    /// The most that are kept: a table takes some tens of kilobytes.
    private static let most = 256

    func table(_ world: World, _ mode: MCPTools, hasTask: Bool) -> MCPToolTable {
        let key = Key(world: world.id, mode: mode, hasTask: hasTask)
        if let table = tables.withLock({ $0[key] }) { return table }
        let table = MCPToolTable(world, mode, hasTask: hasTask)
        tables.withLock { tables in
            if tables.count >= Self.most { tables.removeAll() }
            tables[key] = table
        }
        return table
    }
}
