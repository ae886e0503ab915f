// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import Testing

private func gross(_ units: Int) -> RiskLimit { RiskLimit(0, .all, .grossNotional, hard: Money(units).raw) }

@Suite("Orderly reduction when things go wrong")
struct ReductionTroubleTests {
    @Test func `what adds risk is cancelled at once, what only reduces stays`() throws {
        var market = try ReductionMarket(2, spreads: [2, 2], reductionPolicy([gross(1_050_000)]))
        market.hold(0, 10_000)
        // A buy more, a sell that closes a part, a sell that would turn it over, a buy of something else.
        market.engine.strategy.wishes = [
            (0, .buy, 100, 9_990, 0, 0), (0, .sell, 4_000, 10_010, 0, 0), (0, .sell, 7_000, 10_010, 0, 0),
            (1, .buy, 100, 9_990, 0, 0),
        ]
        market.tick(1_000)
        #expect(market.engine.gateway.orders.count == 5 && market.engine.gateway.cancels.isEmpty)
        market.quote(0, 10_598, 10_602)
        market.tick(1_000)
        #expect(market.engine.gateway.cancels.sorted() == [2, 4, 5])
        #expect(market.engine.market.risk.status.state == .reduceOnly)
        market.engine.strategy.wishes = [(1, .buy, 100, 9_990, 0, 0)]
        market.tick(1_000)
        #expect(market.engine.market.risk.refusedCount(.state) == 1)
    }

    @Test func `a loss at its limit closes everything`() throws {
        var market = try ReductionMarket(2, spreads: [2, 2], reductionPolicy([]), dayLoss: 50_000)
        market.hold(0, 10_000)
        market.hold(1, -3_000)
        market.quote(0, 9_488, 9_492)
        for _ in 0..<900 {
            for index in 0..<2 { market.trade(index, 2_000) }
            market.tick()
            market.fillAll()
        }
        #expect([market.shares(0), market.shares(1)] == [0, 0])
        #expect(market.engine.reduction.standings.first?.cause == .loss)
        #expect(market.engine.reduction.standings.first?.stage == .settled)
    }

    @Test func `what is killed waits: no slice is asked for that the gate would refuse`() throws {
        var market = try ReductionMarket(1, spreads: [2], reductionPolicy([]), dayLoss: 50_000)
        market.hold(0, 10_000)
        // Beyond 1.2 of the limit the firm is killed.
        market.quote(0, 9_288, 9_292)
        for _ in 0..<100 {
            market.trade(0, 2_000)
            market.tick()
        }
        #expect(market.engine.market.risk.status.state == .killed)
        #expect(market.engine.reduction.standings.first?.cause == .loss)
        #expect(market.children.isEmpty && market.engine.market.risk.refusedCount(.p14) == 0)
        // When the loss is smaller again, two people let it go down in good order.
        market.quote(0, 9_488, 9_492)
        market.tell(RiskCommand(.raise, .reduceOnly, officer: 1, second: 2))
        market.work(60, 1)
        #expect(market.shares(0) == 0)
    }

    @Test func `an instrument that was killed is not asked for, and others are reduced in its stead`() throws {
        var market = try ReductionMarket(2, spreads: [2, 50], reductionPolicy([gross(1_500_000)]))
        market.hold(0, 10_000)
        market.hold(1, 10_000)
        market.tell(RiskCommand(.lower, .killed, target: .instrument, instrument: Instrument(id: 0)))
        let next = market.engine.nextOrderID
        for _ in 0..<300 {
            for index in 0..<2 { market.trade(index, 10_000) }
            market.tick()
            market.fillAll()
        }
        // The second one is dear, but what is killed can't move; and no order number is wasted on it.
        #expect(market.worked[0] == 0 && market.worked[1] >= 6_000)
        #expect(market.engine.reduction.standings.first?.leftOut == [Instrument(id: 0)])
        #expect(Int(market.engine.nextOrderID - next) == market.children.count)
    }

    @Test func `a loss only stops the taking of risk where the policy says so`() throws {
        let policy = reductionPolicy([]) { $0.closesOnLoss = false }
        var market = try ReductionMarket(1, spreads: [2], policy, dayLoss: 50_000)
        market.hold(0, 10_000)
        market.quote(0, 9_488, 9_492)
        for _ in 0..<50 {
            market.trade(0, 2_000)
            market.tick()
        }
        #expect(market.engine.market.risk.status.state == .reduceOnly && market.children.isEmpty)
    }

