import Determinism

/// Draws for one purpose; equal seeds and purposes give equal draws.
struct Dice {
    private var generator: SeededGenerator

    init(_ seed: UInt64, _ purpose: String) { generator = SeededGenerator(seed: seed, purpose: purpose) }

    /// A whole number below a bound.
    mutating func below(_ bound: Int) -> Int { generator.next(below: bound) }

    mutating func int(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    mutating func int64(_ low: Int64, _ high: Int64) -> Int64 { low + Int64(below(Int(high - low) + 1)) }

    /// True so many times of a hundred.
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func pick<C: RandomAccessCollection>(_ choices: C) -> C.Element {
        choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
    }

    /// One of the choices, each as often as its weight says.
    mutating func pick<T>(weighted choices: [(T, Int)]) -> T {
        var left = below(max(1, choices.reduce(0) { $0 + $1.1 }))
        for (choice, weight) in choices {
            if left < weight { return choice }
            left -= weight
        }
        return choices[0].0
    }

    mutating func shuffled<T>(_ elements: [T]) -> [T] {
        var result = elements
        for index in result.indices.reversed().dropLast() { result.swapAt(index, below(index + 1)) }
        return result
    }

    mutating func seed() -> UInt64 { generator.next() }
}
