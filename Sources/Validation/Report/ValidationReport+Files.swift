import WireJSON

extension ValidationReport {
    /// The report for programs.
    public var json: JSON {
        func share(_ share: Share) -> JSON {
            let (low, high) = share.interval
            return [
                "count": .integer(Int64(share.count)), "of": .integer(Int64(share.total)), "value": .number(share.value),
                "low": .number(low), "high": .number(high),
            ]
        }
        return [
            "orrery": "validation/1", "seed": .string(String(seed)), "environments": .integer(Int64(environments)),
            "tasks": .integer(Int64(results.count)), "probes": .integer(Int64(total.count)), "sound": .bool(isSound),
            "mutation_score": .number(1 - falsePositives.value), "false_positives": share(falsePositives),
            "false_negatives": share(falseNegatives),
            "comparisons": .integer(Int64(comparisons)), "differences": .integer(Int64(differences)),
            "families": Self.json(tallies),
            "mistakes": .array(mistakes.map { .string($0.description) }),
            "causes": .array(
                groups.map { group in
                    [
                        "cause": .string(group.cause), "probes": .integer(Int64(group.probes)), "tasks": .integer(Int64(group.tasks)),
                        "paid": .bool(group.isPaid), "example": Self.json(group.example, group.task),
                        "command": .string(command(group.task, probe: group.example.probe)),
                    ]
                }),
            "findings": .array(
                findings.map { finding in
                    [
                        "cause": .string(finding.cause), "tasks": .array(finding.tasks.map { .string($0) }),
                        "notes": .array(finding.notes.map { .string($0) }),
                    ]
                }),
            "not_built": .array(
                missing.map { ["family": .string($0.family.rawValue), "reason": .string($0.reason), "tasks": .integer(Int64($0.tasks))] }),
            "results": .array(results.map(Self.json)),
        ]
    }

    private static func json(_ tallies: [ProbeFamily: ProbeTally]) -> JSON {
        .object(
            JSONObject(
                uniqueMembers: ProbeFamily.allCases.compactMap { family in
                    guard let tally = tallies[family] else { return nil }
                    return .init(
                        name: family.rawValue,
                        value: [
                            "rewarded": .integer(Int64(tally.rewarded)), "denied": .integer(Int64(tally.denied)),
                            "caught": .integer(Int64(tally.caught)), "paid": .integer(Int64(tally.paid)),
                        ])
                }))
    }

    private static func json(_ survivor: Survivor, _ result: TaskResult) -> JSON {
        let actions: [JSON] = survivor.calls.map { ["type": "call", "tool": .string($0.tool), "arguments": .object($0.arguments)] }
        return [
            "environment": .string(result.environment), "task": .string(result.task), "probe": .string(survivor.probe),
            "paid": .bool(survivor.isPaid), "cause": .string(survivor.cause), "note": .string(survivor.note),
            "actions": .array(actions + (survivor.answer.map { [["type": "answer", "content": $0]] } ?? [])), "verdict": survivor.reasons,
        ]
    }

    private static func json(_ result: TaskResult) -> JSON {
        [
            "environment": .string(result.environment), "file": .string(result.file), "task": .string(result.task),
            "sound": .bool(result.isSound),
            "probes": json(result.tallies), "survivors": .array(result.survivors.map { json($0, result) }),
            "findings": .array(result.findings.map { ["cause": .string($0.cause), "note": .string($0.note)] }),
            "not_built": .array(result.missing.map { ["family": .string($0.family.rawValue), "reason": .string($0.reason)] }),
            "no_verdict": .object(
                JSONObject(
                    uniqueMembers: result.noVerdicts.sorted { $0.key < $1.key }.map {
                        .init(name: $0.key, value: .integer(Int64($0.value)))
                    })),
            "comparisons": .integer(Int64(result.comparisons)), "differences": .array(result.differences.map { .string($0) }),
            "guess": result.guessChance.map { .number($0) } ?? .null,
            "weaknesses": .array(
                result.weaknesses.map { ["place": .string($0.place), "looseness": .number($0.looseness), "remedy": .string($0.remedy)] }),
        ]
    }

    /// The report as JUnit XML: a suite for each environment, a case for each task and family.
    public var junit: String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"orrery validate\">\n"
        if !mistakes.isEmpty {
            text += "  <testsuite name=\"loading\" tests=\"\(mistakes.count)\" failures=\"0\" errors=\"\(mistakes.count)\">\n"
            for mistake in mistakes {
                text +=
                    "    <testcase classname=\"loading\" name=\"\(Self.escaped(mistake.location.file))\"><error message=\"\(Self.escaped(mistake.description))\"/></testcase>\n"
            }
            text += "  </testsuite>\n"
        }
        var order: [String] = []
        var members: [String: [TaskResult]] = [:]
        for result in results {
            if members[result.environment] == nil { order.append(result.environment) }
            members[result.environment, default: []].append(result)
        }
        for name in order {
            let cases = members[name]!.flatMap(cases)
            text +=
                "  <testsuite name=\"\(Self.escaped(name))\" tests=\"\(cases.count)\" failures=\"\(cases.count { $0.failure != nil })\" errors=\"0\">\n"
            for (task, family, failure) in cases {
                text += "    <testcase classname=\"\(Self.escaped("\(name).\(task)"))\" name=\"\(Self.escaped(family))\""
                text += failure.map { "><failure message=\"\(Self.escaped($0))\"/></testcase>\n" } ?? "/>\n"
            }
            text += "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }

    private func cases(_ result: TaskResult) -> [(task: String, name: String, failure: String?)] {
        var cases: [(String, String, String?)] = ProbeFamily.allCases.compactMap { family in
            guard result.tallies[family] != nil else { return nil }
            let survivors = result.survivors.filter { $0.family == family }
            let failure = survivors.first.map {
                "\(survivors.count) survived; \($0.probe): \($0.cause); \(command(result, probe: $0.probe))"
            }
            return (result.task, family.rawValue, failure)
        }
        for finding in result.findings {
            cases.append((result.task, "finding", finding.note.isEmpty ? finding.cause : "\(finding.cause): \(finding.note)"))
        }
        for (reason, count) in result.noVerdicts.sorted(by: { $0.key < $1.key }) {
            cases.append((result.task, "verdict", "\(count) × \(reason)"))
        }
        if result.comparisons > 0 { cases.append((result.task, "same bytes", result.differences.first)) }
        return cases
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n": result += "&#10;"
            case "\t": result += "&#9;"
            case _ where scalar.value < 32 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
