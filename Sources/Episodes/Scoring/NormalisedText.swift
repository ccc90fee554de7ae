/// Text made comparable: Unicode lower case, trimmed, every run of white space one space.
enum NormalisedText {
    static func of(_ text: String) -> String {
        text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
