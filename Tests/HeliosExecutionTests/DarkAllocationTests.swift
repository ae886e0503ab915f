// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosMath
import Testing

@Suite struct DarkAllocationTests {
    private let stock = Instrument(id: 0)

    private func learnt(units: Int) -> DarkAllocation {
        var dark = DarkAllocation(venues: 2, units: units, evidence: 1)
        for (sent, filled) in [(5, 5), (5, 2), (5, 0), (3, 3), (3, 1), (4, 4)] {
            dark.observe(stock, 0, sent: sent, filled: filled)
        }
        for (sent, filled) in [(5, 0), (5, 0), (4, 4), (3, 0), (5, 5)] {
            dark.observe(stock, 1, sent: sent, filled: filled)
        }
        return dark
    }

    @Test func `tails count censored fills rightly`() {
        let dark = learnt(units: 8)
        let first = (0...5).map { dark.tail(stock, 0, $0) }
        let second = (0...5).map { dark.tail(stock, 1, $0) }
        for (value, known) in zip(first, [1, 0.8333333, 0.6666667, 0.5, 0.5, 0.5]) {
            #expect(abs(value - known) < 5e-8)
        }
        for (value, known) in zip(second, [1, 0.4, 0.4, 0.4, 0.4, 0.4]) { #expect(abs(value - known) < 5e-8) }
    }

    @Test func `the first depth that nobody has spoken of is worth a try, the next is not`() {
        let dark = learnt(units: 8)
        #expect(dark.tail(stock, 0, 6) == 1)
        #expect(dark.tail(stock, 0, 7) == 0)
        #expect(DarkAllocation(venues: 1).tail(stock, 0, 1) == 1)
        #expect(DarkAllocation(venues: 1).tail(stock, 0, 2) == 0)
    }

    @Test func `units go where they are most likely to be`() {
        let given = learnt(units: 5).allocate(6, stock)
        #expect(given[0] == 5 && given[1] == 1)
        let explored = learnt(units: 8).allocate(6, stock)
        #expect(explored[0] == 6 && explored[1] == 0)
        let sure = learnt(units: 5).allocate(6, stock, floor: 0.45)
        #expect(sure[0] == 5 && sure[1] == 0)
        let closed = learnt(units: 5).allocate(6, stock, isOpen: 0b10)
        #expect(closed[0] == 0 && closed[1] == 5)
    }

    @Test func `it learns the distribution of what is there through its own censored orders`() {
        // Nothing half of the time, else 1 to 10 units with equal chance.
        var random = SeededRandom(seed: 11)
        var dark = DarkAllocation(venues: 1, units: 12)
        for _ in 0..<20_000 {
            let there = random.next() % 2 == 0 ? 0 : Int(random.next() % 10) + 1
            let sent = dark.allocate(Int(random.next() % 12) + 1, stock)[0]
            dark.observe(stock, 0, sent: sent, filled: min(sent, there))
        }
        for s in 1...10 { #expect(abs(dark.tail(stock, 0, s) - 0.5 * Double(11 - s) / 10) < 0.02) }
        #expect(dark.tail(stock, 0, 11) == 0)
    }

    @Test func `one disappointment does not close a depth`() {
        var dark = DarkAllocation(venues: 1, units: 4)
        for _ in 0..<10 { dark.observe(stock, 0, sent: 1, filled: 1) }
        dark.observe(stock, 0, sent: 2, filled: 1)
        #expect(dark.tail(stock, 0, 2) == 1)
        for _ in 0..<7 { dark.observe(stock, 0, sent: 2, filled: 1) }
        #expect(dark.tail(stock, 0, 2) == 0)
    }

    @Test(arguments: [1, 0.999])
    func `beyond what is never there nothing is worth a try`(_ memory: Double) {
        // Always seven units, or none.
        var dark = DarkAllocation(venues: 1, units: 12, memory: memory)
        for round in 0..<2_000 {
            let sent = dark.allocate(12, stock)[0]
            dark.observe(stock, 0, sent: sent, filled: round % 10 == 0 ? 0 : min(sent, 7))
        }
        #expect(abs(dark.tail(stock, 0, 7) - 0.9) < 0.02)
        // With a memory the eighth is asked for again now and then, the ninth never.
        if memory == 1 { #expect(dark.tail(stock, 0, 8) == 0) }
        for s in 9...12 { #expect(dark.tail(stock, 0, s) == 0) }
    }

    @Test func `with a memory the old is forgotten`() {
        var dark = DarkAllocation(venues: 1, units: 4, memory: 0.9)
        for _ in 0..<200 { dark.observe(stock, 0, sent: 2, filled: 2) }
        for _ in 0..<50 { dark.observe(stock, 0, sent: 2, filled: 0) }
        #expect(dark.tail(stock, 0, 1) < 0.01)
    }

    @Test func `quantities are counted in whole units`() {
        var dark = DarkAllocation(venues: 1, instruments: 2, units: 4, unit: Quantity(100), evidence: 1)
        dark.observe(Instrument(id: 1), 0, sent: Quantity(250), filled: Quantity(150))
        #expect(dark.tail(Instrument(id: 1), 0, 2) == 0)
        #expect(dark.tail(Instrument(id: 1), 0, 1) == 1)
        dark.observe(Instrument(id: 1), 0, sent: Quantity(99), filled: .zero)
        #expect(dark.tail(Instrument(id: 1), 0, 1) == 1)
        #expect(dark.tail(Instrument(id: 0), 0, 1) == 1)
    }

    @Test func `what was learnt is saved and restored`() throws {
        let dark = learnt(units: 8)
        var writer = StateWriter()
        dark.save(to: &writer)
        var copy = DarkAllocation(venues: 2, units: 8, evidence: 1)
        var other = DarkAllocation(venues: 2, units: 9, evidence: 1)
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            try copy.restore(from: &reader)
            #expect(reader.remaining == 0)
            var again = StateReader(bytes)
            #expect(throws: StateError.self) { try other.restore(from: &again) }
        }
        for place in 0...1 { for s in 0...8 { #expect(copy.tail(stock, place, s) == dark.tail(stock, place, s)) } }
    }
}

@Suite struct DarkGradientTests {
    @Test func `a step moves toward what fills and is worth more`() {
        var gradient = DarkGradient(worth: [0.01, 0.02, 0.015], shares: [0.5, 0.3, 0.2])
        let available = [600.0, 200, 300]
        var filled: UInt16 = 0
        for place in 0..<3 where gradient.shares[place] * 1_000 <= available[place] { filled |= 1 << UInt16(place) }
        gradient.learn(volume: 1_000, wasFilled: filled, step: 0.02)
        for (place, known) in [0.53333333, 0.13333333, 0.33333333].enumerated() {
            #expect(abs(gradient.shares[place] - known) < 5e-9)
        }
    }

    @Test func `shares stay on the simplex`() {
        var random = SeededRandom(seed: 4)
        var gradient = DarkGradient(worth: (0..<16).map { _ in random.uniform() * 0.01 })
        for step in 1...500 {
            gradient.learn(
                volume: 1_000,
                wasFilled: UInt16(truncatingIfNeeded: random.next()),
                step: 1 / Double(step)
            )
            var sum = 0.0
            for place in 0..<16 {
                #expect(gradient.shares[place] >= 0)
                sum += gradient.shares[place]
            }
            #expect(abs(sum - 1) < 1e-12)
        }
    }
}

@Suite struct DarkSplitsTests {
    private let stock = Instrument(id: 1)

    private func splits() -> DarkSplits { DarkSplits(worth: [nil, 1, 1, 1], instruments: 2) }

    @Test func `an order is divided by the shares, in whole units, among those that are open`() {
        let splits = splits()
        let all = splits.divide(10, stock, isOpen: .max)
        #expect((0..<4).map { all[$0] } == [0, 4, 3, 3])
        let some = splits.divide(10, stock, isOpen: 0b1010)
        #expect((0..<4).map { some[$0] } == [0, 5, 0, 5])
        let none = splits.divide(10, Instrument(id: 2), isOpen: .max)
        #expect((0..<4).allSatisfy { none[$0] == 0 })
        #expect(!DarkSplits().isEnabled && !DarkSplits(worth: [nil, nil], instruments: 4).isEnabled)
    }

    @Test func `shares move to the venue that fills, when all of a round have ended`() {
        var splits = splits()
        splits.begin(stock, splits.divide(9, stock, isOpen: .max))
        splits.ended(stock, 1, isWhole: true)
        splits.ended(stock, 2, isWhole: false)
        #expect(splits.share(stock, 1) == splits.share(stock, 3))
        splits.ended(stock, 3, isWhole: false)
        #expect(
            splits.share(stock, 1) > 0.4 && splits.share(stock, 2) < 0.3 && splits.share(Instrument(id: 0), 1) < 0.34
        )
        // What was not asked says nothing, and what comes twice counts once.
        let share = splits.share(stock, 1)
        splits.ended(stock, 1, isWhole: true)
        #expect(splits.share(stock, 1) == share)
    }

    @Test func `it finds the division at which venues fill their parts equally often`() {
        // Uniform up to 300, 600 and 900 units: of 900 they hold their part equally often at shares of 1, 2, 3 sixths.
        var splits = splits()
        var random = SeededRandom(seed: 3)
        var means = [0.0, 0, 0, 0]
        for round in 0..<6_000 {
            let given = splits.divide(900, stock, isOpen: .max)
            splits.begin(stock, given)
            for place in 1...3 where given[place] > 0 {
                splits.ended(stock, place, isWhole: given[place] <= Int(random.uniform() * Double(300 * place)))
            }
            if round >= 1_000 { for place in 1...3 { means[place] += splits.share(stock, place) / 5_000 } }
        }
        for place in 1...3 { #expect(abs(means[place] - Double(place) / 6) < 0.03, "\(means)") }
    }

    @Test func `what was learnt is saved and restored`() throws {
        var splits = splits()
        splits.begin(stock, splits.divide(9, stock, isOpen: .max))
        for place in 1...3 { splits.ended(stock, place, isWhole: place == 2) }
        var writer = StateWriter()
        splits.save(to: &writer)
        var copy = self.splits()
        var other = DarkSplits(worth: [nil, 1, 1], instruments: 2)
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            try copy.restore(from: &reader)
            #expect(reader.remaining == 0)
            var again = StateReader(bytes)
            #expect(throws: StateError.self) { try other.restore(from: &again) }
        }
        for place in 1...3 { #expect(copy.share(stock, place) == splits.share(stock, place)) }
    }

    @Test func `a router may divide dark venues so`() {
        var view = RoutingView(count: 3)
        view.offer(0, .buy, "10.00", 500)
        view.offer(0, .sell, "10.02", 500)
        view.venues[1].sort = .dark
        view.venues[2].sort = .dark
        var router = SmartRouter(
            dark: DarkAllocation(venues: 3),
            splits: DarkSplits(worth: [nil, 1, 1], instruments: 1)
        )
        let first = route(buy(1_050, limit: "10.02", [.take, .dark]), view, router)
        #expect(first.children == ["B 500 @ 10.02 dark", "C 500 @ 10.02 dark", "A 50 @ 10.02"])
        let asked = router.splits.divide(10, Instrument(id: 0), isOpen: .max)
        router.splits.begin(Instrument(id: 0), asked)
        router.tookDark(Instrument(id: 0), 1, sent: Quantity(500), filled: Quantity(500))
        router.tookDark(Instrument(id: 0), 2, sent: Quantity(500), filled: Quantity(100))
        let next = route(buy(1_000, limit: "10.02", [.take, .dark]), view, router)
        #expect(next[0].quantity > Quantity(500) && next.count == 2)
    }
}
