import ArgumentParser
import Environments
import Episodes
import Specifications
import SystemPackage
import WireJSON

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turns the tasks of another benchmark into tasks of an environment.",
        subcommands: [Tau2.self])

    struct Tau2: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads the tasks of τ²-bench.",
            discussion: """
                The reference solutions become solutions and goals; a task whose goal holds at the start is marked 'trivial'. The result, a
                JSON mapping, is for an environment's 'tasks: {file: PATH}'. (An environment may also name the original directly: 'tasks:
                {import: tau2, file: PATH}'.)

                EXAMPLE:
                  orrery import tau2 EnvSpecs/tau2-retail.yaml ../shared/data/tau2/retail/tasks.json > retail-tasks.json
                """)

        @Argument(help: "The environment that the tasks belong to.")
        var environment: String
        @Argument(help: "The tasks.json of τ²-bench.")
        var tasks: String

        func run() throws {
            do {
                let bytes: [UInt8]
                do {
                    bytes = try FileContents.read(FilePath(tasks))
                } catch {
                    throw ValidationError("\(tasks): \(error)")
                }
                let definitions = try Tau2Tasks.read(bytes, file: tasks)
                let world = try World(try EnvironmentLoader.load(environment, tasks: definitions))
                var result = JSONObject()
                for (task, goal) in zip(definitions, world.goals) { result[task.id] = json(task, isTrivial: goal.holdsAtStart) }
                print(JSON.object(result).text)
            } catch let error as SpecificationError {
                Terminal.complain(error.description)
                throw ExitCode.failure
            } catch let error as Diagnostic {
                Terminal.complain(error.description)
                throw ExitCode.failure
            }
        }

        private func json(_ task: TaskDefinition, isTrivial: Bool) -> JSON {
            var object = JSONObject()
            object["instruction"] = .string(task.instruction)
            if !task.facts.isEmpty { object["facts"] = .array(task.facts.map { .string($0) }) }
            object["solution"] = .array(
                task.solution.map { step in
                    switch step {
                    case .call(let tool, let arguments, _): ["call": .string(tool), "arguments": .object(arguments)]
                    case .message(let text): ["message": .string(text)]
                    case .answer(let value): ["answer": value]
                    }
                })
            object["goal"] = "reference"
            if let answer = task.answer { object["answer"] = answer.kind.json }
            if isTrivial { object["trivial"] = true }
            return .object(object)
        }
    }
}
