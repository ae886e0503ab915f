// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosStrategy
import Testing

@Suite("The engine between events, strategy, risk gate and gateway")
struct EngineTests {
    @Test func `a strategy sees the quote after the event, at the time of its receipt`() throws {
        var engine = try makeEngine(ScriptedStrategy())
        var event = add(3, .buy, 100, 1_001, at: 10)
        event.receiveTime = Timestamp(nanoseconds: 60)
        engine.apply(event)
        engine.apply(add(4, .buy, 100, 900, at: 70))  // not the best price: nobody is called
        let seen = engine.strategy.quotes
        #expect(seen.count == 1 && seen[0].now.nanoseconds == 60 && seen[0].quote.bidPrice == price(1_001))
        var trade = report(.executeOrder, 3, 40, at: 80)
        trade.flags = .printable
        engine.apply(trade)
        #expect(engine.strategy.quotes.count == 2 && engine.strategy.trades.count == 1)
        #expect(engine.quotes == 4)  // two of them before the script began
    }

    @Test func `an order that passes is sent once, and its fills become the position`() throws {
        var strategy = ScriptedStrategy()
        strategy.atTimer = { _, intents in _ = intents.submit(stock, .buy, Quantity(300), at: price(1_002)) }
        let fees = FeeSchedule(maker: Price(raw: -200_000), taker: Price(raw: 300_000))
        var engine = try makeEngine(strategy, fees: fees)
        engine.apply(timer(at: 10))
        #expect(engine.gateway.orders.map(\.id) == [1] && engine.strategy.updates.isEmpty)
        #expect(engine.market.risk.exposure(stock).openBuy == Quantity(300))
        engine.apply(report(.orderAccepted, 1, 300, at: 20))
        engine.apply(report(.orderFilled, 1, 100, 1_002, execution: 7, at: 30))
        engine.apply(report(.orderFilled, 1, 100, 1_002, execution: 7, at: 31))  // told twice, counts once
        engine.apply(report(.orderFilled, 1, 50, 1_001, execution: 8, flags: .maker, at: 32))
        engine.apply(report(.orderCancelled, 1, 150, at: 33))
        #expect(engine.market.position(stock) == Quantity(150))
        let exposure = engine.market.risk.exposure(stock)
        #expect(exposure.openBuy == .zero)
        #expect(
            exposure.cashFlow == -(Money(price(1_002), times: Quantity(100)) + Money(price(1_001), times: Quantity(50)))
                .raw
        )
        #expect(
            exposure.fees == Money(Price(raw: 300_000), times: Quantity(100)).raw
                - Money(Price(raw: 200_000), times: Quantity(50)).raw
        )
        #expect(engine.strategy.updates.map(\.kind) == [.accepted, .filled, .ignored, .filled, .cancelled])
        #expect(engine.strategy.updates.last?.isFinal == true)
    }

    @Test func `a refused order never leaves, and the strategy hears of it in the same step`() throws {
        var strategy = ScriptedStrategy()
        strategy.atTimer = { _, intents in
            _ = intents.submit(stock, .buy, Quantity(1_001), at: price(1_002))
            _ = intents.submit(stock, .buy, Quantity(100), at: price(2_000))
        }
        // What it asks for while it hears of the first refusal is taken in the same step too.
        strategy.atOrder = { update, _, intents in
            if update.orderID == 1 { _ = intents.submit(stock, .buy, Quantity(100), at: price(1_002)) }
        }
        var engine = try makeEngine(strategy)
        engine.apply(timer(at: 10))
        #expect(engine.strategy.updates.map(\.kind) == [.refusedByRisk, .refusedByRisk])
        #expect(engine.strategy.updates.map(\.orderID) == [1, 2])
        #expect(engine.strategy.updates.map(\.isFinal) == [true, true])
        #expect(engine.gateway.orders.map(\.id) == [3])
        #expect(engine.market.risk.refusedCount(.p01) == 1 && engine.market.risk.refusedCount(.p03) == 1)
        #expect(engine.market.risk.exposure(stock).openBuy == Quantity(100))
    }

    @Test func `a market order travels with its bound`() throws {
        var strategy = ScriptedStrategy()
        strategy.atTimer = { _, intents in
            _ = intents.submit(stock, .sell, Quantity(10), at: .zero, type: .market)
        }
        var engine = try makeEngine(strategy)
        engine.apply(timer(at: 10))
        #expect(engine.gateway.orders.map(\.price) == [price(901)])  // 10.01 less 10 per cent, up to a cent: 9.009
    }

    @Test func `a cancel of an order that has ended is answered and not sent, a second one on the way is the first`()
        throws
    {
        var strategy = ScriptedStrategy()
        strategy.atTimer = { market, intents in
            if market.now.nanoseconds == 10 { _ = intents.submit(stock, .buy, Quantity(100), at: price(1_002)) }
            if market.now.nanoseconds > 10 { intents.cancel(1) }
        }
        var engine = try makeEngine(strategy)
        engine.apply(timer(at: 10))
        engine.apply(timer(at: 20))
        #expect(engine.gateway.cancels == [1] && engine.strategy.updates.isEmpty)
        engine.apply(timer(at: 30))
        #expect(engine.gateway.cancels == [1] && engine.strategy.updates.isEmpty)
        engine.apply(report(.orderFilled, 1, 100, 1_002, execution: 1, at: 40))
        engine.apply(report(.cancelRejected, 1, at: 41))
        engine.apply(timer(at: 50))
        #expect(engine.gateway.cancels == [1])
        #expect(engine.strategy.updates.map(\.kind) == [.filled, .cancelRejected, .cancelRejected])
    }

    @Test func `a strategy that asks again on every answer to a cancel does not fill the engine with cancels`() throws {
        var strategy = ScriptedStrategy()
        strategy.atTimer = { market, intents in
            if market.now.nanoseconds == 10 { _ = intents.submit(stock, .buy, Quantity(100), at: price(1_002)) }
            if market.now.nanoseconds == 20 { _ = intents.submit(stock, .buy, Quantity(100), at: price(1_001)) }
            if market.now.nanoseconds == 30 { intents.cancel(2) }
        }
        strategy.atOrder = { update, _, intents in
            if update.kind == .cancelRejected { intents.cancel(2) }
        }
        var engine = try makeEngine(strategy)
        for time in [10, 20, 30] { engine.apply(timer(at: Int64(time))) }
        // The venue's late word about a cancel of the first order, which the strategy takes for one about the second.
        engine.apply(report(.orderFilled, 1, 100, 1_002, execution: 1, at: 40))
        engine.apply(report(.cancelRejected, 1, at: 41))
        #expect(engine.gateway.cancels == [2] && engine.droppedIntents == 0)
    }

    @Test func `a cancel of a number that was never sent goes nowhere`() throws {
        var strategy = ScriptedStrategy()
        strategy.atTimer = { _, intents in
            intents.cancel(0)
            intents.cancel(77)
            intents.cancel(.max)
        }
        var engine = try makeEngine(strategy)
        engine.apply(timer(at: 10))
        #expect(engine.gateway.cancels.isEmpty && engine.gateway.orders.isEmpty)
    }

    @Test func `time that runs backward is counted and moves no clock`() throws {
        var engine = try makeEngine(ScriptedStrategy())
        engine.apply(timer(at: 100))
        engine.apply(add(3, .buy, 10, 1_001, at: 99))
        engine.apply(timer(at: 100))
        #expect(engine.backwardTimes == 1 && engine.market.now.nanoseconds == 100)
        #expect(engine.market.quote(stock).bidPrice == price(1_001))
    }

    @Test func `intents beyond the room are counted and get the number 0`() throws {
        var strategy = ScriptedStrategy()
        strategy.atTimer = { market, intents in
            let before = intents.nextOrderID
            var numbers: [OrderID] = []
            for _ in 0..<6 { numbers.append(intents.submit(stock, .buy, Quantity(1), at: price(1_000))) }
            #expect(numbers == [before, before + 1, before + 2, before + 3, 0, 0])
        }
        var engine = try makeEngine(strategy, intents: 4)
        engine.apply(timer(at: 10))
        #expect(engine.droppedIntents == 2 && engine.gateway.orders.count == 4)
        engine.apply(timer(at: 20))
        #expect(engine.droppedIntents == 4)
        #expect(engine.gateway.orders.map(\.id) == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test func `every order that leaves has passed the gate, one clearance each, whatever a strategy asks for`() throws
    {
        var random = SeededRandom(seed: 11)
        var asked = 0
        var strategy = ScriptedStrategy()
        strategy.atTimer = { _, intents in
            for _ in 0..<5 {
                let side: Side = random.next() % 2 == 0 ? .buy : .sell
                let shares = Quantity(raw: Int64(random.next() % 13) * Quantity.scale * 100 - Quantity.scale)
                // Buys below sells, so that few of them would meet one another.
                let cents = price(Int64(random.next() % 200) + (side == .buy ? 800 : 1_001))
                let type: OrderType = random.next() % 8 == 0 ? .market : .limit
                let instrument = Instrument(id: UInt32(random.next() % 4))
                asked += 1
                _ = intents.submit(instrument, side, shares, at: cents, type: type)
                intents.cancel(random.next() % 1_200)
            }
        }
        var engine = try makeEngine(strategy, orders: 900)
        for step in 0..<300 {
            let time = Nanoseconds(step) * 1_000 + 10
            engine.apply(timer(at: time))
            let id = OrderID(random.next() % UInt64(asked + 2))
            let kinds: [EventKind] = [.orderFilled, .orderCancelled, .orderAccepted, .orderRejected, .cancelRejected]
            let kind = kinds[Int(random.next() % 5)]
            engine.apply(report(kind, id, Int(random.next() % 900), 1_001, execution: UInt64(step), at: time))
        }
        let sent = engine.gateway.orders
        #expect(UInt64(sent.count) == engine.market.risk.clearedCount)
        #expect(engine.gateway.sequences == Array(1...UInt64(sent.count)))
        #expect(Set(sent.map(\.id)).count == sent.count)
        #expect(sent.allSatisfy { engine.market.orders.order($0.id) != nil })
        #expect(sent.allSatisfy { $0.quantity.raw > 0 && $0.quantity <= Quantity(1_000) && $0.instrument == stock })
        let refused = engine.strategy.updates.count { $0.kind == .refusedByRisk }
        #expect(asked == 1_500 && sent.count + refused == asked)
        #expect(sent.count > 100 && refused > 100, "\(sent.count) sent, \(refused) refused")
    }

    @Test func `the hash is that of what went out and came back`() throws {
        func run(_ cents: Int64 = 1_002, fill: Int64 = 1_002, filled: Int = 100, book: Int64 = 900) throws -> UInt64 {
            var strategy = ScriptedStrategy()
            strategy.atTimer = { _, intents in
                _ = intents.submit(stock, .buy, Quantity(100), at: price(cents))
                _ = intents.submit(stock, .buy, Quantity(5_000), at: price(cents))
                intents.cancel(1)
            }
            var engine = try makeEngine(strategy)
            engine.apply(add(9, .buy, 10, book, at: 5))
            engine.apply(timer(at: 10))
            engine.apply(report(.orderFilled, 1, filled, fill, execution: 1, at: 20))
            return engine.hash.value
        }
        let first = try run()
        #expect(try run() == first)
        #expect(try run(1_001) != first)  // an order's price
        #expect(try run(fill: 1_001) != first)  // a report's price
        #expect(try run(filled: 99) != first)
        #expect(try run(book: 901) == first)  // what changed no order and no report is not in it
        #expect(first == 12_402_526_732_529_228_473)  // the same in every build
    }
}
