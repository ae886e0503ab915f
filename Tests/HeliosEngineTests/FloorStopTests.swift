// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import Testing

@Suite("Venues that are stopped, of several")
struct FloorStopTests {
    private func word(_ command: RiskCommand, _ market: borrowing ReductionMarket) -> Event {
        command.record(at: Timestamp(nanoseconds: market.now))
    }

    @Test func `a reduction goes where the best price is, and never where the gate or a lost line stops it`() throws {
        let limit = RiskLimit(0, .all, .grossNotional, hard: Money(500_000).raw)
        var market = try ReductionMarket(1, spreads: [2], reductionPolicy([limit]), venues: 3)
        market.hold(0, 10_000)
        // The best place to rest a sale at is the second venue.
        market.quote(0, 9_998, 10_001, at: 1)
        func work(_ count: Int) {
            for _ in 0..<count {
                market.trade(0, 5_000)
                market.tick()
                market.fillAll()
            }
        }
        work(20)
        let first = market.children
        #expect(!first.isEmpty)
        #expect(first.allSatisfy { $0.venue == Venue(place: 1) && $0.price == price(10_001) && $0.side == .sell })
        market.engine.apply(word(RiskCommand(.lower, .halted, target: .venue, venue: Venue(place: 1)), market))
        work(20)
        let second = market.children.dropFirst(first.count)
        #expect(!second.isEmpty)
        #expect(second.allSatisfy { $0.venue == Venue(place: 0) && $0.price == price(10_002) })
        // And the first one's line is lost: the third has the same price.
        let hold = Event(
            eventTime: Timestamp(nanoseconds: market.now),
            receiveTime: Timestamp(nanoseconds: market.now),
            venue: Venue(place: 0),
            kind: .orderHold,
            detail: OrderHold.venue.rawValue
        )
        market.engine.apply(hold)
        let before = market.children.count
        work(20)
        let third = market.children.dropFirst(before)
        #expect(!third.isEmpty && third.allSatisfy { $0.venue == Venue(place: 2) })
    }

    @Test func `a parent goes round a venue that the gate has stopped, not through its quote`() throws {
        var settings = ExecutionSettings()
        settings.routing.venues = [RoutingFacts("A"), RoutingFacts("B"), RoutingFacts("C")]
        settings.routing.router.equalisesLatency = false
        var market = try ExecutionMarket(1, [], settings)
        // B is the cheapest, and nobody may trade there.
        market.quote(0, 9_998, 10_000, at: 1)
        let halt = RiskCommand(.lower, .halted, target: .venue, venue: Venue(place: 1))
        market.engine.apply(halt.record(at: market.now))
        let end = ExecutionMarket.ten + 600_000_000_000
        let request = ParentRequest(
            .sniper,
            Instrument(id: 0),
            .buy,
            Quantity(300),
            limit: price(10_003),
            until: end
        )
        market.engine.strategy.wish = { _ = $0.work(request) }
        market.run(seconds: 20)
        #expect(market.children(Intents.firstParent).isEmpty, "what B displays is protected")
        #expect(market.engine.strategy.orders.isEmpty && market.engine.execution.router.request != nil)
        market.quote(0, 9_998, 10_005, at: 1)
        market.run(seconds: 20)
        let children = market.children(Intents.firstParent)
        #expect(!children.isEmpty && children.allSatisfy { $0.venue != Venue(place: 1) && $0.price == price(10_001) })
        #expect(market.last(Intents.firstParent)?.state == .done && market.filled == [300])
    }

    @Test func `an order to a venue that is not there is refused`() throws {
        var market = try ReductionMarket(1, spreads: [2], reductionPolicy([]), venues: 3)
        market.engine.strategy.elsewhere = Venue(place: 5)
        market.engine.strategy.wishes = [(0, .buy, 100, 10_000, 0, 0)]
        market.tick()
        #expect(market.engine.gateway.orders.isEmpty)
        #expect(market.engine.strategy.updates.map(\.kind) == [.refusedByRisk])
    }
}
