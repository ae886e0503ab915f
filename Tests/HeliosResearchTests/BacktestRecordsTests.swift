// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import HeliosVenue
import Testing

private let second: Nanoseconds = 1_000_000_000

/// A quote of 10.00 to 10.02 that moves up by a cent a second, for `seconds`.
private func risingQuote(_ seconds: Int, from start: Nanoseconds = 0) -> [Event] {
    var events = opening(at: start + 1_000)
    for step in 0..<seconds {
        let time = start + Nanoseconds(step) * second + 2_000
        if step > 0 { events += [delete(OrderID(step * 2 + 1), at: time), delete(OrderID(step * 2), at: time)] }
        events.append(add(OrderID(step * 2 + 2), .buy, 500, 1_000 + Int64(step), at: time))
        events.append(add(OrderID(step * 2 + 3), .sell, 500, 1_002 + Int64(step), at: time))
    }
    return events
}

/// Buys 100 at the first timer.
private func buyOnce(_ notebook: Notebook = Notebook()) -> NotingStrategy {
    var strategy = NotingStrategy(notebook: notebook)
    var isDone = false
    strategy.atTimer = { market, intents in
        guard !isDone, market.quote(stock).isTwoSided else { return }
        isDone = intents.submit(stock, .buy, Quantity(100), at: market.quote(stock).askPrice) != 0
    }
    return strategy
}

/// The account from the fills alone.
func checkConservation(_ result: RunResult) {
    var positions: [UInt32: Quantity] = [:]
    var cash = result.initialCash
    for fill in result.fills {
        positions[fill.instrument.id, default: .zero].raw += fill.side.sign * fill.quantity.raw
        cash.raw -= Int128(fill.side.sign) * Money(fill.price, times: fill.quantity).raw
        cash = cash - fill.fee
    }
    for record in result.finalPositions {
        #expect(record.quantity == positions[record.instrument.id, default: .zero])
        cash += Money(record.mark, times: record.quantity)
        positions[record.instrument.id] = nil
    }
    #expect(positions.values.allSatisfy { $0.raw == 0 })
    #expect(result.equity.last?.equity == cash)
    #expect(
        result.equity.allSatisfy { $0.equity == result.initialCash + $0.realised + $0.unrealised - $0.fees }
    )
    var filled: [OrderID: Quantity] = [:]
    for fill in result.fills { filled[fill.orderID, default: .zero] += fill.quantity }
    #expect(result.orders.allSatisfy { $0.filled == filled[$0.id, default: .zero] && $0.filled <= $0.quantity })
    #expect(throws: Never.self) { try checkCosts(result) }
}

