// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import Testing

extension ReductionMarket {
    /// Whether a parent's number is free again at the gate.
    mutating func isFree(_ parent: UInt32) -> Bool {
        engine.market.risk.openParent(0, parent, Instrument(id: 0), .sell, Quantity(1), until: .never)
    }

    mutating func tell(_ command: RiskCommand) {
        engine.apply(command.record(at: Timestamp(nanoseconds: now)))
    }

    /// Ticks while everything trades and the venue fills what the desk sends.
    mutating func work(_ rounds: Int, _ instruments: Int) {
        for _ in 0..<rounds {
            for index in 0..<instruments { trade(index, 20_000) }
            tick(1_000)
            fillAll()
        }
    }
}

@Suite("Orderly reduction of a part of the firm, and of what was taken back")
struct ReductionScopeTests {
    @Test func `what another strategy holds against it does not keep a scope from being closed`() throws {
        // To the firm it is new risk, so that P24 wants to know the volume.
        var market = try ReductionMarket(1, spreads: [2], reductionPolicy([]), volume: Quantity(10_000_000))
        market.hold(0, 1_000)
        market.hold(0, -1_000, strategy: 1)
        #expect(market.shares(0) == 0)
        market.tell(RiskCommand(.flatten, .active, scope: 1, officer: 1))
        market.work(40, 1)
        let position = market.engine.market.risk.position(Instrument(id: 0), scope: 1)
        #expect(position == .zero && market.shares(0) == -1_000)
        #expect(market.engine.reduction.standings.first?.stage == .settled)
    }

    @Test func `a loss closes everything although the scope was reduce-only before`() throws {
        var market = try ReductionMarket(1, spreads: [2], reductionPolicy([]), dayLoss: 50_000)
        market.hold(0, 10_000)
        market.tell(RiskCommand(.lower, .reduceOnly, officer: 1))
        market.tick(1_000)
        market.quote(0, 9_488, 9_492)
        market.work(60, 1)
        #expect(market.shares(0) == 0)
        #expect(market.engine.reduction.standings.first?.cause == .loss)
    }

    @Test func `a loss of one instrument closes that instrument`() throws {
        let limit = RiskLimit(0, .eachInstrument, .dayLoss, hard: Money(20_000).raw)
        var market = try ReductionMarket(2, spreads: [2, 2], reductionPolicy([limit]))
        market.hold(0, 10_000)
        market.hold(1, 10_000)
        market.tick(1_000)
        market.quote(0, 9_788, 9_792)
        market.work(60, 2)
        #expect([market.shares(0), market.shares(1)] == [0, 10_000])
        #expect(market.engine.reduction.standings.map(\.cause) == [.loss])
        #expect(market.engine.market.risk.status.state == .active)
    }

    @Test func `of a net value only the heavier side is given up`() throws {
        let limit = RiskLimit(0, .all, .netNotional, hard: Money(500_000).raw)
        var market = try ReductionMarket(2, spreads: [2, 2], reductionPolicy([limit]))
        market.hold(0, 10_000)
        market.hold(1, -3_000)
        market.work(60, 2)
        #expect([market.shares(0), market.shares(1)] == [7_500, -3_000])
        #expect(market.engine.reduction.standings.map(\.cause) == [.net])
        #expect(market.engine.reduction.standings.map(\.stage) == [.settled])
    }

    @Test func `a short side is given up for a net value in the same way, with a restart in between`() throws {
        let limit = RiskLimit(0, .all, .netNotional, hard: Money(500_000).raw)
        var market = try ReductionMarket(2, spreads: [2, 2], reductionPolicy([limit]))
        market.hold(0, 3_000)
        market.hold(1, -10_000)
        market.work(3, 2)
        try market.restart()
        market.work(57, 2)
        #expect([market.shares(0), market.shares(1)] == [3_000, -7_500])
    }

    @Test func `an expected shortfall beyond its limit is brought down to nine tenths of it`() throws {
        let limit = RiskLimit(0, .all, .expectedShortfall, hard: Money(35_000).raw)
        var market = try ReductionMarket(3, spreads: [2, 5, 10], reductionPolicy([limit]), model: try threeAssets())
        market.hold(0, 10_000)
        market.hold(1, -8_000)
        market.hold(2, 5_000)
        let before = market.engine.market.risk.expectedShortfall(scope: 0)
        #expect(before > 35_000)
        market.work(60, 3)
        let after = market.engine.market.risk.expectedShortfall(scope: 0)
        #expect(after <= 31_500 && after > 29_000)
        #expect(market.engine.reduction.standings.map(\.cause) == [.expectedShortfall])
        #expect(market.engine.reduction.standings.map(\.stage) == [.settled])
    }

