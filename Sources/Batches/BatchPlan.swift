import Determinism
import Domains
import Specifications
import WireJSON

/// What a batch is made of: equal plans give equal bytes.
public struct BatchPlan: Sendable {
    /// The domains in turn, in an order that the seed deals; only the first ones where there are fewer environments than domains.
    public let domains: [Domain]
    /// The seed of the whole batch.
    public let seed: UInt64
    /// How many environments.
    public let count: Int
    /// How many tasks each has.
    public let tasks: Int
    /// How many times as many things there are as in a small environment.
    public let scale: Int
    /// The version of the program.
    public let version: String
    private let files: [(name: String, content: String)]

    /// Makes a plan.
    ///
    /// - Parameter library: where the domains come from, with everything that they are made of.
    public init(_ library: DomainLibrary, domains: [Domain], seed: UInt64, count: Int, tasks: Int, scale: Int, version: String) {
        self.domains = Self.dealt(domains, seed, count)
        self.seed = seed
        self.count = count
        self.tasks = tasks
        self.scale = scale
        self.version = version
        let names = Set(self.domains.map(\.file))
        let others = Set(library.domains.map(\.file)).subtracting(names)
        files = library.files.filter { !others.contains($0.path) }.map { file in
            // Known by its kind and name, wherever it lies.
            ("\(file.kind) \(file.path.split(separator: "/").last ?? "")", SoftwareHeritageID.content(file.bytes))
        }.sorted { $0.name < $1.name }
    }

    private static func dealt(_ domains: [Domain], _ seed: UInt64, _ count: Int) -> [Domain] {
        var generator = SeededGenerator(seed: seed, purpose: "domains")
        var rest = domains.sorted { $0.name < $1.name }
        var dealt: [Domain] = []
        while !rest.isEmpty, dealt.count < count { dealt.append(rest.remove(at: generator.next(below: rest.count))) }
        return dealt
    }

    /// What is written down before the first environment, and compared when a batch is resumed.
    var json: JSON {
        [
            "orrery": "batch-plan/1", "version": .string(version), "seed": .string(String(seed)), "count": .integer(Int64(count)),
            "tasks": .integer(Int64(tasks)), "scale": .integer(Int64(scale)),
            "domains": .array(domains.map(\.name).sorted().map { .string($0) }),
            "files": .object(JSONObject(uniqueMembers: files.map { .init(name: $0.name, value: .string($0.content)) })),
        ]
    }

    /// Says how another plan differs; nil if it does not.
    func difference(from other: JSON) -> String? {
        for member in json.object!.members where member.name != "orrery" {
            guard let theirs = other[member.name], theirs != member.value else { continue }
            guard member.name == "files", let own = member.value.object, let old = theirs.object else {
                return "its \(member.name) \(member.name.hasSuffix("s") ? "are" : "is") \(theirs.text), not \(member.value.text)"
            }
            let changed = own.members.filter { old[$0.name] != $0.value }.map(\.name) + old.names.filter { own[$0] == nil }
            return "these files have changed since: \(changed.prefix(5).joined(separator: ", "))"
        }
        return nil
    }

    /// The domain and seed of an environment, by its position in the batch.
    func environment(_ index: Int) -> (domain: Domain, id: String, seed: UInt64) {
        var generator = SeededGenerator(seed: seed, purpose: "environment \(index)")
        let domain = domains[index % domains.count]
        return (domain, Self.id(domain, index), generator.next())
    }

    static func id(_ domain: Domain, _ index: Int) -> String {
        let number = String(index + 1)
        return domain.name.split(separator: "_").joined(separator: "-") + "-" + String(repeating: "0", count: max(0, 5 - number.count))
            + number
    }
}
