import Domains
import Foundation
import Synchronization
import Testing

@testable import Batches

@Suite struct BatchWriterTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func plan(count: Int = 5, seed: UInt64 = 3) throws -> BatchPlan {
        let library = try DomainLibrary.load(Self.root.appendingPathComponent("EnvSpecs/domains/veterinary_practice.yaml").path)
        return BatchPlan(library, domains: library.domains, seed: seed, count: count, tasks: 3, scale: 1, version: "test")
    }

    /// A folder of its own, and what is in it.
    private struct Folder: ~Copyable {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-batch-\(UUID().uuidString)")
        var path: String { url.path }

        func contents() throws -> [String: Data] {
            var result: [String: Data] = [:]
            for name in try FileManager.default.contentsOfDirectory(atPath: url.path) {
                result[name] = try Data(contentsOf: url.appendingPathComponent(name))
            }
            return result
        }

        deinit { try? FileManager.default.removeItem(at: url) }
    }

    @Test func theNumberOfWorkersDoesNotShow() throws {
        let one = Folder()
        let three = Folder()
        _ = try BatchWriter(try plan(), to: one.path).run(workers: 1, resume: false)
        _ = try BatchWriter(try plan(), to: three.path).run(workers: 3, resume: false)
        let contents = try one.contents()
        #expect(contents.count == 6 && contents["manifest.json"] != nil)
        #expect(try three.contents() == contents)
        let other = Folder()
        _ = try BatchWriter(try plan(seed: 4), to: other.path).run(workers: 1, resume: false)
        #expect(try other.contents() != contents)
    }

    @Test func aBatchThatWasKilledIsGoneOnWith() throws {
        let whole = Folder()
        let broken = Folder()
        _ = try BatchWriter(try plan(), to: whole.path).run(workers: 1, resume: false)
        let made = Atomic(0)
        let first = try BatchWriter(try plan(), to: broken.path, isCancelled: { made.load(ordering: .relaxed) >= 2 }) { done, _, _ in
            made.store(done, ordering: .relaxed)
        }.run(workers: 1, resume: false)
        #expect(first.isCancelled && first.entries.count == 2)
        // What a process leaves behind that dies at a bad moment: a file half-written, a line half-written, a file that is not in the journal.
        try Data("{\"orrery\"".utf8).write(to: broken.url.appendingPathComponent(".tmp-veterinary-practice-00003.json"))
        let journal = broken.url.appendingPathComponent(".batch-journal.jsonl")
        try (Data(contentsOf: journal) + Data("{\"index\":2,\"id\":\"vet".utf8)).write(to: journal)
        try Data("{}".utf8).write(to: broken.url.appendingPathComponent("veterinary-practice-00004.json"))
        // And one that somebody has changed.
        try Data("{}".utf8).write(to: broken.url.appendingPathComponent("veterinary-practice-00001.json"))
        let second = try BatchWriter(try plan(), to: broken.path).run(workers: 2, resume: true)
        #expect(!second.isCancelled && second.resumed == 1 && second.entries.count == 5)
        #expect(try broken.contents() == whole.contents())
        // A finished batch is checked, and what is missing is made again.
        try FileManager.default.removeItem(at: broken.url.appendingPathComponent("veterinary-practice-00002.json"))
        let third = try BatchWriter(try plan(), to: broken.path).run(workers: 1, resume: true)
        #expect(third.resumed == 4)
        #expect(try broken.contents() == whole.contents())
    }

    @Test func nothingIsOverwrittenUnasked() throws {
        let folder = Folder()
        _ = try BatchWriter(try plan(count: 1), to: folder.path).run(workers: 1, resume: false)
        let contents = try folder.contents()
        func fault(_ plan: BatchPlan, resume: Bool) -> String {
            do {
                _ = try BatchWriter(plan, to: folder.path).run(workers: 1, resume: resume)
                return "none"
            } catch {
                return "\(error)"
            }
        }
        #expect(fault(try plan(count: 1), resume: false).contains("holds a finished batch"))
        #expect(fault(try plan(count: 2), resume: true).contains("its count is 1, not 2"))
        #expect(fault(try plan(count: 1, seed: 9), resume: true).contains("its seed is"))
        #expect(try folder.contents() == contents)
        let stranger = Folder()
        try FileManager.default.createDirectory(at: stranger.url, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: stranger.url.appendingPathComponent("letter.txt"))
        let strange = #expect(throws: BatchError.self) {
            _ = try BatchWriter(try plan(count: 1), to: stranger.path).run(workers: 1, resume: true)
        }
        #expect(strange?.description.contains("is not empty and holds no batch") == true)
        #expect(try stranger.contents().count == 1)
    }

    @Test func aFolderThatCannotBeWrittenToIsReported() throws {
        #expect(throws: BatchError.self) { _ = try BatchWriter(try plan(count: 1), to: "/proc/orrery").run(workers: 1, resume: false) }
    }
}