    @Test func `a strategy's fill that is taken back is nobody's position`() throws {
        var market = try ReductionMarket(1, spreads: [2], reductionPolicy([]))
        market.hold(0, 6_000, group: 4, leg: 1)
        market.hold(0, 4_000, group: 5, leg: 1)
        let last = try #require(market.engine.gateway.orders.last)
        market.takeBack(last.id, 4_000, at: 10_000)
        #expect(market.shares(0) == 6_000)
        #expect(market.engine.strategy.updates.last?.kind == .broken)
        market.tell(RiskCommand(.flatten, .active, officer: 1))
        market.work(60, 1)
        #expect(market.shares(0) == 0)
        // All of it is told to whose it was; nothing is taken from whom has nothing any more.
        let losses = market.engine.strategy.losses
        #expect(Set(losses.map(\.tag)) == [OrderTag(strategy: 0, group: 4, leg: 1)])
        #expect(losses.reduce(0) { $0 + $1.quantity.raw } == Quantity(6_000).raw)
    }

    @Test func `a fill of the desk that is taken back is worked again, and told as the loss that it was not`() throws {
        var market = try ReductionMarket(1, spreads: [2], reductionPolicy([]))
        market.hold(0, 1_000, group: 4, leg: 1)
        market.tell(RiskCommand(.flatten, .active, officer: 1))
        market.trade(0, 20_000)
        market.tick(1_000)
        let child = try #require(market.live.first)
        let shares = Int(child.leaves.raw / Quantity.scale)
        let before = market.engine.strategy.updates.count
        market.report(.orderFilled, child.order.id, shares)
        market.takeBack(child.order.id, shares, at: 10_002)
        #expect(market.shares(0) == 1_000)
        #expect(market.engine.strategy.updates.count == before, "it is not the strategy's order")
        #expect(market.engine.strategy.losses.map(\.kind) == [.filled, .broken])
        #expect(market.engine.strategy.losses.allSatisfy { $0.tag == OrderTag(strategy: 0, group: 4, leg: 1) })
        market.work(100, 1)
        #expect(market.shares(0) == 0 && market.engine.reduction.standings.first?.stage == .settled)
    }

    @Test func `a slice that the gate has made smaller counts as what it was`() throws {
        var policy = reductionPolicy([])
        policy.selfTrade = .decrement
        var market = try ReductionMarket(1, spreads: [2], policy)
        market.hold(0, 10_000)
        // Rests across the desk's price, and its cancel is not answered for long.
        market.engine.strategy.wishes = [(0, .buy, 200, 10_002, 0, 0)]
        market.tick(1_000)
        let own = try #require(market.engine.gateway.orders.last)
        market.tell(RiskCommand(.flatten, .active, officer: 1))
        market.trade(0, 100_000)
        market.tick(1_000)
        let child = try #require(market.children.first)
        #expect(child.quantity == Quantity(300) && market.engine.gateway.cancels == [own.id])
        #expect(market.engine.reduction.standings.first?.legs.map(\.open) == [Quantity(300)])
        market.fillAll()
        #expect(market.engine.reduction.standings.first?.legs.map(\.open) == [.zero])
        market.report(.orderCancelled, own.id, 200)
        market.work(60, 1)
        #expect(market.shares(0) == 0)
        // No more than the plan's parent was ever asked for: nothing was planned a second time.
        #expect(market.engine.reduction.standings.first?.plans == 1)
    }

    @Test func `a state that is raised closes the desk's parents at once`() throws {
        var market = try ReductionMarket(1, spreads: [2], reductionPolicy([]))
        market.hold(0, 1_000)
        market.tell(RiskCommand(.flatten, .active, officer: 1))
        market.work(60, 1)
        #expect(market.shares(0) == 0)
        let parent = try #require(market.engine.reduction.standings.first?.legs.first?.parent)
        let wasFree = market.isFree(parent)
        #expect(!wasFree)
        market.tick(400_000)
        market.tell(RiskCommand(.raise, .active, officer: 1, second: 2))
        #expect(market.engine.reduction.standings.isEmpty)
        // Before the next timer: a restart here must not find it open.
        try market.restart()
        let isFree = market.isFree(parent)
        #expect(isFree)
    }
}
