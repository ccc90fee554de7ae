import Determinism
import Environments
import WireJSON

/// Tells texts that are something else: a number, a date, yes or no, several names.
struct TextDisguise {
    private let material: Material

    init(_ material: Material) { self.material = material }

    /// What all of the texts are; nil if they are what they seem.
    func kind(of texts: [String]) -> String? {
        let kinds = Set(texts.map { kind(of: $0) })
        return kinds.count == 1 ? kinds.first! : nil
    }

    private func kind(of text: String) -> String? {
        // What stands in a column of texts is one, whatever it looks like.
        if material.isText(text) { return nil }
        if Double(text.filter { !"$€£,% ".contains($0) }) != nil { return "a number" }
        let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
        if let word = words.first, ["yes", "no", "true", "false"].contains(word) { return "yes or no" }
        let hasMonth = words.contains { word in Self.months.contains { word == $0 || word == $0.prefix(3) } }
        if hasMonth, words.contains(where: { Int($0) != nil }) { return "a date" }
        let parts = text.replacing(" and ", with: ",").split { ",;\n".contains($0) }.map { $0.trimmingWhitespace }
        if parts.count > 1, parts.allSatisfy(material.isText) { return "several values" }
        return nil
    }

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    ]
}

extension Substring {
    fileprivate var trimmingWhitespace: String {
        let start = drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
