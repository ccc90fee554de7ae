import ArgumentParser
import Database
import Environments
import Episodes
import SystemPackage
import WireJSON

struct Play: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lets a person play an episode.",
        discussion: """
            Shows the task and the tools, takes calls, shows what they return and change, and the score at the end. Type 'help' inside.
            With --json every line read is an action of the protocol and every line printed a step's result, the same bytes that
            'orrery serve' gives.

            EXAMPLES:
              orrery play EnvSpecs/library.yaml lend_to_ana
              orrery play EnvSpecs/library.yaml lend_to_ana --json < actions.jsonl
            """)

    @Argument(help: "The environment's file.")
    var environment: String
    @Argument(help: "The task. Without one you play freely.")
    var task: String?
    @Option(help: "The episode's seed.")
    var seed: UInt64 = 0
    @Flag(help: "Read actions and print results as JSON lines.")
    var json = false

    func run() throws {
        let world = try EnvironmentPaths.world(environment)
        let index = try task.map { try EnvironmentPaths.task($0, of: world) }
        let episode = Episode(world, id: "e1", task: index, seed: seed, options: EpisodeOptions())
        if json {
            try playLines(episode)
        } else {
            var table = Table(episode)
            try table.play()
        }
    }

    /// One action a line in, one result a line out. A line that is no action is complained of and passed over.
    private func playLines(_ episode: Episode) throws {
        let pool = StagePool()
        var number = 0
        var hasFailed = false
        while let line = readLine() {
            number += 1
            if line.allSatisfy(\.isWhitespace) { continue }
            do {
                guard episode.status == .running else { throw ValidationError("the episode has ended (\(episode.status.rawValue))") }
                var writer = JSONWriter()
                try episode.step(try Action(try JSONParser.parse(Array(line.utf8))), in: pool, to: &writer)
                writer.bytes.append(UInt8(ascii: "\n"))
                _ = try FileDescriptor.standardOutput.writeAll(writer.bytes)
            } catch let error as JSONError {
                complain(number, "not JSON: \(error.message), at byte \(error.offset)", &hasFailed)
            } catch let error as InvalidAction {
                complain(number, error.message, &hasFailed)
            } catch let error as ValidationError {
                complain(number, error.message, &hasFailed)
            }
        }
        if hasFailed { throw ExitCode.failure }
    }

    private func complain(_ line: Int, _ message: String, _ hasFailed: inout Bool) {
        hasFailed = true
        Terminal.complain("line \(line): \(message)")
    }
}

