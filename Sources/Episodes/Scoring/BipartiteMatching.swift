/// Pairs as many demands as possible with candidates that fit them, by augmenting paths (Kuhn, 1955).
enum BipartiteMatching {
    /// Returns for each candidate the demand that it serves, or nil.
    ///
    /// - Parameter fitting: for each demand, the candidates that fit it.
    static func pair(_ fitting: [[Int]], candidateCount: Int) -> [Int?] {
        var owner = [Int?](repeating: nil, count: candidateCount)
        func assign(_ demand: Int, _ visited: inout Set<Int>) -> Bool {
            for candidate in fitting[demand] where visited.insert(candidate).inserted {
                if let other = owner[candidate], !assign(other, &visited) { continue }
                owner[candidate] = demand
                return true
            }
            return false
        }
        for demand in fitting.indices {
            var visited: Set<Int> = []
            _ = assign(demand, &visited)
        }
        return owner
    }
}
