// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import Testing

/// Equal within `tolerance`, relative.
func near(_ a: Double, _ b: Double, _ tolerance: Double = 1e-9) -> Bool {
    abs(a - b) <= tolerance * max(abs(a), abs(b), 1e-300)
}

@Suite("Impact formulas against published answers")
struct ImpactFormulaTests {
    @Test func `the square root of a tenth of the volume costs 49.6 basis points`() {
        let law = SquareRootImpact()
        #expect(near(law.impact(quantity: 0.1, volume: 1, volatility: 157), 49.647759264643554))
        #expect(law.impact(quantity: 100, volume: 0, volatility: 157) == 0)
    }

    @Test(arguments: [(0.1, 22.294, 32.22385096), (0.2, 14.708554681, 24.63840564), (0.5, 8.488012182, 18.41786314)])
    func `Almgren's example has its permanent, temporary and total cost`(
        _ days: Double,
        _ temporary: Double,
        _ total: Double
    ) {
        let law = AlmgrenImpact()
        let permanent = law.permanent(
            quantity: 656_100,
            volume: 6.561e6,
            sharesOutstanding: 1_728e6,
            volatility: 157
        )
        #expect(near(permanent, 19.85970191, 5e-10))
        #expect(
            near(
                law.temporary(quantity: 656_100, volume: 6.561e6, days: days, volatility: 157),
                temporary,
                temporary == 22.294 ? 1e-5 : 1e-9
            )
        )
        let cost = law.cost(
            quantity: 656_100,
            volume: 6.561e6,
            sharesOutstanding: 1_728e6,
            days: days,
            volatility: 157
        )
        #expect(near(cost, total, 5e-10))
    }

    @Test func `Obizhaeva and Wang's blocks and rate`() {
        let book = ResilientBook(resilience: 8)
        #expect(book.block(quantity: 1e5, time: 1) == 10_000)
        #expect(book.rate(quantity: 1e5, time: 1) == 80_000)
        #expect(2 * book.block(quantity: 1e5, time: 1) + book.rate(quantity: 1e5, time: 1) == 1e5)
    }

    @Test func `the propagator's path after three trades`() {
        let propagator = PropagatorImpact(strength: 0.01)
        let trades = [(time: 0.0, volume: 100.0), (1, 400), (2, -100)]
        let known = [0.1, 0.2707106781, 0.0991563832, 0.0947593757, 0.0869863326]
        for (time, shift) in known.enumerated() {
            #expect(abs(propagator.shift(trades, at: Double(time)) - shift) < 5e-11)
        }
        #expect(propagator.isFreeOfManipulation)
        #expect(!PropagatorImpact(strength: 1, sizeExponent: 0.5, decayExponent: 0.4).isFreeOfManipulation)
    }

    @Test func `a day's borrow of ten thousand shares costs 71.40`() throws {
        let borrow = BorrowCost(rate: 1_200)
        let mark = try Price(decimal: "20.15")
        #expect(borrow.cost(Quantity(10_000), mark: mark) == (try Money(decimal: "71.40")))
        #expect(borrow.cost(Quantity(-10_000), mark: mark, days: 3) == (try Money(decimal: "214.20")))
        #expect(borrow.cost(Quantity(10_000), mark: mark, days: 0) == .zero)
        #expect(BorrowCost(rate: 0).cost(Quantity(10_000), mark: mark) == .zero)
        // A mark that is whole stays; what does not divide is rounded up, by less than the smallest unit.
        let odd = borrow.cost(Quantity(1), mark: Price(raw: 700_000_000))
        #expect(odd.raw == (Int128(7) * 102 * 1_200 * 10_000_000_000_000_000 + 359_999_999) / 360_000_000)
    }
}
