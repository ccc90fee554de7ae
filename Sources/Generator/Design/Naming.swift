import Domains

/// How an environment writes names.
struct Naming: Sendable {
    enum Style: Sendable {
        case snake, camel

        /// Joins lower-case words.
        func joined(_ words: [String]) -> String {
            switch self {
            case .snake: words.joined(separator: "_")
            case .camel: words.first.map { $0 + words.dropFirst().map(Wording.capitalised).joined() } ?? ""
            }
        }
    }

    enum Tables: Sendable { case plural, singular, pascal }
    enum Order: Sendable { case verbFirst, nounFirst }

    let columns: Style
    let tools: Style
    let tables: Tables
    let order: Order
    /// Whether a table's own key is called `id` rather than by the table.
    let hasBareKeys: Bool
    /// The words for what every kind of thing has: reading one, finding some, making, changing and removing one.
    let get: String
    let find: String
    let add: String
    let change: String
    let remove: String
    /// The words for state columns and for time columns.
    let state: String
    let made: String
    let changed: String

    init(_ dice: inout Dice) {
        columns = dice.chance(75) ? .snake : .camel
        tools = dice.chance(70) ? .snake : .camel
        tables = dice.pick(weighted: [(.plural, 6), (.singular, 3), (.pascal, 1)])
        order = dice.chance(80) ? .verbFirst : .nounFirst
        hasBareKeys = dice.chance(30)
        get = dice.pick(["get", "get", "show", "fetch", "read", "view"])
        find = dice.pick(["search", "find", "list", "search", "query", "browse"])
        add = dice.pick(["add", "create", "register", "new"])
        change = dice.pick(["change", "update", "set", "edit"])
        remove = dice.pick(["remove", "delete"])
        state = dice.pick(["status", "status", "state", "stage"])
        made = dice.pick(["created_at", "created_at", "added_at", "recorded_at"])
        changed = dice.pick(["updated_at", "modified_at", "last_changed_at"])
    }

    private func words(_ name: String) -> [String] { name.split(separator: "_").map(String.init) }

    func table(_ plural: String, singular: String) -> String {
        switch tables {
        case .plural: words(plural).joined(separator: "_")
        case .singular: words(singular).joined(separator: "_")
        case .pascal: words(plural).map(Wording.capitalised).joined()
        }
    }

    func column(_ name: String) -> String { columns.joined(words(name)) }

    func argument(_ name: String) -> String { tools.joined(words(name)) }

    /// A tool's name, from a verb and what it is done to.
    func tool(_ verb: String, _ noun: String) -> String {
        tools.joined(order == .verbFirst ? words(verb) + words(noun) : words(noun) + words(verb))
    }

    /// A tool's name, from a name that begins with its verb: `book_visit`.
    func tool(_ name: String, nouns: [String]) -> String {
        if order == .nounFirst, let noun = nouns.filter({ name.hasSuffix("_" + $0) }).max(by: { $0.count < $1.count }) {
            let verb = String(name.dropLast(noun.count + 1))
            if !verb.contains("_") { return tool(verb, noun) }
        }
        return tools.joined(words(name))
    }
}
