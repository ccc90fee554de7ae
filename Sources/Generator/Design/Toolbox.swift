import Domains
import Simulation

/// The tools of an environment, as far as they can be chosen: which there are, what they are called, what they take and show.
struct Toolbox: Sendable {
    /// The tools that read, in the order of the kinds of things.
    var readers: [Reader]
    /// The tools that act.
    var actors: [ActingTool]
    /// What the tools that act return.
    let answer: ActingTool.Answer

    /// The tool that shows one thing of a kind.
    func getter(_ entity: Int) -> Int? { readers.firstIndex { $0.entity == entity && $0.isGetter } }
    /// The tools that find things of a kind.
    func finders(_ entity: Int) -> [Int] { readers.indices.filter { readers[$0].entity == entity && !readers[$0].isGetter } }
    /// Arguments whose words say what kind of thing or step is meant, as `tool.argument`.
    func schemaWords(_ model: Model) -> Set<String> {
        var result: Set<String> = []
        for reader in readers {
            for filter in reader.filters {
                if case .enumeration = model.entities[reader.entity].attributes[filter.attribute].type {
                    result.insert("\(reader.name).\(filter.argument)")
                }
            }
        }
        for actor in actors { if case .transitions(_, let argument, _) = actor.form { result.insert("\(actor.name).\(argument)") } }
        return result
    }

    /// The tool that does what a verb does.
    func actor(_ verb: Int) -> Int? { actors.firstIndex { $0.verbs.contains(verb) } }
}

/// A tool that reads things of one kind.
struct Reader: Sendable {
    let name: String
    let entity: Int
    /// Whether it shows one thing by its key, rather than finding some.
    let isGetter: Bool
    /// The argument that holds the key.
    let keyArgument: String
    let filters: [Filter]
    let shown: [Shown]
    let children: [Child]
    /// What comes first: values of an attribute, then keys.
    let order: Order?
    /// Orders that the caller may ask for.
    let sorts: [Sort]
    let sortArgument: String
    let paging: Paging?
    /// Whether what is found stands in an object with its number.
    let isWrapped: Bool

    struct Order: Sendable {
        let attribute: Int
        let isDescending: Bool
    }

    struct Sort: Sendable {
        let word: String
        let order: Order
    }

    struct Filter: Sendable {
        enum Test: Sendable { case equals, contains, from, to }

        let argument: String
        let attribute: Int
        let test: Test
        var isRequired = false
    }

    /// A member of what is shown: an attribute of the thing, or of a thing that it belongs to.
    struct Shown: Sendable {
        let name: String
        let path: [Attribute.Reference]
    }

    /// The things that belong to the one that is shown.
    struct Child: Sendable {
        let name: String
        let entity: Int
        let relation: Int
        let shown: [Shown]
    }

    struct Paging: Sendable {
        let limit: String
        let offset: String
        /// Whether the offset counts pages from 1, rather than things.
        let isByPage: Bool
        let defaultLimit: Int
        let greatestLimit: Int
    }
}

/// A tool that acts.
struct ActingTool: Sendable {
    let name: String
    let form: Form
    let arguments: [Argument]

    enum Form: Sendable {
        /// One verb.
        case verb(Int)
        /// Several edits of one kind of thing, each by an argument that may be left out.
        case edits([Int])
        /// Several verbs on one kind of thing, chosen by a word.
        case transitions([Int], argument: String, words: [String])
    }

    /// An argument, and for each of the tool's verbs the verb's argument that it is.
    struct Argument: Sendable {
        let name: String
        let definition: Verb.Argument
        let isRequired: Bool
    }

    enum Answer: Sendable {
        /// The thing that was made or changed, as it is now.
        case thing
        /// Its key, and its state if it has one.
        case key
    }

    var verbs: [Int] {
        switch form {
        case .verb(let verb): [verb]
        case .edits(let verbs), .transitions(let verbs, _, _): verbs
        }
    }
}
