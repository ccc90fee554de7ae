import Database

/// Pairs expected rows with actual ones so that every minted identifier stands for one and the same value throughout.
///
/// A search with backtracking that always turns to the row with the fewest candidates left. Rows that differ in any other column have one
/// candidate at most, so there is seldom anything to search.
struct MintedValues {
    typealias Position = (column: Int, identifier: MintedIdentifier)

    /// The candidates looked at before the search settles for the best pairing seen.
    private static let mostWork = 3_000_000
    /// Choices inside one another, each of which takes a frame of the stack.
    private static let mostChoices = 200

    private let candidates: [[SQLValue]]
    private let fitting: [[Int]]
    private let positions: [[Position]]
    private var values: [MintedIdentifier: SQLValue] = [:]
    private var identifiers: [Owned: MintedIdentifier] = [:]
    private var taken: Set<Int> = []
    private var pairs: [Int?]
    private var best: [Int?] = []
    private var bestCount = -1
    private var work = 0

    /// A value as the name of a row of one table: other tables may use the same.
    private struct Owned: Hashable {
        let table: Int?
        let value: SQLValue
    }

    /// - Parameters:
    ///   - candidates: the actual rows.
    ///   - fitting: for each expected row, the candidates that are like it but for identifiers.
    ///   - positions: for each expected row, where its identifiers stand.
    init(candidates: [[SQLValue]], fitting: [[Int]], positions: [[Position]]) {
        self.candidates = candidates
        self.fitting = fitting
        self.positions = positions
        pairs = Array(repeating: nil, count: fitting.count)
    }

    /// The columns of an expected row that hold minted identifiers, and which.
    static func positions(in row: Goal.ExpectedRow) -> [Position] {
        guard case .columns(let tests) = row.test else { return [] }
        return tests.enumerated().compactMap { column, test in
            if case .minted(let identifier) = test { (column, identifier) } else { nil }
        }
    }

    /// Returns for each expected row the candidate that fulfils it; nil where there is none.
    mutating func solve() -> [Int?] {
        search(Array(fitting.indices), served: 0, choices: 0)
        return best
    }

    private mutating func search(_ open: [Int], served: Int, choices: Int) {
        var open = open
        var served = served
        var trail: [(row: Int, bound: [MintedIdentifier])] = []
        var options: [Int] = []
        var chosen: Int?
        // What can be served in one way only is served at once.
        while !open.isEmpty {
            (chosen, options) = fewestOptions(open)
            guard let row = chosen, options.count <= 1 || choices >= Self.mostChoices || work > Self.mostWork else { break }
            open.removeAll { $0 == row }
            chosen = nil
            guard let candidate = options.first, let bound = bind(positions[row], candidates[candidate]) else { continue }
            take(row, candidate)
            trail.append((row, bound))
            served += 1
        }
        if let row = chosen, served + open.count > bestCount {
            open.removeAll { $0 == row }
            for candidate in options where bestCount < served + open.count + 1 {
                guard let bound = bind(positions[row], candidates[candidate]) else { continue }
                take(row, candidate)
                search(open, served: served + 1, choices: choices + 1)
                release(row, bound)
            }
            if bestCount < served + open.count { search(open, served: served, choices: choices + 1) }
        } else if chosen == nil, served > bestCount {
            (best, bestCount) = (pairs, served)
        }
        for (row, bound) in trail.reversed() { release(row, bound) }
    }

    /// The row of those given with the fewest candidates that are left and agree, and these.
    private mutating func fewestOptions(_ open: [Int]) -> (row: Int, options: [Int]) {
        var result = (row: open[0], options: options(open[0]))
        for row in open.dropFirst() where result.options.count > 1 {
            let options = options(row)
            if options.count < result.options.count { result = (row, options) }
        }
        return result
    }

    private mutating func options(_ row: Int) -> [Int] {
        work += fitting[row].count
        return fitting[row].filter { candidate in !taken.contains(candidate) && agrees(positions[row], candidates[candidate]) }
    }

    private func agrees(_ positions: [Position], _ row: [SQLValue]) -> Bool {
        positions.allSatisfy { column, identifier in
            if let value = values[identifier] { return value == row[column] }
            return identifiers[Owned(table: identifier.table, value: row[column])] == nil
        }
    }

    private mutating func take(_ row: Int, _ candidate: Int) {
        taken.insert(candidate)
        pairs[row] = candidate
    }

    private mutating func release(_ row: Int, _ bound: [MintedIdentifier]) {
        if let candidate = pairs[row] { taken.remove(candidate) }
        pairs[row] = nil
        unbind(bound)
    }

    /// Lets the identifiers stand for a row's values; nil if one of them stands for another value already.
    private mutating func bind(_ positions: [Position], _ row: [SQLValue]) -> [MintedIdentifier]? {
        var bound: [MintedIdentifier] = []
        for (column, identifier) in positions {
            let name = Owned(table: identifier.table, value: row[column])
            if values[identifier] == nil, identifiers[name] == nil {
                values[identifier] = row[column]
                identifiers[name] = identifier
                bound.append(identifier)
            } else if values[identifier] != row[column] {
                unbind(bound)
                return nil
            }
        }
        return bound
    }

    private mutating func unbind(_ bound: [MintedIdentifier]) {
        for identifier in bound {
            if let value = values.removeValue(forKey: identifier) { identifiers[Owned(table: identifier.table, value: value)] = nil }
        }
    }
}
