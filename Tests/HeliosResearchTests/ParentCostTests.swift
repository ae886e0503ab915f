// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import Testing

private let second: Nanoseconds = 1_000_000_000
private let midnight = Timestamp(nanoseconds: 1_735_880_400_000_000_000)
/// The open of the day, from which the times of a test count.
private let bell = midnight.nanoseconds + 34_200 * second

extension MarketState {
    /// Since the open.
    fileprivate var elapsed: Nanoseconds { now.nanoseconds - bell }
}

/// A deep quote of 10.00 to 10.02 that is refreshed twice a second, and a cent higher from `jump` on.
private func market(_ seconds: Int, jump: Int = .max) -> [Event] {
    var events = opening(at: bell + 1_000)
    var last: (OrderID, OrderID)?
    for step in 0..<2 * seconds {
        let time = bell + Nanoseconds(step) * second / 2 + 2_000
        let rise: Int64 = step / 2 >= jump ? 1 : 0
        if let last { events += [delete(last.0, at: time), delete(last.1, at: time)] }
        let number = OrderID(2 * step + 1)
        events.append(add(number, .buy, 5_000, 1_000 + rise, at: time))
        events.append(add(number + 1, .sell, 5_000, 1_002 + rise, at: time))
        last = (number, number + 1)
    }
    return events
}

private func run(_ events: [Event], _ act: @escaping NotingStrategy.Act) throws -> RunResult {
    var settings = settings(feed: 50, order: 700, report: 300)
    settings.limits.instrument.averageDailyVolume = .init(40_000_000)
    settings.fees = FeeSchedule(maker: .zero, taker: Price(raw: 300_000))
    var strategy = NotingStrategy(notebook: Notebook())
    strategy.atTimer = act
    let result = try Backtest(settings: settings).run(
        try ScriptedSource(events, midnight: midnight),
        strategy: strategy
    )
    try checkCosts(result)
    return result
}

/// Does something once, at the first timer at or after a time.
private func once(_ time: Nanoseconds, _ act: @escaping NotingStrategy.Act) -> NotingStrategy.Act {
    var isDone = false
    return { market, intents in
        guard !isDone, market.elapsed >= time, market.quote(stock).isTwoSided else { return }
        isDone = true
        act(market, &intents)
    }
}

@Suite("Parents and replacements in the costs of a run")
struct ParentCostTests {
    @Test func `a parent counts with all that was wanted, its algorithm, and the price of its decision`() throws {
        // Decided at 2 s with a mid of 10.01, begun at 10 s when it is 10.02, over before all of it has traded.
        let result = try run(market(60, jump: 5)) { market, intents in
            guard market.elapsed / second == 2, market.elapsed % second < 100_000_000 else { return }
            let now = market.now
            _ = intents.work(
                ParentRequest(
                    .twap,
                    stock,
                    .buy,
                    Quantity(1_000),
                    limit: cents(1_003),
                    from: now + 8 * second,
                    until: now + 28 * second,
                    takes: true,
                    parameter: 5
                )
            )
        }
        let parent = try #require(result.parents.first)
        #expect(result.parents.count == 1 && parent.algorithm == .twap && parent.state == .done)
        #expect(parent.quantity == Quantity(1_000) && parent.filled == Quantity(1_000) && parent.children == 5)
        #expect(parent.decision == cents(1_001) && parent.arrival == cents(1_002) && parent.average == cents(1_003))
        let shortfall = try #require(parent.shortfall)
        #expect(shortfall.delay == Money(10) && shortfall.trading == Money(10) && shortfall.opportunity == .zero)
        #expect(shortfall.fees == Money(3))
        let costs = try #require(result.costs).table
        let twap = costs[.algorithm, 1]
        #expect(twap.parents == 1 && twap.orders == 5 && twap.orderedShares == 1_000)
        #expect(abs(twap.delay - 10) < 1e-9 && abs(twap.trading - 10) < 1e-9 && abs(twap.parentFees - 3) < 1e-9)
        #expect(costs[.algorithm, 0].orders == 0)
        let report = try #require(CostReport(result))
        #expect(report.by.algorithm?.map(\.name) == ["twap"])
        let points = try #require(report.all.parents?.shortfallBasisPoints)
        #expect(abs(points.total - 23.0 / 10_010 * 10_000) < 1e-9)
    }

    @Test func `what a parent never asked a venue for is missed, and costs its opportunity`() throws {
        // The market leaves its limit behind at 5 s: from then on nothing trades.
        let result = try run(
            market(60, jump: 5),
            once(second) { market, intents in
                let end = market.now + 40 * second
                let limit = cents(1_002)
                _ = intents.work(
                    ParentRequest(
                        .twap,
                        stock,
                        .buy,
                        Quantity(1_000),
                        limit: limit,
                        until: end,
                        takes: true,
                        parameter: 10
                    )
                )
            }
        )
        let parent = try #require(result.parents.first)
        #expect(parent.state == .expired && parent.reason == .time)
        #expect(parent.filled.raw > 0 && parent.filled < Quantity(1_000))
        let missed = Money(cents(1), times: Quantity(1_000) - parent.filled)
        #expect(try #require(parent.shortfall).opportunity == missed)
        let twap = try #require(result.costs).table[.algorithm, 1]
        #expect(twap.orderedShares == 1_000 && twap.doneShares == parent.filled.value)
        #expect(abs(twap.opportunity - missed.value) < 1e-9)
    }

