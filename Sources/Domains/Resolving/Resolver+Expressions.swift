import Determinism
import Specifications

extension Resolver {
    /// Looks up an expression's names.
    ///
    /// - Parameter wanted: the type that it must have; nil: any.
    func expression(_ placed: PlacedSyntax, _ scope: inout Scope, as wanted: ValueType? = nil) throws(NameFault) -> Expression {
        do {
            let expression = try resolve(placed.syntax, &scope, wanted)
            return try wanted.map { type throws(NameFault) in try fit(expression, to: type) } ?? expression
        } catch {
            if case .mistake(let message, _) = error { throw .mistake("\(message), in \"\(placed.source.excerpt)\"", at: placed.location) }
            throw error
        }
    }

    /// Looks up a condition's names.
    func condition(_ placed: PlacedSyntax?, _ scope: inout Scope) throws(NameFault) -> Expression? {
        guard let placed else { return nil }
        return try expression(placed, &scope, as: .boolean)
    }

    /// Looks up the names in a text.
    func text(_ placed: PlacedText, _ scope: inout Scope) throws(NameFault) -> TextTemplate {
        var pieces: [TextTemplate.Piece] = []
        for piece in placed.syntax.pieces {
            switch piece {
            case .text(let text): pieces.append(.text(text))
            case .value(let syntax, let source, let hasArticle, let filter):
                if let filter {
                    throw .mistake("'|\(filter)' belongs to lists of words, in \"\(placed.source.excerpt)\"", at: placed.location)
                }
                let value = try expression(PlacedSyntax(syntax: syntax, source: source, location: placed.location), &scope)
                pieces.append(.value(value, hasArticle: hasArticle))
            }
        }
        return TextTemplate(pieces: pieces)
    }

    // MARK: Values

    private func resolve(_ syntax: Syntax, _ scope: inout Scope, _ wanted: ValueType?) throws(NameFault) -> Expression {
        switch syntax {
        case .number(let text): return try number(text, wanted)
        case .text(let text): return try literal(text, wanted)
        case .name(let name): return try self.name(name, scope, wanted)
        case .member(let base, let name): return try member(base, name, &scope)
        case .not(let inner): return .not(try resolve(inner, &scope, as: .boolean))
        case .all(let parts): return .all(try conditions(parts, &scope))
        case .any(let parts): return .any(try conditions(parts, &scope))
        case .compare(let comparison, let left, let right): return try compare(comparison, left, right, &scope)
        case .isMissing(let inner):
            let value = try resolve(inner, &scope, nil)
            if !value.isOptional { throw .mistake("that is never missing") }
            return .isMissing(value)
        case .isOneOf(let inner, let words): return try isOneOf(inner, words, &scope)
        case .add(let left, .duration(let amount, let unit)): return try shifted(left, amount, unit, isBack: false, &scope)
        case .subtract(let left, .duration(let amount, let unit)): return try shifted(left, amount, unit, isBack: true, &scope)
        case .add(let left, let right):
            let (a, b) = try numbers(left, right, &scope, wanted)
            return .add(a, b)
        case .subtract(let left, let right):
            let (a, b) = try numbers(left, right, &scope, wanted)
            return .subtract(a, b)
        case .multiply(let left, let right): return try multiply(left, right, &scope, wanted)
        case .percent(let share, let whole):
            let whole = try resolve(whole, &scope, wanted)
            guard whole.type.places != nil else { throw .mistake("a percentage is of a number, not of \(whole.type.name)") }
            return .percent(try resolve(share, &scope, as: .integer), of: whole)
        case .duration: throw .mistake("a span of time is added to or taken from a day or a moment")
        case .day(let inner): return .day(try resolve(inner, &scope, as: .instant))
        case .elapsed(let unit, let from, let to):
            let type: ValueType = unit == .days ? try resolve(from, &scope, nil).type : .instant
            guard type == .date || type == .instant else { throw .mistake("\(unit.rawValue)(a, b) is between two days or two moments") }
            return .elapsed(unit, from: try resolve(from, &scope, as: type), to: try resolve(to, &scope, as: type))
        case .aggregate(let kind, let value, let entity, let alias, let condition):
            return try aggregate(kind, value, entity, alias, condition, &scope, wanted)
        case .pick(let isLast, let entity, let alias, let by, let condition):
            let index = try self.entity(entity)
            try checkAlias(alias, scope)
            let variable = scope.declare(alias ?? entity, .reference(index))
            defer { scope.variables.removeLast() }
            let by = try resolve(by, &scope, nil)
            if by.type.entity != nil || by.type == .boolean {
                throw .mistake("'by' is of numbers, days, moments or words, not of \(by.type.name)")
            }
            return .pick(
                Pick(
                    isLast: isLast, variable: variable, entity: index, by: by,
                    condition: try condition.map { syntax throws(NameFault) in try resolve(syntax, &scope, as: .boolean) }))
        }
    }

