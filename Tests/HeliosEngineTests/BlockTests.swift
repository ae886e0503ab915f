// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import HeliosVenue
import Testing

private let nobody = Venue(id: 0)

/// A dealer so many cents beyond the best price.
private func dealer(
    _ name: String,
    _ cents: Int64,
    fee: Int64 = 0,
    capacity: Int? = nil,
    _ change: (inout DealerModel) -> Void = { _ in }
) -> DealerModel {
    var dealer = DealerModel(name, venue: nobody, markup: price(cents))
    dealer.fee = Price(raw: fee)
    dealer.capacity = capacity.map { Quantity($0) }
    change(&dealer)
    return dealer
}

/// That neither the room, nor the gate, nor the desk counts anything but what the dealers have sold.
private func checkPosition(_ room: borrowing BlockRoom, _ shares: Int, _ side: Side = .buy) {
    let sign = Int(side.sign)
    #expect(room.engine.market.position(stock) == Quantity(sign * shares))
    let exposure = room.engine.market.risk.exposure(stock)
    #expect(exposure.openBuy == .zero && exposure.openSell == .zero)
    let filled = room.engine.observer.updates.filter { $0.kind == .filled }.reduce(0) { $0 + $1.quantity.raw }
    #expect(filled == Quantity(shares).raw)
}

@Suite("Blocks: parents that ask dealers")
struct BlockTests {
    @Test func `the best all-in a share is taken, the fee included, and what remains is asked for again`() throws {
        // 100.03 + 0.02, 100.04 for at most 400, 100.06.
        var room = try BlockRoom([
            dealer("A", 1, fee: 2_000_000), dealer("B", 2, capacity: 400), dealer("C", 4),
        ])
        room.give(1_000)
        room.run(1_000)
        let last = room.last
        let update = try #require(last)
        #expect(update.state == .done && update.done == Quantity(1_000) && update.averagePrice == price(10_004))
        let orders = room.engine.observer.orders
        #expect(orders.map(\.quantity) == [400, 400, 200].map { Quantity($0) })
        #expect(orders.allSatisfy { $0.venue == Venue(id: 3) && $0.timeInForce == .fillOrKill })
        #expect(room.engine.observer.comparisons.map(\.request.quantity) == [1_000, 600, 200].map { Quantity($0) })
        let first = room.engine.observer.comparisons[0]
        #expect(first.answers.map(\.verdict) == [.dearer, .taken, .dearer])
        #expect(first.answers[0].value == Money(price(10_005), times: Quantity(1_000)))
        #expect(first.answers[1].value == Money(price(10_004), times: Quantity(400)))
        // The book shows 800 at 100.02.
        #expect(first.displayed == Quantity(800) && first.displayedValue == Money(price(10_002), times: Quantity(800)))
        #expect(first.parent.open == .zero && first.quantity == Quantity(400))
        checkPosition(room, 1_000)
    }

    @Test func `of equal ones the one for more wins, then the first; a sale is compared the other way`() throws {
        var room = try BlockRoom([dealer("A", 2, capacity: 300), dealer("B", 2), dealer("C", 2), dealer("D", 9)])
        room.give(1_000, .sell)
        room.run(500)
        #expect(room.engine.observer.orders.map(\.venue) == [Venue(id: 3)])
        #expect(room.last?.averagePrice == price(9_998) && room.last?.state == .done)
        checkPosition(room, 1_000, .sell)
    }

    @Test func `a fee is charged once, for the dealer`() throws {
        var room = try BlockRoom([dealer("A", 1, fee: 250_000)])
        room.give(1_000)
        room.run(500)
        #expect(room.engine.observer.fees == Money(Price(raw: 250_000), times: Quantity(1_000)))
        checkPosition(room, 1_000)
    }

