/// Finds what the writer of a wrong name probably meant.
public enum NearestName {
    /// Returns ` (did you mean 'x'?)` for the closest candidate, or nothing if none is close.
    public static func hint(for name: String, among candidates: some Sequence<String>) -> String {
        find(name, among: candidates).map { " (did you mean '\($0)'?)" } ?? ""
    }

    /// Returns the closest candidate, or nil if none is close.
    public static func find(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wrong = Array(name.lowercased().utf8)
        guard wrong.count <= 200 else { return nil }
        var best: (distance: Int, name: String)?
        for candidate in candidates where candidate != name {
            let distance = editDistance(wrong, Array(candidate.lowercased().utf8))
            if distance < best?.distance ?? Int.max { best = (distance, candidate) }
        }
        // In a short word, every other letter would make another word.
        let most = wrong.count < 2 ? 0 : wrong.count < 4 ? 1 : max(2, wrong.count / 3)
        guard let best, best.distance <= most else { return nil }
        return best.name
    }

    /// The least number of single-byte insertions, deletions, substitutions and swaps of neighbours between two names.
    private static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var cost = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