    @Test func `a fill that comes after the cancel counts, and nothing is sold twice`() throws {
        var market = try ReductionMarket(1, spreads: [2], reductionPolicy([gross(950_000)]))
        market.hold(0, 10_000)
        market.tick(1_000)
        market.trade(0, 100_000)
        market.tick(1_000)
        let first = try #require(market.children.first)
        #expect(first.quantity == Quantity(500))
        market.quote(0, 9_996, 10_000)
        market.tick(1_000)
        #expect(market.engine.gateway.cancels == [first.id])
        market.report(.orderFilled, first.id, 200)
        market.report(.orderCancelled, first.id, 300)
        market.tick(1_000)
        #expect(market.children.count == 2 && market.children[1].quantity == Quantity(300))
        // The first order's rest is told to have traded after all.
        market.report(.orderFilled, first.id, 300, at: 10_002)
        #expect(market.shares(0) == 9_500)
        for _ in 0..<100 {
            market.trade(0, 100_000)
            market.tick(1_000)
            market.fillAll()
            market.cancelAll()
        }
        // At 99.98 the target of 855,000 is 8,551 shares; slices are 500.
        #expect(market.shares(0) <= 8_551 && market.shares(0) > 8_000)
    }

    @Test func `a rejected slice is tried again after a pause, and left out after ten`() throws {
        var market = try ReductionMarket(1, spreads: [2], reductionPolicy([gross(500_000)]))
        market.hold(0, 10_000)
        market.tick(1_000)
        market.trade(0, 100_000)
        for _ in 0..<40 {
            market.tick(500)
            for order in market.live { market.report(.orderRejected, order.order.id) }
        }
        #expect(market.children.count >= 10)
        let credit = market.children.count
        market.tick(500)
        market.tick(500)
        #expect(market.children.count == credit || market.engine.reduction.standings[0].plans > 1)
        for _ in 0..<100 {
            market.trade(0, 10_000)
            market.tick(1_000)
            market.fillAll()
        }
        #expect(market.shares(0) == 4_500)
    }

    @Test func `the strategy sells too: together never more than is held`() throws {
        var market = try ReductionMarket(1, spreads: [2], reductionPolicy([gross(100_000)]))
        market.hold(0, 10_000)
        market.engine.strategy.wishes = [(0, .sell, 9_700, 10_002, 0, 0)]
        market.tick(1_000)
        for _ in 0..<30 {
            market.trade(0, 100_000)
            market.tick(1_000)
            market.fillAll()
        }
        #expect(market.shares(0) == 9_700)
        market.report(.orderFilled, 2, 9_700)
        #expect(market.shares(0) == 0)
    }

    @Test func `a person may close one instrument, or what one strategy holds`() throws {
        var market = try ReductionMarket(2, spreads: [2, 2], reductionPolicy([]))
        market.hold(0, 1_000)
        market.hold(1, 1_000)
        let command = RiskCommand(.flatten, .active, target: .instrument, instrument: Instrument(id: 1), officer: 1)
        market.engine.apply(command.record(at: Timestamp(nanoseconds: market.now)))
        for _ in 0..<300 {
            for index in 0..<2 { market.trade(index, 1_000) }
            market.tick()
            market.fillAll()
        }
        #expect([market.shares(0), market.shares(1)] == [1_000, 0])
        // The strategy's scope holds the rest.
        market.engine.apply(
            RiskCommand(.flatten, .active, scope: 1, officer: 1).record(at: Timestamp(nanoseconds: market.now))
        )
        for _ in 0..<300 {
            market.trade(0, 1_000)
            market.tick()
            market.fillAll()
        }
        #expect([market.shares(0), market.shares(1)] == [0, 0])
        // One that covers nothing settles at once; one for a scope that there is not changes nothing.
        market.engine.apply(
            RiskCommand(.flatten, .active, scope: 9, officer: 1).record(at: Timestamp(nanoseconds: market.now))
        )
        #expect(market.engine.reduction.standings.count == 2)
    }

    @Test func `the state may be raised after five minutes below four fifths of the limit, not before`() throws {
        var market = try ReductionMarket(1, spreads: [1], reductionPolicy([gross(500_000)]))
        market.hold(0, 10_000)
        for _ in 0..<30 {
            market.trade(0, 100_000)
            market.tick(1_000)
            #expect(market.mayRaise == false)
            market.fillAll()
        }
        #expect(market.shares(0) == 4_500)
        let early = RiskCommand(.raise, .active, officer: 1, second: 2)
        market.engine.apply(early.record(at: Timestamp(nanoseconds: market.now)))
        #expect(market.engine.market.risk.status.state == .reduceOnly)
        // Nine tenths of the limit: settled, and not low enough.
        market.tick(400_000)
        #expect(market.mayRaise == false)
        market.engine.strategy.wishes = [(0, .sell, 501, 9_999, 0, 0)]
        market.tick(1_000)
        if let order = market.engine.gateway.orders.last { market.report(.orderFilled, order.id, 501) }
        market.tick(1_000)
        market.tick(299_000)
        #expect(market.mayRaise == false)
        market.tick(1_000)
        #expect(market.mayRaise == true)
        let raise = RiskCommand(.raise, .active, officer: 1, second: 2)
        market.engine.apply(raise.record(at: Timestamp(nanoseconds: market.now)))
        #expect(market.engine.market.risk.status.state == .active)
        #expect(market.engine.reduction.standings.isEmpty && !market.engine.reduction.isWorking)
    }

