/// Names that no specification can give, for the engine has them.
package enum EngineNames {
    /// The tools through which an agent lists and calls the others.
    package static let tools = ["list_tools", "call_tool"]

    /// The codes of the refusals that the engine gives itself.
    package static let codes = [
        "unknown_tool", "invalid_arguments", "tools_already_listed", "constraint_violation", "limit_exceeded", "invalid_value",
    ]

    /// What the names of SQLite's own tables begin with.
    package static let tablePrefix = "sqlite_"
}