    @Test func `a quote that runs out on its way is a reject, and is asked for again`() throws {
        // A quote that is good for 600 ms comes with 200 left, and the order needs 400.
        var room = try BlockRoom(
            [dealer("A", 1) { $0.validity = 600_000_000 }, dealer("B", 3) { $0.declines = 1 }],
            latency: 400_000_000
        )
        room.give(500, seconds: 8)
        room.run(9_000)
        #expect(
            room.engine.observer.updates.allSatisfy { $0.kind == .rejected } && !room.engine.observer.updates.isEmpty
        )
        #expect(room.engine.observer.updates.count >= 2)
        #expect(room.last?.state == .expired && room.last?.done == .zero)
        checkPosition(room, 0)
    }

    @Test func `who refuses at last look is asked again, and in the end the parent fails`() throws {
        var settings = ExecutionSettings()
        settings.patience = 3
        var room = try BlockRoom([dealer("A", 1) { $0.refuses = 1 }], settings)
        room.give(500)
        room.run(10_000)
        #expect(room.engine.observer.updates.map(\.kind) == [.rejected, .rejected, .rejected])
        #expect(room.last?.state == .failed && room.last?.reason == .refused)
        checkPosition(room, 0)
    }

    @Test func `nobody answers: it asks again when the request has run out, and ends at its time`() throws {
        var settings = ExecutionSettings()
        settings.quoteTime = 2_000_000_000
        var room = try BlockRoom(
            [dealer("A", 1) { $0.declines = 1 }, dealer("B", 1) { $0.delay = .max / 4 }],
            settings
        )
        room.give(500, seconds: 9)
        room.run(10_000)
        #expect(room.last?.state == .expired && room.engine.observer.orders.isEmpty)
        #expect(room.engine.dealers.count == 5, "every two seconds, and a timer later")
        #expect(room.engine.observer.comparisons.allSatisfy { $0.order == 0 })
        #expect(room.engine.observer.comparisons.first?.answers.map(\.verdict) == [.declined, .silent])
        checkPosition(room, 0)
    }

    @Test func `a price beyond the limit is not taken, though it is the best all-in`() throws {
        // 100.05 with a rebate of three cents, 100.04 without.
        var room = try BlockRoom([dealer("A", 3, fee: -3_000_000), dealer("B", 2)])
        room.give(500, limit: 10_004)
        room.run(1_000)
        #expect(room.engine.observer.orders.map(\.venue) == [Venue(id: 3)])
        #expect(room.engine.observer.comparisons.first?.answers.map(\.verdict) == [.beyondLimit, .taken])
        var far = try BlockRoom([dealer("A", 3), dealer("B", 4)])
        far.give(500, limit: 10_004, seconds: 6)
        far.run(7_000)
        #expect(far.engine.observer.orders.isEmpty && far.last?.state == .expired)
        checkPosition(far, 0)
    }

    @Test func `a slow dealer is waited for no longer than the best quote is good`() throws {
        var room = try BlockRoom([dealer("A", 2), dealer("B", 1) { $0.delay = 3_000_000_000 }])
        room.give(500)
        room.run(2_000)
        let order = try #require(room.engine.observer.orders.first)
        #expect(order.venue == Venue(id: 2) && room.last?.state == .done)
        #expect(room.engine.observer.comparisons.first?.answers.map(\.verdict) == [.taken, .silent])
    }

    @Test func `no request and no order is larger than the gate lets through, and never more than the parent`() throws {
        var room = try BlockRoom([dealer("A", 1)], orderLimit: 300)
        room.give(1_000)
        room.run(2_000)
        #expect(room.engine.observer.orders.map(\.quantity) == [300, 300, 300, 100].map { Quantity($0) })
        #expect(room.engine.observer.comparisons.map(\.request.quantity) == [300, 300, 300, 100].map { Quantity($0) })
        #expect(room.engine.observer.refusals.isEmpty && room.last?.state == .done)
        checkPosition(room, 1_000)
    }

    @Test func `the gate holds a parent to its quantity, whatever asks in its name`() throws {
        var room = try BlockRoom([dealer("A", 1) { $0.declines = 1 }])
        room.give(500)
        room.run(200)
        // Somebody else's order with the parent's tag: P09.
        room.engine.strategy.wish = { intents in
            _ = intents.submitChild(
                NewOrder(
                    id: 0,
                    instrument: stock,
                    side: .buy,
                    timeInForce: .fillOrKill,
                    quantity: Quantity(501),
                    price: price(10_002),
                    tag: OrderTag(strategy: 0, group: Intents.firstParent),
                    venue: Venue(id: 2)
                )
            )
        }
        room.run(200)
        #expect(room.engine.observer.refusals == [.p09] && room.engine.observer.orders.isEmpty)
    }

    @Test func `while it is halted, or its strategy is stopped, no quote is taken, and later it goes on`() throws {
        for isHalt in [true, false] {
            var room = try BlockRoom([dealer("A", 1)])
            room.give(500)
            // The request is out, no answer has come.
            if isHalt {
                room.trade("H")
            } else {
                room.engine.apply(RiskCommand(.lower, .halted).record(at: room.now))
            }
            room.run(6_000)
            #expect(room.engine.observer.orders.isEmpty && room.last?.state == .working)
            #expect(room.engine.dealers.count == 1, "and nobody is asked again")
            if isHalt {
                room.trade("T")
                room.run(1_000)
                #expect(room.last?.state == .done)
                checkPosition(room, 500)
            } else {
                checkPosition(room, 0)
            }
        }
    }

    @Test func `orders held back while a request is out: nothing is taken`() throws {
        var room = try BlockRoom([dealer("A", 1)])
        room.give(500)
        room.engine.apply(
            Event(eventTime: room.now, receiveTime: room.now, kind: .orderHold, detail: OrderHold.venue.rawValue)
        )
        room.run(6_000)
        #expect(room.engine.observer.orders.isEmpty)
        room.engine.apply(Event(eventTime: room.now, receiveTime: room.now, kind: .orderHold, detail: 0))
        room.run(1_000)
        #expect(room.last?.state == .done)
        checkPosition(room, 500)
    }

    @Test func `a cancel while a request or an order is out ends it with what has traded`() throws {
        var room = try BlockRoom([dealer("A", 1)])
        room.give(500)
        room.engine.apply(ParentRequest.cancel(Intents.firstParent, at: room.now))
        room.run(1_000)
        #expect(room.last?.state == .cancelled && room.engine.observer.orders.isEmpty)
        // The order is under way for 200 ms when the cancel is sent: it comes too late.
        var late = try BlockRoom([dealer("A", 1)], latency: 200_000_000)
        late.give(500)
        late.run(500)
        #expect(late.engine.observer.orders.count == 1 && late.last?.state == .working)
        late.engine.apply(ParentRequest.cancel(Intents.firstParent, at: late.now))
        late.run(1_000)
        #expect(late.last?.state == .cancelled && late.last?.done == Quantity(500))
        #expect(late.engine.observer.updates.map(\.kind).filter { $0 == .filled }.count == 1)
        checkPosition(late, 500)
    }

    @Test func `without dealers it is rejected at once`() throws {
        var market = try ExecutionMarket()
        market.engine.strategy.wish = { _ = $0.work(ParentRequest(.rfq, stock, .buy, Quantity(500))) }
        market.tick()
        #expect(market.last(Intents.firstParent)?.state == .rejected)
        #expect(market.last(Intents.firstParent)?.reason == .noDealers)
    }

    @Test func `a restored engine takes the quote of the request that was out`() throws {
        var room = try BlockRoom([dealer("A", 1) { $0.delay = 500_000_000 }])
        room.give(500)
        room.run(300)
        var writer = StateWriter()
        room.engine.save(to: &writer)
        var fresh = try room.makeEngine()
        try unsafe writer.bytes.withUnsafeBytes { bytes in
            var reader = unsafe StateReader(bytes)
            try fresh.restore(from: &reader)
        }
        room.engine = fresh
        room.run(1_000)
        #expect(room.last?.state == .done && room.engine.dealers.count == 1)
        checkPosition(room, 500)
    }

    @Test func `skew, slope and noise move a dealer's price, the same in every run`() throws {
        func bought(_ side: Side, _ change: (inout DealerModel) -> Void) throws -> Price? {
            var room = try BlockRoom([dealer("A", 1, change)])
            room.give(2_000, side)
            room.run(500)
            return room.last?.averagePrice
        }
        #expect(try bought(.buy) { $0.skew = price(2) } == price(10_005))
        #expect(try bought(.sell) { $0.skew = price(2) } == price(10_001))
        #expect(try bought(.buy) { $0.slope = price(3) } == price(10_009))
        let drawn = try (0..<2).map { _ in try bought(.buy) { $0.noise = price(50) } }
        #expect(drawn[0] == drawn[1])
        let price0 = try #require(drawn[0])
        #expect(price0 >= price(10_003) && price0 <= price(10_053))
    }
}
