// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosRisk
import HeliosStrategy
import Testing

/// The venue's word that `old` goes by `new` now.
private func replaced(_ old: OrderID, by new: OrderID, _ shares: Int, at time: Nanoseconds) -> Event {
    var event = report(.orderReplaced, old, shares, at: time)
    event.detail = new
    return event
}

private func refused(_ old: OrderID, by new: OrderID, at time: Nanoseconds) -> Event {
    var event = report(.replaceRejected, old, at: time)
    event.detail = new
    return event
}

extension TestEngine {
    fileprivate var open: Quantity { market.risk.exposure(stock).openBuy }
    fileprivate func leaves(_ id: OrderID) -> Quantity { market.orders.order(id)?.leaves ?? .zero }
}

/// Buys 300 at the first timer, and does `then` at every later one.
private func buyer(_ then: @escaping ScriptedStrategy.Act) -> ScriptedStrategy {
    var strategy = ScriptedStrategy()
    strategy.atTimer = { market, intents in
        if market.now.nanoseconds == 10 {
            _ = intents.submit(stock, .buy, Quantity(300), at: price(1_000), group: 4, leg: 2)
        } else {
            then(market, &intents)
        }
    }
    return strategy
}

@Suite("The engine and orders that take another's place")
struct ReplaceEngineTests {
    private func working(_ then: @escaping ScriptedStrategy.Act) throws -> TestEngine {
        var engine = try makeEngine(buyer(then))
        engine.apply(timer(at: 10))
        engine.apply(report(.orderAccepted, 1, 300, at: 20))
        return engine
    }

    @Test
    func `a replacement goes through the gate, travels over its whole life, and is reserved for what it leaves open`()
        throws
    {
        var engine = try working { _, intents in _ = intents.replace(1, Quantity(500), at: price(1_001)) }
        engine.apply(report(.orderFilled, 1, 100, 1_000, execution: 1, at: 25))
        engine.apply(timer(at: 30))
        #expect(engine.gateway.replaced.map(\.old) == [1] && engine.gateway.replaced.map(\.new) == [2])
        let sent = try #require(engine.gateway.orders.last)
        #expect(sent.quantity == Quantity(500) && sent.price == price(1_001) && sent.side == .buy)
        #expect(sent.tag == OrderTag(strategy: 0, group: 4, leg: 2))
        // The larger of the 200 that the old one leaves open and the 400 that the new one would.
        #expect(engine.open == Quantity(400) && engine.leaves(1) == Quantity(200))
        // What fills before the answer comes off both.
        engine.apply(report(.orderFilled, 1, 50, 1_000, execution: 2, at: 31))
        #expect(engine.open == Quantity(350))
        engine.apply(replaced(1, by: 2, 500, at: 40))
        #expect(engine.open == Quantity(350) && engine.leaves(2) == Quantity(350) && engine.leaves(1) == .zero)
        let update = try #require(engine.strategy.updates.last)
        #expect(update.kind == .replaced && update.orderID == 2 && update.original == 1)
        engine.apply(report(.orderFilled, 2, 350, 1_001, execution: 3, at: 50))
        #expect(engine.open == .zero && engine.market.position(stock) == Quantity(500))
        #expect(engine.market.risk.firstLiveOrder == 0)
    }

    @Test func `a refused replacement leaves the order and its reservation as they were`() throws {
        var engine = try working { _, intents in _ = intents.replace(1, Quantity(500), at: price(1_001)) }
        engine.apply(timer(at: 30))
        #expect(engine.open == Quantity(500))
        engine.apply(refused(1, by: 2, at: 40))
        #expect(engine.open == Quantity(300) && engine.leaves(1) == Quantity(300))
        #expect(engine.strategy.updates.last?.kind == .replaceRejected)
        #expect(engine.market.orders.order(1)?.state == .new)
        engine.apply(report(.orderCancelled, 1, 300, at: 50))
        #expect(engine.open == .zero && engine.market.risk.firstLiveOrder == 0)
    }

