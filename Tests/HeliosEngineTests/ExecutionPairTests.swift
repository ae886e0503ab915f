// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosStrategy
import Testing

private let first = Intents.firstParent
private let one = Instrument(id: 0)
private let other = Instrument(id: 1)

@Suite("Pairs in the engine")
struct ExecutionPairTests {
    /// A pair, and the most that it was unhedged by, in shares of the first leg.
    private func run(
        _ shares: (Int, Int),
        bound: Int,
        _ tempers: [Temper],
        seed: UInt64,
        seconds: Int = 120,
        _ change: (Int, inout ExecutionMarket) -> Void = { _, _ in }
    ) throws -> (market: [ParentUpdate], filled: [Int64], worst: Double) {
        var market = try ExecutionMarket(2, tempers, seed: seed)
        let end = ExecutionMarket.ten + 60_000_000_000
        market.engine.strategy.wish = {
            _ = $0.workPair(
                ParentRequest(.leg, one, .buy, Quantity(shares.0), until: end, takes: seed % 2 == 0),
                ParentRequest(.leg, other, .sell, Quantity(shares.1), until: end),
                bound: Quantity(bound)
            )
        }
        var worst = 0.0
        for step in 0..<seconds * 10 {
            change(step, &market)
            market.tick()
            let net = Double(market.filled[0]) + Double(market.filled[1]) * Double(shares.0) / Double(shares.1)
            worst = max(worst, abs(net))
        }
        let last = (0..<3).compactMap { market.last(first + $0) }
        return (last, market.filled, worst)
    }

    @Test func `both legs are done, and never further apart than the bound`() throws {
        for seed in 0..<6 as Range<UInt64> {
            let run = try run((3_000, 1_500), bound: 200, [.slow, .slow], seed: seed, seconds: 100)
            #expect(run.worst <= 200, "seed \(seed): \(run.worst)")
        }
        let run = try run((3_000, 1_500), bound: 200, [.willing, .willing], seed: 4)
        #expect(run.filled == [3_000, -1_500] && run.market.map(\.state) == [.done, .done])
    }

    @Test(arguments: 0..<4) func `the net stays within its bound whatever either venue does`(_ block: UInt64) throws {
        for seed in block * 8..<(block + 1) * 8 {
            var random = SeededRandom(seed: seed)
            let tempers = [Temper.allCases[Int(random.next() % 5)], Temper.allCases[Int(random.next() % 5)]]
            let shares = (Int(random.next() % 4_000) + 500, Int(random.next() % 4_000) + 500)
            let bound = max(shares.0 / shares.1, 1) * 2 + 2 + Int(random.next() % 300)
            let turn = Int(random.next() % 300)
            let after = [Temper.allCases[Int(random.next() % 5)], Temper.allCases[Int(random.next() % 5)]]
            let run = try run(shares, bound: bound, tempers, seed: seed, seconds: 80) { step, market in
                if step == turn { market.tempers = after }
            }
            #expect(run.worst <= Double(bound) + 1, "seed \(seed): \(run.worst) of \(bound), \(tempers) then \(after)")
        }
    }

    @Test(arguments: [Temper.refusing, .silent, .idle])
    func `when one leg's orders are all refused, never answered or never filled, nothing is held at the end`(
        _ temper: Temper
    ) throws {
        for seed in 0..<4 as Range<UInt64> {
            // The first leg is the harder: it takes more of what is offered.
            let run = try run((3_000, 1_500), bound: 300, [.willing, temper], seed: seed)
            #expect(run.worst <= 300, "seed \(seed): \(run.worst)")
            #expect(run.filled == [0, 0], "seed \(seed): \(run.filled) given back")
            let isTold = run.market.first?.state == .failed || run.market.first?.state == .ending
            #expect(isTold || temper == .silent, "\(run.market)")
        }
        let run = try run((3_000, 1_500), bound: 300, [temper, .willing], seed: 3)
        #expect(run.worst == 0 && run.filled == [0, 0])
    }

    @Test func `a cancelled pair hedges what it has done`() throws {
        let run = try run((3_000, 1_500), bound: 100, [.slow, .slow], seed: 7) { step, market in
            if step == 20 { market.engine.strategy.wish = { $0.cancelParent(first + 1) } }
        }
        #expect(run.filled[0] > 0 && run.filled[0] < 3_000)
        #expect(abs(run.filled[0] + 2 * run.filled[1]) <= 2, "\(run.filled)")
        #expect(run.market.first?.state == .cancelled && run.market.first?.reason == .asked)
    }
}
