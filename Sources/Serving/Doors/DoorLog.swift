/// Something that the doors saw. It names no token, no goal, and nothing of what was said.
public enum DoorEvent: Sendable {
    /// A request was answered.
    case answered(DoorVisit)
    /// Somebody was not let in, or there was no room.
    case refused(DoorVisit)
    /// A socket was opened.
    case socketOpened(DoorVisit)
    /// A socket has ended, after so long.
    case socketClosed(DoorVisit)
    /// An environment failed, and an episode is void.
    case fault(episode: String, environment: String, reason: String)
    /// So many episodes were closed because nobody had used them for too long.
    case idle(episodes: Int)
}

/// A request or a socket, as far as a log may know it.
public struct DoorVisit: Sendable {
    /// The door, or `refused` where there is none.
    public var door: String
    /// `GET`, `POST`, ...
    public var method: String
    /// The path without its query, cut, and without the tokens of the doors.
    public var path: String
    /// The status of the answer.
    public var status: Int
    /// How long it took.
    public var duration: Duration
    /// The episode, where there is one.
    public var episode: String?
}

/// Where the doors note what they see.
public struct DoorLog: Sendable {
    /// Whether every request is noted, or only what is out of the ordinary.
    let isVerbose: Bool
    let note: @Sendable (DoorEvent) -> Void

    /// Makes a log.
    ///
    /// - Parameter isVerbose: whether every request and every socket is noted.
    public init(isVerbose: Bool, _ note: @escaping @Sendable (DoorEvent) -> Void) {
        self.isVerbose = isVerbose
        self.note = note
    }

    /// A log that forgets everything.
    public static let none = DoorLog(isVerbose: false) { _ in }
}