    private func resolve(_ syntax: Syntax, _ scope: inout Scope, as type: ValueType) throws(NameFault) -> Expression {
        try fit(try resolve(syntax, &scope, type), to: type)
    }

    private func conditions(_ parts: [Syntax], _ scope: inout Scope) throws(NameFault) -> [Expression] {
        var result: [Expression] = []
        for part in parts { result.append(try resolve(part, &scope, as: .boolean)) }
        return result
    }

    /// Checks that an expression has a type, and gives a number the places that are wanted.
    func fit(_ expression: Expression, to type: ValueType) throws(NameFault) -> Expression {
        let own = expression.type
        if own == type { return expression }
        if case .constant(.missing, _) = expression { return .constant(.missing, type) }
        switch (own, type) {
        case (.number(let a), .number(let b)) where a < b: return .rescaled(expression, from: a, to: type)
        case (.enumeration(let a), .enumeration(let b)) where a.allSatisfy(b.contains): return expression
        case (.enumeration, .text): return expression
        case (.reference(let a), .reference(let b)):
            throw .mistake("that is \(model.entities[a].name.spaced.withArticle), not \(model.entities[b].name.spaced.withArticle)")
        default: throw .mistake("that is \(own.name), not \(type.name)")
        }
    }

    private func number(_ text: String, _ wanted: ValueType?) throws(NameFault) -> Expression {
        if let wanted, let places = wanted.places {
            guard let value = Decimals.scaled(text, places: places) else { throw .mistake("\(text) is not \(wanted.name)") }
            try checkSize(value, text)
            return .constant(.number(value), wanted)
        }
        let places = Decimals.places(text)
        guard let value = Decimals.scaled(text, places: places) else { throw .mistake("\(text) is too large a number") }
        try checkSize(value, text)
        return .constant(.number(value), .number(places: places))
    }

    private func checkSize(_ value: Int64, _ text: String) throws(NameFault) {
        if value.magnitude > DomainLimits.number { throw .mistake("\(text) is too large a number: \(DomainLimits.digits)") }
    }

    /// Checks that the name for each of many things is not that of something else.
    func checkAlias(_ alias: String?, _ scope: Scope) throws(NameFault) {
        guard let alias else { return }
        if scope.variable(alias) != nil { throw .mistake("'\(alias)' is something else already; choose another name after 'as'") }
        if parameters[alias] != nil { throw .mistake("'\(alias)' is a parameter; choose another name after 'as'") }
    }

    private func literal(_ text: String, _ wanted: ValueType?) throws(NameFault) -> Expression {
        switch wanted {
        case .enumeration(let words)?:
            if words.contains(text) { return .constant(.text(text), wanted!) }
            throw .mistake("'\(text)' is not one of \(words.joined(separator: ", "))\(NearestName.hint(for: text, among: words))")
        case .date?:
            guard let day = CalendarDate(text) else { throw .mistake("'\(text)' is not a day") }
            return .constant(.date(day.daysSinceEpoch), .date)
        case .instant?:
            guard let instant = Instant(text) else { throw .mistake("'\(text)' is not a moment") }
            return .constant(.instant(instant.seconds), .instant)
        default: return .constant(.text(text), .text)
        }
    }

    private func name(_ name: String, _ scope: Scope, _ wanted: ValueType?) throws(NameFault) -> Expression {
        switch name {
        case "true", "false": return .constant(.boolean(name == "true"), .boolean)
        case "now": return .now
        case "missing":
            guard let wanted else { throw .mistake("'missing' stands where a value of a known type does, or after 'is'") }
            return .constant(.missing, wanted)
        case "today": return .today
        case "actor":
            guard let actor = model.actor else { throw spec.actor == nil ? .mistake("the domain names no actor") : .absent }
            return .actor(entity: actor)
        default: break
        }
        if let found = try known(name, scope) { return found }
        if case .enumeration(let words)? = wanted {
            if words.contains(name) { return .constant(.text(name), wanted!) }
            throw .mistake("'\(name)' is not one of \(words.joined(separator: ", "))\(NearestName.hint(for: name, among: words))")
        }
        var names = scope.variables.map(\.name) + Array(parameters.keys.sorted())
        switch scope.own {
        case .thing(let variable): names += model.entities[variable.type.entity!].attributes.map(\.name)
        case .values(let entity, _): names += model.entities[entity].attributes.map(\.name)
        case nil: break
        }
        throw .mistake("'\(name)' means nothing here\(NearestName.hint(for: name, among: names))")
    }

