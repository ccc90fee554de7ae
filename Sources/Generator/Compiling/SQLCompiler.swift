import Domains
import Simulation

/// Writes a domain's expressions as SQL over an environment's tables.
///
/// What an expression means is laid down by ``Situation``; the SQL must mean the same, missing values included.
struct SQLCompiler {
    let design: Design
    var slots: [Int: Binding] = [:]
    /// How paths are written whose values are at hand: the slot of a variable, then positions of attributes.
    var paths: [[Int]: String] = [:]
    private var aliases: [String: Int] = [:]

    /// How a variable is written.
    enum Binding {
        /// A parameter that holds a value, or the key of a thing.
        case parameter(String)
        /// A row of a table.
        case row(alias: String)
        /// The row that a CHECK is about.
        case ownRow
    }

    /// SQL, and how tightly its outermost operator binds.
    struct Text {
        let sql: String
        let level: Level

        init(_ sql: String, _ level: Level = .atom) {
            self.sql = sql
            self.level = level
        }
    }

    enum Level: Int { case or, and, not, comparison, sum, product, atom }

    init(_ design: Design) { self.design = design }

    private var model: Model { design.model }
    private func table(_ entity: Int) -> EntityTable { design.schema.tables[entity] }

    // MARK: Expressions

    /// The expression as SQL that can stand alone.
    mutating func sql(_ expression: Expression) -> String { text(expression).sql }

    /// The expression as SQL that can stand beside an operator.
    private mutating func operand(_ expression: Expression, _ level: Level) -> String {
        let text = text(expression)
        return text.level.rawValue > level.rawValue || text.level == .atom ? text.sql : "(\(text.sql))"
    }

    private mutating func text(_ expression: Expression) -> Text {
        switch expression {
        case .constant(let value, let type): return Text(literal(value, type))
        case .variable(let variable): return Text(self.variable(variable))
        case .attribute(let base, let reference): return Text(attribute(base, reference))
        case .now: return Text(":now")
        case .today: return Text(":today")
        case .actor: return Text(":actor")
        case .not(let inner):
            if case .isMissing(let value) = inner { return Text("\(operand(value, .comparison)) IS NOT NULL", .comparison) }
            if case .aggregate(let aggregate) = inner, aggregate.kind == .exists { return Text("NOT \(sql(inner))", .not) }
            return Text("NOT \(condition(inner, .not))", .not)
        case .all(let parts): return Text(parts.map { condition($0, .and) }.joined(separator: " AND "), .and)
        case .any(let parts): return Text(parts.map { condition($0, .or) }.joined(separator: " OR "), .or)
        case .compare(let comparison, let a, let b): return compare(comparison, a, b)
        case .isMissing(let inner): return Text("\(operand(inner, .comparison)) IS NULL", .comparison)
        case .isOneOf(let inner, let words):
            let list = words.map { literal(.text($0), .text) }
            let value = operand(inner, .comparison)
            let test = list.count == 1 ? "\(value) = \(list[0])" : "\(value) IN (\(list.joined(separator: ", ")))"
            return inner.isOptional ? Text("coalesce(\(test), 0)") : Text(test, .comparison)
        case .add(let a, let b): return arithmetic("+", a, b)
        case .subtract(let a, let b): return arithmetic("-", a, b)
        case .multiply(let a, let b): return arithmetic("*", a, b)
        case .percent(let share, let whole): return percent(share, whole)
        case .rescaled(let inner, _, let type):
            return isReal(type) ? Text("CAST(\(sql(inner)) AS REAL)") : text(inner)
        case .shifted(let base, let amount, let unit): return Text(shifted(base, amount, unit))
        case .day(let inner): return Text("date(\(sql(inner)))")
        case .elapsed(let unit, let from, let to):
            if from.type == .date { return Text("CAST(julianday(\(sql(to))) - julianday(\(sql(from))) AS INTEGER)") }
            let seconds = unit == .minutes ? 60 : unit == .hours ? 3600 : 86400
            return Text("(unixepoch(\(sql(to))) - unixepoch(\(sql(from)))) / \(seconds)", .product)
        case .aggregate(let aggregate): return Text(self.aggregate(aggregate))
        case .pick(let pick): return Text(self.pick(pick))
        }
    }

    /// An expression as a condition: missing is not true.
    private mutating func condition(_ expression: Expression, _ level: Level) -> String {
        if expression.isOptional { return "coalesce(\(sql(expression)), 0)" }
        return operand(expression, level)
    }

    // MARK: Values

    /// A value as SQL.
    func literal(_ value: Value, _ type: ValueType) -> String {
        switch value {
        case .missing: return "NULL"
        case .boolean(let flag): return flag ? "1" : "0"
        case .number(let number):
            if isReal(type) { return Self.real(number, places: type.places!) }
            return String(number)
        case .text(let text): return "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
        case .date, .instant: return "'\(Printing.iso(value))'"
        case .reference: return "NULL"
        }
    }

