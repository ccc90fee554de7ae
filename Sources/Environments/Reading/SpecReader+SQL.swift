import Specifications

extension SpecReader {
    func sql(_ node: SpecNode?, _ what: String) -> SQLText? {
        guard let node else { return nil }
        if let scalar = node.scalar, scalar.integer != nil || scalar.bool != nil {
            return SQLText(sql: scalar.text, location: node.location)  // `require: true`
        }
        guard let text = string(node, what) else { return nil }
        return SQLText(sql: text, location: node.location, blockIndentation: node.blockIndentation)
    }
}

extension Fields {
    func sql(_ name: String) -> SQLText? { reader.sql(self[name], "'\(name)' of \(what)") }
}
