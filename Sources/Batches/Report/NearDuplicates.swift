import Determinism

/// Finds sets that are nearly the same: MinHash signatures in bands find candidates, and the sets themselves decide.
///
/// Source: Broder, "On the resemblance and containment of documents", 1997; Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets",
/// chapter 3. The threshold and the shingles of five words are those of The Stack v2 (arXiv 2402.19173).
public enum NearDuplicates {
    /// The Jaccard similarity from which on two sets are near-duplicates.
    public static let threshold = 0.7
    private static let bands = 32
    private static let rowsPerBand = 4

    /// Finds the pairs that are near-duplicates, and how many sets are like an earlier one.
    public static func find(_ sets: [Set<UInt64>]) -> (pairs: [(Int, Int)], duplicates: Int) {
        let signatures = sets.map(signature)
        var pairs: [(Int, Int)] = []
        var seen: Set<UInt64> = []
        for band in 0..<bands {
            var buckets: [[UInt64]: [Int]] = [:]
            for (index, signature) in signatures.enumerated() where !sets[index].isEmpty {
                buckets[Array(signature[(band * rowsPerBand)..<((band + 1) * rowsPerBand)]), default: []].append(index)
            }
            for bucket in buckets.values where bucket.count > 1 {
                for (position, a) in bucket.enumerated() {
                    for b in bucket[(position + 1)...] where seen.insert(UInt64(a) << 32 | UInt64(b)).inserted {
                        if similarity(sets[a], sets[b]) >= threshold { pairs.append((a, b)) }
                    }
                }
            }
        }
        var parent = Array(sets.indices)
        func root(_ index: Int) -> Int {
            var index = index
            while parent[index] != index { index = parent[index] }
            return index
        }
        for (a, b) in pairs { parent[max(root(a), root(b))] = min(root(a), root(b)) }
        return (pairs.sorted { $0 < $1 }, sets.indices.count { root($0) != $0 })
    }

    /// The size of the intersection over that of the union.
    public static func similarity(_ a: Set<UInt64>, _ b: Set<UInt64>) -> Double {
        let common = a.count < b.count ? a.count(where: b.contains) : b.count(where: a.contains)
        let all = a.count + b.count - common
        return all == 0 ? 0 : Double(common) / Double(all)
    }

    /// The least value of each of a family of hash functions.
    private static func signature(_ set: Set<UInt64>) -> [UInt64] {
        var result = [UInt64](repeating: .max, count: bands * rowsPerBand)
        for element in set {
            for index in result.indices {
                var hash = (element ^ multipliers[index]) &* 0x9e37_79b9_7f4a_7c15
                hash ^= hash >> 29
                hash = hash &* multipliers[index]
                hash ^= hash >> 32
                if hash < result[index] { result[index] = hash }
            }
        }
        return result
    }

    private static let multipliers: [UInt64] = {
        var generator = SeededGenerator(seed: 0, purpose: "minhash")
        return (0..<(bands * rowsPerBand)).map { _ in generator.next() | 1 }
    }()

    // MARK: Sets

    /// A text's runs of five words; a shorter text's words.
    public static func shingles(_ text: String) -> Set<UInt64> {
        let words = text.lowercased().split { !($0.isLetter || $0.isNumber) }.map { hash(String($0)) }
        guard words.count >= 5 else { return Set(words) }
        return Set((0...(words.count - 5)).map { start in words[start..<(start + 5)].reduce(0) { ($0 &* 0x0000_0100_0000_01b3) ^ $1 } })
    }

    /// A hash of a word that is the same everywhere (FNV-1a).
    public static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
