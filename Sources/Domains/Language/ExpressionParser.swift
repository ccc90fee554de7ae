/// Reads the expression language by recursive descent.
///
///     expression  = conjunction { "or" conjunction }
///     conjunction = negation { "and" negation }
///     negation    = [ "not" ] comparison
///     comparison  = sum [ ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) sum | "is" [ "not" ] ( "missing" | word { "or" word } ) ]
///     sum         = product { ( "+" | "-" ) product }
///     product     = term { "*" term }
///     term        = factor [ unit ] | factor "percent" "of" factor
///     factor      = [ "-" ] number | quoted | ( name | call | "(" expression ")" ) { "." name }
///     call        = ( "count" | "exists" ) "(" things ")" | ( "sum" | "min" | "max" ) "(" expression "for" things ")"
///                 | ( "first" | "last" ) "(" name [ "as" name ] "by" expression [ ":" expression ] ")"
///                 | "date" "(" expression ")" | ( "minutes" | "hours" | "days" ) "(" expression "," expression ")"
///     things      = name [ "as" name ] [ ":" expression ]
struct ExpressionParser {
    private let tokens: [Token]
    private var index = 0
    private var depth = 0

    /// Words that cannot be names.
    static let reserved: Set<String> = [
        "and", "or", "not", "is", "missing", "as", "by", "for", "of", "percent", "true", "false", "now", "today", "actor",
    ]

    /// The most words and signs of an expression: whatever works on it goes as deep as it is long.
    static let maximumTokens = 500
    /// The most names after one another in a path.
    static let maximumNames = 16

    init(_ text: String) throws(SyntaxError) {
        tokens = try Lexer.tokens(text)
        if tokens.count > Self.maximumTokens {
            throw SyntaxError(message: "it has more than \(Self.maximumTokens) words and signs; divide it by 'let' or 'computed'")
        }
    }

    /// Reads a whole text as one expression.
    static func parse(_ text: String) throws(SyntaxError) -> Syntax {
        var parser = try ExpressionParser(text)
        let syntax = try parser.expression()
        try parser.expectEnd()
        return syntax
    }

    // MARK: Tokens

    private var next: Token? { index < tokens.count ? tokens[index] : nil }

    mutating func take(_ symbol: String) -> Bool {
        guard next == .symbol(symbol) || next == .name(symbol) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ symbol: String) throws(SyntaxError) {
        if !take(symbol) { throw SyntaxError(message: "'\(symbol)' is expected\(position)") }
    }

    func expectEnd() throws(SyntaxError) {
        if let next { throw SyntaxError(message: "\(next.shown) is not expected there") }
    }

    private var position: String { next.map { " before \($0.shown)" } ?? " at the end" }

    mutating func name(_ what: String) throws(SyntaxError) -> String {
        guard case .name(let name)? = next, !Self.reserved.contains(name) else {
            throw SyntaxError(message: "\(what) is expected\(position)")
        }
        index += 1
        return name
    }

    // MARK: Grammar

