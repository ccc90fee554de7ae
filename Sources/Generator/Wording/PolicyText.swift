import Determinism
import Domains
import Simulation

/// Writes the policy that the agent is given: where it works, the rules in force, and how to read and answer.
struct PolicyText {
    let design: Design
    let situation: Situation

    func text() -> String {
        var lines = [design.domain.setting]
        if let actor = design.model.actor, case .reference(let index) = situation.actor,
            let referral = Referring(situation: situation).referrals(Thing(entity: actor, index: index)).first
        {
            var narrator = Narrator(design, situation)
            narrator.call(referral)
            if let name = try? narrator.mention(referral.thing).text { lines.append("You act as \(name).") }
        }
        lines.append("")
        if !design.model.policies.isEmpty {
            lines.append("Rules that the system does not enforce, and you do:")
            for (index, policy) in design.model.policies.enumerated() {
                var narrator = Narrator(design, situation)
                let text = (try? narrator.render(policy.text, [], situation)) ?? ""
                lines.append("R\(index + 1). \(text)")
            }
            lines.append("")
        }
        lines += [
            "How to work:",
            "- Look things up with the tools; never guess a key. Do what is asked and nothing else.",
            "- If a rule or the system stands in the way of something, leave that as it is and say why.",
            money, time,
            "- End with your final answer: the value alone if one thing is asked, a list in the order asked if several are, and \"done\" if nothing is asked. Write days as YYYY-MM-DD, moments in UTC as the system does, states and other fixed words as the system spells them.",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private var money: String {
        let sign = design.domain.currency
        return design.money == .decimals
            ? "- Amounts of money are numbers such as 12.5 for \(sign)12.50, in the tools and in answers."
            : "- The tools keep amounts of money in cents: 1250 for \(sign)12.50. People speak of whole units, and so do answers: 12.5."
    }

    private var time: String {
        guard design.offset != 0 else { return "- Times are in UTC, which is also local time here." }
        let sign = design.offset > 0 ? "+" : "−"
        let hours = abs(design.offset) / 60
        let minutes = abs(design.offset) % 60
        let zone = "UTC\(sign)\(hours)\(minutes == 0 ? "" : ":\(minutes)")"
        return "- The tools keep times in UTC. Local time here is \(zone), and people mean local time when they speak."
    }
}
