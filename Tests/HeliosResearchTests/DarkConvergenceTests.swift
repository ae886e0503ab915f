// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosVenue
import Testing

@Suite("Learning dark venues from censored fills")
struct DarkConvergenceTests {
    private static let shapes: [(DarkLiquidity.Shape, Int64)] = [
        (.exponential(mean: 900), 2_000), (.uniform(1, 2_000), 5_000), (.power(minimum: 100, exponent: 1.1), 3_000),
        (.fixed(700), 1_000),
    ]

    /// A pool with a distribution of its own.
    private func pool(_ place: Int) -> DarkLiquidity {
        var pool = DarkLiquidity()
        (pool.shape, pool.emptyShare) = DarkConvergenceTests.shapes[place]
        pool.seed = UInt64(place + 1)
        return pool
    }

    @Test func `what was learnt from fills alone is the distribution that the venues were given`() {
        let pools = (0..<4).map(pool)
        let stock = Instrument(id: 0)
        var learnt = DarkAllocation(venues: 4, units: 20, unit: Quantity(100))
        for round in 0..<30_000 {
            // More in some rounds than in others, so that every depth of every venue is asked for now and then.
            let given = learnt.allocate(8 + round % 60, stock)
            for place in 0..<4 where given[place] > 0 {
                let there = pools[place].available(stock, .sell, interval: Int64(round))
                let sent = Quantity(given[place] * 100)
                learnt.observe(stock, place, sent: sent, filled: min(sent, there))
            }
        }
        for place in 0..<4 {
            for units in 1...12 {
                let (found, true_) = (learnt.tail(stock, place, units), pools[place].tail(units * 100))
                #expect(abs(found - true_) < 0.02, "venue \(place), \(units) units: \(found), in truth \(true_)")
            }
        }
    }

    @Test
    func `divided by what was learnt, more fills than in equal parts or by shares, and nearly what a knower would get`()
    {
        let pools = (0..<4).map(pool)
        let stock = Instrument(id: 0)
        var learnt = DarkAllocation(venues: 4, units: 20, unit: Quantity(100))
        var splits = DarkSplits(worth: [1, 1, 1, 1], instruments: 1)
        var filled = (learnt: 0, shared: 0, equal: 0, known: 0)
        for round in 0..<20_000 {
            let wanted = 12
            let given = learnt.allocate(wanted, stock)
            let shared = splits.divide(wanted, stock, isOpen: .max)
            splits.begin(stock, shared)
            let best = knower(wanted, pools)
            for place in 0..<4 {
                let there = Int(pools[place].available(stock, .sell, interval: Int64(round)).raw / Quantity.scale / 100)
                let got = min(given[place], there)
                if given[place] > 0 {
                    learnt.observe(stock, place, sent: Quantity(given[place] * 100), filled: Quantity(got * 100))
                }
                if shared[place] > 0 { splits.ended(stock, place, isWhole: shared[place] <= there) }
                guard round >= 5_000 else { continue }
                filled.shared += min(shared[place], there)
                filled.learnt += got
                filled.equal += min(wanted / 4, there)
                filled.known += min(best[place], there)
            }
        }
        #expect(Double(filled.learnt) > 1.02 * Double(filled.equal), "\(filled)")
        #expect(Double(filled.learnt) > 0.99 * Double(filled.known), "\(filled)")
        // The shares that move with each order need no distribution, and come nearly as far.
        #expect(Double(filled.shared) > 0.95 * Double(filled.known) && filled.shared <= filled.learnt, "\(filled)")
    }

    /// The best division for somebody who knows the distributions: each unit where it is there most likely.
    private func knower(_ wanted: Int, _ pools: [DarkLiquidity]) -> [Int] {
        var given = Array(repeating: 0, count: pools.count)
        for _ in 0..<wanted {
            let best = given.indices.max {
                pools[$0].tail(100 * (given[$0] + 1)) < pools[$1].tail(100 * (given[$1] + 1))
            }
            if let best { given[best] += 1 }
        }
        return given
    }
}