    /// Whether numbers of a type are stored with a fraction.
    func isReal(_ type: ValueType) -> Bool {
        switch type {
        case .money: design.money == .decimals
        case .number(let places): places > 0
        default: false
        }
    }

    private static func real(_ number: Int64, places: Int) -> String {
        var text = Decimals.text(number, places: places)
        while text.hasSuffix("0"), !text.hasSuffix(".0") { text.removeLast() }
        return text
    }

    private func variable(_ variable: Variable) -> String {
        switch slots[variable.slot] {
        case .parameter(let name): return ":\(name)"
        case .row(let alias): return "\(alias).\(SQLNames.quoted(table(variable.type.entity!).key))"
        case .ownRow: return SQLNames.quoted(table(variable.type.entity!).key)
        case nil: return "NULL"
        }
    }

    private mutating func attribute(_ base: Expression, _ reference: Attribute.Reference) -> String {
        if let path = Expression.attribute(base, reference).path, let sql = paths[path] { return sql }
        if case .variable(let variable) = base {
            switch slots[variable.slot] {
            case .row(let alias): return column(reference, alias)
            case .ownRow: return column(reference, "")
            default: break
            }
        }
        let table = table(reference.entity)
        if case .key = table.storage[reference.index] { return operand(base, .sum) }
        let alias = alias(table.name)
        let key = operand(base, .comparison)
        return
            "(SELECT \(column(reference, alias)) FROM \(SQLNames.quoted(table.name)) \(alias) WHERE \(alias).\(SQLNames.quoted(table.key)) = \(key))"
    }

    /// What holds an attribute of a row.
    mutating func column(_ reference: Attribute.Reference, _ alias: String) -> String {
        let table = table(reference.entity)
        func own(_ name: String) -> String { alias.isEmpty ? SQLNames.quoted(name) : "\(alias).\(SQLNames.quoted(name))" }
        switch table.storage[reference.index] {
        case .column(let name): return own(name)
        case .key: return own(table.key)
        case .lookup(let name, let index):
            let lookup = table.lookups[index]
            guard lookup.first != nil else { return own(name) }
            let inner = self.alias(lookup.table)
            return
                "(SELECT \(inner).\(SQLNames.quoted(lookup.word)) FROM \(SQLNames.quoted(lookup.table)) \(inner) WHERE \(inner).\(SQLNames.quoted(lookup.key)) = \(own(name)))"
        case .history:
            let history = table.history!
            let inner = self.alias(history.table)
            return
                "(SELECT \(inner).\(SQLNames.quoted(history.state)) FROM \(SQLNames.quoted(history.table)) \(inner) WHERE \(inner).\(SQLNames.quoted(history.owner)) = \(own(table.key)) ORDER BY \(inner).\(SQLNames.quoted(history.position)) DESC LIMIT 1)"
        case .group(let index, let name):
            let group = table.groups[index]
            let inner = self.alias(group.table)
            let link =
                switch group.link {
                case .owner(let column): "\(inner).\(SQLNames.quoted(column)) = \(own(table.key))"
                case .reference(let column, let key, _): "\(inner).\(SQLNames.quoted(key)) = \(own(column))"
                }
            return "(SELECT \(inner).\(SQLNames.quoted(name)) FROM \(SQLNames.quoted(group.table)) \(inner) WHERE \(link))"
        case .computed:
            guard case .computed(let expression) = model.attribute(reference).source else { return "NULL" }
            let saved = slots[0]
            let savedPaths = paths
            slots[0] = alias.isEmpty ? .ownRow : .row(alias: alias)
            // The paths are those of another frame.
            paths = [:]
            defer {
                slots[0] = saved
                paths = savedPaths
            }
            return "(\(sql(expression)))"
        }
    }

    // MARK: Operators

    private mutating func compare(_ comparison: Comparison, _ a: Expression, _ b: Expression) -> Text {
        let isOptional = a.isOptional || b.isOptional
        let x = operand(a, .comparison)
        let y = operand(b, .comparison)
        switch comparison {
        case .equal: return Text("\(x) \(isOptional ? "IS" : "=") \(y)", .comparison)
        case .unequal: return Text("\(x) \(isOptional ? "IS NOT" : "<>") \(y)", .comparison)
        default:
            let test = "\(x) \(comparison.rawValue) \(y)"
            return isOptional ? Text("coalesce(\(test), 0)") : Text(test, .comparison)
        }
    }

    private mutating func arithmetic(_ symbol: String, _ a: Expression, _ b: Expression) -> Text {
        let level: Level = symbol == "*" ? .product : .sum
        let text = "\(operand(a, symbol == "*" ? .sum : .comparison)) \(symbol) \(operand(b, level))"
        guard isReal(a.type) else { return Text(text, level) }
        // Sums of decimals are rounded to the decimal that they mean, so that equal amounts are equal numbers.
        return Text("round(\(text), \(a.type.places!))")
    }