    @Test func `a limit that is broken again is worked again`() throws {
        var market = try ReductionMarket(1, spreads: [1], reductionPolicy([gross(500_000)]))
        market.hold(0, 10_000)
        for _ in 0..<30 {
            market.trade(0, 100_000)
            market.tick(1_000)
            market.fillAll()
        }
        #expect(market.shares(0) == 4_500)
        market.quote(0, 11_999, 12_001)
        for _ in 0..<60 {
            market.trade(0, 100_000)
            market.tick(1_000)
            market.fillAll()
        }
        #expect(market.shares(0) <= 3_750 && market.shares(0) > 3_500)
        #expect(market.engine.reduction.standings.count == 1)
    }

    @Test func `no sign is ever turned and nothing grows, on random markets`() throws {
        for seed in UInt64(1)...12 {
            var random = SplitMix(seed)
            let limit = RiskLimit(0, .all, .valueAtRisk, hard: Money(20_000).raw)
            let policy = reductionPolicy([limit, gross(1_500_000)])
            var market = try ReductionMarket(3, spreads: [2, 5, 10], policy, model: try threeAssets())
            for pair in 0..<4 {
                let sign = random.below(2) == 0 ? 1 : -1
                market.hold(pair % 3, sign * (1 + random.below(8)) * 500, group: UInt32(pair), leg: 0)
                market.hold((pair + 1) % 3, -sign * (1 + random.below(8)) * 500, group: UInt32(pair), leg: 1)
            }
            let start = (0..<3).map { market.shares($0) }
            var last = start
            for step in 0..<1_500 {
                market.trade(random.below(3), 1 + random.below(5_000))
                if random.below(40) == 0 {
                    let mid = Int64(9_950 + random.below(100))
                    market.quote(random.below(3), mid - 3, mid + 3)
                }
                market.tick(200)
                for order in market.live {
                    let left = Int(order.leaves.raw / Quantity.scale)
                    switch random.below(6) {
                    case 0: market.report(.orderFilled, order.order.id, left)
                    case 1 where left > 1: market.report(.orderFilled, order.order.id, 1 + random.below(left - 1))
                    case 2 where order.cancelIsPending: market.report(.orderCancelled, order.order.id, left)
                    case 3 where order.filled.raw == 0 && !order.isAccepted && random.below(9) == 0:
                        market.report(.orderRejected, order.order.id)
                    default: break
                    }
                }
                if step == 700 { try market.restart() }
                for index in 0..<3 {
                    let now = market.shares(index)
                    #expect(now == 0 || (now > 0) == (start[index] > 0), "seed \(seed)")
                    #expect(abs(now) <= abs(last[index]), "seed \(seed)")
                    last[index] = now
                    let open = market.live.filter { $0.order.instrument.index == index }
                    let working = open.reduce(0) { $0 + Int($1.leaves.raw / Quantity.scale) }
                    #expect(market.worked[index] + working <= market.volume[index] / 5)
                }
            }
            let isBroken = start != last
            #expect(isBroken == !market.engine.reduction.standings.isEmpty || !isBroken, "seed \(seed)")
        }
    }

    @Test func `a desk's state that is cut off is refused`() throws {
        var market = try ReductionMarket(1, spreads: [1], reductionPolicy([gross(500_000)]))
        market.hold(0, 10_000)
        market.tick(1_000)
        market.trade(0, 50_000)
        market.tick(1_000)
        var writer = StateWriter()
        market.engine.reduction.save(to: &writer)
        for length in 0..<writer.bytes.count {
            var desk = ReductionDesk(reductionPolicy([gross(500_000)]), instruments: 1)
            let isRefused = writer.bytes.prefix(length).withUnsafeBytes { bytes in
                var reader = StateReader(bytes)
                do throws(StateError) { try desk.restore(from: &reader) } catch { return true }
                return false
            }
            #expect(isRefused)
        }
    }
}

private struct SplitMix {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ z >> 31) % UInt64(bound))
    }
}
