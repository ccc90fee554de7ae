import Database
import WireJSON

extension PreparedShape {
    /// Runs the statements and writes their rows.
    func write(_ frame: [SQLValue], to writer: inout JSONWriter, _ budget: inout ResultLimits) throws(ResultFailure) {
        switch form {
        case .object(let members):
            writer.byte("{")
            for (index, member) in members.enumerated() {
                if index > 0 { writer.byte(",") }
                writer.raw(member.name)
                try member.shape.write(frame, to: &writer, &budget)
            }
            writer.byte("}")
        case .value(let query):
            if try begin(query, frame, &budget) {
                write(query, 0, to: &writer)
                query.prepared.statement.reset()
            } else {
                writer.raw("null")
            }
        case .row(let query):
            if try begin(query, frame, &budget) {
                // However the object ends, its statement must not stay open: the next call could not bind it.
                defer { query.prepared.statement.reset() }
                try writeMembers(query.members, query, frame, to: &writer, &budget)
            } else {
                writer.raw("null")
            }
        case .values(let query):
            try writeEach(query, "[", "]", frame, to: &writer, &budget) { writer, _ in write(query, 0, to: &writer) }
        case .rows(let query):
            try writeEach(query, "[", "]", frame, to: &writer, &budget) { writer, budget throws(ResultFailure) in
                try writeMembers(query.members, query, frame, to: &writer, &budget)
            }
        case .pairs(let query):
            try writeEach(query, "{", "}", frame, to: &writer, &budget) { writer, _ in
                writeKey(query, to: &writer)
                write(query, 1, to: &writer)
            }
        case .keyed(let query):
            try writeEach(query, "{", "}", frame, to: &writer, &budget) { writer, budget throws(ResultFailure) in
                writeKey(query, to: &writer)
                try writeMembers(query.members, query, frame, to: &writer, &budget)
            }
        }
    }

    private func begin(_ query: Query, _ frame: [SQLValue], _ budget: inout ResultLimits) throws(ResultFailure) -> Bool {
        query.prepared.bind(frame)
        return try next(query, &budget)
    }

    @inline(__always)
    private func next(_ query: Query, _ budget: inout ResultLimits) throws(ResultFailure) -> Bool {
        do {
            guard try query.prepared.statement.step() else { return false }
        } catch {
            throw .database(error)
        }
        budget.rows -= 1
        if budget.rows < 0 {
            query.prepared.statement.reset()
            throw .tooLarge("The result has too many rows")
        }
        return true
    }

    private func writeEach(
        _ query: Query, _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ frame: [SQLValue], to writer: inout JSONWriter,
        _ budget: inout ResultLimits, _ body: (inout JSONWriter, inout ResultLimits) throws(ResultFailure) -> Void
    ) throws(ResultFailure) {
        writer.byte(open)
        var isFirst = true
        var isRow = try begin(query, frame, &budget)
        while isRow {
            if !isFirst { writer.byte(",") }
            isFirst = false
            do {
                try body(&writer, &budget)
            } catch {
                query.prepared.statement.reset()
                throw error
            }
            if writer.bytes.count > budget.bytes {
                query.prepared.statement.reset()
                throw .tooLarge("The result has too many bytes")
            }
            isRow = try next(query, &budget)
        }
        writer.byte(close)
    }

    private func writeMembers(
        _ members: [Member], _ query: Query, _ frame: [SQLValue], to writer: inout JSONWriter, _ budget: inout ResultLimits
    ) throws(ResultFailure) {
        writer.byte("{")
        var isFirst = true
        for index in members.indices {
            if members[index].column >= 0 {
                let column = members[index].column
                if omitsNull, query.prepared.statement.type(column) == .null { continue }
                if !isFirst { writer.byte(",") }
                writer.raw(members[index].name)
                write(query, column, to: &writer)
            } else if let shape = members[index].shape {
                let start = writer.bytes.count
                if !isFirst { writer.byte(",") }
                writer.raw(members[index].name)
                let content = writer.bytes.count
                try shape.write(frame, to: &writer, &budget)
                if omitsNull, writer.bytes[content...].elementsEqual("null".utf8) {
                    writer.bytes.removeSubrange(start...)
                    continue
                }
            } else {
                if !isFirst { writer.byte(",") }
                writer.raw(members[index].name)
                try writeMembers(members[index].group, query, frame, to: &writer, &budget)
            }
            isFirst = false
        }
        writer.byte("}")
    }

    private func writeKey(_ query: Query, to writer: inout JSONWriter) {
        query.prepared.statement.withText(0) { writer.string(utf8: $0) }
        writer.byte(":")
    }

    private func write(_ query: Query, _ column: Int32, to writer: inout JSONWriter) {
        let statement = query.prepared
        switch statement.statement.type(column) {
        case .null: writer.raw("null")
        case .integer:
            let value = statement.statement.integer(column)
            switch query.types[Int(column)] {
            case .boolean: writer.bool(value != 0)
            case .number: writer.number(Double(value))
            default: writer.integer(value)
            }
        case .real: writer.number(statement.statement.real(column))
        case .text:
            if query.types[Int(column)] == .json {
                statement.statement.withText(column) { text in
                    switch JSONValidator.check(text) {
                    case .plain: writer.bytes.append(contentsOf: text)
                    case .unusual:
                        if let value = try? JSONParser.parse(text, limits: .wire) { writer.value(value) } else { writer.string(utf8: text) }
                    // Text that an expression made may not be JSON after all; then it is a string.
                    case .invalid: writer.string(utf8: text)
                    }
                }
            } else {
                statement.statement.withText(column) { writer.string(utf8: $0) }
            }
        case .blob: statement.statement.withText(column) { writer.string(utf8: $0) }
        }
    }
}