    /// What a name stands for in a scope; nil if it is no name of anything.
    private func known(_ name: String, _ scope: Scope) throws(NameFault) -> Expression? {
        if let variable = scope.variable(name) { return .variable(variable) }
        if scope.absent.contains(name) { throw .absent }
        switch scope.own {
        case .thing(let variable):
            let entity = variable.type.entity!
            if let index = model.entities[entity].attribute(name) { return .attribute(.variable(variable), model.reference(entity, index)) }
            if model.entities[entity].name == name { return .variable(variable) }
            if isAbsent(name, of: entity) { throw .absent }
        case .values(let entity, let values):
            if let index = model.entities[entity].attribute(name) {
                if let value = values[index] { return value }
                throw .mistake("'\(name)' has no value yet")
            }
            if isAbsent(name, of: entity) { throw .absent }
        case nil: break
        }
        if let parameter = parameters[name] { return .constant(parameter.value, parameter.type) }
        return nil
    }

    private func member(_ base: Syntax, _ name: String, _ scope: inout Scope) throws(NameFault) -> Expression {
        // The thing being made may be called by its kind.
        if case .name(let word) = base, case .values(let entity, _)? = scope.own, model.entities[entity].name == word,
            scope.variable(word) == nil
        {
            return try self.name(name, scope, nil)
        }
        let thing = try resolve(base, &scope, nil)
        guard let entity = thing.type.entity else { throw .mistake("\(thing.type.name) has no attribute '\(name)'") }
        return .attribute(thing, try attribute(name, of: entity))
    }

    // MARK: Conditions

    private func compare(_ comparison: Comparison, _ left: Syntax, _ right: Syntax, _ scope: inout Scope) throws(NameFault) -> Expression {
        let a: Expression
        let b: Expression
        // A literal takes the type of what it is compared with.
        if try isLiteral(left, scope) {
            b = try resolve(right, &scope, nil)
            a = try resolve(left, &scope, b.type)
        } else {
            a = try resolve(left, &scope, nil)
            b = try resolve(right, &scope, a.type)
        }
        let (x, y) = try alike(a, b)
        let isOrdered = comparison != .equal && comparison != .unequal
        switch x.type {
        case .number, .money, .date, .instant: break
        default: if isOrdered { throw .mistake("\(x.type.name) is neither less nor greater than another") }
        }
        return .compare(comparison, x, y)
    }

    private func isLiteral(_ syntax: Syntax, _ scope: Scope) throws(NameFault) -> Bool {
        switch syntax {
        case .number, .text: return true
        case .name(let name):
            if ["true", "false", "now", "today", "actor"].contains(name) { return false }
            if name == "missing" { return true }
            return try known(name, scope) == nil
        default: return false
        }
    }

    /// Two expressions made of one type.
    private func alike(_ a: Expression, _ b: Expression) throws(NameFault) -> (Expression, Expression) {
        if let x = try? fit(a, to: b.type) { return (x, b) }
        return (a, try fit(b, to: a.type))
    }

    private func isOneOf(_ inner: Syntax, _ words: [String], _ scope: inout Scope) throws(NameFault) -> Expression {
        var value = try resolve(inner, &scope, nil)
        if case .reference(let entity) = value.type {
            guard let state = model.entities[entity].stateAttribute else {
                throw .mistake("\(model.entities[entity].name) has no lifecycle, so it is never '\(words[0])'")
            }
            value = .attribute(value, model.reference(entity, state))
        }
        guard case .enumeration(let known) = value.type else {
            throw .mistake("'is' asks for a state or a word, not for \(value.type.name)")
        }
        for word in words where !known.contains(word) {
            throw .mistake("'\(word)' is not one of \(known.joined(separator: ", "))\(NearestName.hint(for: word, among: known))")
        }
        return .isOneOf(value, words)
    }

    // MARK: Arithmetic

    private func numbers(_ left: Syntax, _ right: Syntax, _ scope: inout Scope, _ wanted: ValueType?) throws(NameFault) -> (
        Expression, Expression
    ) {
        let leftIsLiteral = try isLiteral(left, scope)
        let a: Expression
        let b: Expression
        if leftIsLiteral {
            b = try resolve(right, &scope, wanted)
            a = try resolve(left, &scope, b.type)
        } else {
            a = try resolve(left, &scope, wanted)
            b = try resolve(right, &scope, a.type)
        }
        guard a.type.places != nil else { throw .mistake("only numbers, and spans of time such as '3 days', are added and subtracted") }
        return try alike(a, b)
    }

