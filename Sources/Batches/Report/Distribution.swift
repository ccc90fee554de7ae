import WireJSON

/// How a number is spread over many things.
struct Distribution: Sendable {
    let name: String
    private let sorted: [Int]

    init(_ name: String, _ values: [Int]) {
        self.name = name
        sorted = values.sorted()
    }

    var mean: Double { sorted.isEmpty ? 0 : Double(sorted.reduce(0, +)) / Double(sorted.count) }
    var least: Int { sorted.first ?? 0 }
    var greatest: Int { sorted.last ?? 0 }

    /// The value below which that share of the values lies (nearest rank).
    func quantile(_ share: Double) -> Int { sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))] }

    /// Counts of values in equal bins, and the least value and width of a bin.
    func histogram(most: Int = 24) -> (counts: [Int], low: Int, width: Int) {
        guard let low = sorted.first, let high = sorted.last else { return ([], 0, 1) }
        let width = max(1, (high - low + most) / most)
        var counts = [Int](repeating: 0, count: (high - low) / width + 1)
        for value in sorted { counts[(value - low) / width] += 1 }
        return (counts, low, width)
    }

    var json: JSON {
        let (counts, low, width) = histogram()
        return [
            "mean": .number((mean * 1000).rounded() / 1000), "median": .integer(Int64(quantile(0.5))),
            "p10": .integer(Int64(quantile(0.1))),
            "p90": .integer(Int64(quantile(0.9))), "least": .integer(Int64(least)), "greatest": .integer(Int64(greatest)),
            "histogram": [
                "low": .integer(Int64(low)), "width": .integer(Int64(width)), "counts": .array(counts.map { .integer(Int64($0)) }),
            ],
        ]
    }
}
