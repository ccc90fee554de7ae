import Synchronization

/// What the doors have seen, as text for Prometheus.
///
/// Source: Prometheus text exposition format, version 0.0.4.
final class Metrics: Sendable {
    private struct Door {
        var responses: [Int: Int] = [:]
        var buckets = [Int](repeating: 0, count: Metrics.bounds.count + 1)
        var seconds = 0.0
    }

    private let doors = Mutex<[String: Door]>([:])
    /// The upper bounds of the buckets, in seconds.
    private static let bounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

    /// Notes a request.
    func note(_ door: String, status: Int, _ duration: Duration) {
        let seconds = duration / .seconds(1)
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        doors.withLock { doors in
            doors[door, default: Door()].responses[status, default: 0] += 1
            doors[door]!.buckets[bucket] += 1
            doors[door]!.seconds += seconds
        }
    }

    /// The text, with some gauges and counters that are known elsewhere.
    func text(_ others: [(name: String, kind: String, help: String, value: Int)]) -> String {
        let doors = doors.withLock { $0 }.sorted { $0.key < $1.key }
        var lines: [String] = []
        for other in others {
            lines += ["# HELP \(other.name) \(other.help)", "# TYPE \(other.name) \(other.kind)", "\(other.name) \(other.value)"]
        }
        lines += ["# HELP orrery_http_requests_total Requests answered.", "# TYPE orrery_http_requests_total counter"]
        for (name, door) in doors {
            for (status, count) in door.responses.sorted(by: { $0.key < $1.key }) {
                lines.append("orrery_http_requests_total{door=\"\(name)\",status=\"\(status)\"} \(count)")
            }
        }
        let histogram = "orrery_http_request_duration_seconds"
        lines += ["# HELP \(histogram) Time from the request's last byte to its answer.", "# TYPE \(histogram) histogram"]
        for (name, door) in doors {
            var sum = 0
            for (bound, count) in zip(Self.bounds, door.buckets) {
                sum += count
                lines.append("\(histogram)_bucket{door=\"\(name)\",le=\"\(bound)\"} \(sum)")
            }
            let count = door.buckets.reduce(0, +)
            lines += [
                "\(histogram)_bucket{door=\"\(name)\",le=\"+Inf\"} \(count)", "\(histogram)_sum{door=\"\(name)\"} \(door.seconds)",
                "\(histogram)_count{door=\"\(name)\"} \(count)",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
