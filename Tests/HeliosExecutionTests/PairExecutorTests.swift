// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMath
import Testing

/// A pair against a venue that refuses, is silent, fills in part, late, and after it was asked to cancel.
private struct PairRun {
    /// How the venue answers the orders of a leg.
    enum Temper: CaseIterable { case willing, slow, refusing, silent, lateAfterCancel, failsHalfway }

    struct Order {
        var leg: Int
        var open: Int64
        var isCancelled = false
        var temper: Temper
    }

    var executor: PairExecutor
    /// Harder, easier, given back.
    var legs = [LegFill(), LegFill(), LegFill()]
    var orders: [Order] = []
    var refusals = [0, 0, 0]
    var random: SeededRandom
    let tempers: [Temper]
    var worst: Int64 = 0
    var best: Int64 = 0

    init(_ executor: PairExecutor, _ tempers: [Temper], seed: UInt64) {
        self.executor = executor
        self.tempers = tempers
        random = SeededRandom(seed: seed)
    }

    /// One round of the desk and then of the venue.
    mutating func step() {
        executor.advance(hardFailed: refusals[0] >= 10, easyFailed: refusals[1] >= 10)
        let targets = executor.targets(hard: legs[0], easy: legs[1], unwind: legs[2])
        for (leg, target) in [targets.hard, targets.easy, targets.unwind].enumerated() {
            let gap = target - legs[leg].done - legs[leg].open
            if gap < 0 {
                for index in orders.indices where orders[index].leg == leg { orders[index].isCancelled = true }
            } else if gap > 0 {
                let clip = min(gap, Int64.random(in: 1...max(gap, 1), using: &random))
                legs[leg].open += clip
                orders.append(Order(leg: leg, open: clip, temper: temper(leg)))
            }
        }
        look()
        answer()
        look()
    }

    private func temper(_ leg: Int) -> Temper {
        guard tempers[leg] == .failsHalfway else { return tempers[leg] }
        return legs[leg].done * 2 > (leg == 1 ? executor.easy : executor.hard) ? .refusing : .willing
    }

    /// What the net would be at worst if everything that is open filled, or none of it.
    private mutating func look() {
        let most = executor.net(legs[0].done + legs[0].open, legs[1].done, unwound: legs[2].done)
        let least = executor.net(legs[0].done, legs[1].done + legs[1].open, unwound: legs[2].done + legs[2].open)
        worst = max(worst, most)
        best = min(best, least)
    }

    private mutating func answer() {
        for index in orders.indices {
            let order = orders[index]
            guard order.open > 0 else { continue }
            switch order.temper {
            case .refusing:
                refusals[order.leg] += 1
                end(index)
            case .silent:
                // A person would wait; the desk takes it for failed after a while.
                if random.next() % 64 == 0 { refusals[order.leg] = 10 }
            case .lateAfterCancel:
                if order.isCancelled || random.next() % 8 == 0 { fill(index, part: random.next() % 2 == 0) }
            case .willing, .failsHalfway:
                if order.isCancelled, random.next() % 2 == 0 {
                    end(index)
                } else {
                    fill(index, part: random.next() % 3 == 0)
                }
            case .slow:
                if random.next() % 5 == 0 { fill(index, part: true) } else if order.isCancelled { end(index) }
            }
        }
        orders.removeAll { $0.open == 0 }
    }

    private mutating func end(_ index: Int) {
        legs[orders[index].leg].open -= orders[index].open
        orders[index].open = 0
    }

    private mutating func fill(_ index: Int, part: Bool) {
        let open = orders[index].open
        let quantity = part ? Int64.random(in: 1...open, using: &random) : open
        legs[orders[index].leg].done += quantity
        legs[orders[index].leg].open -= quantity
        orders[index].open -= quantity
    }

    var isSettled: Bool { executor.isSettled(hard: legs[0], easy: legs[1], unwind: legs[2]) }
}

@Suite("Pairs stay balanced")
struct PairExecutorTests {
    private typealias Temper = PairRun.Temper

