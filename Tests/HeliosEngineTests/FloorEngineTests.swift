// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import Testing

private func floorMarket(staleAge: Nanoseconds) throws -> MarketState {
    let shares = InstrumentLimits.usShares(
        maxOrderQuantity: Quantity(1_000),
        maxPosition: Quantity(100_000),
        maxDayQuantity: Quantity(1_000_000),
        averageDailyVolume: InstrumentLimits.volumeUnknown
    )
    let limits = RiskLimits.standard(dayLoss: Money(100_000), notional: Money(1_000_000_000), instrument: shares)
    var policy = RiskPolicy(simple: limits)
    policy.loosenCounts()
    policy.venues = ["A", "B", "C", "D"]
    let capacity = BookCapacity(instruments: 2, orders: 1_024, levels: 1_024)
    var market = MarketState(books: try BookSet(capacity: capacity), orders: 1_000, instruments: 2, policy: policy)
    try market.open(venues: 4, lit: VenueSet(first: 3), capacity: capacity, staleAge: staleAge)
    return market
}

/// Three lit venues and, at the last place, a dark one; one instrument that trades at each lit one.
private func floor(_ strategy: ScriptedStrategy = ScriptedStrategy(), staleAge: Nanoseconds = 0) throws -> TestEngine {
    let market = try floorMarket(staleAge: staleAge)
    var engine = TestEngine(
        market: market,
        strategy: ScriptedStrategy(),
        gateway: KeepingGateway(),
        observer: NoObserver(),
        fees: FeeSchedule(),
        intentCapacity: 64
    )
    for place in 0..<3 {
        engine.apply(Event(venue: Venue(place: place), kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
        let trading = UInt64(UInt8(ascii: "T"))
        engine.apply(Event(instrument: stock, venue: Venue(place: place), kind: .tradingStatus, detail: trading))
    }
    engine.strategy = strategy
    return engine
}

private func add(_ id: OrderID, _ side: Side, _ shares: Int, _ cents: Int64, venue place: Int, at time: Nanoseconds)
    -> Event
{
    var event = add(id, side, shares, cents, at: time)
    event.venue = Venue(place: place)
    return event
}

private func gap(_ place: Int?, _ isOpen: Bool, at time: Nanoseconds) -> Event {
    var event = timer(at: time)
    event.kind = .feedGap
    event.venue = place.map { Venue(place: $0) } ?? Venue(id: 0)
    event.detail = isOpen ? 1 : 0
    return event
}

/// Buys 100 at 10.02 with each timer, at `venue`.
private func buyer(at place: Int) -> ScriptedStrategy {
    var strategy = ScriptedStrategy()
    strategy.atTimer = { _, intents in
        _ = intents.submit(stock, .buy, Quantity(100), at: price(1_002), venue: Venue(place: place))
    }
    return strategy
}

@Suite struct FloorEngineTests {
    @Test func `a strategy hears when the best of all venues changes, and not when a worse venue's does`() throws {
        var engine = try floor()
        engine.apply(add(1, .buy, 500, 1_000, venue: 0, at: 1))
        engine.apply(add(1, .buy, 300, 1_001, venue: 1, at: 2))
        engine.apply(add(2, .buy, 200, 1_001, venue: 2, at: 3))
        engine.apply(add(3, .buy, 900, 999, venue: 2, at: 4))
        engine.apply(add(4, .sell, 100, 1_004, venue: 0, at: 5))
        engine.apply(add(5, .sell, 700, 1_003, venue: 2, at: 6))
        let heard = engine.strategy.quotes.map { [$0.quote.bidPrice, $0.quote.askPrice] }
        #expect(
            heard == [
                [price(1_000), .zero], [price(1_001), .zero], [price(1_001), .zero], [price(1_001), price(1_004)],
                [price(1_001), price(1_003)],
            ]
        )
        let quote = engine.market.quote(stock)
        #expect(quote.bidQuantity == Quantity(500) && quote.askQuantity == Quantity(700))
        #expect(engine.quotes == 5)
        let own = engine.market.quote(stock, at: Venue(place: 0))
        #expect(own.bidPrice == price(1_000) && own.askPrice == price(1_004))
        let behind = engine.market[Venue(place: 2)].level(stock, .buy, 1)
        #expect(behind?.price == price(999))
        #expect(engine.market.books.orderCount == 2)
    }

    @Test func `the same order number lives at two venues without mixing them up`() throws {
        var engine = try floor()
        engine.apply(add(7, .buy, 500, 1_000, venue: 0, at: 1))
        engine.apply(add(7, .buy, 300, 1_001, venue: 1, at: 2))
        var gone = add(7, .buy, 0, 0, venue: 1, at: 3)
        gone.kind = .deleteOrder
        engine.apply(gone)
        #expect(engine.market.quote(stock).bidPrice == price(1_000))
        #expect(engine.market.bookFaults == 0)
    }

    @Test func `an event of a venue that has no place changes nothing and is counted`() throws {
        var engine = try floor()
        engine.apply(add(1, .buy, 500, 1_000, venue: 9, at: 1))
        #expect(engine.market.quote(stock) == .empty)
        #expect(engine.market.unplacedEvents == 1)
    }

    @Test func `an order is held against the trading state of the venue that it goes to`() throws {
        for (place, isSent) in [(0, true), (1, false), (2, true), (3, true)] {
            var engine = try floor(buyer(at: place))
            for venue in 0..<3 { engine.apply(add(1, .buy, 500, 1_000, venue: venue, at: 1)) }
            engine.apply(add(2, .sell, 500, 1_002, venue: 0, at: 2))
            let halt = UInt64(UInt8(ascii: "H")) << 8
            var event = Event(instrument: stock, venue: Venue(place: 1), kind: .operationalHalt, detail: halt)
            event.receiveTime = Timestamp(nanoseconds: 3)
            engine.apply(event)
            engine.apply(timer(at: 4))
            #expect(engine.gateway.orders.count == (isSent ? 1 : 0), "place \(place)")
        }
    }

    @Test func `a gap of one venue's feed leaves its quotes out, one of all stops risk`() throws {
        var engine = try floor(buyer(at: 0))
        engine.apply(add(1, .buy, 500, 1_000, venue: 0, at: 1))
        engine.apply(add(2, .sell, 500, 1_002, venue: 0, at: 1))
        engine.apply(add(3, .buy, 200, 1_001, venue: 1, at: 2))
        engine.apply(gap(1, true, at: 3))
        #expect(engine.market.quote(stock).bidPrice == price(1_000))
        #expect(engine.strategy.quotes.last?.quote.bidPrice == price(1_000), "the strategy heard of it")
        expectInterrupted(engine, false)
        engine.apply(gap(0, true, at: 4))
        engine.apply(gap(2, true, at: 4))
        expectInterrupted(engine, true)
        #expect(engine.market.quote(stock) == .empty)
        engine.apply(timer(at: 5))
        #expect(engine.gateway.orders.isEmpty)
        for place in 0..<3 { engine.apply(gap(place, false, at: 6)) }
        expectInterrupted(engine, false)
        #expect(engine.market.quote(stock).bidPrice == price(1_001))
        engine.apply(gap(nil, true, at: 7))
        expectInterrupted(engine, true)
        engine.apply(gap(1, true, at: 8))
        engine.apply(gap(1, false, at: 9))
        // One venue that is whole does not end the gap of all.
        expectInterrupted(engine, true)
    }

    private func expectInterrupted(_ engine: borrowing TestEngine, _ expected: Bool) {
        let isInterrupted = engine.market.risk.feedIsInterrupted
        #expect(isInterrupted == expected)
    }

    @Test func `a venue that falls silent is left out at the next timer and counts when it is heard`() throws {
        var engine = try floor(staleAge: 1_000)
        engine.apply(add(1, .buy, 500, 1_000, venue: 0, at: 100))
        engine.apply(add(1, .buy, 200, 1_001, venue: 1, at: 100))
        engine.apply(add(2, .sell, 500, 1_005, venue: 0, at: 900))
        engine.apply(timer(at: 1_100))
        #expect(engine.market.quote(stock).bidPrice == price(1_001))
        engine.apply(timer(at: 1_101))
        #expect(engine.market.quote(stock).bidPrice == price(1_000))
        #expect(engine.strategy.quotes.last?.now == Timestamp(nanoseconds: 1_101))
        engine.apply(add(9, .buy, 100, 990, venue: 1, at: 1_200))
        #expect(engine.market.quote(stock).bidPrice == price(1_001), "it was heard, though its best is the old one")
    }

    @Test func `the begin of a day closes every venue`() throws {
        var engine = try floor()
        #expect(engine.market.phase == .regular)
        engine.apply(Event(kind: .newDay))
        for place in 0..<3 {
            let phase = engine.market[Venue(place: place)].phase
            #expect(phase == .closed)
        }
        #expect(engine.market.phase == .closed)
    }

    @Test func `saved and restored in the middle it goes on to the same bits`() throws {
        let events = (0..<400).map { index -> Event in
            let time = Nanoseconds(100 + index * 37)
            if index % 41 == 40 { return gap(index % 3, index % 2 == 0, at: time) }
            if index % 13 == 12 { return timer(at: time) }
            let side: Side = index % 2 == 0 ? .buy : .sell
            let cents = side == .buy ? 1_000 - Int64(index % 7) : 1_002 + Int64(index % 5)
            return add(OrderID(index + 1), side, 100 + index, cents, venue: (index * 7) % 3, at: time)
        }
        for cut in [0, 57, 200, 399] {
            var whole = try floor(buyer(at: 2), staleAge: 500)
            for event in events[..<cut] { whole.apply(event) }
            var writer = StateWriter()
            whole.market.save(to: &writer)
            var copy = try floor(staleAge: 500)
            var market = try floorMarket(staleAge: 500)
            try writer.bytes.withUnsafeBytes { bytes in
                var reader = StateReader(bytes)
                try market.restore(from: &reader)
                #expect(reader.remaining == 0)
            }
            copy.market = market
            for event in events[cut...] {
                whole.apply(event)
                copy.apply(event)
                #expect(whole.market.quote(stock) == copy.market.quote(stock))
                #expect(whole.market.countedVenues == copy.market.countedVenues)
            }
            var (first, second) = (StateWriter(), StateWriter())
            for place in 0..<3 {
                whole.market[Venue(place: place)].save(to: &first)
                copy.market[Venue(place: place)].save(to: &second)
            }
            #expect(first.bytes == second.bytes)
        }
    }

    @Test func `a state of several venues is refused by a session of one`() throws {
        let engine = try floor()
        var writer = StateWriter()
        engine.save(to: &writer)
        var other = try makeEngine(ScriptedStrategy())
        #expect(throws: StateError.self) {
            try writer.bytes.withUnsafeBytes { bytes in
                var reader = StateReader(bytes)
                try other.restore(from: &reader)
            }
        }
    }
}
