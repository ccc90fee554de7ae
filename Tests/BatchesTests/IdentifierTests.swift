import Testing

@testable import Batches

@Suite struct IdentifierTests {
    @Test func contentsAreNamedAsGitNamesThem() {
        // printf 'hello\n' | git hash-object --stdin
        #expect(SoftwareHeritageID.content(Array("hello\n".utf8)) == "swh:1:cnt:ce013625030ba8dba906f756967f9e9ca394464a")
        #expect(SoftwareHeritageID.content([]) == "swh:1:cnt:e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
    }

    @Test func foldersAreNamedAsGitNamesThem() {
        // printf '100644 blob ce01…\ta.txt\n100644 blob e69d…\tb.txt\n' | git mktree
        let files = [
            (name: "b.txt", content: "swh:1:cnt:e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
            (name: "a.txt", content: "swh:1:cnt:ce013625030ba8dba906f756967f9e9ca394464a"),
        ]
        #expect(SoftwareHeritageID.directory(files) == "swh:1:dir:3b584090c3450b979a4127fb6685b7f40e338222")
    }
}