extension Play {
    /// A game at the terminal.
    fileprivate struct Table {
        private var episode: Episode
        private let pool = StagePool()
        private var history: [EpisodeState] = []
        private var world: World { episode.world }
        private var definition: Environment { world.environment.definition }

        init(_ episode: Episode) { self.episode = episode }

        mutating func play() throws {
            print(Terminal.bold(definition.title))
            if !definition.policy.isEmpty { print("\n\(Terminal.bold("Policy"))\n\(definition.policy)") }
            if let task = episode.task {
                print("\n\(Terminal.bold("Task \(task.id)"))\n\(task.instruction)")
                for fact in task.facts { print("  \(Terminal.dim("you know:")) \(fact)") }
            }
            print("\n\(Terminal.bold("Tools"))")
            for tool in definition.tools { print("  \(signature(tool))") }
            print("\nType a call such as \(example()), or help.\n")
            while episode.status == .running {
                print(Terminal.bold("\(episode.now.text)> "), terminator: "")
                fflush(nil)
                guard let line = readLine() else {
                    print("")
                    return
                }
                let words = line.split(maxSplits: 1) { $0 == " " || $0 == "\t" }.map(String.init)
                guard let first = words.first else { continue }
                if try !obey(first, words.count > 1 ? words[1] : "") { return }
            }
            if let evaluation = try episode.evaluation(in: pool) { show(evaluation) }
        }

        private mutating func obey(_ word: String, _ rest: String) throws -> Bool {
            switch word {
            case "help" where !rest.isEmpty: explain(rest)
            case "help", "?": help()
            case "tools": for tool in definition.tools { print("  \(signature(tool))  \(Terminal.dim(tool.description))") }
            case "task": print(episode.task?.instruction ?? "There is no task: play as you like.")
            case "changes": if episode.changes.isEmpty { print("Nothing is changed.") } else { show(episode.changes) }
            case "score": if let evaluation = try episode.evaluation(in: pool) { show(evaluation) } else { print("There is no task.") }
            case "undo":
                guard let last = history.popLast() else {
                    print("There is nothing to undo.")
                    return true
                }
                episode = Episode(world, id: episode.id, snapshot: last)
                print("Back at step \(episode.step).")
            case "say" where rest.isEmpty, "answer" where rest.isEmpty: print("\(word) what? Put it behind the word.")
            case "say": try step(.message(rest))
            case "answer": try step(.answer((try? JSONParser.parse(Array(rest.utf8))) ?? .string(rest)))
            case "quit", "exit": return false
            default:
                guard let index = world.environment.toolIndex(word) else {
                    print("There is no tool or command '\(word)'\(world.environment.toolHint(for: word)). Type help.")
                    return true
                }
                do {
                    try step(.call(tool: word, arguments: try CallArguments.read(rest, for: definition.tools[index])))
                } catch let error as ValidationError {
                    print(Terminal.red(error.message))
                }
            }
            return true
        }

        private mutating func step(_ action: Action) throws {
            let before = episode.snapshot
            var writer = JSONWriter()
            let changes = episode.changes
            try episode.step(action, in: pool, to: &writer)
            history.append(before)
            guard let result = try? JSONParser.parse(writer.bytes, limits: .file), let observation = result["observation"] else { return }
            switch observation["type"]?.string {
            case "result": print(Layout.text(observation["content"] ?? .null))
            case "error":
                print(Terminal.red("\(observation["code"]?.string ?? "error"): ") + (observation["message"]?.string ?? ""))
            default: break
            }
            show(episode.changes.since(changes))
        }

        private func show(_ changes: ChangeSet) {
            for change in changes.json(definition.tables).array ?? [] {
                let key = change["key"]?.object?.members.map { $0.value.string ?? $0.value.text }.joined(separator: " ") ?? ""
                let before = change["before"]?.object
                let after = change["after"]?.object
                let columns = (after ?? before)?.members.filter { before == nil || after == nil || before?[$0.name] != $0.value } ?? []
                let details = columns.map { member in
                    guard let old = before?[member.name], after != nil else { return "\(member.name)=\(member.value.text)" }
                    return "\(member.name): \(old.text) → \(member.value.text)"
                }
                print(
                    Terminal.dim(
                        "  \(change["op"]?.string ?? "") \(change["table"]?.string ?? "") \(key)  \(details.joined(separator: ", "))"))
            }
        }

        private func show(_ evaluation: Evaluation) {
            print("")
            for check in evaluation.checks {
                print("  \(check.passed ? Terminal.green("✓") : Terminal.red("✗")) \(check.name)")
                if !check.passed, check.kind != "change" {
                    print(Terminal.dim("      expected \(check.expected.text), got \(check.actual.text)"))
                }
            }
            for change in evaluation.collateral {
                print(
                    "  \(Terminal.red("✗")) nobody asked for: \(change["op"]?.string ?? "") \(change["table"]?.string ?? "") \(change["key"]?.text ?? "")"
                )
            }
            let verdict = evaluation.success ? Terminal.green("success") : Terminal.red("not there")
            print(
                "\(Terminal.bold("reward \(decimals(episode.outcome(of: evaluation), 2))"))  \(verdict), progress \(decimals(evaluation.progress, 2))\n"
            )
        }

        private func explain(_ name: String) {
            guard let index = world.environment.toolIndex(name) else {
                return print("There is no tool '\(name)'\(world.environment.toolHint(for: name)).")
            }
            let tool = definition.tools[index]
            print("\(Terminal.bold(signature(tool)))  \(tool.effect.rawValue)\n\(tool.description)")
            for argument in tool.arguments {
                print("  \(Terminal.pad(argument.name, 20)) \(Terminal.pad(argument.type.name, 14)) \(argument.description)")
            }
        }

        private func help() {
            print(
                """
                  TOOL name=value ...    call a tool; lists as name=a,b; text with spaces in quotes; or TOOL {"name": value} in JSON
                  help TOOL              what a tool does and takes
                  tools, task            list the tools, show the task again
                  say TEXT               say something to the user
                  answer VALUE           give the final answer and end the episode
                  changes, score         what is different now, and what it would be worth
                  undo                   take the last step back
                  quit                   leave
                """)
        }

        private func signature(_ tool: Tool) -> String {
            "\(tool.name)(\(tool.arguments.map { $0.name + ($0.isRequired ? "" : "?") }.joined(separator: ", ")))"
        }

        private func example() -> String {
            guard let tool = definition.tools.first(where: { $0.arguments.contains(where: \.isRequired) }) else { return "help" }
            return "\(tool.name) \(tool.arguments.filter(\.isRequired).prefix(2).map { "\($0.name)=…" }.joined(separator: " "))"
        }
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
