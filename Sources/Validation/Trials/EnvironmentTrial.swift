import Database
import Environments
import Episodes
import Specifications

/// Puts the tasks of one environment to the test.
public struct EnvironmentTrial: Sendable {
    /// What is tried, and how much.
    public var options: TrialOptions
    /// A program that stands in for the environment's own goals; empty: the goals.
    public var verifier: [String] = []
    /// Only these tasks; empty: all.
    public var tasks: [String] = []
    /// The program that plays the solutions in another process; nil: that is not done.
    public var program: String?

    /// Makes a trial with the environment's own goals.
    public init(_ options: TrialOptions) { self.options = options }

    /// Loads an environment and tries its tasks.
    ///
    /// - Parameters:
    ///   - folder: an empty folder for the files that other processes read.
    ///   - onTask: called after each task with the number of its probes.
    /// - Throws: ``SpecificationError`` if the environment does not load.
    public func run(_ file: String, folder: String, onTask: (Int) -> Void) throws(SpecificationError) -> [TaskResult] {
        let world = try World.load(file)
        let definition = world.environment.definition
        let indexes = definition.tasks.indices.filter { tasks.isEmpty || tasks.contains(definition.tasks[$0].id) }
        if indexes.isEmpty { return [] }
        let material: Material
        do throws(DatabaseError) {
            material = try Material(world, seed: options.seed)
        } catch {
            throw SpecificationError([Diagnostic(definition.location, "its rows cannot be read: \(error)")])
        }
        let pool = StagePool()
        var results: [TaskResult] = []
        for index in indexes {
            if options.isCancelled() { return results }
            results.append(trial(material, file, index, folder, pool))
            onTask(results.last!.total.count)
        }
        if let program, options.checksStability, options.probes.isEmpty {
            let (compared, differences) = OtherProcess(
                program: program, file: file, world: world, folder: folder, isCancelled: options.isCancelled
            ).compare(indexes, in: pool)
            for task in compared { results[indexes.firstIndex(of: task)!].comparisons += 1 }
            for (task, text) in differences {
                let position = indexes.firstIndex(of: task) ?? 0
                results[position].differences.append(text)
            }
        }
        return results
    }

    private func trial(_ material: Material, _ file: String, _ index: Int, _ folder: String, _ pool: StagePool) -> TaskResult {
        var judge: any Judge = GoalJudge(pool: pool)
        if !verifier.isEmpty {
            do throws(NoVerdict) {
                judge = try ProgramJudge(
                    verifier, material.world, task: index, folder: folder, pool: pool, isCancelled: options.isCancelled)
            } catch {
                var result = TaskResult(
                    environment: material.world.id, file: file, task: material.world.environment.definition.tasks[index].id)
                result.noVerdicts[error.description, default: 0] += 1
                return result
            }
        }
        return TaskTrial(
            material: material, file: file, task: index, options: options, pool: pool, judge: judge, isOwnGoal: verifier.isEmpty
        ).run()
    }
}
