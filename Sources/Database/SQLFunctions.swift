import CSQLite

/// The functions that Orrery adds to SQL: pure, and the same on every machine.
enum SQLFunctions {
    static func register(on db: OpaquePointer) throws(DatabaseError) {
        try add("fold", 1, to: db) { context, _, values in
            guard let text = SQLFunctions.argument(values![0]) else { return sqlite3_result_null(context) }
            SQLFunctions.setResult(context, text.lowercased())
        }
        try add("arithmetic", 1, to: db) { context, _, values in
            guard let text = SQLFunctions.argument(values![0]), let value = Arithmetic.evaluate(text) else {
                return sqlite3_result_null(context)
            }
            sqlite3_result_double(context, value)
        }
        try add("round_half_even", 2, to: db) { context, _, values in
            guard sqlite3_value_type(values![0]) != SQLITE_NULL, sqlite3_value_type(values![1]) != SQLITE_NULL else {
                return sqlite3_result_null(context)
            }
            let digits = Int(max(0, min(15, sqlite3_value_int64(values![1]))))
            sqlite3_result_double(context, ExactRounding.round(sqlite3_value_double(values![0]), digits: digits))
        }
        try add("number_text", 1, to: db) { context, _, values in
            guard sqlite3_value_type(values![0]) != SQLITE_NULL else { return sqlite3_result_null(context) }
            SQLFunctions.setResult(context, sqlite3_value_double(values![0]).description)
        }
    }

    private typealias Function = @convention(c) (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void

    private static func add(_ name: String, _ arity: Int32, to db: OpaquePointer, _ body: Function) throws(DatabaseError) {
        let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
        let code = sqlite3_create_function_v2(db, name, arity, flags, nil, body, nil, nil, nil)
        if code != SQLITE_OK { throw DatabaseError(code: code, message: "the function \(name) could not be registered") }
    }

    fileprivate static func argument(_ value: OpaquePointer?) -> String? {
        guard let start = sqlite3_value_text(value) else { return nil }
        return String(decoding: UnsafeBufferPointer(start: start, count: Int(sqlite3_value_bytes(value))), as: UTF8.self)
    }

    fileprivate static func setResult(_ context: OpaquePointer?, _ text: String) {
        sqlite3_result_text(context, text, -1, unsafeBitCast(-1, to: sqlite3_destructor_type.self))
    }
}

/// Evaluates arithmetic by recursive descent: numbers, `+ - * /`, unary signs, parentheses, spaces.
enum Arithmetic {
    /// Returns the value; nil where the text is malformed, nested deeper than 100 levels, divides by zero or overflows.
    static func evaluate(_ text: String) -> Double? {
        var parser = Parser(input: Array(text.utf8))
        guard let value = parser.sum(depth: 0), parser.isAtEnd, value.isFinite else { return nil }
        return value
    }

    private struct Parser {
        let input: [UInt8]
        var index = 0

        mutating func peek() -> UInt8? {
            while index < input.count, input[index] == UInt8(ascii: " ") { index += 1 }
            return index < input.count ? input[index] : nil
        }

        var isAtEnd: Bool {
            mutating get { peek() == nil }
        }

        mutating func sum(depth: Int) -> Double? {
            guard depth <= 100, var value = product(depth: depth) else { return nil }
            while let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                index += 1
                guard let next = product(depth: depth) else { return nil }
                value = sign == UInt8(ascii: "+") ? value + next : value - next
            }
            return value
        }

        private mutating func product(depth: Int) -> Double? {
            guard var value = factor(depth: depth) else { return nil }
            while let sign = peek(), sign == UInt8(ascii: "*") || sign == UInt8(ascii: "/") {
                index += 1
                guard let next = factor(depth: depth) else { return nil }
                if sign == UInt8(ascii: "/"), next == 0 { return nil }
                value = sign == UInt8(ascii: "*") ? value * next : value / next
            }
            return value
        }

        private mutating func factor(depth: Int) -> Double? {
            var negative = false
            while let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                index += 1
                if sign == UInt8(ascii: "-") { negative.toggle() }
            }
            guard let first = peek() else { return nil }
            if first == UInt8(ascii: "(") {
                index += 1
                guard let value = sum(depth: depth + 1), peek() == UInt8(ascii: ")") else { return nil }
                index += 1
                return negative ? -value : value
            }
            let start = index
            while index < input.count, input[index] == UInt8(ascii: ".") || (input[index] >= 48 && input[index] <= 57) { index += 1 }
            let digits = input[start..<index]
            guard digits.contains(where: { $0 != UInt8(ascii: ".") }), digits.filter({ $0 == UInt8(ascii: ".") }).count <= 1,
                let value = Double("0" + String(decoding: digits, as: UTF8.self) + (digits.last == UInt8(ascii: ".") ? "0" : ""))
            else { return nil }
            return negative ? -value : value
        }
    }
}

/// Rounds by the exact binary value, ties to even, as IEEE 754 correct rounding to decimal does.
enum ExactRounding {
    /// Returns the float nearest to `value` rounded to so many decimals.
    ///
    /// A candidate from ordinary rounding is right unless the value lies within rounding error of a tie; the remainder of
    /// `value * 10^digits`, computed exactly with a fused multiply-add, decides those.
    static func round(_ value: Double, digits: Int) -> Double {
        guard value.isFinite, value.magnitude < 4_503_599_627_370_496 else { return value }  // from 2^52 on there is no fraction
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let product = value * scale
        let error = (-product).addingProduct(value, scale)  // value * scale = product + error, exactly
        let floor = product.rounded(.down)
        let fraction = (product - floor) - 0.5
        let up: Bool
        if fraction != 0 {
            up = fraction + error > 0
        } else if error != 0 {
            up = error > 0
        } else {
            up = floor.truncatingRemainder(dividingBy: 2) != 0
        }
        let whole = up ? floor + 1 : floor
        let result = whole / scale
        return result == 0 && value.sign == .minus ? -0.0 : result
    }
}
