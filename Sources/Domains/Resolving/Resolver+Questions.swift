import Specifications

extension Resolver {
    mutating func policies() {
        for spec in spec.policies where !absent.contains(spec.name.name) {
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
                case .value(let placed): answer = .value(try resolver.expression(placed, &scope))
                case .which(let name, let alias, let filter, let extreme, let show):
                    let entity = try resolver.entity(name.name)
                    let variable = scope.declare(alias?.name ?? name.name, .reference(entity))
                    let condition = try resolver.condition(filter, &scope)
                    let best = try extreme.map { extreme throws(NameFault) in
                        Description.Extreme(by: try resolver.expression(extreme.by, &scope), isGreatest: extreme.isGreatest)
                    }
                    answer = .which(
                        variable: variable, entity: entity, condition: condition, extreme: best,
                        show: try resolver.expression(show, &scope))
                }
                return Question(ask: ask, source: spec.ask.source, arguments: arguments, answer: answer, frameSize: scope.frameSize)
            }
            if let question { model.questions.append(question) }
        }
    }

    mutating func openers() {
        for placed in spec.openers {
            // The thing that an opener is about is named by its kind.
            let root = placed.syntax.sources.first.map { String($0.prefix { $0 != "." }) } ?? ""
            let opener = attempt(placed.location, "the opener \"\(placed.source)\"") { resolver throws(NameFault) in
                guard !root.isEmpty else { throw .mistake("it must be about a thing, as \"{client} is on the phone.\" is") }
                let entity = try resolver.entity(root)
                var scope = resolver.ownScope(entity)
                return Opener(entity: entity, text: try resolver.text(placed, &scope))
            }
            if let opener { model.openers.append(opener) }
        }
    }
}
