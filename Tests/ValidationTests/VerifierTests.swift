import Episodes
import Foundation
import Testing

@testable import Validation

/// Programs as reward functions: what they say counts, and what they do wrong is said of them.
@Suite struct VerifierTests {
    private static let tasks = "t: {instruction: Cancel the order of Ana Sousa., \(Shop.cancel), goal: reference}"

    /// Does something that waits, on a thread of its own.
    private func waiting<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }

    private func run(_ child: ChildProcess) async throws -> ChildProcess.Outcome { try await waiting { child.run(input: "/dev/null") } }

    /// Tries the task with a program.
    private func tried(_ command: [String], probes: [String]) async throws -> TaskResult {
        try await waiting { try Self.tried(command, probes: probes) }
    }

    private static func tried(_ command: [String], probes: [String]) throws -> TaskResult {
        let world = try Shop.world(tasks)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let pool = StagePool()
        var options = TrialOptions()
        options.probes = probes
        options.checksStability = false
        return TaskTrial(
            material: try Material(world, seed: 0), file: "shop.yaml", task: 0, options: options, pool: pool,
            judge: try ProgramJudge(command, world, task: 0, folder: folder.path, pool: pool, isCancelled: { false }), isOwnGoal: false
        ).run()
    }

    @Test func aVerdictIsReadOffTheDatabases() async throws {
        let script =
            "import json,sqlite3,sys; r=json.load(sys.stdin); s=sqlite3.connect(r['final_db']).execute('SELECT state FROM orders WHERE id=11').fetchone()[0]; i=sqlite3.connect(r['initial_db']).execute('SELECT state FROM orders WHERE id=11').fetchone()[0]; print(json.dumps({'success': (i, s) == ('pending', 'cancelled'), 'calls': len(r['trajectory'])}))"
        let result = try await tried(["python3", "-c", script], probes: ["reference", "nothing", "collateral/set_tier/1"])
        #expect(result.noVerdicts.isEmpty, "\(result.noVerdicts)")
        #expect(result.tallies[.reference]?.rewarded == 13)
        #expect(result.tallies[.nothing]?.caught == 1)
        #expect(result.survivors.map(\.probe) == ["collateral/set_tier/1"])
        #expect(result.survivors.map(\.cause) == ["changes that nobody asked for are not noticed (customers)"])
    }

    @Test(
        arguments: [
            ("echo '{\"reward\": 0.5}'", nil), ("echo '{\"result\": \"others\"}'", nil),
            ("echo nonsense", "the verifier did not print a JSON object"),
            ("true", "the verifier did not print a JSON object"), ("echo '{\"verdict\": 1}'", "no 'reward'"),
            ("echo oh dear >&2; exit 3", "ended with status 3: oh dear"), ("kill -SEGV $$", "was killed by signal 11"),
            ("(sleep 1; kill -TERM $$) & while :; do :; done", "was killed by signal 15"),
            ("yes | head -c 3000000", "printed more than 1 MiB"),
            ("echo '{\"reward\": 1, \"success\": false}'", "has 'reward' and 'success': one of them says it"),
            ("printf '\\033[2Jgone'", "not print a JSON object but '\\u{1b}[2Jgone'"),
            ("echo no file in $PWD >&2; exit 1", "status 1: no file in FOLDER"),
            ("rm -f initial.db final.db request.json; echo '{\"success\": false}'", nil),
            ("echo broken > initial.db; echo broken > final.db; echo '{\"success\": false}'", nil),
        ] as [(String, String?)])
    func whatAVerifierDoesIsSaidOfIt(_ script: String, _ finding: String?) async throws {
        let result = try await tried(["/bin/sh", "-c", script], probes: ["nothing"])
        if let finding {
            #expect(result.total.count == 0)
            #expect(result.noVerdicts.keys.contains { $0.contains(finding) }, "\(result.noVerdicts)")
        } else {
            #expect(result.tallies[.nothing]?.caught == 1, "\(result.noVerdicts)")
        }
    }

    @Test func aHangIsEndedWithAllThatItStarted() async throws {
        let mark = "37.\(UInt32.random(in: 100_000...999_999))"
        // One of them leaves the process group, and outlives its parent.
        var child = ChildProcess(command: ["/bin/sh", "-c", "setsid sleep \(mark) & sleep \(mark) & sleep \(mark)"])
        child.limits.seconds = 1
        let limited = child
        // Timed where it runs: this task itself may have to wait long for its turn beside other tests.
        let (isOutOfTime, time) = try await waiting {
            let start = ContinuousClock.now
            let outcome = limited.run(input: "/dev/null")
            let time = ContinuousClock.now - start
            if case .outOfTime = outcome.ending { return (true, time) }
            return (false, time)
        }
        #expect(isOutOfTime)
        #expect(time < .seconds(30))
        // A killed process may take a moment to be gone.
        for _ in 0..<100 where try Self.isRunning(mark) { try await Task.sleep(for: .milliseconds(100)) }
        #expect(try !Self.isRunning(mark))
    }

    private static func isRunning(_ mark: String) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }.contains {
            guard let line = try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8) else { return false }
            return line.contains(mark) && line.hasPrefix("sleep")
        }
    }

    @Test func memoryAndFilesAreLimited() async throws {
        let memory = try await run(ChildProcess(command: ["python3", "-c", "x = bytearray(2 << 30); print('{}')"]))
        if case .exited(0) = memory.ending { Issue.record("2 GiB were given") }
        let script = "head -c 100000000 /dev/zero > /tmp/orrery-$$; code=$?; rm -f /tmp/orrery-$$; exit $code"
        let file = try await run(ChildProcess(command: ["/bin/sh", "-c", script]))
        if case .exited(0) = file.ending { Issue.record("100 MB were written") }
    }

    @Test func aProgramThatIsNotThereIsSaidSo() async throws {
        let outcome = try await run(ChildProcess(command: ["/nonexistent/verifier"]))
        guard case .exited(let code) = outcome.ending else {
            Issue.record("\(outcome.ending)")
            return
        }
        #expect(code == 127)
    }
}
