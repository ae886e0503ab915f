// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

@Suite("P11, position with everything in flight")
struct PositionTests {
    @Test("the worst case counts position and open orders of its side", arguments: [499, 500, 501])
    func boundary(shares: Int) throws {
        for sign in [1, -1] {
            let gate = gate()
            gate.hold(sign * 1_000)
            let first = sign > 0 ? buy(500, id: 1) : sell(500, id: 1)
            let next = sign > 0 ? buy(shares, id: 2) : sell(shares, id: 2)
            #expect(gate.outcome(first, market()).isCleared)
            let outcome = gate.outcome(next, market())
            #expect(outcome.isCleared == (shares <= 500))
            if shares > 500 { #expect(outcome == .refused(.p11, .aboveLimit)) }
        }
    }

    @Test("open orders of the two sides do not offset each other")
    func sidesStandAlone() throws {
        let gate = gate()
        for id: OrderID in 1...2 { #expect(gate.outcome(buy(1_000, at: "99.99", id: id), market()).isCleared) }
        for id: OrderID in 3...4 { #expect(gate.outcome(sell(1_000, at: "100.00", id: id), market()).isCleared) }
        #expect(gate.outcome(buy(1, at: "99.99", id: 5), market()) == .refused(.p11, .aboveLimit))
        #expect(gate.outcome(sell(1, at: "100.01", id: 6), market()) == .refused(.p11, .aboveLimit))
    }

    @Test("a cancel on its way releases nothing; its confirmation does; a fill in between stays counted")
    func cancelInFlight() throws {
        let gate = gate()
        for id: OrderID in 1...2 { #expect(gate.outcome(buy(1_000, id: id), market()).isCleared) }
        #expect(gate.clearCancel(2))
        #expect(gate.outcome(buy(1, id: 3), market()) == .refused(.p11, .aboveLimit))
        gate.gate.filled(stock, .buy, Quantity(400), releasing: Quantity(400), at: price("100.00"), fee: .zero)
        #expect(gate.exposure.worstLong == Quantity(2_000))
        gate.gate.released(stock, .buy, Quantity(600))
        #expect(gate.outcome(buy(601, id: 4), market()) == .refused(.p11, .aboveLimit))
        #expect(gate.outcome(buy(600, id: 5), market()).isCleared)
    }

    @Test("a refused order reserves nothing")
    func refusalReservesNothing() throws {
        let gate = gate()
        _ = gate.outcome(buy(1_001), market())
        #expect(gate.exposure == Exposure())
    }

    @Test("the day's turnover on a side is bounded, in flight included")
    func turnover() throws {
        let gate = gate { $0.instrument.maxDayQuantity = Quantity(2_500) }
        gate.hold(1_000)
        gate.hold(-1_000)
        #expect(gate.outcome(buy(1_000, id: 1), market()).isCleared)
        #expect(gate.outcome(buy(501, id: 2), market()) == .refused(.p11, .aboveLimit))
        #expect(gate.outcome(buy(500, id: 3), market()).isCleared)
    }

    @Test("a reduction passes quantity, notional, position and stale data, but not sanity, collar or session")
    func reduction() throws {
        let gate = gate()
        gate.hold(9_000)  // above every limit
        let old = market { $0.quoteTime = .zero }
        let large = market { ($0.quoteTime, $0.priorClose) = (.zero, price("100.00")) }
        #expect(gate.outcome(sell(4_000, id: 1), old).isCleared)
        #expect(gate.outcome(sell(4_000, at: "93.99", id: 2), large) == .refused(.p03, .belowLimit))
        #expect(gate.outcome(sell(4_000, at: "99.995", id: 2), old) == .refused(.p06, .offGrid))
        let shut = market { $0.tradingState = .halted }
        #expect(gate.outcome(sell(4_000, id: 2), shut) == .refused(.p21, .notTrading))
        #expect(gate.outcome(marketOrder(.sell, 4_000, id: 2), old) == .refused(.p05, .noReference))
        #expect(gate.outcome(sell(5_001, id: 2), market()) == .refused(.p01, .aboveLimit))
        #expect(gate.outcome(sell(5_000, id: 2), market()).isCleared)
        // All of the position is being sold already: one more share would be a new short position.
        #expect(gate.outcome(sell(1, id: 3), old) == .refused(.p17, .stale))
    }

    @Test("a buy reduces a short position")
    func reductionOfShort() throws {
        let gate = gate()
        gate.hold(-3_000)
        #expect(gate.outcome(buy(3_001, id: 1), market()) == .refused(.p01, .aboveLimit))
        #expect(gate.outcome(buy(3_000, id: 1), market()).isCleared)
        #expect(gate.outcome(sell(1, at: "100.01", id: 2), market()) == .refused(.p11, .aboveLimit))
    }
}

@Suite("P14, daily loss and the gate's state")
struct LossTests {
    /// A gate that holds 1,000 shares bought at 100.00 and sees a bid of `bid`.
    private func losing(at bid: String) -> BoxedGate {
        let gate = gate()
        gate.hold(1_000)
        gate.gate.mark(stock, bid: price(bid), ask: price(bid), at: noon)
        return gate
    }

    @Test("alert at 0.7, only reductions at 1, nothing at 1.2 of the limit")
    func thresholds() throws {
        let expected: [(String, Bool, RiskState)] = [
            ("93.01", false, .active), ("93.00", true, .active), ("92.99", true, .active), ("90.01", true, .active),
            ("90.00", true, .reduceOnly), ("89.99", true, .reduceOnly), ("88.01", true, .reduceOnly),
            ("88.00", true, .killed), ("87.99", true, .killed),
        ]
        for (bid, alert, state) in expected {
            let gate = losing(at: bid)
            #expect(gate.gate.status.lossAlert == alert, "\(bid)")
            #expect(gate.state == state, "\(bid)")
        }
    }

    @Test("a loss lets reductions pass and names itself to the rest; a kill lets only cancels pass")
    func states() throws {
        let gate = losing(at: "90.00")
        let now = market { ($0.bid, $0.ask) = (price("90.00"), price("90.01")) }
        let refusal = try #require(gate.refusal(buy(1, at: "90.00", id: 1), now))
        #expect(refusal.control == .p14 && refusal.value == Money(-10_000).raw && refusal.limit == Money(-10_000).raw)
        #expect(gate.outcome(sell(10, at: "90.00", id: 2), now).isCleared)
        gate.gate.mark(stock, bid: price("88.00"), ask: price("88.00"), at: noon)
        #expect(gate.outcome(sell(10, at: "90.00", id: 3), now) == .refused(.p14, .belowLimit))
        #expect(gate.clearCancel(2))
    }

    @Test("a fall from the day's high counts as a loss does")
    func drawdown() throws {
        let gate = losing(at: "104.00")
        gate.gate.mark(stock, bid: price("94.01"), ask: price("94.01"), at: noon)
        #expect(gate.state == .active)
        gate.gate.mark(stock, bid: price("94.00"), ask: price("94.00"), at: noon)
        #expect(gate.state == .reduceOnly && gate.gate.profitAndLoss.dayHigh == Money(4_000).raw)
    }

    @Test("fees are part of the loss, and a recovery does not raise the state")
    func feesAndRecovery() throws {
        let gate = gate()
        gate.gate.filled(stock, .buy, Quantity(1), releasing: .zero, at: price("100.00"), fee: Money(9_999))
        #expect(gate.state == .active && gate.gate.status.lossAlert)
        gate.gate.mark(stock, bid: price("99.00"), ask: price("99.02"), at: noon)
        #expect(gate.state == .reduceOnly)
        gate.gate.mark(stock, bid: price("100000.00"), ask: price("100000.00"), at: noon)
        #expect(gate.state == .reduceOnly)
    }

    @Test("down takes one person, up takes two, and a standing loss takes it down again")
    func operators() throws {
        let gate = gate()
        gate.hold(10)
        gate.gate.lower(to: .halted)
        gate.gate.lower(to: .reduceOnly)
        #expect(gate.state == .halted)
        #expect(gate.outcome(sell(1), market()) == .refused(.state, .stateForbids))
        let few = [(1, 1), (0, 2), (1, 0)].map { gate.raise(to: .active, by: $0.0, and: $0.1) }
        #expect(few == [false, false, false])
        let same = gate.raise(to: .halted, by: 1, and: 2)
        let up = gate.raise(to: .active, by: 1, and: 2)
        #expect(!same && up)
        #expect(gate.outcome(sell(1), market()).isCleared)
        let lost = losing(at: "90.00")
        let raised = lost.raise(to: .active, by: 1, and: 2)
        #expect(!raised && lost.state == .reduceOnly)
    }

    @Test("a fill without a place halts the gate and is counted")
    func unplaced() throws {
        let gate = gate()
        let far = Instrument(id: 99)
        gate.gate.filled(far, .buy, Quantity(1), releasing: .zero, at: price("1.00"), fee: .zero)
        #expect(gate.state == .halted && gate.gate.unplacedFills == 1)
    }
}

@Suite("Exposure ledger")
struct LedgerTests {
    @Test("average cost is exact to the last unit, whatever does not divide")
    func averageCost() throws {
        let gate = gate()
        func take(_ side: Side, _ shares: Int, _ text: String) {
            gate.fill(side, shares, at: text, fee: Money(raw: 7))
        }
        take(.buy, 2, "10.00")
        take(.buy, 1, "10.01")  // basis 30.01
        take(.sell, 1, "11.00")  // a third of 30.01, towards zero: 10.0033333333333333
        let exposure = gate.exposure
        #expect(exposure.basis == 200_066_666_666_666_667)
        #expect(exposure.realised == 9_966_666_666_666_667)
        #expect(exposure.fees == 21)
        take(.sell, 5, "12.00")  // through zero: the rest opens a short position at 12.00
        let short = gate.exposure
        #expect(short.position == Quantity(-3) && short.basis == Money(-36).raw)
        // 11 + 60 received, 30.01 paid, 36 of it for what is open now.
        #expect(short.realised == Money(raw: 49_900_000_000_000_000).raw)
        #expect(gate.gate.profitAndLoss.cash == short.cashFlow - 28)
        #expect(gate.gate.exposure(stock, scope: 1) == short)
    }

    @Test("long is marked at the bid, short at the ask, and an empty side keeps its last mark")
    func marks() throws {
        let gate = gate()
        gate.fill(.buy, 10, at: "5.00")
        #expect(gate.gate.profitAndLoss.total == 0)
        gate.mark("5.10", "5.30")
        #expect(gate.gate.profitAndLoss.total == Money(1).raw)
        gate.mark("0.00", "5.20")
        #expect(gate.gate.profitAndLoss.total == Money(1).raw)
        gate.fill(.sell, 20, at: "5.10")
        #expect(gate.gate.profitAndLoss.total == 0)  // +1 realised, 10 short at 5.10 marked at 5.20
    }

    @Test("more released than reserved is counted and leaves nothing negative")
    func underflow() {
        let gate = gate()
        #expect(gate.outcome(sell(5), market()).isCleared)
        gate.gate.released(stock, .sell, Quantity(6), order: 1)
        #expect(gate.gate.releaseUnderflows == 1 && gate.exposure.openSell == .zero)
    }

    @Test("sums that do not fit are not stored, and the gate stops")
    func overflow() throws {
        let gate = gate()
        let most = Price(raw: .max)
        for _ in 0..<8 {
            gate.gate.filled(stock, .buy, Quantity(raw: .max / 4), releasing: .zero, at: most, fee: .zero)
        }
        #expect(gate.state == .halted && gate.gate.unplacedFills > 0)
        #expect(gate.outcome(buy(1), market()) == .refused(.p06, .overflow))
        let exposure = gate.exposure
        #expect(exposure.realised + exposure.unrealised == exposure.cashFlow + value(exposure))
    }

    private func value(_ exposure: Exposure) -> Int128 {
        Int128(exposure.position.raw) * Int128(exposure.mark.raw)
    }
}

@Suite("Refusals")
struct RefusalTests {
    @Test("a refusal reads as a sentence with value and limit")
    func text() throws {
        let gate = gate()
        let collar = try #require(gate.refusal(buy(1, at: "110.00", id: 17), market()))
        #expect(collar.description == "order 17, instrument 1: P03 aboveLimit: 110.00, limit 103.00")
        let size = try #require(gate.refusal(buy(1_001, at: "99.00"), market()))
        #expect(size.description == "order 1, instrument 1: P01 aboveLimit: 1001, limit 1000")
        #expect(gate.gate.refusedCount(.p03) == 1 && gate.gate.refusedCount(.p01) == 1 && gate.gate.clearedCount == 0)
    }

    @Test("the first control in the order of checks names the refusal")
    func order() throws {
        let gate = gate()
        var bad = buy(1_001, at: "200.005")
        let shut = market { ($0.tradingState, $0.quoteTime) = (.halted, .zero) }
        #expect(gate.outcome(bad, shut) == .refused(.p21, .notTrading))
        #expect(gate.outcome(bad, market { $0.quoteTime = .zero }) == .refused(.p17, .stale))
        #expect(gate.outcome(bad, market()) == .refused(.p06, .offGrid))
        bad.price = price("200.00")
        #expect(gate.outcome(bad, market()) == .refused(.p01, .aboveLimit))
        bad.quantity = Quantity(1_000)
        #expect(gate.outcome(bad, market()) == .refused(.p02, .aboveLimit))
        bad.quantity = Quantity(500)
        #expect(gate.outcome(bad, market()) == .refused(.p03, .aboveLimit))
    }

    @Test("records stay small and trivially copyable")
    func layout() {
        #expect(MemoryLayout<RiskRefusal>.size <= 64)
        #expect(_isPOD(RiskRefusal.self) && _isPOD(MarketSnapshot.self) && _isPOD(Exposure.self))
    }
}
