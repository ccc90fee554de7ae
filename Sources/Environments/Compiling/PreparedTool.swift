import Database
import Determinism
import Specifications
import WireJSON

/// Where a call's identifiers come from, and what it knows of its episode.
public struct CallContext {
    /// The episode's seed.
    public let seed: UInt64
    /// The virtual time.
    public let now: Instant
    /// The acting user's key.
    public let actor: SQLValue
    /// The next counter value of each of the environment's sequences.
    public var counters: [Int64]
    /// The identifiers minted by the call.
    public internal(set) var minted: [SQLValue] = []

    /// Makes a context.
    public init(seed: UInt64, now: Instant, actor: SQLValue, counters: [Int64]) {
        self.seed = seed
        self.now = now
        self.actor = actor
        self.counters = counters
    }
}

/// The agent's mistake: a value, because it is part of the game.
public struct Mistake: Hashable, Sendable {
    /// A stable word for programs.
    public var code: String
    /// A message that helps.
    public var message: String
    /// More, as members of an object.
    public var details: JSONObject
    /// Whether the call itself was ill-formed, whatever the state: what Agent World Model punishes.
    public var isMalformed: Bool

    /// Makes a mistake.
    public init(code: String, message: String, details: JSONObject = JSONObject(), isMalformed: Bool = false) {
        self.code = code
        self.message = message
        self.details = details
        self.isMalformed = isMalformed
    }
}

/// How a call ended.
public enum CallOutcome {
    /// It succeeded; its content was written.
    case result
    /// The agent made a mistake; the call must be rolled back.
    case mistake(Mistake)
}

/// A tool with its statements compiled for one connection.
public final class PreparedTool {
    private enum Action {
        case find(PreparedStatement, outputs: Range<Int>)
        case require(PreparedStatement)
        case forbid(PreparedStatement)
        case next(slot: Int, sequence: Int, definition: IdentifierSequence)
        case change(PreparedStatement)

        var statement: PreparedStatement? {
            switch self {
            case .find(let statement, _), .require(let statement), .forbid(let statement), .change(let statement): statement
            case .next: nil
            }
        }
    }

    private enum Piece {
        case text(String)
        case slot(Int)
        case column(Int32)
    }

    private struct PreparedRefusal {
        let code: String
        let message: [Piece]
        let details: [(name: String, piece: Piece)]

        var readsClock: Bool {
            (message + details.map(\.piece)).contains { if case .slot(let slot) = $0 { slot < 2 } else { false } }
        }
    }

    private struct PreparedStep {
        let action: Action
        let refusal: PreparedRefusal?
    }

    /// The tool as its environment declares it.
    public let tool: Tool
    /// The JSON Schema of the result.
    public let outputSchema: JSON
    /// Whether a statement reads the clock.
    private let readsClock: Bool
    private let firstArgument: Int
    private let slotCount: Int
    private let steps: [PreparedStep]
    private let statements: [PreparedStatement]
    private let result: PreparedShape?

    // MARK: Compiling

