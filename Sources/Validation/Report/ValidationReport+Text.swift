import WireJSON

extension ValidationReport {
    /// The report for people.
    ///
    /// - Parameter explains: whether the weakest parts of goals are named.
    public func text(explains: Bool) -> String {
        var lines: [String] = mistakes.map(\.description)
        lines.append(
            "\(environments) environment\(environments == 1 ? "" : "s"), \(results.count) task\(results.count == 1 ? "" : "s"), \(Self.grouped(total.count)) probe\(total.count == 1 ? "" : "s")"
        )
        if total.count == 0 { return (lines + findingLines).joined(separator: "\n") }
        lines.append("")
        lines += summary
        if !results.isEmpty, results.count <= 40 { lines += [""] + taskTable }
        lines += [""] + familyTable
        if !missing.isEmpty { lines += [""] + missingLines }
        lines += [""] + survivorLines + findingLines
        if explains { lines += [""] + explanation } else { lines += looseLine }
        return lines.joined(separator: "\n")
    }

    private var summary: [String] {
        let (wrong, right) = (falsePositives, falseNegatives)
        var lines = [
            "wrong ends refused    \(Self.padLeft(Self.grouped(total.caught), 10)) of \(Self.padLeft(Self.grouped(wrong.total), 10))   false positives \(Self.percent(wrong))",
            "right ends rewarded   \(Self.padLeft(Self.grouped(total.rewarded), 10)) of \(Self.padLeft(Self.grouped(right.total), 10))   false negatives \(Self.percent(right))",
        ]
        if comparisons > 0 {
            lines.append(
                "the same bytes        \(Self.padLeft(Self.grouped(comparisons - differences), 10)) of \(Self.padLeft(Self.grouped(comparisons), 10))   trajectories played in two ways"
            )
        }
        if wrong.total > 0 {
            lines.append("mutation score        \(Self.padLeft(Self.decimal((1 - wrong.value) * 100, 2), 10)) %")
        }
        return lines
    }

    private var taskTable: [String] {
        let width = max(4, results.map { "\($0.environment)/\($0.task)".count }.max() ?? 4)
        let header = "\(Self.pad("task", width))  probes  rewarded  denied  caught    paid   guess"
        return [header]
            + results.map { result in
                let total = result.total
                let guess = result.guessChance.map { "\(Self.decimal($0 * 100, 1)) %" } ?? "-"
                return
                    "\(Self.pad("\(result.environment)/\(result.task)", width))  \(Self.padLeft("\(total.count)", 6))  \(Self.padLeft("\(total.rewarded)", 8))  \(Self.padLeft("\(total.denied)", 6))  \(Self.padLeft("\(total.caught)", 6))  \(Self.padLeft("\(total.paid)", 6))  \(Self.padLeft(guess, 6))"
            }
    }

    private var familyTable: [String] {
        let tallies = tallies
        let width = ProbeFamily.allCases.map { "\($0.rawValue): \($0.title)".count }.max()!
        return ["\(Self.pad("probes", width))  rewarded  denied    caught    paid"]
            + ProbeFamily.allCases.compactMap { family in
                guard let tally = tallies[family] else { return nil }
                return
                    "\(Self.pad("\(family.rawValue): \(family.title)", width))  \(Self.padLeft("\(tally.rewarded)", 8))  \(Self.padLeft("\(tally.denied)", 6))  \(Self.padLeft("\(tally.caught)", 8))  \(Self.padLeft("\(tally.paid)", 6))"
            }
    }

    private var missingLines: [String] {
        ["Could not be built:"]
            + missing.prefix(12).map { "  \($0.family.rawValue): \($0.reason) (\($0.tasks) task\($0.tasks == 1 ? "" : "s"))" }
            + (missing.count > 12 ? ["  and \(missing.count - 12) more reasons, in the JSON report"] : [])
    }

    private var survivorLines: [String] {
        let groups = groups
        if groups.isEmpty { return [isSound ? "No probe survived." : "No probe survived, but there is something else."] }
        var lines = [
            "\(total.survivors) probe\(total.survivors == 1 ? "" : "s") survived, of \(groups.count) cause\(groups.count == 1 ? "" : "s"):"
        ]
        for (number, group) in groups.enumerated() {
            lines.append(
                "\(number + 1). \(group.cause)  (\(group.probes) probe\(group.probes == 1 ? "" : "s") of \(group.tasks) task\(group.tasks == 1 ? "" : "s"), \(group.isPaid ? "paid" : "denied"))"
            )
            lines.append(
                "   \(group.task.environment)/\(group.task.task), \(group.example.probe)\(group.example.note.isEmpty ? "" : ": \(group.example.note)")"
            )
            for call in group.example.calls.prefix(12) { lines.append("     \(call.tool) \(JSON.object(call.arguments).text)") }
            if group.example.calls.count > 12 { lines.append("     and \(group.example.calls.count - 12) more calls") }
            if let answer = group.example.answer { lines.append("     answer \(answer.text.prefix(160))") }
            lines.append("   \(command(group.task, probe: group.example.probe))")
        }
        return lines
    }

    private var findingLines: [String] {
        let findings = findings
        if findings.isEmpty { return [] }
        var lines = [""]
        for finding in findings {
            lines.append("\(finding.tasks.count) × \(finding.cause)")
            let notes = finding.notes.isEmpty ? finding.tasks : finding.notes
            for note in notes.prefix(8) { lines.append("     \(note)") }
            if notes.count > 8 { lines.append("     and \(notes.count - 8) more, in the JSON report") }
        }
        return lines
    }

    /// That there are parts which no probe got through, though others may.
    private var looseLine: [String] {
        let loose = results.count { $0.weaknesses.contains { $0.isLoosePart } }
        if loose == 0 { return [] }
        return [
            "",
            "\(loose) goal\(loose == 1 ? " has a part that is" : "s have parts that are") looser than the solution needs; --explain names them.",
        ]
    }

    private var explanation: [String] {
        var lines = ["The weakest part of each goal, the weakest first:"]
        let weakest = results.compactMap { result in result.weaknesses.first.map { (result, $0) } }.sorted {
            $0.1.looseness > $1.1.looseness
        }
        if weakest.isEmpty {
            return ["Every goal insists on exactly the rows that the solution leaves, and no answer is asked for that could be guessed."]
        }
        for (result, weakness) in weakest.prefix(20) {
            lines.append("  \(result.environment)/\(result.task): \(weakness.place)")
            lines.append("     \(weakness.remedy)")
            for other in result.weaknesses.dropFirst() where other.place != weakness.place {
                lines += ["     also: \(other.place)", "       \(other.remedy)"]
            }
        }
        if weakest.count > 20 { lines.append("  and those of \(weakest.count - 20) more goals, in the JSON report") }
        return lines
    }

    // MARK: Numbers

    static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number).reversed().enumerated() {
            if index > 0, index % 3 == 0, digit != "-" { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    static func decimal(_ value: Double, _ places: Int) -> String {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        // Never more than there is: 99.997 is not 100.00.
        let units = Int((value * Double(scale)).rounded(.down))
        let rest = String(units % scale)
        return "\(units / scale)" + (places == 0 ? "" : "." + String(repeating: "0", count: places - rest.count) + rest)
    }

    private static func percent(_ share: Share) -> String {
        let (low, high) = share.interval
        func text(_ value: Double) -> String { decimal(value * 100 + 0.0005, 3) }
        return "\(text(share.value)) % (95 %: \(text(low)) to \(text(high)))"
    }

    static func pad(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
    static func padLeft(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
}
