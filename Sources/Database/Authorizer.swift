import CSQLite

/// What a statement may do. Decided when it is compiled.
public enum StatementAccess: Sendable {
    /// Read rows.
    case read
    /// Read and change rows.
    case write
    /// Anything: schemas, settings, transactions.
    case everything
}

/// Refuses, while a statement is compiled, whatever its access does not cover and whatever depends on more than the state.
final class Authorizer {
    private(set) var refusal: String?
    /// Whether the statement is one that reads or changes rows.
    private(set) var hasSeenQuery = false
    private var access = StatementAccess.everything
    private let functionsRefused: Set<String> = [
        "random", "randomblob", "changes", "total_changes", "last_insert_rowid", "load_extension", "current_timestamp",
        "current_date", "current_time", "sqlite_version", "sqlite_source_id", "sqlite_compileoption_get",
        "sqlite_compileoption_used", "sqlite_offset", "fts3_tokenizer",
    ]

    func begin(_ access: StatementAccess) {
        self.access = access
        refusal = nil
        hasSeenQuery = false
    }

    /// Ends a compilation. SQLite may compile a statement again by itself later; it has been vetted by then.
    func end() { access = .write }

    fileprivate func decide(_ action: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?) -> Int32 {
        if access == .everything { return SQLITE_OK }
        switch action {
        case SQLITE_SELECT, SQLITE_RECURSIVE:
            hasSeenQuery = true
            return SQLITE_OK
        case SQLITE_READ:
            let table = text(first).lowercased()
            if table.hasPrefix("sqlite_") || table.hasPrefix("pragma_") || table == "dbstat" {
                return refuse("the engine's own table \(text(first)) may not be read")
            }
            return SQLITE_OK
        case SQLITE_FUNCTION:
            let name = text(second).lowercased()
            return functionsRefused.contains(name)
                ? refuse("the function \(name) may not be used: its result does not depend on the state alone") : SQLITE_OK
        case SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE:
            hasSeenQuery = true
            if access == .write { return SQLITE_OK }
            return refuse("the statement writes to \(text(first)), and only reading is allowed here")
        default: return refuse("only SELECT, INSERT, UPDATE and DELETE are allowed here")
        }
    }

    private func refuse(_ reason: String) -> Int32 {
        if refusal == nil { refusal = reason }
        return SQLITE_DENY
    }

    private func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
}

let authorizerCallback:
    @convention(c) (
        UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?
    ) -> Int32 = { context, action, first, second, _, _ in
        Unmanaged<Authorizer>.fromOpaque(context!).takeUnretainedValue().decide(action, first, second)
    }