    @Test func `a target counts with what it comes to, and not where there is nothing to do`() throws {
        var steps = 0
        let result = try run(market(60)) { market, intents in
            guard market.quote(stock).isTwoSided else { return }
            steps += 1
            if steps == 5 {
                _ = intents.submit(stock, .buy, Quantity(600), at: cents(1_002), timeInForce: .immediateOrCancel)
            }
            // 400 too many the first time; the second time that is what there is.
            guard steps == 100 || steps == 400 else { return }
            let until = market.now + 10 * second
            let request = ParentRequest(.twap, stock, .buy, .zero, until: until, takes: true, parameter: 2)
            _ = intents.target(Quantity(200), request)
        }
        #expect(result.finalPositions.first?.quantity == Quantity(200))
        #expect(result.parents.map(\.state) == [.done, .done])
        #expect(result.parents.first?.side == .sell && result.parents.first?.quantity == Quantity(400))
        #expect(result.parents.map(\.wasWorked) == [true, false])
        let table = try #require(result.costs).table
        #expect(table.all.parents == 2 && table[.algorithm, 1].parents == 1)
        #expect(table[.algorithm, 1].orderedShares == 400 && table.all.opportunity == 0)
        #expect(try #require(result.parents.first?.shortfall).trading == Money(4))
    }

    @Test func `a parent that waits at the end of the run counts for nothing`() throws {
        let result = try run(
            market(20),
            once(second) { market, intents in
                let (from, until) = (market.now + 100 * second, market.now + 200 * second)
                _ = intents.work(
                    ParentRequest(.twap, stock, .buy, Quantity(100), from: from, until: until)
                )
            }
        )
        #expect(result.parents.map(\.state) == [.waiting] && result.parents.first?.shortfall == nil)
        #expect(try #require(result.costs).table.all.parents == 0)
    }

    @Test func `an order that is replaced is one order, with what it asked for in the end`() throws {
        var steps = 0
        var last: OrderID = 0
        let result = try run(market(30)) { market, intents in
            guard market.quote(stock).isTwoSided else { return }
            steps += 1
            switch steps {
            case 5: last = intents.submit(stock, .buy, Quantity(200), at: cents(998))
            case 20: last = intents.replace(last, Quantity(300), at: cents(999))
            // The last time it meets the other side, and all of it trades.
            case 40: last = intents.replace(last, Quantity(500), at: cents(1_002))
            default: break
            }
        }
        #expect(result.orders.map(\.state) == [.replaced, .replaced, .filled])
        let all = try #require(result.costs).table.all
        #expect(all.orders == 1 && all.parents == 1 && all.rejected == 0)
        #expect(all.orderedShares == 500 && all.doneShares == 500)
        #expect(all.takingSent + all.restingSent == 500 && all.fillRate == 1)
        #expect(abs(all.shortfall - (5 + 1.5)) < 1e-9)
    }

    @Test func `the first word of a replacement may be its fill, or its end`() throws {
        let order = { (id: OrderID, shares: Int) in
            NewOrder(
                id: id,
                instrument: stock,
                side: .buy,
                quantity: Quantity(shares),
                price: cents(1_000),
                tag: OrderTag(strategy: 0)
            )
        }
        let quote = Quote(
            bidPrice: cents(1_000),
            bidQuantity: Quantity(500),
            askPrice: cents(1_002),
            askQuantity: Quantity(500)
        )
        for isFill in [true, false] {
            var book = WorkingOrders(capacity: 8, instruments: 2)
            var recorder = RunRecorder(analysing: 2)
            func tell(_ kind: EventKind, _ id: OrderID, _ shares: Int, detail: UInt64 = 0) {
                var report = Event(
                    eventTime: Timestamp(nanoseconds: 9),
                    receiveTime: Timestamp(nanoseconds: 9),
                    orderID: id,
                    price: cents(1_000),
                    quantity: Quantity(shares),
                    instrument: stock,
                    kind: kind
                )
                report.detail = detail
                recorder.updated(book.apply(report), report, quote, fee: .zero)
            }
            let first = book.add(order(1, 200), at: .zero)
            recorder.sent(order(1, 200), quote, at: .zero)
            tell(.orderAccepted, 1, 200)
            let second = book.addReplacement(order(2, 300), of: 1, at: .zero)
            #expect(first && second)
            recorder.replacing(1, by: order(2, 300), quote, at: .zero)
            let sent = recorder.costs?.table.all.orders
            #expect(sent == 1)
            if isFill { tell(.orderFilled, 2, 100, detail: 7) } else { tell(.orderCancelled, 2, 300) }
            // The word of the replacement itself, late.
            tell(.orderReplaced, 1, 300, detail: 2)
            if isFill { tell(.orderFilled, 2, 200, detail: 8) }
            let costs = recorder.costs
            let all = try #require(costs).table.all
            #expect(all.orders == 1 && all.parents == 1 && all.restingSent == 300)
            #expect(all.doneShares == (isFill ? 300 : 0) && all.orderedShares == 300)
        }
    }
}
