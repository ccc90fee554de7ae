import Specifications

extension Resolver {
    mutating func policies() {
        var seen: Set<String> = []
        for spec in spec.policies where !absent.contains(spec.name.name) {
            if !seen.insert(spec.name.name).inserted {
                report(spec.name.location, "there are two policies called '\(spec.name.name)'")
                continue
            }
            let what = "the policy '\(spec.name.name)'"
            guard let index = model.verbs.firstIndex(where: { $0.name == spec.forbids.name }) else {
                if !absent.contains(spec.forbids.name) {
                    let hint = NearestName.hint(for: spec.forbids.name, among: model.verbs.map(\.name))
                    report(spec.forbids.location, "\(what) forbids '\(spec.forbids.name)', which is no verb\(hint)")
                }
                continue
            }
            let verb = model.verbs[index]
            var scope = Scope()
            scope.variables = verb.arguments.map(\.variable) + verb.lets.map(\.variable)
            scope.frameSize = verb.frameSize
            let policy = attempt(spec.when.location, what) { resolver throws(NameFault) in
                let condition = try resolver.expression(spec.when, &scope, as: .boolean)
                var none = Scope()
                return Policy(
                    name: spec.name.name, text: try resolver.text(spec.text, &none), verb: index, condition: condition,
                    report: try resolver.report(spec.report, condition, &scope))
            }
            if let policy { model.policies.append(policy) }
        }
    }

    mutating func questions() {
        for spec in spec.questions {
            let what = "the question \"\(spec.ask.source)\""
            var scope = Scope()
            guard let arguments = arguments(spec.given, what, &scope, areNeeded: true) else { continue }
            let question = attempt(spec.ask.location, what) { resolver throws(NameFault) in
                let ask = try resolver.text(spec.ask, &scope)
                let answer: Question.Answer
                switch spec.answer {
                case .value(let placed): answer = .value(try resolver.shown(placed, &scope))
                case .which(let name, let alias, let filter, let extreme, let show):
                    let entity = try resolver.entity(name)
                    let variable = try resolver.each(entity, name, alias, &scope)
                    let condition = try resolver.condition(filter, &scope)
                    let best = try extreme.map { extreme throws(NameFault) in
                        try resolver.extreme(extreme.by, isGreatest: extreme.isGreatest, ("most", "least"), &scope)
                    }
                    answer = .which(
                        variable: variable, entity: entity, condition: condition, extreme: best,
                        show: try resolver.shown(show, &scope))
                }
                for argument in arguments where !argument.variable.isOptional && !ask.mentions(argument.variable) {
                    throw .mistake("it does not say '{\(argument.variable.name)}'", at: spec.ask.location)
                }
                return Question(ask: ask, source: spec.ask.source, arguments: arguments, answer: answer, frameSize: scope.frameSize)
            }
            if let question { model.questions.append(question) }
        }
    }

    /// What an answer shows.
    private func shown(_ placed: PlacedSyntax, _ scope: inout Scope) throws(NameFault) -> Expression {
        let value = try expression(placed, &scope)
        if value.type.entity != nil {
            throw .mistake("a thing is answered by one of its attributes, in \"\(placed.source)\"", at: placed.location)
        }
        return value
    }

    mutating func openers() {
        for placed in spec.openers {
            // The thing that an opener is about is named by its kind.
            let root = placed.syntax.sources.first.map { String($0.prefix { $0 != "." }) } ?? ""
            let opener = attempt(placed.location, "the opener \"\(placed.source)\"") { resolver throws(NameFault) in
                guard !root.isEmpty else { throw .mistake("it must be about a thing, as \"{client} is on the phone.\" is") }
                let entity = try resolver.entity(root)
                if resolver.isWhole, !resolver.spec.focus.isEmpty, !resolver.model.focus.contains(entity) {
                    throw .mistake("'\(root)' is not in 'focus'")
                }
                var scope = resolver.ownScope(entity)
                return Opener(entity: entity, text: try resolver.text(placed, &scope))
            }
            if let opener { model.openers.append(opener) }
        }
    }
}
