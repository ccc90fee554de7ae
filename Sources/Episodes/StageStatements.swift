import Database
import Environments

/// A compiled statement in a class, so that it can be kept in arrays.
final class StageStatement {
    private let statement: Statement

    init(_ sql: String, on connection: borrowing Connection) throws(DatabaseError) {
        statement = try connection.prepare(sql, access: .everything)
    }

    func run(_ values: [SQLValue] = []) throws(DatabaseError) {
        for (index, value) in values.enumerated() { statement.bind(value, at: Int32(index + 1)) }
        try statement.run()
    }
}

/// The statements that begin, end and subdivide an episode's transaction.
struct TransactionStatements {
    let begin: StageStatement
    let rollBack: StageStatement
    let savepoint: StageStatement
    let release: StageStatement
    let rollBackTo: StageStatement

    init(on connection: borrowing Connection) throws(DatabaseError) {
        begin = try StageStatement("BEGIN", on: connection)
        rollBack = try StageStatement("ROLLBACK", on: connection)
        savepoint = try StageStatement("SAVEPOINT call", on: connection)
        release = try StageStatement("RELEASE call", on: connection)
        rollBackTo = try StageStatement("ROLLBACK TO call", on: connection)
    }
}

/// The statements that put a row of one table into a given state.
struct RowStatements {
    let delete: StageStatement
    let insert: StageStatement

    init(_ table: Table, on connection: borrowing Connection) throws(DatabaseError) {
        let key = table.key.map { "\(SQL.name($0)) = ?" }.joined(separator: " AND ")
        delete = try StageStatement("DELETE FROM \(SQL.name(table.name)) WHERE \(key)", on: connection)
        let values = table.columns.map { _ in "?" }.joined(separator: ", ")
        insert = try StageStatement("INSERT INTO \(SQL.name(table.name)) VALUES (\(values))", on: connection)
    }
}
