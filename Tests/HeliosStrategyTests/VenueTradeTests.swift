// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import Testing

@Suite("The last trade at a venue")
struct VenueTradeTests {
    private let stock = Instrument(id: 0)

    private func market(venues: Int, lit: Int) throws -> MarketState {
        var policy = RiskPolicy(simple: RiskLimits())
        policy.venues = (0..<venues).map { "V\($0)" }
        let capacity = BookCapacity(instruments: 1, orders: 64, levels: 64)
        var market = MarketState(books: try BookSet(capacity: capacity), orders: 16, instruments: 1, policy: policy)
        if venues > 1 { try market.open(venues: venues, lit: VenueSet(first: lit), capacity: capacity, staleAge: 0) }
        return market
    }

    private func trade(_ market: inout MarketState, _ price: Int, at place: Int, _ time: Int64) {
        let event = Event(
            eventTime: Timestamp(nanoseconds: time),
            receiveTime: Timestamp(nanoseconds: time),
            price: Price(raw: Int64(price) * Price.scale),
            quantity: Quantity(100),
            instrument: stock,
            venue: Venue(place: place),
            kind: .trade,
            flags: .printable
        )
        _ = market.hasFloor ? market.applyFloor(event) : market.books.apply(event)
    }

    private func last(_ market: borrowing MarketState, _ venue: Venue) -> [Int64] {
        let trade = market.lastTrade(stock, at: venue)
        return [trade.price.raw / Price.scale, trade.time.nanoseconds]
    }

    @Test func `each venue has its own, whatever the others print later`() throws {
        var market = try market(venues: 4, lit: 3)
        trade(&market, 50, at: 0, 1)
        trade(&market, 51, at: 1, 2)
        trade(&market, 52, at: 2, 3)
        trade(&market, 53, at: 1, 4)
        #expect(last(market, Venue(place: 0)) == [50, 1])
        #expect(last(market, Venue(place: 1)) == [53, 4])
        #expect(last(market, Venue(place: 2)) == [52, 3])
        // The market's is the latest of all.
        #expect(market.lastTrade(stock).price == Price(raw: 53 * Price.scale))
        // As the books say it.
        for place in 0..<4 {
            let venue = Venue(place: place)
            #expect(market.lastTrade(stock, at: venue).time == market[venue].lastTrade(stock).time)
        }
    }

    @Test func `a venue that has no place is the first one, and so is every venue of a session of one`() throws {
        var floor = try market(venues: 2, lit: 2)
        trade(&floor, 50, at: 0, 1)
        trade(&floor, 51, at: 1, 2)
        #expect(last(floor, Venue(place: 7)) == [50, 1])
        var single = try market(venues: 1, lit: 1)
        #expect(last(single, Venue(place: 0)) == [0, 0])
        trade(&single, 60, at: 0, 5)
        #expect(last(single, Venue(place: 0)) == [60, 5] && last(single, Venue(place: 3)) == [60, 5])
    }
}
