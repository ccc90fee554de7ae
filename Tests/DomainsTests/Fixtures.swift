import Foundation
import Specifications

@testable import Domains

/// Domains written down in tests.
enum Fixtures {
    /// The repository's root.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let head = """
        orrery: domain/1
        domain: shelf
        category: test
        summary: Books are lent.
        setting: You lend books.
        parameters: {limit: {money: [10, 20]}, days: [7, 14]}
        words: {title: [Emma, Momo, Ulysses, Pachinko, Middlemarch, Persuasion, Beloved, Dubliners], person: [Ana, Bo, Cy, Di, Ed, Flo]}

        """

    static let entities = """
        entities:
          reader:
            person: true
            attributes:
              name: {text: person, unique: true}
              owes: {money: 0..30 by 1}
              email: {text: "{name|slug}@post.example", missing: 50}
            described: ["{name}"]
            count: 5
          book:
            attributes: {title: {text: title, unique: true}, pages: {integer: 100..900}, heavy: {computed: pages > 500}}
            described: ["\\"{title}\\""]
            count: 6
          loan:
            belongs to: [reader, book]
            attributes: {due: {date: -10..20 days}, ended: {date: past 9 days, missing: 60}}
            lifecycle: {open: {weight: 3, when: due >= today}, closed: 2}
            rules: ["loan is closed or count(loan as other: other.book = book and other is open) <= 1"]
            described: ["{reader}'s loan of {book}"]
            count: 1..2 per reader

        """

    static let verbs = """
        verbs:
          lend_book:
            creates: loan
            given: {reader: reader, book: book}
            with: {due: today + days days}
            requires:
              - {that: reader.owes <= limit, else: owes_too_much, say: "{reader.name} owes {reader.owes}."}
              - {that: "not exists(loan as other: other.book = book and other is open)", else: lent, say: The book is lent.}
            phrase: ["lend {book} to {reader}"]
          end_loan:
            given: {loan: loan}
            requires: [loan is open]
            effects: ["loan.state = closed", "loan.ended = today"]
            phrase: ["take back {loan}"]

        """

    static var whole: String { head + entities + verbs }

    /// Reads a domain from text, with the repository's capabilities.
    ///
    /// - Throws: `SpecificationError` with the mistakes.
    static func domain(_ text: String, capabilities: [String] = []) throws(SpecificationError) -> Domain {
        var library = CapabilityLibrary()
        for text in capabilities {
            let reader = SpecReader()
            do {
                library.add(try SpecNode.read(Array(text.utf8), file: "capability.yaml"), reader)
            } catch {
                throw SpecificationError([error])
            }
            if !reader.diagnostics.isEmpty { throw SpecificationError(reader.diagnostics) }
        }
        do {
            return try Domain(
                try SpecNode.read(Array(text.utf8), file: "shelf.yaml"), file: "shelf.yaml", capabilities: library, words: WordBook())
        } catch let error as SpecificationError {
            throw error
        } catch let error as Diagnostic {
            throw SpecificationError([error])
        } catch {
            fatalError("\(error)")
        }
    }

    /// The messages of the mistakes in a domain.
    static func mistakes(_ text: String, capabilities: [String] = []) -> [String] {
        do {
            _ = try domain(text, capabilities: capabilities)
            return []
        } catch {
            return error.diagnostics.map { "\($0.location.line): \($0.message)" }
        }
    }
}