    /// Compiles a tool.
    ///
    /// - Throws: ``SpecificationError`` with everything that is wrong in it.
    init(
        _ tool: Tool, in environment: Environment, on connection: borrowing Connection, schema: SchemaNames,
        shapes: [String: Shape]
    ) throws(SpecificationError) {
        var diagnostics: [Diagnostic] = []
        var scope = Scope()
        if environment.actor != nil { _ = scope.bind("actor") }
        firstArgument = scope.slots.count
        for argument in tool.arguments where scope.bind(argument.name) == nil {
            diagnostics.append(
                Diagnostic(argument.location, "the argument '\(argument.name)' is called as a parameter that is already there"))
        }
        var steps: [PreparedStep] = []
        func prepare(_ sql: SQLText, _ access: StatementAccess) -> PreparedStatement? {
            do throws(Diagnostic) {
                return try PreparedStatement(sql, access: access, scope: scope, on: connection, schema: schema)
            } catch {
                diagnostics.append(error)
                return nil
            }
        }
        for step in tool.steps {
            var columns: [String] = []
            var action: Action?
            switch step.action {
            case .find(let sql):
                // A find that fails to compile must not make every later use of its columns a mistake too.
                guard let statement = prepare(sql, .read) else {
                    for name in PreparedTool.guessColumns(sql.sql) { _ = scope.bind(name) }
                    continue
                }
                let first = scope.slots.count
                for name in statement.columnNames where scope.bind(name) == nil {
                    diagnostics.append(
                        Diagnostic(sql.location, "the column '\(name)' is called as a parameter that is already there; use AS"))
                }
                action = .find(statement, outputs: first..<scope.slots.count)
            case .require(let sql):
                do throws(Diagnostic) {
                    action = prepare(try sql.query(), .read).map { .require($0) }
                } catch {
                    diagnostics.append(error)
                }
            case .forbid(let sql):
                let statement = prepare(sql, .read)
                columns = statement?.columnNames ?? PreparedTool.guessColumns(sql.sql)
                action = statement.map { .forbid($0) }
            case .next(let name, let sequence):
                guard let index = environment.sequences.firstIndex(where: { $0.name == sequence.name }) else {
                    let hint = NearestName.hint(for: sequence.name, among: environment.sequences.map(\.name))
                    diagnostics.append(Diagnostic(sequence.location, "there is no sequence '\(sequence.name)'\(hint)"))
                    _ = scope.bind(name)
                    continue
                }
                if tool.effect == .read { diagnostics.append(Diagnostic(step.location, "a tool that reads mints no identifier")) }
                guard let slot = scope.bind(name) else {
                    diagnostics.append(Diagnostic(step.location, "the name '\(name)' is already there"))
                    continue
                }
                action = .next(slot: slot, sequence: index, definition: environment.sequences[index])
            case .change(let sql):
                if tool.effect == .read {
                    diagnostics.append(
                        Diagnostic(sql.location, "a tool whose effect is 'read' changes nothing; say 'write' or 'destructive'"))
                    continue
                }
                guard let statement = prepare(sql, .write) else { continue }
                if statement.statement.isReadOnly {
                    diagnostics.append(Diagnostic(sql.location, "'change' must be an INSERT, UPDATE or DELETE"))
                } else if !statement.columnNames.isEmpty {
                    diagnostics.append(Diagnostic(sql.location, "'change' returns nothing; read the rows with 'find' afterwards"))
                }
                action = .change(statement)
            }
            let refusal = step.refusal.map { Self.refusal($0, scope, columns, &diagnostics) }
            if let action { steps.append(PreparedStep(action: action, refusal: refusal)) }
        }
        var result: PreparedShape?
        if let shape = tool.result {
            do throws(SpecificationError) {
                result = try PreparedShape(shape, scope: scope, shared: shapes, on: connection, schema: schema)
            } catch {
                diagnostics += error.diagnostics
            }
        }
        self.tool = tool
        self.steps = steps
        self.result = result
        outputSchema = result?.schema ?? ["type": "null"]
        slotCount = scope.slots.count
        statements = steps.compactMap(\.action.statement) + (result?.statements ?? [])
        readsClock = statements.contains(where: \.readsClock) || steps.contains { $0.refusal?.readsClock ?? false }
        if !diagnostics.isEmpty { throw SpecificationError(diagnostics) }
    }

    /// The names after AS in a statement that did not compile.
    private static func guessColumns(_ sql: String) -> [String] {
        let words = sql.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
        return words.filter { !["select", "from", "where", "as"].contains($0.lowercased()) && $0.first?.isNumber == false }
    }

    private static func refusal(
        _ refusal: Refusal, _ scope: Scope, _ columns: [String], _ diagnostics: inout [Diagnostic]
    ) -> PreparedRefusal {
        func piece(_ name: String, _ location: SourceLocation) -> Piece? {
            if let column = columns.firstIndex(of: name) { return .column(Int32(column)) }
            if let slot = scope.slots[name] { return .slot(slot) }
            diagnostics.append(
                Diagnostic(location, "there is no value '\(name)' here\(NearestName.hint(for: name, among: scope.names + columns))"))
            return nil
        }
        let message = refusal.message.compactMap { part -> Piece? in
            switch part {
            case .text(let text): .text(text)
            case .value(let name): piece(name, refusal.location)
            }
        }
        let details = refusal.details.compactMap { detail in
            piece(detail.name, detail.location).map { (name: detail.name, piece: $0) }
        }
        return PreparedRefusal(code: refusal.code, message: message, details: details)
    }

