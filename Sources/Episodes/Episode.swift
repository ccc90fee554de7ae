import Database
import Determinism
import Environments
import WireJSON

/// The environment failed: the episode is void and its score means nothing.
public struct EpisodeFault: Error, Sendable, CustomStringConvertible {
    /// What the engine reported.
    public let description: String
}

/// What a step came to, beside the JSON that it wrote.
public struct StepSummary: Sendable {
    /// The reward.
    public let reward: Double
    /// The episode reached its end.
    public let terminated: Bool
    /// The episode ran out of steps.
    public let truncated: Bool
    /// The code of the agent's mistake, if it made one.
    public let mistake: String?
    /// Where the observation stands in what was written.
    public let observation: Range<Int>
}

/// One agent's run through a world.
///
/// An episode belongs to one thread at a time. It needs a ``StagePool`` to act; between actions it may lose its stage to another episode
/// without a trace.
public final class Episode {
    /// The world.
    public let world: World
    /// The name by which clients know it.
    public let id: String
    var state: EpisodeState
    private weak var stage: Stage?
    /// The stage that the episode sits on.
    var seat: Stage? { stage }
    /// Whether a thread works on the episode, so that it keeps its stage.
    var isHeld = false
    private var digestVersion = -1
    /// The identifiers minted since this object was made: what a reference solution's goal must not insist on.
    public internal(set) var minted: [SQLValue] = []

    /// Begins an episode.
    ///
    /// - Parameters:
    ///   - world: the world to play in.
    ///   - id: the name by which clients know it.
    ///   - task: the position of a task of the world's environment; nil for free play.
    public convenience init(_ world: World, id: String, task: Int?, seed: UInt64, options: EpisodeOptions) {
        let counters = world.environment.definition.sequences.map(\.start)
        var state = EpisodeState(task: task, seed: seed, options: options, counters: counters)
        state.digest = world.startDigest
        if let task, options.reward == .dense { state.potential = world.goals[task].initialProgress }
        self.init(world, id: id, state: state)
    }

    /// Goes on from a state of the same world.
    init(_ world: World, id: String, state: EpisodeState) {
        self.world = world
        self.id = id
        self.state = state
    }

    // MARK: Properties

    /// Where the episode stands.
    public var status: EpisodeState.Status { state.status }
    /// The steps taken.
    public var step: Int { state.step }
    /// Whether the episode has no connection of its own.
    public var isParked: Bool { stage == nil }
    /// The task, unless the episode is free play.
    public var task: TaskDefinition? { state.task.map { world.environment.definition.tasks[$0] } }
    /// The position of the task, unless the episode is free play.
    public var taskIndex: Int? { state.task }
    /// What the reset chose.
    public var options: EpisodeOptions { state.options }
    /// The virtual time.
    public var now: Instant {
        let clock = world.environment.definition.clock
        return clock.start.advanced(bySeconds: Int64(state.step) * clock.advance)
    }
    /// The final answer, if there was one.
    public var answer: JSON? { state.answer }

    var actor: SQLValue { state.task.map { world.actors[$0] } ?? world.actor }

    /// The net row changes so far.
    public var changes: ChangeSet { stage.map { $0.connection.changes } ?? state.changes }

    /// The digest of the state, equal for equal states.
    public var digest: Digest {
        if let stage, stage.connection.changesVersion != digestVersion {
            digestVersion = stage.connection.changesVersion
            state.digest = nil
        }
        if let digest = state.digest { return digest }
        let digest = changes.digest(from: world.environment.initialDigest, tables: world.environment.tableNames)
        state.digest = digest
        return digest
    }

    // MARK: Seating

    var parkedChanges: ChangeSet { state.changes }

    func take(_ stage: Stage) {
        self.stage = stage
        state.changes = ChangeSet()
        digestVersion = stage.connection.changesVersion
    }

    func loseStage() { stage = nil }

    func park(_ changes: ChangeSet) {
        _ = digest
        state.changes = changes
        stage = nil
    }

    /// Gives up the connection; the next action takes one again.
    ///
    /// - Precondition: the pool has one thread.
    public func park() { stage?.leave() }

    /// Gives up the connection for good: the episode is over. Where several threads share a pool, who closes an episode holds it.
    public func close() { stage?.vacate(self) }

    /// Why the episode is void.
    public private(set) var fault: EpisodeFault?

    /// Ends the episode because the environment failed. What its connection holds is not to be trusted.
    func makeVoid(_ fault: EpisodeFault) {
        self.fault = fault
        state.status = .void
        stage?.discard(self)
    }

    /// The state as a value of its own.
    public var snapshot: EpisodeState {
        var copy = state
        copy.digest = digest
        copy.changes = changes
        return copy
    }
}
