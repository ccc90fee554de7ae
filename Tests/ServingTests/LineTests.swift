import Testing

@testable import Serving

/// Who waits in a line is let in in order, and no more at a time than there are places.
@Suite struct LineTests {
    @Test func placesAreGivenInTheOrderOfArrival() async {
        let line = Line(places: 1)
        await line.enter()
        #expect(!line.tryToEnter())
        let order = Order()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    await line.enter()
                    await order.note(number)
                    line.leave()
                }
                while line.waitingCount <= number { await Task.yield() }
            }
            line.leave()
        }
        #expect(await order.seen == Array(0..<20))
        #expect(line.tryToEnter())
    }

    private actor Order {
        var seen: [Int] = []

        func note(_ number: Int) { seen.append(number) }
    }

    @Test func whatTakesLongQueuesForASliceAtATime() async {
        let line = Line(places: 1)
        var short = Stretch()
        await short.next(in: line, isLong: false)
        #expect(line.tryToEnter(), "who has just come needs no place")
        line.leave()
        var long = Stretch()
        await long.next(in: line, isLong: true)
        #expect(!line.tryToEnter())
        await long.next(in: line, isLong: true)
        long.end(in: line)
        #expect(line.tryToEnter())
    }
}
