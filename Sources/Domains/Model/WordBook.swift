import Determinism
import Specifications

/// Lists of words and of texts made of them.
public struct WordBook: Sendable {
    private var lists: [String: [WordTemplate]] = [:]

    init() {}

    /// The names of the lists.
    public var names: [String] { lists.keys.sorted() }

    /// The texts of a list.
    public func list(_ name: String) -> [WordTemplate] { lists[name] ?? [] }

    /// This book with further lists; a list of a name that is there already takes its place.
    ///
    /// - Throws: ``SpecificationError`` naming every text that refers to a list that is not there.
    func adding(_ additions: [WordList]) throws(SpecificationError) -> WordBook {
        var diagnostics: [Diagnostic] = []
        let book = adding(additions, reporting: &diagnostics)
        if !diagnostics.isEmpty { throw SpecificationError(diagnostics) }
        return book
    }

    /// The same; texts with mistakes are left out and reported.
    func adding(_ additions: [WordList], reporting diagnostics: inout [Diagnostic]) -> WordBook {
        var book = self
        var names = Set(lists.keys)
        names.formUnion(additions.map(\.name.name))
        for list in additions {
            book.lists[list.name.name] = list.texts.compactMap { placed in
                let resolver = Resolver(DomainSpec(), parameters: [:], words: names, absent: [])
                do throws(NameFault) {
                    return try resolver.wordTemplate(placed, entity: nil)
                } catch {
                    if case .mistake(let message, _) = error { diagnostics.append(Diagnostic(placed.location, message)) }
                    return nil
                }
            }
        }
        for list in additions where book.reaches(list.name.name, list.name.name, depth: 0) {
            diagnostics.append(Diagnostic(list.name.location, "the list '\(list.name.name)' is made of itself"))
        }
        return book
    }

    private func reaches(_ name: String, _ target: String, depth: Int) -> Bool {
        if depth > 20 { return true }
        return list(name).contains { template in
            template.pieces.contains { piece in
                guard case .words(let other, _) = piece else { return false }
                return other == target || reaches(other, target, depth: depth + 1)
            }
        }
    }
}
