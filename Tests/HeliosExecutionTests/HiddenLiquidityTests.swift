// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosMath
import Testing

@Suite struct HiddenLiquidityTests {
    private let stock = Instrument(id: 1)

    /// A tape on which orders take what is displayed, and find `share` times as much hidden, all or nothing.
    private func learnt(_ share: Double, chance: Double, trades: Int = 5_000) -> HiddenLiquidity {
        var random = SeededRandom(seed: 5)
        var hidden = HiddenLiquidity(venues: 2, instruments: 2)
        for _ in 0..<trades {
            let shares = Int(random.next() % 400) + 1
            hidden.traded(stock, 1, Quantity(shares), isHidden: false)
            guard random.uniform() < chance else { continue }
            hidden.traded(stock, 1, Quantity(Int(Double(shares) * share / chance)), isHidden: true)
        }
        return hidden
    }

    @Test(arguments: [(0.2, 1.0), (0.5, 0.5), (1.5, 0.25), (0, 1)])
    func `the tape's share of hidden trades is found`(_ share: Double, _ chance: Double) {
        let hidden = learnt(share, chance: chance)
        #expect(abs(hidden.share(stock, 1) - share) < 0.08 * share + 0.005, "\(hidden.share(stock, 1))")
        #expect(hidden.share(stock, 0) == 0 && hidden.share(Instrument(id: 0), 1) == 0)
        #expect(hidden.share(Instrument(id: 2), 1) == 0 && hidden.share(stock, 2) == 0)
        let expected = hidden.expected(stock, 1, behind: Quantity(1_000))
        #expect(expected == Quantity(Int((1_000 * hidden.share(stock, 1)).rounded(.down))))
        #expect(hidden.expected(stock, 1, behind: .zero) == .zero)
    }

    @Test func `before anything was seen nothing is expected, and one print is not much`() {
        var hidden = HiddenLiquidity(venues: 1)
        let none = Instrument(id: 0)
        #expect(hidden.share(none, 0) == 0)
        hidden.traded(none, 0, Quantity(100), isHidden: true)
        #expect(hidden.share(none, 0) <= 0.2)
    }

    @Test func `what our own orders don't get is not believed for long`() {
        var hidden = learnt(0.5, chance: 1)
        for _ in 0..<400 {
            let asked = hidden.expected(stock, 1, behind: Quantity(600))
            hidden.tried(1, asked: asked, came: .zero)
        }
        #expect(hidden.share(stock, 1) < 0.08)
        for _ in 0..<800 { hidden.tried(1, asked: Quantity(100), came: Quantity(100)) }
        #expect(abs(hidden.share(stock, 1) - 0.5) < 0.05)
    }

    @Test func `the router learns from orders that took all that was displayed`() {
        var router = SmartRouter(hidden: learnt(0.5, chance: 1))
        let before = router.hidden.share(stock, 1)
        // It was gone, or nothing hidden was asked for: neither says anything.
        router.took(1, sent: Quantity(900), filled: Quantity(300), displayed: Quantity(600))
        router.took(1, sent: Quantity(600), filled: Quantity(600), displayed: Quantity(600))
        #expect(router.hidden.share(stock, 1) == before)
        let rate = router.scores[1].fillRate
        router.took(1, sent: Quantity(900), filled: Quantity(600), displayed: Quantity(600))
        #expect(router.hidden.share(stock, 1) < before)
        #expect(router.scores[1].fillRate >= rate, "what was only hoped for does not count against the venue")
    }

    @Test func `what was learnt is saved and restored`() throws {
        var hidden = learnt(0.5, chance: 0.5)
        hidden.tried(1, asked: Quantity(500), came: Quantity(100))
        var writer = StateWriter()
        hidden.save(to: &writer)
        var copy = HiddenLiquidity(venues: 2, instruments: 2)
        var other = HiddenLiquidity(venues: 3, instruments: 2)
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            try copy.restore(from: &reader)
            #expect(reader.remaining == 0)
            var again = StateReader(bytes)
            #expect(throws: StateError.self) { try other.restore(from: &again) }
        }
        #expect(copy.share(stock, 1) == hidden.share(stock, 1) && copy.share(stock, 1) > 0)
    }
}
