import Dispatch
import Environments
import Specifications
import Synchronization
import SystemPackage
import WireJSON

/// The statistics of a batch, or of any folder of environments.
public struct BatchReport: Sendable {
    let environments: [EnvironmentFacts]
    let distributions: [Distribution]
    /// Refusals that were met when the environments were proven, if a manifest says so.
    let refusals: (met: Int, all: Int)?
    /// Pairs of near-duplicates, and how many are like an earlier one: instructions, schemas, tools.
    let similarTasks: (pairs: [(Int, Int)], duplicates: Int)
    let similarSchemas: (pairs: [(Int, Int)], duplicates: Int)
    let similarTools: (pairs: [(Int, Int)], duplicates: Int)
    /// The mean similarity of the tools' names, over pairs of environments of different domains.
    let nameOverlap: Double

    /// Reads a folder.
    ///
    /// - Throws: ``SpecificationError`` for files that are no environments.
    public init(_ folder: String) throws(SpecificationError) {
        let files: [String]
        do {
            files = try EnvironmentLoader.files(at: folder)
        } catch {
            throw SpecificationError([Diagnostic(SourceLocation(file: folder, line: 1, column: 1), "cannot be read: \(error)")])
        }
        let manifest = (try? FileContents.read(FilePath(folder).appending(BatchFolder.manifest))).flatMap {
            try? JSONParser.parse($0, limits: .file)
        }
        var entries: [String: JSON] = [:]
        for entry in manifest?["environments"]?.array ?? [] { if let id = entry["id"]?.string { entries["\(id).json"] = entry } }
        environments = try Self.read(files, entries)
        let met = entries.values.reduce(0) { $0 + Int($1["refusals_met"]?.integer ?? 0) }
        let all = entries.values.reduce(0) { $0 + Int($1["refusals"]?.integer ?? 0) }
        refusals = all > 0 ? (met, all) : nil
        let tasks = environments.flatMap(\.tasks)
        distributions = [
            Distribution("tables", environments.map(\.tables)), Distribution("columns", environments.map(\.columns)),
            Distribution("rows", environments.map(\.rows)), Distribution("tools", environments.map(\.tools)),
            Distribution("calls per task", tasks.map(\.calls)), Distribution("different tools per task", tasks.map(\.tools)),
            Distribution("writing calls per task", tasks.map(\.writes)),
        ]
        similarTasks = NearDuplicates.find(tasks.map { NearDuplicates.shingles($0.instruction) })
        similarSchemas = NearDuplicates.find(environments.map(\.schema))
        similarTools = NearDuplicates.find(environments.map(\.interface))
        nameOverlap = Self.nameOverlap(environments)
    }

    private static func read(_ files: [String], _ entries: [String: JSON]) throws(SpecificationError) -> [EnvironmentFacts] {
        let results = Mutex<[Int: Result<EnvironmentFacts, SpecificationError>]>([:])
        DispatchQueue.concurrentPerform(iterations: files.count) { index in
            let name = files[index].split(separator: "/").last.map(String.init) ?? ""
            let result = Result { () throws(SpecificationError) in try EnvironmentFacts(file: files[index], entry: entries[name]) }
            results.withLock { $0[index] = result }
        }
        var facts: [EnvironmentFacts] = []
        var diagnostics: [Diagnostic] = []
        let all = results.withLock { $0 }
        for index in files.indices {
            switch all[index]! {
            case .success(let fact): facts.append(fact)
            case .failure(let error): diagnostics += error.diagnostics
            }
        }
        if !diagnostics.isEmpty { throw SpecificationError(diagnostics) }
        return facts
    }

    private static func nameOverlap(_ environments: [EnvironmentFacts]) -> Double {
        let names = environments.map { Set($0.toolNames.map(NearDuplicates.hash)) }
        var total = 0.0
        var pairs = 0
        for a in environments.indices {
            for b in environments.indices where b > a && environments[a].domain != environments[b].domain {
                total += NearDuplicates.similarity(names[a], names[b])
                pairs += 1
            }
        }
        return pairs == 0 ? 0 : total / Double(pairs)
    }

    // MARK: Counts

    /// The number of environments.
    public var count: Int { environments.count }

    var tasks: [EnvironmentFacts.TaskFacts] { environments.flatMap(\.tasks) }

    /// How often each word occurs, the most common first.
    static func counts(_ words: [String]) -> [(word: String, count: Int)] {
        var counts: [String: Int] = [:]
        for word in words { counts[word, default: 0] += 1 }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }

    var domains: [(word: String, count: Int)] { Self.counts(environments.map(\.domain)) }
    var difficulties: [(word: String, count: Int)] { Self.counts(tasks.map(\.difficulty)) }
    var kinds: [(word: String, count: Int)] { Self.counts(tasks.flatMap { Set($0.kinds).sorted() }) }

    var effects: [(word: String, count: Int)] {
        [
            ("read", environments.reduce(0) { $0 + $1.reading }), ("write", environments.reduce(0) { $0 + $1.writing }),
            ("destructive", environments.reduce(0) { $0 + $1.destructive }),
        ]
    }

    /// The share of the tools that act which some task's solution calls.
    var actingCovered: Double {
        let acting = environments.reduce(0) { $0 + $1.writing + $1.destructive }
        return acting == 0 ? 0 : Double(environments.reduce(0) { $0 + $1.actingUsed }) / Double(acting)
    }

    /// The report as JSON.
    public var json: JSON {
        func object(_ counts: [(word: String, count: Int)]) -> JSON {
            .object(JSONObject(uniqueMembers: counts.map { .init(name: $0.word, value: .integer(Int64($0.count))) }))
        }
        func share(_ part: Int, _ whole: Int) -> JSON {
            .number(whole == 0 ? 0 : (Double(part) / Double(whole) * 100_000).rounded() / 100_000)
        }
        var result: JSONObject = [
            "orrery": "report/1", "environments": .integer(Int64(environments.count)), "domains": .integer(Int64(domains.count)),
            "tasks": .integer(Int64(tasks.count)),
        ]
        result["distributions"] = .object(JSONObject(uniqueMembers: distributions.map { .init(name: $0.name, value: $0.json) }))
        result["difficulty"] = object(difficulties)
        result["parts_of_tasks"] = object(kinds)
        result["tools_by_effect"] = object(effects)
        result["acting_tools_used_by_tasks"] = .number((actingCovered * 1000).rounded() / 1000)
        if let refusals { result["refusals"] = ["met": .integer(Int64(refusals.met)), "all": .integer(Int64(refusals.all))] }
        result["near_duplicates"] = [
            "threshold": .number(NearDuplicates.threshold),
            "tasks": ["duplicates": .integer(Int64(similarTasks.duplicates)), "share": share(similarTasks.duplicates, tasks.count)],
            "schemas": [
                "duplicates": .integer(Int64(similarSchemas.duplicates)), "share": share(similarSchemas.duplicates, environments.count),
            ],
            "tools": ["duplicates": .integer(Int64(similarTools.duplicates)), "share": share(similarTools.duplicates, environments.count)],
        ]
        result["tool_name_overlap"] = .number((nameOverlap * 100_000).rounded() / 100_000)
        result["environments_by_domain"] = object(domains)
        return .object(result)
    }
}
