// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import Testing

/// Events from a list, a few at a time.
final class ScriptedSource: EventSource {
    let events: [Event]
    let midnight: Timestamp
    var directory = InstrumentDirectory()
    let batch: Int
    private var next = 0

    init(_ events: [Event], midnight: Timestamp = .zero, batch: Int = 3) throws {
        self.events = events
        self.midnight = midnight
        self.batch = batch
        for name in ["AAA", "BBB"] { _ = directory.register(try #require(Symbol(name))) }
    }

    func fill(_ events: UnsafeMutableBufferPointer<Event>) throws -> Int {
        let count = min(batch, events.count, self.events.count - next)
        for index in 0..<count { events[index] = self.events[next + index] }
        next += count
        return count
    }

    var progress: Double { events.isEmpty ? 1 : Double(next) / Double(events.count) }
    var messages: Int { next }
    var malformed: Int { 0 }
}

/// What a strategy saw, in the order in which it saw it.
final class Notebook {
    var lines: [String] = []
    var quotes: [(mid: Price, now: Timestamp)] = []
    var updates: [OrderUpdate] = []
}

/// Writes everything down, and does what the test says.
struct NotingStrategy: Strategy {
    typealias Act = (borrowing MarketState, inout Intents) -> Void

    let notebook: Notebook
    var atQuote: Act = { _, _ in }
    var atTimer: Act = { _, _ in }

    mutating func onQuote(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents) {
        notebook.lines.append("quote \(market.now.nanoseconds)")
        notebook.quotes.append((market.quote(instrument).mid, market.now))
        atQuote(market, &intents)
    }

    mutating func onTrade(_ event: Event, _ market: borrowing MarketState, _ intents: inout Intents) {
        notebook.lines.append("trade \(market.now.nanoseconds)")
    }

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        notebook.lines.append("timer \(market.now.nanoseconds)")
        atTimer(market, &intents)
    }

    mutating func onOrder(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        notebook.lines.append("\(update.kind) \(market.now.nanoseconds)")
        notebook.updates.append(update)
    }
}

let stock = Instrument(id: 0)

func cents(_ cents: Int64) -> Price { Price(raw: cents * Price.scale / 100) }

func add(_ id: OrderID, _ side: Side, _ shares: Int, _ price: Int64, at time: Nanoseconds) -> Event {
    Event(
        eventTime: Timestamp(nanoseconds: time),
        receiveTime: Timestamp(nanoseconds: time),
        orderID: id,
        price: cents(price),
        quantity: Quantity(shares),
        instrument: stock,
        kind: .addOrder,
        flags: side == .sell ? .sell : []
    )
}

func delete(_ id: OrderID, at time: Nanoseconds) -> Event {
    Event(eventTime: Timestamp(nanoseconds: time), orderID: id, instrument: stock, kind: .deleteOrder)
}

/// The regular session begins and the stock trades.
func opening(at time: Nanoseconds) -> [Event] {
    let now = Timestamp(nanoseconds: time)
    return [
        Event(eventTime: now, kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))),
        Event(eventTime: now, instrument: stock, kind: .tradingStatus, detail: UInt64(UInt8(ascii: "T"))),
    ]
}

func settings(
    feed: Nanoseconds,
    order: Nanoseconds,
    report: Nanoseconds,
    timer: Nanoseconds = 100_000_000
) -> BacktestSettings {
    var settings = BacktestSettings()
    settings.feedLatency = feed
    settings.orderLatency = order
    settings.reportLatency = report
    settings.timerInterval = timer
    settings.equityInterval = timer
    settings.sessionStart = 0
    settings.bookCapacity = BookCapacity(instruments: 64, orders: 1 << 14, levels: 1 << 14)
    settings.orderCapacity = 1 << 14
    return settings
}

@Suite("Time in a backtest")
struct BacktestTimeTests {
    private func runOnce(_ settings: BacktestSettings, extra: [Event] = []) throws -> (Notebook, RunResult) {
        let notebook = Notebook()
        var strategy = NotingStrategy(notebook: notebook)
        var isDone = false
        strategy.atQuote = { market, intents in
            guard !isDone, market.quote(stock).isTwoSided else { return }
            isDone = intents.submit(stock, .buy, Quantity(100), at: cents(1_002), timeInForce: .immediateOrCancel) != 0
        }
        var events = opening(at: 1_000)
        events += [add(1, .buy, 100, 1_000, at: 2_000), add(2, .sell, 100, 1_002, at: 3_000)]
        events += extra
        let result = try Backtest(settings: settings).run(try ScriptedSource(events), strategy: strategy)
        return (notebook, result)
    }

