import Environments
import WireJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Finds tools by words, ranked by BM25 over their names, descriptions and arguments.
///
/// Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; k1 = 1.2, b = 0.75.
struct ToolSearch: Sendable {
    private let names: [String]
    private let documents: [[String: Int]]
    private let lengths: [Double]
    private let frequency: [String: Int]
    private let meanLength: Double

    init(_ tools: [Tool]) {
        names = tools.map(\.name)
        let words = tools.map { tool in
            // A name says more than a description.
            Self.words(tool.name) + Self.words(tool.name) + Self.words(tool.description)
                + tool.arguments.flatMap { Self.words($0.name) + Self.words($0.description) }
        }
        documents = words.map { words in words.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
        lengths = words.map { Double($0.count) }
        meanLength = max(1, lengths.reduce(0, +) / Double(max(1, lengths.count)))
        frequency = documents.reduce(into: [:]) { all, document in for word in document.keys { all[word, default: 0] += 1 } }
    }

    /// The positions of the best tools, the best first; of equals, the one that is listed first.
    func best(_ query: String, limit: Int) -> [Int] {
        let words = Set(Self.words(query)).sorted()
        let scores = documents.indices.map { index in words.reduce(0.0) { $0 + score($1, index) } }
        return scores.indices.filter { scores[$0] > 0 }.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(limit).map(\.self)
    }

    private func score(_ word: String, _ index: Int) -> Double {
        guard let count = documents[index][word], let containing = frequency[word] else { return 0 }
        let rarity = log(1 + (Double(documents.count - containing) + 0.5) / (Double(containing) + 0.5))
        let tf = Double(count)
        return rarity * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * lengths[index] / meanLength))
    }

    /// Words in lower case, `camelCase` and `snake_case` taken apart, plurals cut.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        func end() {
            if word.count > 3, word.hasSuffix("s"), !word.hasSuffix("ss") { word.removeLast() }
            if !word.isEmpty { words.append(word) }
            word = ""
        }
        var wasLower = false
        for character in text {
            if character.isLetter || character.isNumber {
                if character.isUppercase, wasLower { end() }
                wasLower = character.isLowercase
                word += character.lowercased()
            } else {
                end()
                wasLower = false
            }
        }
        end()
        return words
    }
}
