/// The names that the parameters of a tool's statements have.
struct ParameterNames {
    let naming: Naming
    private var taken: Set<String> = ["now", "today", "actor"]

    init(_ naming: Naming) { self.naming = naming }

    /// Takes a name that is given.
    mutating func take(_ name: String) { taken.insert(name) }

    /// A name in the environment's style that no parameter has yet.
    mutating func fresh(_ name: String) -> String {
        let plain = naming.argument(name)
        var candidate = plain
        var number = 2
        while !taken.insert(candidate).inserted {
            candidate = "\(plain)\(number)"
            number += 1
        }
        return candidate
    }
}