@Suite("What a backtest writes down")
struct BacktestRecordsTests {
    @Test func `the markouts of a fill are the mids at the horizons`() throws {
        let result = try Backtest(settings: settings(feed: 50, order: 700, report: 300))
            .run(try ScriptedSource(risingQuote(100)), strategy: buyOnce())
        let fill = try #require(result.fills.first)
        // Filled in second 0, when the mid was 10.01; a cent more each second; after 300 s there is no market any more.
        #expect(fill.time.nanoseconds == 100_000_700)
        #expect(fill.arrivalMid == cents(1_001) && fill.mid == cents(1_001))
        #expect(
            fill.laterMids == [
                cents(1_001), cents(1_001), cents(1_002), cents(1_011), cents(1_016), cents(1_061), .zero,
            ]
        )
    }

    @Test func `equity is sampled at the interval, and at the end`() throws {
        var assumed = settings(feed: 50, order: 700, report: 300)
        assumed.equityInterval = 2 * second
        assumed.fees = FeeSchedule(taker: Price(raw: 300_000))
        let result = try Backtest(settings: assumed).run(try ScriptedSource(risingQuote(10)), strategy: buyOnce())
        let times = result.equity.map(\.time.nanoseconds)
        #expect(times == [100_000_000, 2_100_000_000, 4_100_000_000, 6_100_000_000, 8_100_000_000, 9_000_002_050])
        // Bought 100 at 10.02 for 30 cents; the mid is 10.01 + 1 cent a second.
        let profits = result.equity.map { $0.equity - result.initialCash }
        #expect(profits.map(\.description) == ["0.00", "0.70", "2.70", "4.70", "6.70", "7.70"])
        #expect(result.equity.map(\.openPositions) == [0, 1, 1, 1, 1, 1])
        #expect(result.equity.last?.fees.description == "0.30")
        checkConservation(result)
    }

    @Test func `samples end with the session, whatever comes after it`() throws {
        var assumed = settings(feed: 50, order: 700, report: 300)
        assumed.equityInterval = second
        assumed.sessionStart = 2 * second
        assumed.sessionEnd = 5 * second
        let result = try Backtest(settings: assumed)
            .run(try ScriptedSource(risingQuote(30)), strategy: NotingStrategy(notebook: Notebook()))
        // Nothing is held and nothing happened after the session: no further sample stretches the curve.
        #expect(result.equity.map(\.time.nanoseconds) == [2 * second, 3 * second, 4 * second, 5 * second])
    }

    @Test func `without any latency the account adds up too`() throws {
        var assumed = settings(feed: 0, order: 0, report: 0)
        assumed.fees = FeeSchedule(taker: Price(raw: 300_000))
        let events = risingQuote(1) + [add(99, .buy, 1, 900, at: 100_000_000), add(100, .buy, 1, 900, at: 100_000_001)]
        let result = try Backtest(settings: assumed).run(try ScriptedSource(events), strategy: buyOnce())
        #expect(result.fills.map(\.time.nanoseconds) == [100_000_000])
        checkConservation(result)
    }

    @Test func `the callback stops a run, and what was done is complete`() throws {
        var calls = 0
        var fractions: [Double] = []
        let source = try ScriptedSource(risingQuote(100), batch: 20)
        let result = try Backtest(settings: settings(feed: 50, order: 700, report: 300))
            .run(source, strategy: buyOnce()) { progress in
                calls += 1
                fractions.append(progress.fraction)
                return calls < 3
            }
        #expect(calls == 3 && source.messages == 60 && result.counts.messages == 60)
        #expect(fractions == fractions.sorted() && fractions.allSatisfy { $0 > 0 && $0 < 1 })
        #expect(result.fills.count == 1 && result.orders.first?.state == .filled)
        #expect(result.equity.count > 10)
        checkConservation(result)
    }

    @Test func `what happened is counted`() throws {
        let notebook = Notebook()
        var strategy = NotingStrategy(notebook: notebook)
        var step = 0
        strategy.atTimer = { market, intents in
            step += 1
            switch step {
            case 1: _ = intents.submit(stock, .buy, Quantity(100), at: cents(1_002), timeInForce: .immediateOrCancel)
            case 2: _ = intents.submit(stock, .buy, Quantity(100_000), at: cents(1_002))  // above the limit
            case 3: _ = intents.submit(stock, .buy, Quantity(100), at: cents(990))
            case 8: intents.cancel(3)
            case 9: _ = intents.submit(stock, .sell, Quantity(100), at: cents(985), timeInForce: .immediateOrCancel)
            default: break
            }
        }
        var events = risingQuote(1)
        for tick in 1...20 {
            events.append(add(OrderID(1_000 + tick), .buy, 1, 900, at: Nanoseconds(tick) * 50_000_000))
        }
        let result = try Backtest(settings: settings(feed: 50, order: 700, report: 300))
            .run(try ScriptedSource(events), strategy: strategy)
        let counts = result.counts
        #expect(counts.orders == 4 && counts.accepted == 3 && counts.filledOrders == 2 && counts.fills == 2)
        #expect(counts.cancelled == 1 && counts.rejectedByRisk == 1 && counts.rejectedByVenue == 0)
        #expect(result.riskRejects.map(\.control) == ["P01"] && result.riskRejects.map(\.count) == [1])
        #expect(result.orders.map(\.state) == [.filled, .refusedByRisk, .cancelled, .filled])
        #expect(result.orders.map(\.reason) == ["", "P01", "user", ""])
        #expect(result.finalPositions.map(\.quantity) == [.zero])
        checkConservation(result)
    }
}
