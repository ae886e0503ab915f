// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

private func shares(_ count: Int) -> Int128 { Int128(Quantity(count).raw) }

private func later(_ nanoseconds: Nanoseconds) -> MarketSnapshot {
    market { ($0.now, $0.quoteTime) = (noon + nanoseconds, noon + nanoseconds) }
}

@Suite("P07, P08, P10 and P25, too often")
struct FrequencyTests {
    @Test("a bucket of three lets three orders pass at once and one more after its time, at each scope")
    func rate() throws {
        for scope in [0, 1, 2, 4] {
            let gate = firm { policy in
                policy.limits.removeAll { $0.scope == scope && [.messageRate, .messageBurst].contains($0.kind) }
                policy.limits.append(RiskLimit(scope, .all, .messageRate, hard: 10))
                policy.limits.append(RiskLimit(scope, .all, .messageBurst, hard: 3))
                if !policy.limits.contains(where: { $0.scope == 0 && $0.kind == .messageBurst }) {
                    policy.limits.append(RiskLimit(0, .all, .messageBurst, hard: 1_000_000))
                }
            }
            for id: OrderID in 1...3 { #expect(gate.judge(order(0, .buy, Int(id), id: id)) == nil) }
            let refusal = gate.judge(order(0, .buy, 9, id: 4))
            #expect(refusal?.control == .p07 && Int(refusal?.scope ?? 9) == scope)
            #expect(gate.clearCancel(1))
            #expect(gate.judge(order(0, .buy, 9, id: 4), later(99_999_999))?.control == .p07)
            #expect(gate.judge(order(0, .buy, 9, id: 4), later(100_000_000)) == nil)
        }
    }

    @Test("a venue keeps a fifth of its cap for cancels")
    func venue() throws {
        let gate = firm { policy in
            policy.limits.append(RiskLimit(0, .venue(1), .messageRate, hard: 10))
            policy.limits.append(RiskLimit(0, .venue(1), .messageBurst, hard: 10))
        }
        for id: OrderID in 1...8 { #expect(gate.judge(order(0, .buy, Int(id), id: id, venue: 1)) == nil) }
        #expect(gate.judge(order(0, .buy, 9, id: 9, venue: 1))?.control == .p07)
        #expect(gate.judge(order(0, .buy, 9, id: 9, venue: 2)) == nil)
        #expect(gate.clearCancel(1) && gate.clearCancel(2))
    }

    @Test("the fifth equal order within half a second is refused, and one that differs is not")
    func equal() throws {
        let gate = firm { $0.setEvery(.duplicates, 5) }
        for id: OrderID in 1...4 { #expect(gate.judge(order(0, .buy, 7, id: id)) == nil) }
        let refusal = gate.judge(order(1, .buy, 7, id: 5))
        #expect(refusal?.control == .p10 && refusal?.reason == .aboveLimit && refusal?.value == 5)
        #expect(gate.judge(order(0, .buy, 8, id: 6)) == nil)
        #expect(gate.judge(order(0, .buy, 7, id: 7), later(second)) == nil)
    }

    @Test("the 2013 resend: 26,000 equal orders in two seconds end after the fourth")
    func resend() throws {
        let gate = firm { $0.setEvery(.duplicates, 5) }
        var passed = 0
        for step in 0..<900
        where gate.refusal(order(0, .buy, 7, id: OrderID(step + 1)), later(Nanoseconds(step) * 77_000)) == nil {
            passed += 1
        }
        #expect(passed == 4)
    }

    @Test("too many fills stop a strategy until a named person lets it go on; reductions and cancels pass")
    func executions() throws {
        let gate = firm { policy in
            policy.setEvery(.executions, 3)
            policy.identities = [RiskIdentity("ana", .trader, publicKey: [])]
        }
        let large = order(0, .buy, 100, id: 1)
        #expect(gate.judge(large) == nil)
        for _ in 0..<3 { gate.fill(large, 1) }
        #expect(gate.judge(order(0, .buy, 1, id: 2)) == nil)
        gate.fill(large, 1)
        #expect(gate.judge(order(0, .buy, 1, id: 3))?.reason == .stopped)
        #expect(gate.judge(order(1, .buy, 1, id: 4)) == nil)
        #expect(gate.judge(order(0, .sell, 2, id: 5)) == nil)
        #expect(gate.clearCancel(1))
        #expect(gate.apply(RiskCommand(.enable, .active, scope: 4)) == .needsPerson)
        #expect(gate.apply(RiskCommand(.enable, .active, scope: 4, officer: 2)) == .needsPerson)
        #expect(gate.apply(RiskCommand(.enable, .active, scope: 4, officer: 1)) == .obeyed)
        #expect(gate.judge(order(0, .buy, 1, id: 6)) == nil)
    }

    @Test("live orders are counted at each scope, and come free when they end")
    func openOrders() throws {
        for target in [LimitTarget.all, .eachInstrument] {
            let gate = firm { $0.limits.append(RiskLimit(2, target, .openOrders, hard: 2)) }
            #expect(gate.judge(order(0, .buy, 1, id: 1)) == nil)
            #expect(gate.judge(order(1, .buy, 2, id: 2)) == nil)
            #expect(gate.judge(order(0, .buy, 3, id: 3))?.control == .p25)
            #expect(gate.judge(order(2, .buy, 3, id: 3)) == nil)
            gate.end(order(0, .buy, 1, id: 1), 1)
            #expect(gate.judge(order(0, .buy, 3, id: 4)) == nil)
        }
    }

    @Test("messages for each trade are bounded by the day")
    func ratio() throws {
        let gate = firm { $0.limits.append(RiskLimit(4, .all, .orderTradeRatio, hard: 2)) }
        let first = order(0, .buy, 1, id: 1)
        #expect(gate.judge(first) == nil && gate.judge(order(0, .buy, 2, id: 2)) == nil)
        #expect(gate.judge(order(0, .buy, 3, id: 3))?.control == .p25)
        gate.fill(first, 1)
        #expect(gate.judge(order(0, .buy, 3, id: 4)) == nil)
        #expect(gate.judge(order(0, .buy, 4, id: 5))?.control == .p25)
        gate.gate.newDay(at: noon)
        #expect(gate.judge(order(0, .buy, 4, id: 6)) == nil)
    }
}

@Suite("P04, P09, P16, P18 to P23, P26 and P27")
struct GrantTests {
    @Test("own aggressive orders reach two per cent from the frozen reference, and a market order goes no further")
    func walk() throws {
        let gate = firm { $0.setEvery(.walk, 200) }
        #expect(gate.judge(order(0, .buy, 1, id: 1, at: "102.01"))?.control == .p04)
        #expect(gate.judge(order(0, .buy, 1, id: 2, at: "102.00")) == nil)
        // The book follows; the reference does not, for a minute.
        let up = market {
            ($0.bid, $0.ask) = (price("101.99"), price("102.01"))
            ($0.now, $0.quoteTime) = (noon + 59 * second, noon + 59 * second)
        }
        #expect(gate.judge(order(0, .buy, 1, id: 3, at: "102.02"), up)?.control == .p04)
        #expect(gate.judge(order(0, .buy, 1, id: 4, at: "100.00"), up) == nil)
        let then = market {
            ($0.bid, $0.ask) = (price("101.99"), price("102.01"))
            ($0.now, $0.quoteTime) = (noon + 60 * second, noon + 60 * second)
        }
        #expect(gate.judge(order(0, .buy, 1, id: 5, at: "104.04"), then) == nil)
        let fresh = firm { $0.setEvery(.walk, 200) }
        #expect(fresh.outcome(marketOrder(.buy, 1), market()) == .cleared(price: price("102.00")))
    }

    @Test("children stay within their parent, and end with it")
    func parents() throws {
        let gate = firm()
        func child(_ id: OrderID, _ count: Int) -> NewOrder {
            var order = order(0, .buy, count, id: id)
            order.tag = OrderTag(strategy: 0, group: 7, leg: OrderTag.childLeg)
            return order
        }
        #expect(gate.judge(child(1, 1))?.reason == .unknownParent)
        let hour = noon + 3_600 * second
        func opened() -> Bool { gate.gate.openParent(0, 7, stock, .buy, Quantity(100), until: hour) }
        #expect(opened())
        // Volatility is not known: the cost is not either.
        #expect(gate.judge(child(1, 60))?.control == .p24)
        let known = firm { policy in
            for place in policy.instruments.indices { policy.instruments[place].dailyVolatility = 150 }
        }
        func openedKnown() -> Bool { known.gate.openParent(0, 7, stock, .buy, Quantity(100), until: hour) }
        #expect(openedKnown())
        #expect(known.judge(child(1, 60)) == nil)
        let over = known.judge(child(2, 41))
        #expect(over?.control == .p09 && over?.value == shares(101) && over?.limit == shares(100))
        #expect(known.judge(child(3, 40)) == nil)
        known.end(child(3, 40), 40)
        known.fill(child(1, 60), 60)
        #expect(known.judge(child(4, 41))?.control == .p09)
        #expect(known.judge(child(5, 40)) == nil)
        known.gate.closeParent(0, 7)
        #expect(known.judge(child(6, 1))?.reason == .unknownParent)
    }

    @Test("an order that would meet one of our own is refused, whoever sent it, until that one is dead")
    func selfTrade() throws {
        let gate = firm()
        let own = order(0, .buy, 10, id: 1, at: "99.50")
        #expect(gate.judge(own) == nil)
        #expect(gate.judge(order(2, .sell, 1, id: 2, at: "99.51")) == nil)
        let refusal = gate.judge(order(2, .sell, 1, id: 3, at: "99.50"))
        #expect(refusal?.control == .p16 && refusal?.value == 1 && gate.takeSelfTrade() == nil)
        #expect(gate.clearCancel(1))
        #expect(gate.judge(order(2, .sell, 1, id: 3, at: "99.50"))?.control == .p16)
        gate.end(own, 10)
        #expect(gate.judge(order(2, .sell, 1, id: 3, at: "99.50")) == nil)
    }

    @Test("cancel oldest names the orders to cancel, decrement makes the new one smaller as well")
    func selfTradeModes() throws {
        let oldest = firm { $0.selfTrade = .cancelOldest }
        #expect(oldest.judge(order(0, .buy, 10, id: 1)) == nil && oldest.judge(order(1, .buy, 5, id: 2)) == nil)
        #expect(oldest.judge(order(2, .sell, 20, id: 3, at: "99.00"))?.control == .p16)
        let named = [oldest.takeSelfTrade(), oldest.takeSelfTrade(), oldest.takeSelfTrade()]
        #expect(named == [2, 1, nil])
        let smaller = firm { $0.selfTrade = .decrement }
        #expect(smaller.judge(order(0, .buy, 10, id: 1)) == nil)
        #expect(smaller.refusal(order(2, .sell, 25, id: 2, at: "99.00"), market()) == nil)
        #expect(smaller.gate.exposure(stock).openSell == Quantity(15) && smaller.takeSelfTrade() == 1)
        #expect(smaller.judge(order(2, .sell, 10, id: 3, at: "99.00"))?.control == .p16)
    }

    @Test("a replacement that would meet our own orders names them as a new order does")
    func selfTradeOfReplacement() throws {
        let oldest = firm { $0.selfTrade = .cancelOldest }
        #expect(oldest.judge(order(0, .buy, 10, id: 1, at: "99.50")) == nil)
        #expect(oldest.judge(order(2, .sell, 20, id: 2, at: "100.50")) == nil)
        #expect(oldest.replace(2, by: order(2, .sell, 20, id: 3, at: "99.50"))?.control == .p16)
        let named = [oldest.takeSelfTrade(), oldest.takeSelfTrade()]
        #expect(named == [1, nil])
        let smaller = firm { $0.selfTrade = .decrement }
        #expect(smaller.judge(order(0, .buy, 10, id: 1, at: "99.50")) == nil)
        #expect(smaller.judge(order(2, .sell, 20, id: 2, at: "100.50")) == nil)
        #expect(smaller.replace(2, by: order(2, .sell, 35, id: 3, at: "99.50")) == nil)
        #expect(smaller.gate.exposure(stock).openSell == Quantity(25) && smaller.takeSelfTrade() == 1)
        #expect(smaller.takeSelfTrade() == nil)
    }

    @Test("a restricted symbol takes nothing but the reductions that its restriction allows")
    func restricted() throws {
        for allowed in [false, true] {
            let gate = firm { policy in
                let item = Restriction(symbol: symbol("B"), scope: 2, reason: "listed", allowsReductions: allowed)
                policy.restrictions = [item]
            }
            gate.gate.filled(stock, .buy, Quantity(10), releasing: .zero, at: price("99.00"), fee: .zero)
            #expect(gate.judge(order(0, .buy, 1, id: 1))?.control == .p18)
            #expect((gate.judge(order(0, .sell, 10, id: 2)) == nil) == allowed)
            #expect(gate.judge(order(2, .buy, 1, id: 3)) == nil)
            #expect(gate.judge(order(0, .buy, 1, id: 4, of: 2)) == nil)
        }
    }

    @Test("nothing is granted but what a permission says: scope, symbol, class, venue and type")
    func permissions() throws {
        let gate = firm { policy in
            policy.permissions = [
                Permission(scope: 4, symbols: [symbol("B")], venues: [1], types: [.limit]),
                Permission(scope: 3, assetClasses: [1]),
            ]
        }
        #expect(gate.judge(order(0, .buy, 1, id: 1, venue: 1)) == nil)
        for wrong in [
            order(0, .buy, 1, id: 2, venue: 2), order(0, .buy, 1, id: 2, of: 2, venue: 1),
            order(1, .buy, 1, id: 2, venue: 1), order(2, .buy, 1, id: 2), order(3, .buy, 1, id: 2),
            order(0, .buy, 1, id: 2, venue: 3),
        ] {
            #expect(gate.judge(wrong)?.control == .p22)
        }
        var atMarket = order(0, .buy, 1, id: 2, venue: 1)
        atMarket.type = .market
        #expect(gate.judge(atMarket)?.reason == .notGranted)
        #expect(gate.judge(order(2, .buy, 1, id: 3, of: 3, venue: 2)) == nil)
    }

    @Test("a strategy stays within what it declared")
    func envelopes() throws {
        let gate = firm { policy in
            var envelope = StrategyEnvelope()
            envelope.symbols = [symbol("B")]
            envelope.orders = 2
            envelope.priceMin = price("90.00")
            envelope.priceMax = price("105.00")
            envelope.notionalMax = Money(9_900).raw
            policy.envelopes = [envelope]
        }
        #expect(gate.judge(order(0, .buy, 1, id: 1, of: 2))?.reason == .undeclared)
        #expect(gate.judge(order(0, .buy, 1, id: 1, at: "89.99"))?.control == .p23)
        #expect(gate.judge(order(0, .sell, 1, id: 1, at: "105.01"))?.control == .p23)
        #expect(gate.judge(order(0, .buy, 101, id: 1))?.control == .p23)
        #expect(gate.judge(order(0, .buy, 100, id: 1)) == nil && gate.judge(order(0, .buy, 1, id: 2)) == nil)
        #expect(gate.judge(order(0, .buy, 1, id: 3))?.value == 3)
        #expect(gate.judge(order(1, .buy, 1, id: 3, of: 2)) == nil)
    }

    @Test("a short sale is located, priced above the bid while restricted, and marked")
    func shortSales() throws {
        let gate = firm { policy in
            policy.shortSales = .us
            policy.locates = [Locate(symbol("B"), Quantity(100), reference: "L1")]
        }
        #expect(gate.judge(order(0, .sell, 101, id: 1))?.reason == .noLocate)
        #expect(gate.judge(order(0, .sell, 100, id: 2)) == nil && gate.gate.located(stock) == .zero)
        gate.end(order(0, .sell, 100, id: 2), 100)
        #expect(gate.gate.located(stock) == Quantity(100))
        gate.gate.traded(stock, price("90.00"), at: noon, phase: .regular)
        let down = market { ($0.bid, $0.ask) = (price("99.00"), price("99.02")) }
        #expect(gate.judge(order(0, .sell, 1, id: 3, at: "99.00"), down)?.control == .p20)
        #expect(gate.judge(order(0, .sell, 1, id: 3, at: "99.01"), down) == nil)
        var exempt = order(0, .sell, 1, id: 4, at: "99.00")
        exempt.mark = .exempt
        #expect(gate.judge(exempt, down)?.control == .p20)
        gate.gate.exempt(stock, provision: 6)
        #expect(gate.judge(exempt, down) == nil)
        gate.gate.newDay(at: noon)
        // The policy's lenders promise theirs for each day; what is in flight stays reserved.
        #expect(gate.judge(order(0, .sell, 99, id: 5), down)?.reason == .noLocate)
        #expect(gate.gate.located(stock) == Quantity(98))
        // What the account holds is a long sale.
        gate.gate.filled(stock, .buy, Quantity(50), releasing: .zero, at: price("99.00"), fee: .zero)
        #expect(gate.judge(order(0, .sell, 48, id: 6), down) == nil)
        #expect(gate.judge(order(0, .sell, 99, id: 7), down)?.reason == .noLocate)
    }

    @Test("nothing passes that was not signed off, and tests stay among themselves")
    func identityAndTests() throws {
        let signed = firm { $0.manifest = RiskManifest(build: 1, configuration: 2) }
        #expect(signed.judge(order(0, .buy, 1, id: 1))?.control == .p26)
        signed.gate.identify(build: 1, configuration: 3)
        #expect(signed.judge(order(0, .buy, 1, id: 1))?.reason == .notSigned)
        signed.gate.identify(build: 1, configuration: 2)
        #expect(signed.judge(order(0, .buy, 1, id: 1)) == nil)
        let account = firm { $0.scopes[2].isTest = true }
        #expect(account.judge(order(0, .buy, 1, id: 1))?.control == .p27)
        #expect(account.judge(order(2, .buy, 1, id: 1)) == nil)
        let instrument = firm { $0.instruments[1].isTest = true }
        #expect(instrument.judge(order(0, .buy, 1, id: 1))?.control == .p27)
        let session = firm { policy in
            policy.isTestSession = true
            policy.scopes[2].isTest = true
            policy.instruments[1].isTest = true
        }
        #expect(session.judge(order(0, .buy, 1, id: 1)) == nil)
        #expect(session.judge(order(2, .buy, 1, id: 2))?.control == .p27)
        #expect(session.judge(order(0, .buy, 1, id: 3, of: 2))?.control == .p27)
    }

    @Test("a buy above the band, and any order while the band is not known, are refused")
    func bands() throws {
        let gate = firm { policy in
            policy.instruments[1].bandTier = 1
            policy.instruments[2].bandTier = 1
            policy.instruments[2].priorClose = .zero
            policy.market.collarFrom50 = 2_000
        }
        #expect(gate.judge(order(0, .buy, 1, id: 1, at: "105.00")) == nil)
        gate.end(order(0, .buy, 1, id: 1), 1)
        #expect(gate.judge(order(0, .buy, 1, id: 2, at: "105.01"))?.reason == .band)
        #expect(gate.judge(order(0, .sell, 1, id: 3, at: "94.99"))?.reason == .band)
        #expect(gate.judge(order(0, .sell, 1, id: 4, at: "95.00")) == nil)
        #expect(gate.judge(order(0, .buy, 1, id: 5, of: 2))?.reason == .band)
    }
}