    mutating func expression() throws(SyntaxError) -> Syntax {
        depth += 1
        defer { depth -= 1 }
        if depth > 40 { throw SyntaxError(message: "nested deeper than 40 levels") }
        var parts = [try conjunction()]
        while take("or") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(SyntaxError) -> Syntax {
        var parts = [try negation()]
        while take("and") { parts.append(try negation()) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func negation() throws(SyntaxError) -> Syntax {
        take("not") ? .not(try comparison()) : try comparison()
    }

    private mutating func comparison() throws(SyntaxError) -> Syntax {
        let left = try sum()
        if case .symbol(let symbol)? = next, let comparison = Comparison(rawValue: symbol) {
            index += 1
            return .compare(comparison, left, try sum())
        }
        guard take("is") else { return left }
        let isNegated = take("not")
        let test: Syntax
        if take("missing") {
            test = .isMissing(left)
        } else {
            var words = [try word()]
            // `x is a or y is b` reads two comparisons: a further word belongs to this one only if nothing follows that makes it a path.
            while next == .name("or"), isWordAfterOr {
                index += 1
                words.append(try word())
            }
            test = .isOneOf(left, words)
        }
        return isNegated ? .not(test) : test
    }

    private var isWordAfterOr: Bool {
        guard index + 1 < tokens.count else { return false }
        switch tokens[index + 1] {
        case .text: break
        case .name(let name): if Self.reserved.contains(name) { return false }
        default: return false
        }
        guard index + 2 < tokens.count else { return true }
        switch tokens[index + 2] {
        case .symbol(let symbol): return symbol == ")" || symbol == "," || symbol == ":"
        case .name(let name): return name == "and" || name == "or"
        default: return false
        }
    }

    private mutating func word() throws(SyntaxError) -> String {
        if case .text(let text)? = next {
            index += 1
            return text
        }
        return try name("a word")
    }

    private mutating func sum() throws(SyntaxError) -> Syntax {
        var left = try product()
        while true {
            if take("+") {
                left = .add(left, try product())
            } else if take("-") {
                left = .subtract(left, try product())
            } else {
                return left
            }
        }
    }

    private mutating func product() throws(SyntaxError) -> Syntax {
        var left = try term()
        while take("*") { left = .multiply(left, try term()) }
        return left
    }

    private mutating func term() throws(SyntaxError) -> Syntax {
        let factor = try factor()
        if take("percent") {
            try expect("of")
            return .percent(factor, of: try self.factor())
        }
        guard case .name(let word)? = next, let unit = TimeUnit(word: word) else { return factor }
        index += 1
        return .duration(factor, unit)
    }

    private mutating func factor() throws(SyntaxError) -> Syntax {
        switch next {
        case .number(let text):
            index += 1
            return .number(text)
        case .symbol("-"):
            guard index + 1 < tokens.count, case .number(let text) = tokens[index + 1] else { break }
            index += 2
            return .number("-" + text)
        case .text(let text):
            index += 1
            return .text(text)
        case .symbol("("):
            index += 1
            let inner = try expression()
            try expect(")")
            return try members(of: inner)
        case .name(let word):
            index += 1
            if next == .symbol("("), let call = try call(word) { return try members(of: call) }
            if Self.reserved.subtracting(["true", "false", "now", "today", "actor", "missing"]).contains(word) {
                throw SyntaxError(message: "'\(word)' is not expected there")
            }
            return try members(of: .name(word))
        default: break
        }
        throw SyntaxError(message: "a value is expected\(position)")
    }

    mutating func members(of base: Syntax) throws(SyntaxError) -> Syntax {
        var path = base
        var names = 1
        while take(".") {
            path = .member(path, try name("an attribute"))
            names += 1
            if names > Self.maximumNames { throw SyntaxError(message: "a path has more than \(Self.maximumNames) names") }
        }
        return path
    }

    private mutating func call(_ word: String) throws(SyntaxError) -> Syntax? {
        if let kind = AggregateKind(rawValue: word) {
            try expect("(")
            var value: Syntax?
            if kind != .count, kind != .exists {
                value = try expression()
                try expect("for")
            }
            let (entity, alias) = try things()
            let condition = take(":") ? try expression() : nil
            try expect(")")
            return .aggregate(kind, value: value, entity: entity, alias: alias, condition: condition)
        }
        switch word {
        case "first", "last":
            try expect("(")
            let (entity, alias) = try things()
            try expect("by")
            let by = try sum()
            let condition = take(":") ? try expression() : nil
            try expect(")")
            return .pick(isLast: word == "last", entity: entity, alias: alias, by: by, condition: condition)
        case "date":
            try expect("(")
            let inner = try expression()
            try expect(")")
            return .day(inner)
        case "minutes", "hours", "days":
            try expect("(")
            let from = try expression()
            try expect(",")
            let to = try expression()
            try expect(")")
            return .elapsed(TimeUnit(rawValue: word)!, from, to)
        default:
            throw SyntaxError(
                message: "there is no function '\(word)'; there are count, exists, sum, min, max, first, last, date, minutes, hours, days")
        }
    }

    private mutating func things() throws(SyntaxError) -> (String, String?) {
        let entity = try name("a kind of thing")
        guard take("as") else { return (entity, nil) }
        let alias = try name("a name")
        if let fault = Word.fault(alias, "a thing") { throw SyntaxError(message: fault) }
        return (entity, alias)
    }
}
