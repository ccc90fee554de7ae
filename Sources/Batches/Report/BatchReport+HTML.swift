extension BatchReport {
    /// The report as a page that needs nothing else.
    public var html: String {
        let head = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Orrery: report on \(count) environments</title>
            <style>
            :root { --ink: #1d2330; --quiet: #667085; --line: #e3e6ec; --bar: #3d6bd6; --page: #fbfbfd; --card: #ffffff; }
            @media (prefers-color-scheme: dark) { :root { --ink: #e8eaf0; --quiet: #98a1b3; --line: #2c3342; --bar: #7ea2f5; --page: #141821; --card: #1b202c; } }
            body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
            main { max-width: 1040px; margin: 0 auto; padding: 32px 20px 64px; }
            h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 36px 0 12px; }
            p { color: var(--quiet); margin: 0 0 8px; }
            .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 16px; }
            .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
            .card h3 { margin: 0; font-size: 14px; font-weight: 600; } .card p { font-size: 13px; margin: 0; }
            svg { display: block; width: 100%; height: auto; margin-top: 10px; } svg rect { fill: var(--bar); } svg text { fill: var(--quiet); font-size: 11px; }
            table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); }
            th { font-weight: 600; font-size: 13px; color: var(--quiet); } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
            .share { display: inline-block; height: 9px; background: var(--bar); border-radius: 2px; vertical-align: middle; margin-right: 8px; }
            </style></head><body><main>
            """
        var body = "<h1>\(count) environments, \(tasks.count) tasks</h1>\n<p>\(domains.count) domain\(domains.count == 1 ? "" : "s")</p>\n"
        body += "<h2>Sizes</h2>\n<div class=\"grid\">\n" + distributions.map(Self.card).joined(separator: "\n") + "\n</div>\n"
        body += "<h2>Tasks</h2>\n<div class=\"grid\">\n"
        body += Self.shares("Difficulty", difficulties, tasks.count) + Self.shares("Tasks with", kinds, tasks.count)
        body += Self.shares("Tools by effect", effects, effects.reduce(0) { $0 + $1.count }) + "</div>\n"
        var lines = [("Acting tools that some task calls", Self.percent(actingCovered))]
        if let refusals { lines.append(("Refusals met when the tools were proven", "\(refusals.met) of \(refusals.all)")) }
        lines += [
            ("Instructions like an earlier one", "\(similarTasks.duplicates) of \(tasks.count)"),
            ("Schemas like an earlier one", "\(similarSchemas.duplicates) of \(count)"),
            ("Sets of tools like an earlier one", "\(similarTools.duplicates) of \(count)"),
            ("Mean overlap of tool names between domains", Self.decimal(nameOverlap, 4)),
        ]
        body +=
            "<h2>Coverage and variety</h2>\n<p>Alike: Jaccard similarity of \(NearDuplicates.threshold) or more, found by MinHash.</p>\n<table>"
        body +=
            lines.map { "<tr><td>\(Self.escaped($0.0))</td><td class=\"number\">\(Self.escaped($0.1))</td></tr>" }.joined() + "</table>\n"
        body +=
            "<h2>Domains</h2>\n<table><tr><th>domain</th><th class=\"number\">environments</th><th class=\"number\">tables</th><th class=\"number\">rows</th>"
        body += "<th class=\"number\">tools</th><th class=\"number\">calls per task</th></tr>"
        for (domain, number) in domains.sorted(by: { $0.word < $1.word }) {
            let own = environments.filter { $0.domain == domain }
            func mean(_ values: [Int]) -> String { Self.decimal(Distribution("", values).mean, 1) }
            let cells = [
                String(number), mean(own.map(\.tables)), mean(own.map(\.rows)), mean(own.map(\.tools)),
                mean(own.flatMap { $0.tasks.map(\.calls) }),
            ]
            body += "<tr><td>\(Self.escaped(domain))</td>" + cells.map { "<td class=\"number\">\($0)</td>" }.joined() + "</tr>"
        }
        body += "</table>\n"
        return head + body + "</main></body></html>\n"
    }

    private static func card(_ distribution: Distribution) -> String {
        """
        <div class="card"><h3>\(escaped(distribution.name))</h3>
        <p>mean \(decimal(distribution.mean, 1)), median \(distribution.quantile(0.5)), 10 % to 90 %: \(distribution.quantile(0.1)) to \(distribution.quantile(0.9))</p>
        \(plot(distribution))</div>
        """
    }

    /// A histogram as SVG.
    private static func plot(_ distribution: Distribution) -> String {
        let (counts, low, width) = distribution.histogram()
        let (w, h) = (300.0, 96.0)
        let step = w / Double(max(1, counts.count))
        let most = Double(counts.max() ?? 1)
        var svg = "<svg viewBox=\"0 0 300 114\" role=\"img\" aria-label=\"histogram of \(escaped(distribution.name))\">"
        for (index, count) in counts.enumerated() where count > 0 {
            let height = max(1.5, Double(count) / most * h)
            let range = width == 1 ? "\(low + index)" : "\(low + index * width) to \(low + (index + 1) * width - 1)"
            svg +=
                "<rect x=\"\(decimal(Double(index) * step + 0.5, 1))\" y=\"\(decimal(h - height, 1))\" width=\"\(decimal(max(1, step - 1.5), 1))\" height=\"\(decimal(height, 1))\" rx=\"1.5\"><title>\(range): \(count)</title></rect>"
        }
        svg += "<text x=\"0\" y=\"110\">\(low)</text><text x=\"300\" y=\"110\" text-anchor=\"end\">\(distribution.greatest)</text></svg>"
        return svg
    }

    private static func shares(_ title: String, _ counts: [(word: String, count: Int)], _ whole: Int) -> String {
        var text = "<div class=\"card\"><h3>\(escaped(title))</h3><table>"
        for (word, count) in counts {
            let share = Double(count) / Double(max(1, whole))
            text +=
                "<tr><td>\(escaped(word))</td><td><span class=\"share\" style=\"width:\(decimal(share * 90, 1))px\"></span>\(percent(share))</td></tr>"
        }
        return text + "</table></div>\n"
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }

    /// Writes the report beside the environments.
    ///
    /// - Throws: ``BatchError`` if the folder cannot be written to.
    public func write(to folder: String) throws(BatchError) {
        let target = BatchFolder(path: .init(folder))
        try target.make()
        try target.write(Array((json.text + "\n").utf8), to: "report.json")
        try target.write(Array(html.utf8), to: "report.html")
    }
}
