// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import Testing

private func gross(_ units: Int) -> RiskLimit { RiskLimit(0, .all, .grossNotional, hard: Money(units).raw) }

@Suite("Orderly reduction, worked by the engine")
struct ReductionTests {
    /// The formula sheet's portfolio (1.6): half spreads of 2, 5 and 10 basis points, a limit of 35,000.
    private func known() throws -> ReductionMarket {
        let limit = RiskLimit(0, .all, .valueAtRisk, hard: Money(35_000).raw)
        var market = try ReductionMarket(3, spreads: [2, 5, 10], reductionPolicy([limit]), model: try threeAssets())
        market.hold(0, 10_000)
        market.hold(1, -8_000)
        market.hold(2, 5_000)
        return market
    }

    @Test func `the known breach is worked in seven slices of the first asset, and stops there`() throws {
        var market = try known()
        for _ in 0..<400 {
            for index in 0..<3 { market.trade(index, 5_000) }
            market.tick()
            market.fillAll()
        }
        #expect(market.children.count == 7)
        #expect(
            market.children.allSatisfy {
                $0.instrument.id == 0 && $0.side == .sell && $0.quantity == Quantity(500) && $0.price == price(10_002)
            }
        )
        #expect((0..<3).map { market.shares($0) } == [6_500, -8_000, 5_000])
        let standing = try #require(market.engine.reduction.standings.first)
        #expect(standing.cause == .valueAtRisk && standing.stage == .settled && standing.plans == 1)
        #expect(standing.legs.map(\.total) == [Quantity(3_500)] && standing.legs.map(\.done) == [Quantity(3_500)])
        #expect(market.engine.market.risk.status.state == .reduceOnly)
    }

    @Test func `the same with a restart between any two steps`() throws {
        for cut in stride(from: 3, to: 90, by: 4) {
            var market = try known()
            for step in 0..<120 {
                for index in 0..<3 { market.trade(index, 1_300) }
                if step == cut { try market.restart() }
                market.tick()
                if step % 3 == 0 { market.fillAll() }
            }
            #expect((0..<3).map { market.shares($0) } == [6_500, -8_000, 5_000], "cut at \(cut)")
        }
    }

    @Test func `never more than a tenth of what has traded since the breach, a fifth after five minutes`() throws {
        var market = try ReductionMarket(1, spreads: [1], reductionPolicy([gross(500_000)]))
        market.hold(0, 10_000)
        var traded = [0, 0]
        for step in 0..<7_000 {
            let isLate = step > 3_005
            let shares = 3 + step * 7 % 5
            market.trade(0, shares)
            if step > 0 { traded[isLate ? 1 : 0] += shares }
            market.tick()
            if step % 4 == 0 { market.fillAll() }
            let open = market.live.reduce(0) { $0 + Int($1.leaves.raw / Quantity.scale) }
            // The first round comes before its trades count; a late one may count up to a second's trades twice as much.
            #expect(market.worked[0] + open <= traded[0] / 10 + traded[1] / 5 + 20)
        }
        #expect(market.worked[0] > traded[0] / 10, "it doubled after five minutes")
        #expect(market.shares(0) >= 4_500)
    }

    @Test func `no trade, no slice`() throws {
        var market = try ReductionMarket(1, spreads: [1], reductionPolicy([gross(500_000)]))
        market.hold(0, 10_000)
        for _ in 0..<100 { market.tick() }
        #expect(market.children.isEmpty && market.engine.market.risk.status.state == .reduceOnly)
    }

    @Test func `first at its own side, after ten minutes through the spread, at once or not at all`() throws {
        var market = try ReductionMarket(1, spreads: [2], reductionPolicy([gross(500_000)]))
        market.hold(0, -10_000)
        market.tick(1_000)
        market.trade(0, 20_000)
        market.tick(1_000)
        #expect(market.children.last?.side == .buy && market.children.last?.price == price(9_998))
        #expect(market.children.last?.timeInForce == .day)
        // The market goes away: what rests is withdrawn and sent anew.
        market.quote(0, 10_000, 10_004)
        market.tick(1_000)
        #expect(market.engine.gateway.cancels == market.children.map(\.id))
        market.cancelAll()
        market.tick(1_000)
        #expect(market.children.count == 2 && market.children.last?.price == price(10_000))
        market.tick(600_000)
        market.cancelAll()
        market.tick(1_000)
        #expect(market.children.count == 3 && market.children.last?.price == price(10_004))
        #expect(market.children.last?.timeInForce == .immediateOrCancel)
        #expect(market.engine.reduction.standings.first?.stage == .crossing)
    }

    @Test func `both legs of a pair go down together, never further apart than a slice`() throws {
        var market = try ReductionMarket(2, spreads: [1, 1], reductionPolicy([gross(1_000_000)]))
        market.hold(0, 8_000, group: 3, leg: 0)
        market.hold(1, -6_000, group: 3, leg: 1)
        for step in 0..<4_000 {
            market.trade(0, 5_000)
            market.trade(1, 300)
            market.tick()
            if step % 2 == 0, let first = market.live.first(where: { $0.order.instrument.id == 0 }) {
                market.report(.orderFilled, first.order.id, Int(first.leaves.raw / Quantity.scale))
            }
            if step % 30 == 0 { market.fillAll() }
            let (first, second) = (Double(market.worked[0]) / 8_000, Double(market.worked[1]) / 6_000)
            #expect(abs(first - second) <= 0.05 + 1e-9)
        }
        #expect(market.worked[0] > 2_000 && market.engine.reduction.standings.first?.stage == .settled)
        let value = (market.shares(0) - market.shares(1)) * 100
        #expect(value <= 900_000 && value > 800_000)
        // The strategy heard of what it lost, under its own tags.
        let lost = market.engine.strategy.losses
        #expect(
            Set(lost.map(\.tag)) == [OrderTag(strategy: 0, group: 3, leg: 0), OrderTag(strategy: 0, group: 3, leg: 1)]
        )
        #expect(lost.filter { $0.tag.leg == 1 }.reduce(0) { $0 + $1.quantity.raw } == Quantity(market.worked[1]).raw)
        #expect(!market.engine.strategy.updates.contains { ReductionDesk.isOwn($0.tag) })
    }

    @Test func `a pair with a halted leg is left out whole, and goes on when it trades again`() throws {
        var market = try ReductionMarket(3, spreads: [1, 1, 50], reductionPolicy([gross(1_500_000)]))
        market.hold(0, 5_000, group: 1, leg: 0)
        market.hold(1, -5_000, group: 1, leg: 1)
        market.hold(2, 8_000, group: 2)
        market.state(1, "H")
        for _ in 0..<200 {
            for index in 0..<3 { market.trade(index, 10_000) }
            market.tick()
            market.fillAll()
        }
        // The third is dear, but the pair can't move: all that is needed comes from it.
        #expect(market.worked == [0, 0, 4_800])
        #expect(market.engine.reduction.standings.first?.leftOut == [Instrument(id: 1)])
    }

    @Test func `a halted instrument is reported, and worked when it trades again`() throws {
        var market = try ReductionMarket(1, spreads: [1], reductionPolicy([gross(500_000)]))
        market.hold(0, 10_000)
        market.state(0, "H")
        for _ in 0..<300 {
            market.trade(0, 10_000)
            market.tick()
        }
        #expect(market.children.isEmpty)
        #expect(market.engine.reduction.standings.first?.leftOut == [stock])
        market.state(0, "T")
        for _ in 0..<300 {
            market.trade(0, 10_000)
            market.tick()
            market.fillAll()
        }
        #expect(market.shares(0) == 4_500)
        #expect(market.engine.reduction.standings.first?.leftOut == [])
    }
}