    @Test func `what can't be replaced never leaves, and the strategy hears of it in the same step`() throws {
        var engine = try working { _, intents in
            // Too large, below what was executed, of no order, and the one after a replacement that is not answered.
            _ = intents.replace(1, Quantity(1_200), at: price(1_000))
            _ = intents.replace(1, Quantity(100), at: price(1_000))
            _ = intents.replace(9, Quantity(100), at: price(1_000))
            _ = intents.replace(1, Quantity(200), at: price(1_000))
            _ = intents.replace(1, Quantity(250), at: price(1_000))
        }
        engine.apply(report(.orderFilled, 1, 100, 1_000, execution: 1, at: 25))
        engine.apply(timer(at: 30))
        #expect(engine.gateway.replaced.map(\.new) == [5])
        let heard = engine.strategy.updates.filter { $0.kind == .refusedByRisk }
        #expect(heard.map(\.orderID) == [2, 3, 4, 6] && heard.allSatisfy { $0.isFinal })
        #expect(engine.open == Quantity(200) && engine.market.risk.refusedCount(.p01) == 1)
    }

    @Test func `a cancel while a replacement is under way goes to both numbers, whichever of them works then`() throws {
        for isReplaced in [true, false] {
            var engine = try working { market, intents in
                if market.now.nanoseconds == 30 { _ = intents.replace(1, Quantity(500), at: price(1_001)) }
                if market.now.nanoseconds == 31 { intents.cancel(2) }
            }
            engine.apply(timer(at: 30))
            engine.apply(timer(at: 31))
            #expect(engine.gateway.cancels == [1, 2])
            if isReplaced {
                engine.apply(replaced(1, by: 2, 500, at: 40))
                engine.apply(report(.cancelRejected, 1, at: 41))
                engine.apply(report(.orderCancelled, 2, 500, at: 42))
            } else {
                engine.apply(refused(1, by: 2, at: 40))
                engine.apply(report(.orderCancelled, 1, 300, at: 41))
                engine.apply(report(.cancelRejected, 2, at: 42))
            }
            #expect(engine.open == .zero && engine.market.orders.workingCount == 0)
            #expect(!engine.strategy.updates.contains { $0.kind == .cancelRejected })
        }
    }

    @Test func `a kill reaches whichever of two orders works`() throws {
        var engine = try working { _, intents in _ = intents.replace(1, Quantity(500), at: price(1_001)) }
        engine.apply(timer(at: 30))
        engine.apply(RiskCommand(.lower, .halted).record(at: Timestamp(nanoseconds: 35)))
        #expect(engine.gateway.cancels == [1, 2])
    }

    @Test func `while orders are held back nothing is replaced`() throws {
        var engine = try working { _, intents in _ = intents.replace(1, Quantity(500), at: price(1_001)) }
        engine.apply(Event(receiveTime: Timestamp(nanoseconds: 25), kind: .orderHold, detail: OrderHold.venue.rawValue))
        engine.apply(timer(at: 30))
        #expect(engine.gateway.replaced.isEmpty && engine.strategy.updates.last?.kind == .refusedByRisk)
    }

    @Test func `an execution of the new order ahead of the venue's word settles the reservation of both`() throws {
        var engine = try working { _, intents in _ = intents.replace(1, Quantity(500), at: price(1_001)) }
        engine.apply(timer(at: 30))
        engine.apply(report(.orderFilled, 1, 50, 1_000, execution: 1, at: 35))
        engine.apply(report(.orderFilled, 2, 100, 1_001, execution: 2, at: 36))
        #expect(engine.open == Quantity(350) && engine.leaves(2) == Quantity(350))
        engine.apply(replaced(1, by: 2, 500, at: 40))
        engine.apply(report(.orderCancelled, 2, 350, at: 50))
        #expect(engine.open == .zero && engine.market.risk.firstLiveOrder == 0)
        #expect(engine.market.risk.releaseUnderflows == 0)
    }

