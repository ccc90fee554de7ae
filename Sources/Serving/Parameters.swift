import Environments
import Specifications
import WireJSON

/// The parameters of one request, read with errors that name what is wrong.
struct Parameters {
    private let object: JSONObject
    private let path: String

    /// - Throws: an error if the parameters are not an object or have a member that the method does not know.
    init(_ json: JSON?, of method: String, allowed: [String], path: String = "") throws(RPCError) {
        switch json {
        case nil, .null?: object = JSONObject()
        case .object(let object)?: self.object = object
        case let other?:
            throw RPCError(.invalidParams, "'\(path.isEmpty ? "params" : path)' must be an object, not \(other.kindWithArticle)")
        }
        self.path = path.isEmpty ? "" : path + "."
        for name in object.names where !allowed.contains(name) {
            let hint = NearestName.hint(for: name, among: allowed)
            let known = allowed.isEmpty ? "it takes none" : "it takes \(allowed.joined(separator: ", "))"
            throw RPCError(.invalidParams, "\(method) has no parameter '\(self.path)\(name.prefix(80))'\(hint); \(known)")
        }
    }

    subscript(name: String) -> JSON? { object[name] }

    func string(_ name: String) throws(RPCError) -> String {
        guard let value = try optionalString(name) else { throw RPCError(.invalidParams, "'\(path)\(name)' is required, a string") }
        return value
    }

    func optionalString(_ name: String) throws(RPCError) -> String? {
        guard let value = object[name], value != .null else { return nil }
        guard let text = value.string else {
            throw RPCError(.invalidParams, "'\(path)\(name)' must be a string, not \(value.kindWithArticle)")
        }
        return text
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(RPCError) -> Int? {
        guard let value = object[name], value != .null else { return nil }
        guard let number = value.integer, range.contains(Int(number)) else {
            throw RPCError(
                .invalidParams,
                "'\(path)\(name)' must be an integer from \(range.lowerBound) to \(range.upperBound), not \(value.text.prefix(80))")
        }
        return Int(number)
    }

    func choice<T: RawRepresentable & CaseIterable>(_ name: String, of type: T.Type) throws(RPCError) -> T?
    where T.RawValue == String {
        guard let text = try optionalString(name) else { return nil }
        if let value = T(rawValue: text) { return value }
        let words = T.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        throw RPCError(.invalidParams, "'\(path)\(name)' must be one of \(words), not \"\(text.prefix(80))\"")
    }
}