    private mutating func percent(_ share: Expression, _ whole: Expression) -> Text {
        let share = operand(share, .sum)
        guard isReal(whole.type) else { return Text("(\(share) * \(operand(whole, .product)) + 50) / 100", .product) }
        let scale = Decimals.power(whole.type.places!)
        return Text("(\(share) * CAST(round(\(sql(whole)) * \(scale)) AS INTEGER) + 50) / 100 / \(scale).0", .product)
    }

    private mutating func shifted(_ base: Expression, _ amount: Expression, _ unit: TimeUnit) -> String {
        let (word, factor): (String, Int64) = unit == .weeks ? ("days", 7) : (unit.rawValue, 1)
        let modifier: String
        if case .constant(.number(let count), _) = amount {
            modifier = "'\(count < 0 ? "" : "+")\(count * factor) \(word)'"
        } else {
            let count = operand(amount, .product)
            modifier = "(\(count)\(factor == 1 ? "" : " * \(factor)")) || ' \(word)'"
        }
        if base.type == .date { return "date(\(sql(base)), \(modifier))" }
        return "strftime('%Y-%m-%dT%H:%M:%SZ', \(sql(base)), \(modifier))"
    }

    // MARK: Many things

    /// A name for a row of a table that no other row of the statement has.
    mutating func alias(_ table: String) -> String {
        let letter = String(table.lowercased().first { $0.isLetter } ?? "t")
        aliases[letter, default: 0] += 1
        let count = aliases[letter]!
        return count == 1 ? letter : "\(letter)\(count)"
    }

    /// ` FROM table alias WHERE condition`, with the variable bound to the row.
    mutating func source(_ entity: Int, _ variable: Variable, _ filter: Expression?) -> (alias: String, from: String) {
        let table = table(entity)
        let alias = alias(table.name)
        slots[variable.slot] = .row(alias: alias)
        let filtered = filter.map { " WHERE \(condition($0, .or))" } ?? ""
        return (alias, " FROM \(SQLNames.quoted(table.name)) \(alias)\(filtered)")
    }

    private mutating func aggregate(_ aggregate: Aggregate) -> String {
        let (_, from) = source(aggregate.entity, aggregate.variable, aggregate.condition)
        switch aggregate.kind {
        case .count: return "(SELECT count(*)\(from))"
        case .exists: return "EXISTS (SELECT 1\(from))"
        case .sum:
            let value = aggregate.value!
            let sum = "coalesce(sum(\(sql(value))), 0)"
            return isReal(value.type) ? "(SELECT round(\(sum), \(value.type.places!))\(from))" : "(SELECT \(sum)\(from))"
        case .min, .max: return "(SELECT \(aggregate.kind.rawValue)(\(sql(aggregate.value!)))\(from))"
        }
    }

    private mutating func pick(_ pick: Pick) -> String {
        let (alias, from) = source(pick.entity, pick.variable, pick.condition)
        let key = "\(alias).\(SQLNames.quoted(table(pick.entity).key))"
        return "(SELECT \(key)\(from) ORDER BY \(sql(pick.by))\(pick.isLast ? " DESC" : ""), \(key) LIMIT 1)"
    }
}

/// Names in SQL.
enum SQLNames {
    /// The name, in quotes where it would be taken for a word of the language.
    static func quoted(_ name: String) -> String { keywords.contains(name.lowercased()) ? "\"\(name)\"" : name }

    private static let keywords: Set<String> = [
        "abort", "action", "add", "after", "all", "alter", "always", "analyze", "and", "as", "asc", "attach", "autoincrement", "before",
        "begin", "between", "by", "cascade", "case", "cast", "check", "collate", "column", "commit", "conflict", "constraint", "create",
        "cross", "current", "current_date", "current_time", "current_timestamp", "database", "default", "deferrable", "deferred", "delete",
        "desc", "detach", "distinct", "do", "drop", "each", "else", "end", "escape", "except", "exclude", "exclusive", "exists", "explain",
        "fail", "filter", "first", "following", "for", "foreign", "from", "full", "generated", "glob", "group", "groups", "having", "if",
        "ignore", "immediate", "in", "index", "indexed", "initially", "inner", "insert", "instead", "intersect", "into", "is", "isnull",
        "join", "key", "last", "left", "like", "limit", "match", "materialized", "natural", "no", "not", "nothing", "notnull", "null",
        "nulls", "of", "offset", "on", "or", "order", "others", "outer", "over", "partition", "plan", "pragma", "preceding", "primary",
        "query", "raise", "range", "recursive", "references", "regexp", "reindex", "release", "rename", "replace", "restrict", "returning",
        "right", "rollback", "row", "rows", "savepoint", "select", "set", "table", "temp", "temporary", "then", "ties", "to", "transaction",
        "trigger", "unbounded", "union", "unique", "update", "using", "vacuum", "values", "view", "virtual", "when", "where", "window",
        "with", "without",
    ]
}