    @Test func `set aside, resumed, done for the day: the strategy hears of each, and the day after the order works`()
        throws
    {
        var engine = try working { _, _ in }
        engine.apply(report(.orderSuspended, 1, at: 30))
        engine.apply(report(.orderResumed, 1, at: 31))
        engine.apply(report(.orderDoneForDay, 1, at: 32))
        #expect(engine.strategy.updates.suffix(3).map(\.kind) == [.suspended, .resumed, .doneForDay])
        #expect(engine.open == Quantity(300) && engine.market.orders.order(1)?.state == .doneForDay)
        engine.apply(Event(receiveTime: Timestamp(nanoseconds: 40), kind: .newDay))
        #expect(engine.open == Quantity(300) && engine.market.orders.order(1)?.state == .new)
    }

    /// A venue that fills, answers and refuses at random; after each step the ledger holds what may still trade.
    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `whatever the venue does, what is reserved is what may still trade, and the position is the sum of the fills`(
        seed: UInt64
    ) throws {
        var random = SeededRandom(seed: seed)
        var wish: (OrderID, Int)?
        var isCancel = false
        var strategy = ScriptedStrategy()
        strategy.atTimer = { market, intents in
            if market.now.nanoseconds == 10 { _ = intents.submit(stock, .buy, Quantity(300), at: price(1_000)) }
        }
        var engine = try makeEngine(strategy)
        engine.apply(timer(at: 10))
        engine.apply(report(.orderAccepted, 1, 300, at: 11))
        // The venue: which number works, of how much, and what was executed.
        var (live, open, done, next) = (OrderID(1), 300, 0, OrderID(2))
        var (taken, cancels, executions) = (0, 0, UInt64(0))
        for step in 0..<120 {
            let time = Nanoseconds(100 + step)
            (wish, isCancel) = (nil, false)
            switch random.next() % 8 {
            case 0: wish = (engine.market.orders.workingNumber(of: 1), 100 + Int(random.next() % 8) * 100)
            case 1: isCancel = random.next() % 6 == 0
            case 2, 3:
                guard live != 0 else { continue }
                let shares = min(open, 1 + Int(random.next() % 60))
                (executions, done, open) = (executions + 1, done + shares, open - shares)
                engine.apply(report(.orderFilled, live, shares, 1_000, execution: executions, at: time))
                if open == 0 { live = 0 }
            default:
                // The next thing that has reached the venue.
                if taken < engine.gateway.replaced.count {
                    let (old, new) = engine.gateway.replaced[taken]
                    taken += 1
                    let total = Int(engine.gateway.orders.first { $0.id == new }?.quantity.value ?? 0)
                    guard old == live, random.next() % 4 > 0 else {
                        engine.apply(refused(old, by: new, at: time))
                        break
                    }
                    open = max(total - done, 0)
                    live = open > 0 ? new : 0
                    engine.apply(replaced(old, by: new, max(total, done), at: time))
                } else if cancels < engine.gateway.cancels.count {
                    let id = engine.gateway.cancels[cancels]
                    cancels += 1
                    guard id == live, random.next() % 2 == 0 else {
                        engine.apply(report(.cancelRejected, id, at: time))
                        break
                    }
                    engine.apply(report(.orderCancelled, id, open, at: time))
                    (live, open) = (0, 0)
                }
            }
            if wish != nil || isCancel {
                let number = engine.market.orders.workingNumber(of: next - 1)
                engine.strategy.atTimer = { [wish] _, intents in
                    if let wish {
                        _ = intents.replace(wish.0, Quantity(wish.1), at: price(1_000))
                    } else {
                        intents.cancel(number)
                    }
                }
                engine.apply(timer(at: time))
                next = engine.nextOrderID
            }
            var (known, waiting) = (Int64(0), Int64(0))
            for id in 1..<engine.nextOrderID {
                guard let order = engine.market.orders.order(id) else { continue }
                #expect(order.leaves + order.filled + order.cancelled == order.order.quantity)
                if order.awaitsReplace {
                    let filled = engine.market.orders.order(order.original)?.filled ?? .zero
                    waiting = max((order.order.quantity - filled).raw, 0)
                } else {
                    known += order.leaves.raw
                }
            }
            #expect(engine.open.raw == max(known, waiting), "seed \(seed), step \(step)")
            #expect(engine.market.position(stock) == Quantity(done) && engine.market.risk.releaseUnderflows == 0)
        }
    }
}
