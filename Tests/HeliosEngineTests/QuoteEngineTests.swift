// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import HeliosVenue
import Testing

/// Asks for a quote at its first timer and takes the best one when all have answered.
private struct Asker: Strategy {
    var quotes: [QuoteUpdate] = []
    var updates: [OrderUpdate] = []
    var takes = true

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        if quotes.isEmpty { _ = intents.requestQuotes(stock, .buy, Quantity(1_000), group: 9) }
    }

    mutating func onQuoteRequest(
        _ update: QuoteUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        quotes.append(update)
        if takes, update.isComplete { _ = intents.acceptQuote(update.request.number) }
    }

    mutating func onOrder(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        updates.append(update)
    }
}

/// An engine with three dealers on a simulated venue, a step of either at a time.
private struct Room: ~Copyable {
    var engine: Engine<Asker, SimulatedGateway, NoObserver>
    var venue: DealerRoom<HistoricalVenue>

    init(takes: Bool = true, refuses: Double = 0, limit: Int = 1_000) throws {
        let capacity = BookCapacity(instruments: 2, orders: 1_024, levels: 1_024)
        let shares = InstrumentLimits.usShares(
            maxOrderQuantity: Quantity(limit),
            maxPosition: Quantity(100_000),
            maxDayQuantity: Quantity(1_000_000),
            averageDailyVolume: InstrumentLimits.volumeUnknown
        )
        var policy = RiskPolicy(
            simple: RiskLimits.standard(dayLoss: Money(100_000), notional: Money(1_000_000_000), instrument: shares)
        )
        policy.loosenCounts()
        policy.venues = ["book", "near", "far", "shy"]
        let market = MarketState(
            books: try BookSet(capacity: capacity),
            orders: 100,
            instruments: 2,
            policy: policy
        )
        let history = try HistoricalVenue(capacity: capacity, reportLatency: 1_000)
        var asker = Asker()
        asker.takes = takes
        engine = Engine(
            market: market,
            strategy: asker,
            gateway: SimulatedGateway(latency: 1_000),
            observer: NoObserver(),
            fees: FeeSchedule(),
            dealers: QuoteDesk(
                dealers: [
                    Dealer(venue: Venue(id: 2), feePerShare: Price(raw: 3_000_000)), Dealer(venue: Venue(id: 3)),
                    Dealer(venue: Venue(id: 4)),
                ],
                patience: 400_000_000
            )
        )
        let cent = Price(raw: 1_000_000)
        venue = DealerRoom(
            history,
            dealers: [
                DealerModel(venue: Venue(id: 2), markup: cent, refuses: refuses),
                // Two cents dearer, but without the fee of three.
                DealerModel(venue: Venue(id: 3), markup: Price(raw: 3_000_000), delay: 90_000_000, refuses: refuses),
                DealerModel(venue: Venue(id: 4), markup: cent, declines: 1),
            ],
            latency: 500,
            seed: 3
        )
        both(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
        both(Event(instrument: stock, kind: .tradingStatus, detail: UInt64(UInt8(ascii: "T"))))
        both(add(1, .buy, 500, 1_000, at: 1))
        both(add(2, .sell, 500, 1_002, at: 2))
    }

    mutating func both(_ event: Event) {
        venue.advance(event)
        engine.apply(event)
    }

    /// Timers every 100 ms, with whatever travels between them in the order of its arrival.
    mutating func run(_ timers: Int) {
        for index in 1...timers {
            let time = Int64(index) * 100_000_000
            while min(engine.gateway.nextArrival, venue.nextReportTime).nanoseconds <= time {
                if engine.gateway.nextArrival <= venue.nextReportTime {
                    let message = engine.gateway.take()
                    if message.question.kind != .none {
                        venue.ask(message.question, at: message.arrival)
                    } else {
                        venue.submit(message.order, at: message.arrival)
                    }
                } else {
                    engine.apply(venue.takeReport())
                }
            }
            engine.apply(timer(at: time))
        }
    }
}

@Suite("Quotes on request, through the engine to simulated dealers")
struct QuoteEngineTests {
    @Test func `the dealer that is best all-in is taken, through the gate, and the trade is a position`() throws {
        var room = try Room()
        room.run(8)
        let quotes = room.engine.strategy.quotes
        #expect(quotes.map(\.kind) == [.asked, .quoted, .declined, .quoted])
        #expect(quotes.allSatisfy { $0.request.number == 1 && $0.request.tag.group == 9 })
        // 10.03 with a fee of three cents, 10.05 without one.
        #expect(quotes[1].quote.price == price(1_003) && quotes[3].quote.price == price(1_005))
        #expect(quotes[3].best.venue == Venue(id: 3) && quotes[3].isComplete)
        #expect(room.engine.strategy.updates.map(\.kind) == [.accepted, .filled])
        let fill = try #require(room.engine.strategy.updates.last)
        #expect(fill.price == price(1_005) && fill.quantity == Quantity(1_000) && fill.tag.group == 9)
        #expect(room.engine.market.position(stock) == Quantity(1_000))
        #expect(room.engine.market.risk.exposure(stock).openBuy == .zero)
    }

    @Test func `a dealer may refuse at last look, and nothing stays reserved`() throws {
        var room = try Room(refuses: 1)
        room.run(8)
        #expect(room.engine.strategy.updates.map(\.kind) == [.rejected])
        #expect(room.engine.market.position(stock) == .zero)
        #expect(room.engine.market.risk.exposure(stock).openBuy == .zero)
    }

    @Test func `what the gate refuses takes no quote, and a request that nobody takes runs out`() throws {
        var room = try Room(limit: 999)
        room.run(8)
        #expect(room.engine.strategy.updates.first?.kind == .refusedByRisk && room.engine.gateway.sent == 1)
        #expect(room.engine.strategy.quotes.last?.kind == .expired)
        var idle = try Room(takes: false)
        idle.run(8)
        #expect(idle.engine.strategy.quotes.last?.kind == .expired && idle.engine.strategy.updates.isEmpty)
    }

    @Test func `an engine with a request under way is saved and restored`() throws {
        var room = try Room(takes: false)
        room.run(3)
        var writer = StateWriter()
        room.engine.dealers.save(to: &writer)
        var other = try Room(takes: false)
        try writer.bytes.withUnsafeBytes { memory in
            var reader = StateReader(memory)
            try other.engine.dealers.restore(from: &reader)
        }
        let best = other.engine.dealers.best(1, at: Timestamp(nanoseconds: 300_000_000))
        #expect(best?.venue == Venue(id: 3))
    }
}
