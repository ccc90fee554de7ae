/// Words of commands that people copy into a shell.
enum ShellWord {
    /// A word as a POSIX shell takes it: in quotes where it needs them.
    static func quoted(_ word: String) -> String {
        let needsNone = !word.isEmpty && word.utf8.allSatisfy(isPlain)
        return needsNone ? word : "'\(word.replacing("'", with: "'\\''"))'"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-_./:,=+@%".utf8.contains(byte)
        }
    }
}
