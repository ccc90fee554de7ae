import Domains
import Simulation
import WireJSON

/// What a call of a reading tool asks for.
struct ReaderQuery: Hashable {
    /// Values for filters, by position.
    var filters: [Int: Value] = [:]
    /// One of the orders, by position.
    var sort: Int?
    /// How many pages to skip.
    var page = 0
}

/// What a reading tool would return, worked out from the situation.
struct ReaderRun {
    let reader: Reader
    let situation: Situation

    /// The things that a query shows, in order, and how many fit in all.
    func things(_ query: ReaderQuery) -> (shown: [Int], total: Int) {
        var fitting = situation.things(reader.entity).filter { fits($0, query) }
        let orders = [query.sort.map { reader.sorts[$0].order }, reader.order].compactMap { $0 }
        fitting.sort { a, b in
            for order in orders {
                let x = situation.value(a, reader.entity, order.attribute)
                let y = situation.value(b, reader.entity, order.attribute)
                if x != y { return order.isDescending ? y.precedes(x) : x.precedes(y) }
            }
            return situation.key(a, reader.entity).precedes(situation.key(b, reader.entity))
        }
        guard let paging = reader.paging else { return (fitting, fitting.count) }
        return (Array(fitting.dropFirst(query.page * paging.defaultLimit).prefix(paging.defaultLimit)), fitting.count)
    }

    private func fits(_ thing: Int, _ query: ReaderQuery) -> Bool {
        query.filters.allSatisfy { index, wanted in
            let filter = reader.filters[index]
            let value = situation.value(thing, reader.entity, filter.attribute)
            switch filter.test {
            case .equals: return value == wanted
            case .contains:
                guard case .text(let text) = value, case .text(let part) = wanted else { return false }
                return text.lowercased().range(of: part.lowercased())
            case .from:
                guard let x = value.ordinal, let y = wanted.ordinal else { return false }
                return x >= y
            case .to:
                guard let x = value.ordinal, let y = wanted.ordinal else { return false }
                return x <= y
            }
        }
    }
}

extension String {
    /// Whether a text stands in this one.
    fileprivate func range(of part: String) -> Bool {
        let (whole, part) = (Array(utf8), Array(part.utf8))
        guard part.count <= whole.count else { return false }
        return (0...(whole.count - part.count)).contains { whole[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
