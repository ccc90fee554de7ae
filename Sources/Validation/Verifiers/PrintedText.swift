/// What a program has printed, so that it can be shown to people: control characters are written out, which could do anything to a terminal.
struct PrintedText {
    let text: String

    init(_ bytes: some Sequence<UInt8>) {
        var text = ""
        for scalar in String(decoding: Array(bytes), as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        self.text = text
    }
}
