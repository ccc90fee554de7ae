import Logging
import Serving

extension DoorLog {
    /// Notes into a logger: requests and sockets at `debug`, refusals at `info` and, for want of room, `warning`, faults at `error`.
    public init(_ logger: Logger) {
        self.init(isVerbose: logger.logLevel <= .debug) { event in
            switch event {
            case .answered(let visit): logger.debug("request", metadata: Self.metadata(visit))
            case .refused(let visit): logger.log(level: visit.status == 503 ? .warning : .info, "refused", metadata: Self.metadata(visit))
            case .socketOpened(let visit): logger.debug("socket opened", metadata: Self.metadata(visit))
            case .socketClosed(let visit): logger.debug("socket closed", metadata: Self.metadata(visit))
            case .fault(let episode, let environment, let reason):
                logger.error("fault", metadata: ["episode": "\(episode)", "environment": "\(environment)", "reason": "\(reason)"])
            case .idle(let episodes): logger.info("idle episodes closed", metadata: ["episodes": .stringConvertible(episodes)])
            }
        }
    }

    private static func metadata(_ visit: DoorVisit) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "door": "\(visit.door)", "method": "\(visit.method)", "path": "\(visit.path)", "status": .stringConvertible(visit.status),
            "duration_ms": .stringConvertible(Double(visit.duration / .microseconds(1)).rounded() / 1000),
        ]
        if let episode = visit.episode { metadata["episode"] = "\(episode)" }
        return metadata
    }
}