    @Test func `a fill is known a feed, an order and a report latency after the quote that it answers`() throws {
        let (notebook, result) = try runOnce(settings(feed: 50, order: 700, report: 9_000))
        #expect(notebook.lines == ["quote 2050", "quote 3050", "accepted 12750", "filled 12750"])
        #expect(result.orders.map(\.time.nanoseconds) == [3_050])
        #expect(result.fills.map(\.time.nanoseconds) == [3_750])
        #expect(result.start.nanoseconds == 1_000)
    }

    @Test func `an order meets the book of the moment at which it arrives`() throws {
        // The offer goes one nanosecond before the order comes, at the same time, and one after.
        let assumed = settings(feed: 50, order: 700, report: 9_000)
        let before = try runOnce(assumed, extra: [delete(2, at: 3_749)]).1
        let same = try runOnce(assumed, extra: [delete(2, at: 3_750)]).1
        let after = try runOnce(assumed, extra: [delete(2, at: 3_751)]).1
        #expect(before.fills.isEmpty && before.orders.first?.state == .cancelled)
        #expect(same.fills.isEmpty, "at the same time the venue's own event goes first")
        #expect(after.fills.count == 1 && after.orders.first?.state == .filled)
    }

    @Test func `at the same time go venue, order, report, market data, timer`() throws {
        // Latencies of nothing, and everything at 10,000, where a timer is due too.
        var assumed = settings(feed: 0, order: 0, report: 0, timer: 10_000)
        assumed.sessionEnd = 0
        let notebook = Notebook()
        var strategy = NotingStrategy(notebook: notebook)
        strategy.atQuote = { market, intents in
            if market.quote(stock).askPrice == cents(1_002), market.now.nanoseconds == 10_000 {
                _ = intents.submit(stock, .buy, Quantity(10), at: cents(1_003), timeInForce: .immediateOrCancel)
            }
        }
        let events =
            opening(at: 1_000) + [
                add(1, .buy, 100, 1_000, at: 2_000), add(2, .sell, 100, 1_003, at: 3_000),
                add(3, .sell, 100, 1_002, at: 10_000), add(4, .sell, 100, 1_001, at: 10_000),
            ]
        let result = try Backtest(settings: assumed).run(try ScriptedSource(events, batch: 100), strategy: strategy)
        // The venue has both orders of 10,000 before ours comes: it takes the better one, which we had not seen yet.
        // Our report comes before the second order reaches us, and the timer is last.
        #expect(
            notebook.lines == [
                "quote 2000", "quote 3000", "quote 10000", "accepted 10000", "filled 10000", "quote 10000",
            ]
        )
        #expect(result.fills.map(\.price) == [cents(1_001)])
    }

    @Test func `the timer runs at multiples of its interval, after what is known at that time`() throws {
        let notebook = Notebook()
        let events =
            opening(at: 1_000) + [add(1, .buy, 100, 1_000, at: 19_950), add(2, .sell, 100, 1_002, at: 45_000)]
        _ = try Backtest(settings: settings(feed: 50, order: 1, report: 1, timer: 10_000))
            .run(try ScriptedSource(events), strategy: NotingStrategy(notebook: notebook))
        #expect(
            notebook.lines == [
                "timer 10000", "quote 20000", "timer 20000", "timer 30000", "timer 40000", "quote 45050",
            ]
        )
    }

    @Test(arguments: [1, 2, 1_000]) func `the size of the source's batches changes nothing`(batch: Int) throws {
        func run(_ batch: Int) throws -> ([String], UInt64) {
            let notebook = Notebook()
            var strategy = NotingStrategy(notebook: notebook)
            strategy.atQuote = { _, intents in
                _ = intents.submit(stock, .buy, Quantity(1), at: cents(1_002), timeInForce: .immediateOrCancel)
            }
            var events = opening(at: 1_000)
            for step in 0..<50 {
                events.append(add(OrderID(step * 2 + 1), .buy, 10, 1_000, at: Nanoseconds(step) * 777 + 2_000))
                events.append(add(OrderID(step * 2 + 2), .sell, 10, 1_002, at: Nanoseconds(step) * 777 + 2_000))
            }
            let result = try Backtest(settings: settings(feed: 50, order: 700, report: 300, timer: 1_000))
                .run(try ScriptedSource(events, batch: batch), strategy: strategy)
            return (notebook.lines, result.outputHash)
        }
        let expected = try run(7)
        let found = try run(batch)
        #expect(found.0 == expected.0 && found.1 == expected.1)
        #expect(expected.0.contains { $0.hasPrefix("filled") })
    }
}
