import Specifications

/// A statement or expression and where it stands.
public struct SQLText: Sendable {
    /// The text.
    public var sql: String
    /// Where it begins.
    public var location: SourceLocation
    /// The spaces before each line of a YAML block, whose lines are lines of the file after the location's; nil for any other text.
    public var blockIndentation: Int?
    /// The bytes that were put before what the author wrote.
    var lead = 0

    init(sql: String, location: SourceLocation, blockIndentation: Int? = nil, lead: Int = 0) {
        self.sql = sql
        self.location = location
        self.blockIndentation = blockIndentation
        self.lead = lead
    }

    /// Where a byte of a block stands in the file. Other texts may be folded or escaped: it is then where the text begins.
    func location(at offset: Int?) -> SourceLocation {
        guard let blockIndentation, let offset, offset >= lead else { return location }
        let before = sql.utf8.dropFirst(lead).prefix(offset - lead)
        let lines = before.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return SourceLocation(
            file: location.file, line: location.line + lines.count,
            column: blockIndentation + 1 + lines.last!.count { !$0.continuesCharacter })
    }
}