    // MARK: Running

    /// Checks a call's arguments and returns the values of its parameters, or what is wrong.
    public func frame(_ arguments: JSONObject, _ context: CallContext) -> Result<[SQLValue], ArgumentFaults> {
        var frame = [SQLValue](repeating: .null, count: slotCount)
        if readsClock {
            let now = context.now.text
            frame[0] = .text(now)
            frame[1] = .text(String(now.prefix(10)))
        }
        if firstArgument > 2 { frame[2] = context.actor }
        var faults: [ArgumentFault] = []
        ToolArgument.check(arguments, against: tool.arguments, path: { $0 }, &faults) { index, _, value in
            frame[firstArgument + index] = ToolArgument.sql(value)
        }
        return faults.isEmpty ? .success(frame) : .failure(ArgumentFaults(faults: faults))
    }

    /// Runs the steps and writes the result.
    ///
    /// The caller opens a savepoint before and rolls it back unless the outcome is a result.
    ///
    /// - Throws: ``DatabaseError`` as the engine reports it.
    public func run(
        _ frame: consuming [SQLValue], _ context: inout CallContext, to writer: inout JSONWriter, limits: ResultLimits
    ) throws(DatabaseError) -> CallOutcome {
        for statement in statements { statement.statement.resetWork() }
        for step in steps {
            switch step.action {
            case .find(let query, let outputs):
                query.bind(frame)
                if try query.statement.step() {
                    for (column, slot) in outputs.enumerated() { frame[slot] = query.statement.value(Int32(column)) }
                    query.statement.reset()
                } else if let refusal = step.refusal {
                    return .mistake(mistake(refusal, frame, nil))
                }
            case .require(let query):
                query.bind(frame)
                if try !query.isTrue(), let refusal = step.refusal { return .mistake(mistake(refusal, frame, nil)) }
            case .forbid(let query):
                query.bind(frame)
                if try query.statement.step() {
                    defer { query.statement.reset() }
                    if let refusal = step.refusal { return .mistake(mistake(refusal, frame, query)) }
                }
            case .next(let slot, let sequence, let definition):
                let counter = context.counters[sequence]
                context.counters[sequence] += 1
                frame[slot] =
                    definition.format == .integer
                    ? .integer(counter)
                    : .text(definition.format.text(counter: counter, seed: context.seed, sequence: definition.name))
                context.minted.append(frame[slot])
            case .change(let statement):
                statement.bind(frame)
                try statement.statement.run()
                if let refusal = step.refusal, statement.statement.rowsChanged == 0 {
                    return .mistake(mistake(refusal, frame, nil))
                }
            }
        }
        guard let result else {
            writer.raw("null")
            return .result
        }
        let start = writer.bytes.count
        var budget = ResultLimits(rows: limits.rows, bytes: start + limits.bytes)
        do throws(ResultFailure) {
            try result.write(frame, to: &writer, &budget)
            if writer.bytes.count > budget.bytes { throw .tooLarge("The result has too many bytes") }
            return .result
        } catch {
            writer.bytes.removeSubrange(start...)
            switch error {
            case .database(let error): throw error
            case .tooLarge(let message):
                return .mistake(
                    Mistake(
                        code: "limit_exceeded",
                        message: "\(message): the limit is \(limits.rows) rows and \(limits.bytes) bytes. Ask for less."))
            }
        }
    }

    private func mistake(_ refusal: PreparedRefusal, _ frame: [SQLValue], _ row: PreparedStatement?) -> Mistake {
        func value(_ piece: Piece) -> JSON {
            switch piece {
            case .text(let text): .string(text)
            case .slot(let slot): ColumnValue.json(frame[slot], nil)
            case .column(let column): row.map { ColumnValue.json($0.statement.value(column), nil) } ?? .null
            }
        }
        let message = refusal.message.map { piece in
            let value = value(piece)
            return value.string ?? value.text
        }
        var details = JSONObject()
        for (name, piece) in refusal.details { details[name] = value(piece) }
        return Mistake(code: refusal.code, message: message.joined(), details: details)
    }
}

/// Everything that is wrong with a call's arguments.
public struct ArgumentFaults: Error {
    /// The faults, in the order of the declarations.
    public let faults: [ArgumentFault]
}
