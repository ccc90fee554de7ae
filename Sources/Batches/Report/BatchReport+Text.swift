extension BatchReport {
    /// The report for a terminal.
    public var text: String {
        var lines = [
            "\(count) environment\(count == 1 ? "" : "s") of \(domains.count) domain\(domains.count == 1 ? "" : "s"), \(tasks.count) tasks",
            "",
        ]
        func row(_ cells: [String]) -> String {
            let widths = [26, 9, 9, 9, 9, 9, 9]
            return zip(cells, widths).enumerated().map { index, cell in
                let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
                return index == 0 ? cell.0 + space : space + cell.0
            }.joined()
        }
        lines.append(row(["", "mean", "least", "p10", "median", "p90", "greatest"]))
        for distribution in distributions {
            lines.append(
                row([
                    distribution.name, Self.decimal(distribution.mean, 1), String(distribution.least), String(distribution.quantile(0.1)),
                    String(distribution.quantile(0.5)), String(distribution.quantile(0.9)), String(distribution.greatest),
                ]))
        }
        func shares(_ title: String, _ counts: [(word: String, count: Int)], of whole: Int) -> String {
            let parts = counts.map { "\($0.word) \(Self.percent(Double($0.count) / Double(max(1, whole))))" }
            return "\(title.padded(26))\(parts.joined(separator: ", "))"
        }
        lines += [
            "", shares("difficulty", difficulties, of: tasks.count), shares("tasks with", kinds, of: tasks.count),
            shares("tools", effects, of: effects.reduce(0) { $0 + $1.count }),
            "\("acting tools in tasks".padded(26))\(Self.percent(actingCovered))",
        ]
        if let refusals { lines.append("\("refusals met in proofs".padded(26))\(refusals.met) of \(refusals.all)") }
        func similar(_ title: String, _ found: (pairs: [(Int, Int)], duplicates: Int), of whole: Int) -> String {
            "\(title.padded(26))\(found.duplicates) of \(whole) (\(Self.percent(Double(found.duplicates) / Double(max(1, whole)))))"
        }
        lines += [
            "", "Near-duplicates (Jaccard similarity of \(NearDuplicates.threshold) or more with an earlier one):",
            similar("instructions", similarTasks, of: tasks.count), similar("schemas", similarSchemas, of: count),
            similar("tools", similarTools, of: count),
            "\("overlap of tool names".padded(26))\(Self.decimal(nameOverlap, 4)) (mean Jaccard similarity between domains)",
        ]
        return lines.joined(separator: "\n")
    }

    static func decimal(_ value: Double, _ places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let whole = Int64((value * scale).rounded())
        let digits = String(whole % Int64(scale))
        return "\(whole / Int64(scale)).\(String(repeating: "0", count: places - digits.count))\(digits)"
    }

    static func percent(_ share: Double) -> String { "\(decimal(share * 100, 1)) %" }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
