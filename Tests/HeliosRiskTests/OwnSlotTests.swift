// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

private func later(_ nanoseconds: Nanoseconds) -> MarketSnapshot {
    market { ($0.now, $0.quoteTime) = (noon + nanoseconds, noon + nanoseconds) }
}

/// A firm whose account one is long 1,000 by strategy 1; strategy 0 is flat.
private func longAccount(_ change: (inout RiskPolicy) -> Void) -> BoxedGate {
    let gate = firm(change)
    let long = order(1, .buy, 1_000, id: 900)
    #expect(gate.refusal(long, market()) == nil)
    gate.fill(long, 1_000)
    return gate
}

extension BoxedGate {
    fileprivate func isEnabled(_ strategy: UInt16) -> Bool { gate.isEnabled(strategy) }
}

@Suite("A control of a scope is waived for what reduces there, and for nothing else")
struct OwnSlotTests {
    @Test("a flat strategy that sells in a loop is bound by its own rate, copies, open orders and ratio")
    func loop() throws {
        let kinds: [(LimitKind, Int128, Nanoseconds, RiskControl)] = [
            (.messageRate, 5, 0, .p07), (.duplicates, 6, second, .p10), (.openOrders, 5, 0, .p25),
            (.orderTradeRatio, 5, 0, .p25),
        ]
        for (kind, hard, window, control) in kinds {
            let gate = longAccount { $0.limits.append(RiskLimit(4, .all, kind, hard: hard, window: window)) }
            for id: OrderID in 1...5 { #expect(gate.judge(order(0, .sell, 1, id: id)) == nil, "\(kind)") }
            let refusal = gate.judge(order(0, .sell, 1, id: 6))
            #expect(refusal?.control == control && refusal?.scope == 4, "\(kind)")
            // Who holds the position may reduce it.
            #expect(gate.judge(order(1, .sell, 1, id: 7)) == nil, "\(kind)")
        }
    }

    @Test("a strategy that was stopped sends nothing because others of its account hold something")
    func stopped() throws {
        let gate = longAccount { $0.setEvery(.executions, 3) }
        let sale = order(0, .sell, 100, id: 1)
        #expect(gate.judge(sale) == nil)
        for _ in 0..<4 { gate.fill(sale, 1) }
        #expect(gate.judge(order(0, .sell, 1, id: 2))?.reason == .stopped)
        // What reduces its own position passes; all its own open sales count.
        gate.end(sale, 96)
        #expect(gate.judge(order(0, .buy, 4, id: 3, at: "99.00")) == nil)
    }

    @Test("who reduces for the firm is not stopped by the count of its fills")
    func reducer() throws {
        let gate = longAccount {
            $0.setEvery(.executions, 3)
            $0.reduction = ReductionRules(strategy: 0)
        }
        let sale = order(0, .sell, 100, id: 1)
        #expect(gate.judge(sale) == nil)
        for _ in 0..<4 { gate.fill(sale, 1) }
        #expect(!gate.isEnabled(0))
        #expect(gate.judge(order(0, .sell, 1, id: 2)) == nil)
        #expect(gate.judge(order(0, .buy, 50, id: 3))?.reason == .stopped)
    }

    @Test("a reduction may use a venue's whole cap, and not a message more")
    func cap() throws {
        let gate = firm { policy in
            policy.limits.append(RiskLimit(0, .venue(1), .messageRate, hard: 10))
            policy.limits.append(RiskLimit(0, .venue(1), .messageBurst, hard: 10))
        }
        let long = order(0, .buy, 1_000, id: 1, venue: 1)
        #expect(gate.judge(long) == nil)
        gate.fill(long, 1_000)
        for id: OrderID in 2...8 { #expect(gate.judge(order(0, .buy, Int(id), id: id, venue: 1)) == nil) }
        #expect(gate.judge(order(0, .buy, 9, id: 9, venue: 1))?.control == .p07)
        #expect(gate.judge(order(0, .sell, 10, id: 10, venue: 1)) == nil)
        #expect(gate.judge(order(0, .sell, 11, id: 11, venue: 1)) == nil)
        let refusal = gate.judge(order(0, .sell, 12, id: 12, venue: 1))
        #expect(refusal?.control == .p07)
        #expect(gate.judge(order(0, .sell, 12, id: 12, venue: 1), later(second)) == nil)
    }

    @Test("a walk never blocks a reduction, of a limit or of the market; the collar does")
    func walk() throws {
        let gate = longAccount { $0.setEvery(.walk, 100) }
        // Aggressive, 2.5 per cent below the reference.
        #expect(gate.judge(order(1, .sell, 1, id: 1, of: 2, at: "97.50"))?.control == .p04)
        #expect(gate.judge(order(1, .sell, 1, id: 2, at: "97.50")) == nil)
        #expect(gate.judge(order(1, .sell, 1, id: 3, at: "96.99"))?.control == .p03)
        var sale = order(1, .sell, 1, id: 4)
        (sale.type, sale.price) = (.market, .zero)
        #expect(gate.outcome(sale, market()) == .cleared(price: price("97.00")))
        (sale.instrument, sale.id) = (Instrument(id: 2), 5)
        #expect(gate.outcome(sale, market()) == .cleared(price: price("99.00")))
    }

    @Test("every limit on the fills of a strategy looks back over its own window")
    func windows() throws {
        let minute = 60 * second
        // Ten in a second at the strategy, twenty in a minute at the account: the one with the larger number binds too.
        let gate = firm { policy in
            policy.limits.removeAll { $0.kind == .executions }
            policy.limits.append(RiskLimit(4, .all, .executions, hard: 10, window: second))
            policy.limits.append(RiskLimit(2, .all, .executions, hard: 20, window: minute))
            policy.limits.append(RiskLimit(0, .all, .executions, hard: 1_000, window: minute))
        }
        let large = order(0, .buy, 1_000, id: 1)
        #expect(gate.judge(large) == nil)
        for step in 0..<20 { gate.fill(large, 1, time: noon + Nanoseconds(step) * 2 * second) }
        #expect(gate.isEnabled(0))
        gate.fill(large, 1, time: noon + 40 * second)
        #expect(!gate.isEnabled(0))
        #expect(gate.apply(RiskCommand(.enable, .active, scope: 4, officer: 1)) == .obeyed)
        for step in 0..<11 { gate.fill(large, 1, time: noon + 200 * second + Nanoseconds(step)) }
        #expect(!gate.isEnabled(0))
    }

    @Test("market orders that only differ in the bound that the market gives them are equal")
    func marketOrders() throws {
        let gate = firm { $0.setEvery(.duplicates, 4) }
        for step in 0..<5 {
            var order = order(0, .buy, 7, id: OrderID(step + 1))
            (order.type, order.price) = (.market, .zero)
            let cents = Int64(step) * 1_000_000
            let now = market {
                $0.bid = Price(raw: $0.bid.raw + cents)
                $0.ask = Price(raw: $0.ask.raw + cents)
            }
            #expect(gate.judge(order, now)?.control == (step < 3 ? nil : .p10), "\(step)")
        }
    }

    @Test("a sale far below the market counts at what the market pays")
    func saleValue() throws {
        let gate = firm { $0.limits.append(RiskLimit(2, .all, .credit, hard: Money(10_000).raw)) }
        // 100 × 98.00 would fit, 101 × 100.00 does not.
        #expect(gate.judge(order(0, .sell, 101, id: 1, at: "98.00"))?.control == .p13)
        #expect(gate.judge(order(0, .sell, 100, id: 2, at: "98.00")) == nil)
        let high = firm { $0.limits.append(RiskLimit(2, .all, .credit, hard: Money(10_000).raw)) }
        #expect(high.judge(order(0, .sell, 100, id: 1, at: "101.00"))?.control == .p13)
    }
}

@Suite("What the gate gives back, and what it is told of itself")
struct GateFaultTests {
    @Test("a release that is told twice takes nothing from other orders, and halts the firm")
    func doubleRelease() throws {
        let gate = firm()
        let (first, second) = (order(0, .buy, 100, id: 1), order(0, .buy, 70, id: 2, at: "98.00"))
        #expect(gate.judge(first) == nil && gate.judge(second) == nil)
        gate.end(first, 100)
        #expect(gate.exposure.openBuy == Quantity(70) && gate.gate.releaseUnderflows == 0)
        gate.end(first, 100)
        #expect(gate.exposure.openBuy == Quantity(70) && gate.gate.releaseUnderflows == 1)
        #expect(gate.state == .halted)
    }

    @Test("a fill that would release more than its order had reserved takes nothing from other orders")
    func overRelease() throws {
        let gate = firm()
        let (first, second) = (order(0, .buy, 100, id: 1), order(0, .buy, 70, id: 2, at: "98.00"))
        #expect(gate.judge(first) == nil && gate.judge(second) == nil)
        gate.fill(first, 60)
        gate.fill(first, 60)
        #expect(gate.exposure.position == Quantity(120) && gate.exposure.openBuy == Quantity(70))
        #expect(gate.gate.releaseUnderflows == 1 && gate.state == .halted)
        #expect(gate.gate.exposure(stock, scope: 2).openBuy == Quantity(70))
    }

    @Test("a replace that adds nothing passes the sums and no state, no count and no stale book")
    func replace() throws {
        let gate = firm { policy in
            policy.limits.append(RiskLimit(2, .eachInstrument, .position, hard: Int128(Quantity(100).raw)))
        }
        let sale = order(0, .sell, 100, id: 1)
        #expect(gate.judge(sale) == nil)
        gate.gate.lower(to: .reduceOnly)
        #expect(gate.replace(1, by: order(0, .sell, 100, id: 2, at: "99.00"))?.control == .state)
        #expect(gate.raise(to: .active, by: 1, and: 2))
        gate.gate.feedIsInterrupted = true
        #expect(gate.replace(1, by: order(0, .sell, 100, id: 3, at: "99.00"))?.reason == .feedDown)
        gate.gate.feedIsInterrupted = false
        #expect(gate.replace(1, by: order(0, .sell, 100, id: 4, at: "100.50")) == nil)
    }

    @Test("the halt of a full table of equal orders ends when two people raise the firm, and not at a restart")
    func overrun() throws {
        let made = {
            firm { policy in
                policy.limits.append(RiskLimit(2, .all, .duplicates, hard: 5, window: second))
                policy.limits.append(RiskLimit(4, .all, .duplicates, hard: 5, window: second))
            }
        }
        let gate = made()
        // Three counts for each of more different orders than there is room for in a second.
        for id: OrderID in 1...400 { _ = gate.refusal(order(0, .buy, Int(id), id: id), market()) }
        #expect(gate.state == .halted)
        let other = made()
        try other.restore(gate.saved)
        #expect(other.state == .halted && other.saved == gate.saved)
        for gate in [gate, other] {
            #expect(gate.raise(to: .active, by: 1, and: 2))
            for id: OrderID in 401...410 {
                #expect(gate.judge(order(0, .buy, Int(id), id: id), later(5 * second)) == nil)
            }
            #expect(gate.state == .active)
        }
    }

    @Test("P26: a snapshot says nothing about the program that takes it")
    func identity() throws {
        let made = { firm { $0.manifest = RiskManifest(build: 1, configuration: 2) } }
        let first = made()
        first.gate.identify(build: 1, configuration: 2)
        #expect(first.judge(order(0, .buy, 1, id: 1)) == nil)
        let second = made()
        try second.restore(first.saved)
        #expect(second.judge(order(0, .buy, 1, id: 2))?.control == .p26)
        second.gate.identify(build: 1, configuration: 2)
        try second.restore(first.saved)
        #expect(second.judge(order(0, .buy, 1, id: 2)) == nil)
    }

    @Test("a scope that is halted is told before what runs and before an unknown instrument")
    func stateFirst() throws {
        let gate = firm { $0.manifest = RiskManifest(build: 1, configuration: 2) }
        #expect(gate.judge(order(0, .buy, 1, id: 1))?.control == .p26)
        #expect(gate.apply(RiskCommand(.lower, .halted, scope: 2)) == .obeyed)
        let refusal = gate.judge(order(0, .buy, 1, id: 1, of: 9))
        #expect(refusal?.control == .state && refusal?.scope == 2)
        #expect(gate.judge(order(2, .buy, 1, id: 1))?.control == .p26)
    }

    @Test("a limit of the day's loss for a venue or a class is an error: nobody could raise what it stops")
    func lossOfAPart() throws {
        for target in [LimitTarget.venue(1), .assetClass(0)] {
            for kind in [LimitKind.dayLoss, .drawdown] {
                var policy = SlowRiskTests.policy()
                #expect(!policy.problems().contains { $0.severity == .error })
                policy.limits.append(RiskLimit(1, target, kind, hard: Money(1_000).raw))
                let problem = policy.problems().first { $0.severity == .error }
                #expect(problem?.subject == .limit(policy.limits.count - 1))
                #expect(problem?.message.contains("part of a scope") == true)
            }
        }
    }
}