    private func multiply(_ left: Syntax, _ right: Syntax, _ scope: inout Scope, _ wanted: ValueType?) throws(NameFault) -> Expression {
        let leftIsLiteral = try isLiteral(left, scope)
        let a = leftIsLiteral ? try resolve(left, &scope, .integer) : try resolve(left, &scope, nil)
        let b = try isLiteral(right, scope) ? try resolve(right, &scope, .integer) : try resolve(right, &scope, nil)
        guard a.type.places != nil, b.type.places != nil else { throw .mistake("only numbers are multiplied") }
        if b.type == .integer { return .multiply(a, b) }
        if a.type == .integer { return .multiply(b, a) }
        throw .mistake("one of two numbers that are multiplied must be a whole number")
    }

    private func shifted(_ base: Syntax, _ amount: Syntax, _ unit: TimeUnit, isBack: Bool, _ scope: inout Scope) throws(NameFault)
        -> Expression
    {
        let base = try resolve(base, &scope, nil)
        switch base.type {
        case .instant: break
        case .date: if unit == .minutes || unit == .hours { throw .mistake("a day is moved by days, weeks, months or years") }
        default: throw .mistake("a span of time is added to a day or a moment, not to \(base.type.name)")
        }
        var amount = try resolve(amount, &scope, as: .integer)
        if case .constant(.number(let value), _) = amount, let fault = DomainLimits.fault(ofSpan: value, unit) { throw .mistake(fault) }
        if DomainLimits.isTooLong(greatest(amount), unit) {
            throw .mistake("that may be too long a time: at most \(DomainLimits.years) years")
        }
        if isBack {
            if case .constant(.number(let value), let type) = amount {
                amount = .constant(.number(-value), type)
            } else {
                amount = .subtract(.constant(.number(0), .integer), amount)
            }
        }
        return .shifted(base, by: amount, unit)
    }

    /// How great a number may be, as far as it is worked out of attributes with ranges.
    private func greatest(_ expression: Expression) -> Double {
        switch expression {
        case .constant(.number(let value), _): return Double(value.magnitude)
        case .attribute(_, let reference):
            switch attributeSpecs[reference.entity][reference.index]?.kind {
            case .number(let range, _)?: return Double(max(range.low.magnitude, range.high.magnitude))
            default: return 1
            }
        case .add(let a, let b), .subtract(let a, let b): return greatest(a) + greatest(b)
        case .multiply(let a, let b): return greatest(a) * greatest(b)
        default: return 1
        }
    }

    /// What an aggregate of no things is; nil if it has no value of a known type.
    private static func none(of kind: AggregateKind, _ wanted: ValueType?) -> Expression? {
        switch kind {
        case .count: .constant(.number(0), .integer)
        case .exists: .constant(.boolean(false), .boolean)
        case .sum: wanted.flatMap { $0.places == nil ? nil : .constant(.number(0), $0) }
        case .min, .max: nil
        }
    }

    private func aggregate(
        _ kind: AggregateKind, _ value: Syntax?, _ name: String, _ alias: String?, _ condition: Syntax?, _ scope: inout Scope,
        _ wanted: ValueType?
    ) throws(NameFault) -> Expression {
        let entity: Int
        do {
            entity = try self.entity(name)
        } catch {
            // Of what is not there, there is none.
            guard case .absent = error, let none = Self.none(of: kind, wanted) else { throw error }
            return none
        }
        try checkAlias(alias, scope)
        let variable = scope.declare(alias ?? name, .reference(entity))
        defer { scope.variables.removeLast() }
        var resolved: Expression?
        if let value {
            let expression = try resolve(value, &scope, nil)
            switch expression.type {
            case .number, .money: break
            case .date, .instant: if kind == .sum { throw .mistake("days and moments have no sum") }
            default: throw .mistake("'\(kind.rawValue)' is of numbers, days or moments")
            }
            resolved = expression
        }
        let filter = try condition.map { syntax throws(NameFault) in try resolve(syntax, &scope, as: .boolean) }
        return .aggregate(Aggregate(kind: kind, variable: variable, entity: entity, value: resolved, condition: filter))
    }
}

extension String {
    /// `an animal`, `a visit`.
    package var withArticle: String { Wording.article(before: self) + " " + self }
}
