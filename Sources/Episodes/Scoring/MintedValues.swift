import Database

/// Pairs expected rows with actual ones so that every minted identifier stands for one and the same value throughout.
///
/// A search with backtracking: the rows that fit a demand are few, because all other columns must match.
struct MintedValues {
    /// A row whose key is known, which must agree with the others on what the identifiers are.
    struct FixedRow {
        let index: Int
        let positions: [(column: Int, number: Int)]
        let row: [UInt8]
    }

    /// After so many attempts the search settles for the best pairing seen.
    private static let mostAttempts = 50_000

    private let candidates: [[SQLValue]]
    private let fitting: [[Int]]
    private let positions: [[(column: Int, number: Int)]]
    private var values: [Int: SQLValue] = [:]
    private var numbers: [SQLValue: Int] = [:]
    private var taken: Set<Int> = []
    private var pairs: [Int?]
    private var best: [Int?] = []
    private var bestCount = -1
    private var attempts = 0

    init(candidates: [[UInt8]?], fitting: [[Int]], positions: [[(column: Int, number: Int)]]) {
        self.candidates = candidates.map { $0.flatMap(RowCodec.decode) ?? [] }
        self.fitting = fitting
        self.positions = positions
        pairs = Array(repeating: nil, count: fitting.count)
    }

    /// The columns of an expected row that hold minted identifiers, and which.
    static func positions(in row: Goal.ExpectedRow) -> [(column: Int, number: Int)] {
        guard case .columns(let tests) = row.test else { return [] }
        return tests.enumerated().compactMap { column, test in if case .minted(let number) = test { (column, number) } else { nil } }
    }

    /// Returns for each demand the candidate that fulfils it, and which of the fixed rows agree.
    mutating func solve(_ fixed: [FixedRow]) -> (pairs: [Int?], kept: Set<Int>) {
        search(0, count: 0)
        // The fixed rows are judged by the identifiers that the best pairing gave.
        values = [:]
        numbers = [:]
        for (demand, candidate) in best.enumerated() {
            if let candidate { _ = bind(positions[demand], candidates[candidate]) }
        }
        var kept: Set<Int> = []
        for row in fixed where bind(row.positions, RowCodec.decode(row.row) ?? []) != nil { kept.insert(row.index) }
        return (best, kept)
    }

    private mutating func search(_ demand: Int, count: Int) {
        attempts += 1
        if demand == fitting.count {
            if count > bestCount { (best, bestCount) = (pairs, count) }
            return
        }
        // No pairing from here on can be better than one that serves all that is left.
        if count + fitting.count - demand <= bestCount { return }
        for candidate in fitting[demand] where !taken.contains(candidate) && attempts < Self.mostAttempts {
            guard let bound = bind(positions[demand], candidates[candidate]) else { continue }
            taken.insert(candidate)
            pairs[demand] = candidate
            search(demand + 1, count: count + 1)
            pairs[demand] = nil
            taken.remove(candidate)
            for number in bound { numbers[values.removeValue(forKey: number)!] = nil }
        }
        if attempts < Self.mostAttempts || bestCount < 0 { search(demand + 1, count: count) }
    }

    /// Lets the identifiers stand for a row's values; nil if one of them stands for another value already.
    private mutating func bind(_ positions: [(column: Int, number: Int)], _ row: [SQLValue]) -> [Int]? {
        var bound: [Int] = []
        for (column, number) in positions {
            let value = row[column]
            if values[number] == nil, numbers[value] == nil {
                values[number] = value
                numbers[value] = number
                bound.append(number)
            } else if values[number] != value {
                for number in bound { numbers[values.removeValue(forKey: number)!] = nil }
                return nil
            }
        }
        return bound
    }
}
