import Domains
import WireJSON

extension AnswerPart {
    /// The answers that are as good as the solution's, where its own words are too strict; nil: only those.
    static func accepted(_ parts: [AnswerPart]) -> JSON? {
        guard parts.count == 1, case .value(.text(let word), .enumeration) = parts[0].form, word.contains("_") else { return nil }
        return ["type": "text", "value": [.string(word), .string(word.spaced)]]
    }

    /// An answer as a solution's last step has it; nil if the parts do not go together.
    static func json(_ parts: [AnswerPart]) -> JSON? {
        if parts.count == 1 { return parts[0].single }
        var elements: [JSON] = []
        for part in parts {
            switch part.form {
            case .value(let value, let type): elements.append(plain(value, type))
            case .key(let key): elements.append(Printing(money: .decimals).key(key))
            case .set: return nil
            }
        }
        return ["type": "list", "value": .array(elements)]
    }

    private var single: JSON {
        switch form {
        case .set(let values, let type): return ["type": "set", "value": .array(values.map { Self.plain($0, type) })]
        case .key(let key):
            return [
                "type": "text", "value": .string(Printing(money: .decimals).key(key).string ?? Printing(money: .decimals).key(key).text),
            ]
        case .value(let value, let type):
            let plain = Self.plain(value, type)
            switch type {
            case .boolean: return ["type": "boolean", "value": plain]
            case .number(let places):
                return places == 0 ? ["type": "number", "value": plain] : ["type": "number", "value": plain, "tolerance": 0.0001]
            case .money: return ["type": "number", "value": plain, "tolerance": 0.005]
            case .text: return ["type": "text", "value": plain]
            case .enumeration:
                return .string(value.text ?? "")
            case .date: return ["type": "date", "value": plain]
            case .instant: return ["type": "date-time", "value": plain]
            case .reference: return ["type": "text", "value": plain]
            }
        }
    }

    /// A value as an answer gives it: money in whole units.
    private static func plain(_ value: Value, _ type: ValueType) -> JSON {
        Printing(money: .decimals).json(value, type) { _, _ in .missing }
    }
}
