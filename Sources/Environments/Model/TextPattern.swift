/// A regular expression that is searched for in time proportional to the text, whatever the pattern.
///
/// Agents choose the texts, and a backtracking matcher lets a careless pattern stall on a short one. This one follows all ways through the
/// pattern at once (Thompson, "Regular expression search algorithm", 1968) and so has no look-around and no back-references. It knows
/// literals, `.`, classes with ranges and `\d \w \s` and their negations, groups, `|`, `* + ? {m,n}`, `^` and `$`.
public struct TextPattern: Sendable {
    /// Why a text is not a pattern.
    public struct Fault: Error, Sendable, CustomStringConvertible {
        /// What is wrong and where.
        public let description: String
    }

    /// The pattern's text.
    public let source: String
    private let program: [Instruction]

    fileprivate enum Instruction: Sendable {
        case match(ScalarSet)
        case split(Int, Int)
        case jump(Int)
        case start
        case end
        case accept
    }

    /// Compiles a pattern.
    ///
    /// - Throws: ``Fault`` for what is no pattern, what this matcher does not know, and repetitions beyond 1,000 copies.
    public init(_ source: String) throws(Fault) {
        self.source = source
        var parser = PatternParser(source)
        let node = try parser.parse()
        var program: [Instruction] = []
        var budget = 20_000
        try Self.emit(node, &program, &budget)
        program.append(.accept)
        self.program = program
    }

    private static func emit(_ node: PatternNode, _ program: inout [Instruction], _ budget: inout Int) throws(Fault) {
        // Parts are counted, not instructions: a repetition of nothing emits none and could still go on for ever.
        budget -= 1
        if budget < 0 { throw Fault(description: "the pattern is too large") }
        switch node {
        case .empty: break
        case .set(let set): program.append(.match(set))
        case .start: program.append(.start)
        case .end: program.append(.end)
        case .sequence(let nodes): for node in nodes { try emit(node, &program, &budget) }
        case .alternatives(let nodes):
            var jumps: [Int] = []
            for (index, node) in nodes.enumerated() {
                guard index < nodes.count - 1 else {
                    try emit(node, &program, &budget)
                    break
                }
                let split = program.count
                program.append(.accept)
                try emit(node, &program, &budget)
                jumps.append(program.count)
                program.append(.accept)
                program[split] = .split(split + 1, program.count)
            }
            for jump in jumps { program[jump] = .jump(program.count) }
        case .repeated(let node, let least, let most):
            for _ in 0..<least { try emit(node, &program, &budget) }
            if let most {
                var splits: [Int] = []
                for _ in least..<max(least, most) {
                    splits.append(program.count)
                    program.append(.accept)
                    try emit(node, &program, &budget)
                }
                for split in splits { program[split] = .split(split + 1, program.count) }
            } else {
                let split = program.count
                program.append(.accept)
                try emit(node, &program, &budget)
                program.append(.jump(split))
                program[split] = .split(split + 1, program.count)
            }
        }
    }

    /// Whether a text is too long to be searched: the time is the product of its length and the pattern's.
    func isBeyond(_ text: String) -> Bool { text.utf8.count.multipliedReportingOverflow(by: program.count).partialValue > 50_000_000 }

    /// Whether the pattern occurs in the text.
    public func isFound(in text: String) -> Bool {
        var current: [Int] = []
        var marks = [Int](repeating: -1, count: program.count)
        let scalars = text.unicodeScalars
        var position = 0
        var index = scalars.startIndex
        while true {
            let isEnd = index == scalars.endIndex
            // A search may begin at every place.
            if follow(0, position, isEnd, &current, &marks) { return true }
            if isEnd { return false }
            let scalar = scalars[index]
            scalars.formIndex(after: &index)
            position += 1
            let states = current
            current.removeAll(keepingCapacity: true)
            let isNextEnd = index == scalars.endIndex
            for state in states {
                guard case .match(let set) = program[state], set.contains(scalar) else { continue }
                if follow(state + 1, position, isNextEnd, &current, &marks) { return true }
            }
        }
    }

    /// Adds the states that can be reached without reading; returns whether the pattern has been found.
    private func follow(_ start: Int, _ position: Int, _ isEnd: Bool, _ states: inout [Int], _ marks: inout [Int]) -> Bool {
        var stack = [start]
        while let state = stack.popLast() {
            guard marks[state] != position else { continue }
            marks[state] = position
            switch program[state] {
            case .accept: return true
            case .match: states.append(state)
            case .jump(let target): stack.append(target)
            case .split(let a, let b): stack += [b, a]
            case .start: if position == 0 { stack.append(state + 1) }
            case .end: if isEnd { stack.append(state + 1) }
            }
        }
        return false
    }
}

/// A set of characters as ranges, or everything but them.
struct ScalarSet: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0.contains(scalar.value) } != isNegated }

    static let digits = ScalarSet(ranges: [48...57])
    static let word = ScalarSet(ranges: [48...57, 65...90, 95...95, 97...122])
    static let space = ScalarSet(ranges: [
        9...13, 32...32, 0xa0...0xa0, 0x2000...0x200a, 0x2028...0x2029, 0x202f...0x202f, 0x3000...0x3000, 0xfeff...0xfeff,
    ])
    static let anyButLineEnds = ScalarSet(ranges: [10...10, 13...13, 0x2028...0x2029], isNegated: true)

    /// The same set as ranges without negation.
    var plain: [ClosedRange<UInt32>] {
        guard isNegated else { return ranges }
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        return result + [next...0x10ffff]
    }
}

