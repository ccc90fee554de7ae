import Database
import Environments
import Specifications
import WireJSON

extension Mistake {
    /// A tool that is not there, with the one that was probably meant.
    static func unknownTool(_ name: String, among names: [String]) -> Mistake {
        var details = JSONObject()
        if let near = NearestName.find(name, among: names) { details["did_you_mean"] = .string(near) }
        return Mistake(code: "unknown_tool", message: "Tool '\(name.prefix(80))' not found.", details: details, isMalformed: true)
    }

    /// Arguments off their schema, with the path of each fault.
    static func invalidArguments(_ faults: [(path: String, message: String)]) -> Mistake {
        let shown = faults.prefix(20)
        let list = shown.map {
            JSON.object(
                JSONObject(uniqueMembers: [
                    .init(name: "path", value: .string($0.path)), .init(name: "message", value: .string($0.message)),
                ]))
        }
        var message = shown.map { "\($0.path) \($0.message)" }.joined(separator: "; ")
        if faults.count > shown.count { message += "; and \(faults.count - shown.count) more" }
        return Mistake(
            code: "invalid_arguments", message: message,
            details: JSONObject(uniqueMembers: [.init(name: "faults", value: .array(list))]), isMalformed: true)
    }

    /// What is wrong with the state at the end of a call, though every statement was accepted.
    static func inStateOf(_ connection: borrowing Connection) -> Mistake? {
        if connection.hasForeignKeyViolations {
            return Mistake(code: "constraint_violation", message: "FOREIGN KEY constraint failed: a row refers to one that does not exist.")
        }
        if connection.hasInvalidText {
            return Mistake(code: "invalid_value", message: "A value cannot be used here: the text that it makes is not UTF-8.")
        }
        return nil
    }

    /// The mistake that an engine's error stands for.
    ///
    /// - Throws: the error itself where it is the environment's fault.
    init(_ error: DatabaseError, after hasRunOutOfTime: Bool) throws(DatabaseError) {
        if error.isConstraintViolation {
            self.init(code: "constraint_violation", message: "\(error.message).")
        } else if error.isInterrupt, !hasRunOutOfTime {
            self.init(code: "limit_exceeded", message: "The call needs more work than is allowed. Ask for less.")
        } else if error.isStatementError {
            self.init(code: "invalid_value", message: "A value cannot be used here: \(error.message).")
        } else {
            throw error
        }
    }
}