    /// A pair of any shape, from a seed.
    private func executor(_ random: inout SeededRandom) throws -> PairExecutor {
        let (hard, easy) = (Int64.random(in: 1...5_000, using: &random), Int64.random(in: 1...5_000, using: &random))
        let lots = [1, 1, 10, 100] as [Int64]
        let (one, other) = (lots[Int(random.next() % 4)], lots[Int(random.next() % 4)])
        let loosest = try #require(PairExecutor(hard: hard, easy: easy, bound: hard, hardLot: one, easyLot: other))
        let bound = loosest.leastBound + Int64.random(in: 0...200, using: &random)
        return try #require(PairExecutor(hard: hard, easy: easy, bound: bound, hardLot: one, easyLot: other))
    }

    @Test(arguments: 0..<8) func `whatever the venue answers, the net stays within the bound`(_ block: UInt64) throws {
        for seed in block * 150..<(block + 1) * 150 { try checkBound(seed) }
    }

    private func checkBound(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let executor = try executor(&random)
        let tempers = (0..<3).map { _ in Temper.allCases[Int(random.next() % UInt64(Temper.allCases.count))] }
        var run = PairRun(executor, tempers, seed: random.next())
        for _ in 0..<400 where !run.isSettled { run.step() }
        #expect(run.worst <= executor.bound && run.best >= -executor.bound, "seed \(seed): \(executor) \(tempers)")
    }

    @Test func `two willing venues do all of both legs`() throws {
        for seed in 0..<60 as Range<UInt64> { try checkWilling(seed) }
    }

    private func checkWilling(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let executor = try executor(&random)
        var run = PairRun(executor, [.willing, .willing, .willing], seed: seed)
        var steps = 0
        while !run.isSettled, steps < 5_000 {
            run.step()
            steps += 1
        }
        let isWhole = run.legs[0].done == executor.hard && run.legs[1].done == executor.easy && run.legs[2].done == 0
        #expect(isWhole, "seed \(seed): \(executor)")
        #expect(run.worst <= executor.bound)
    }

    @Test func `when the hedge is refused, what was done is given back`() throws {
        for seed in 0..<60 as Range<UInt64> { try checkRefused(seed) }
    }

    private func checkRefused(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let executor = try executor(&random)
        let easy: Temper = seed % 2 == 0 ? .refusing : .failsHalfway
        var run = PairRun(executor, [.willing, easy, .willing], seed: seed)
        for _ in 0..<5_000 where !run.isSettled { run.step() }
        let net = run.executor.net(run.legs[0].done, run.legs[1].done, unwound: run.legs[2].done)
        #expect(
            run.isSettled && (0..<max(executor.hardLot, 1)).contains(net),
            "seed \(seed): \(executor) is left with \(net)"
        )
    }

    @Test func `when the harder leg ends, what it has done is still hedged`() throws {
        for seed in 0..<60 as Range<UInt64> { try checkHalf(seed) }
    }

    private func checkHalf(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let executor = try executor(&random)
        var run = PairRun(executor, [.failsHalfway, .willing, .willing], seed: seed)
        for _ in 0..<5_000 where !run.isSettled { run.step() }
        let net = run.executor.net(run.legs[0].done, run.legs[1].done, unwound: run.legs[2].done)
        #expect(run.isSettled && run.legs[2].done == 0 && net >= 0)
        #expect(net <= executor.hardShares(of: executor.easyLot) + 1, "seed \(seed): \(executor) is left with \(net)")
    }

    @Test func `a bound in which no lot can be hedged is refused`() {
        #expect(PairExecutor(hard: 1_000, easy: 500, bound: 299, hardLot: 100, easyLot: 100) == nil)
        #expect(PairExecutor(hard: 1_000, easy: 500, bound: 300, hardLot: 100, easyLot: 100) != nil)
        #expect(PairExecutor(hard: 0, easy: 5, bound: 5) == nil)
    }

    @Test func `the leg that takes more of what is offered is the harder`() {
        #expect(PairExecutor.isFirstHarder((1_000, 500, 10), (1_000, 600, 10)))
        #expect(!PairExecutor.isFirstHarder((1_000, 500, 10), (2_000, 600, 10)))
        #expect(PairExecutor.isFirstHarder((1_000, 0, 10), (2_000, 600, 10)), "nothing offered is hardest")
        #expect(
            PairExecutor.isFirstHarder((100, 100, 20), (200, 200, 10))
                && !PairExecutor.isFirstHarder((100, 100, 5), (200, 200, 10))
        )
    }
}