/// The parts of a pattern.
indirect enum PatternNode {
    case empty
    case set(ScalarSet)
    case start
    case end
    case sequence([PatternNode])
    case alternatives([PatternNode])
    case repeated(PatternNode, least: Int, most: Int?)
}

/// Reads a pattern by recursive descent.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var index = 0

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    mutating func parse() throws(TextPattern.Fault) -> PatternNode {
        let node = try alternatives(depth: 0)
        if index < scalars.count { throw fault("')' without '('") }
        return node
    }

    private func fault(_ message: String) -> TextPattern.Fault { TextPattern.Fault(description: "\(message), at character \(index + 1)") }

    private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        index += 1
        return true
    }

    private mutating func alternatives(depth: Int) throws(TextPattern.Fault) -> PatternNode {
        if depth > 50 { throw fault("groups nested deeper than 50") }
        var nodes = [try sequence(depth: depth)]
        while take("|") { nodes.append(try sequence(depth: depth)) }
        return nodes.count == 1 ? nodes[0] : .alternatives(nodes)
    }

    private mutating func sequence(depth: Int) throws(TextPattern.Fault) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let atom = try atom(depth: depth)
            nodes.append(try quantified(atom))
        }
        return nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func quantified(_ atom: PatternNode) throws(TextPattern.Fault) -> PatternNode {
        let bounds: (Int, Int?)
        if take("*") {
            bounds = (0, nil)
        } else if take("+") {
            bounds = (1, nil)
        } else if take("?") {
            bounds = (0, 1)
        } else if take("{") {
            guard let least = number() else { throw fault("a number is expected after '{'; write \\{ for the character") }
            var most: Int? = least
            if take(",") { most = number() }
            guard take("}") else { throw fault("'}' is expected") }
            if let most, most < least { throw fault("a repetition from \(least) to \(most)") }
            bounds = (least, most)
        } else {
            return atom
        }
        if max(bounds.0, bounds.1 ?? 0) > 1000 { throw fault("a repetition of more than 1000") }
        _ = take("?")  // A lazy repetition finds the same texts.
        if let next, "*+?{".unicodeScalars.contains(next) { throw fault("two repetitions in a row") }
        return .repeated(atom, least: bounds.0, most: bounds.1)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let digit = next, ("0"..."9").contains(digit), value ?? 0 < 100_000 {
            value = (value ?? 0) * 10 + Int(digit.value - 48)
            index += 1
        }
        return value
    }

    private mutating func atom(depth: Int) throws(TextPattern.Fault) -> PatternNode {
        let scalar = scalars[index]
        index += 1
        switch scalar {
        case "^": return .start
        case "$": return .end
        case ".": return .set(.anyButLineEnds)
        case "[": return .set(try characterClass())
        case "\\": return .set(try escape())
        case "(":
            if take("?") {
                guard take(":") else { throw fault("look-around and named groups are not known here; (?:…) is") }
            }
            let node = try alternatives(depth: depth + 1)
            guard take(")") else { throw fault("')' is expected") }
            return node
        case "*", "+", "?", "{": throw fault("'\(scalar)' repeats nothing")
        default: return .set(ScalarSet(ranges: [scalar.value...scalar.value]))
        }
    }

    private mutating func escape() throws(TextPattern.Fault) -> ScalarSet {
        guard let scalar = next else { throw fault("the pattern ends with '\\'") }
        index += 1
        func one(_ value: UInt32) -> ScalarSet { ScalarSet(ranges: [value...value]) }
        func negated(_ set: ScalarSet) -> ScalarSet { ScalarSet(ranges: set.ranges, isNegated: true) }
        switch scalar {
        case "d": return .digits
        case "D": return negated(.digits)
        case "w": return .word
        case "W": return negated(.word)
        case "s": return .space
        case "S": return negated(.space)
        case "n": return one(10)
        case "r": return one(13)
        case "t": return one(9)
        case "0"..."9", "A"..."Z", "a"..."z": throw fault("'\\\(scalar)' is not known here")
        default: return one(scalar.value)
        }
    }

    private mutating func characterClass() throws(TextPattern.Fault) -> ScalarSet {
        var set = ScalarSet()
        set.isNegated = take("^")
        var isFirst = true
        while true {
            guard let scalar = next else { throw fault("']' is expected") }
            index += 1
            if scalar == "]", !isFirst { return set }
            isFirst = false
            let low = scalar == "\\" ? try escape() : ScalarSet(ranges: [scalar.value...scalar.value])
            let isSingle = !low.isNegated && low.ranges.count == 1 && low.ranges[0].count == 1
            guard isSingle, next == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
                set.ranges += low.plain
                continue
            }
            index += 1
            let end = scalars[index]
            index += 1
            let high = end == "\\" ? try escape() : ScalarSet(ranges: [end.value...end.value])
            guard !high.isNegated, high.ranges.count == 1, high.ranges[0].count == 1, high.ranges[0].lowerBound >= low.ranges[0].lowerBound
            else { throw fault("a range that runs backwards") }
            set.ranges.append(low.ranges[0].lowerBound...high.ranges[0].lowerBound)
        }
    }
}
