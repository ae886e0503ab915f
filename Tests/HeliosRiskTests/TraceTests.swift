// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

/// Numbers from a seed, for orders and states of every kind.
private struct Chaos {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64: every bit of it is as good as any other.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
    mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }
    mutating func pick<T>(_ items: [T]) -> T { items[below(items.count)] }

    mutating func limits() -> RiskLimits {
        var limits = RiskLimits.standard(
            dayLoss: Money(pick([2_000, 100_000])),
            notional: Money(100_000_000),
            instrument: shares()
        )
        limits.instrument.maxPosition = Quantity(pick([0, 1_500, 2_000, 1_000_000]))
        limits.instrument.maxDayQuantity = Quantity(pick([1_500, 5_000, 1_000_000]))
        if oneIn(4) { limits.instrument.averageDailyVolume = Quantity(60_000) }
        guard oneIn(5) else { return limits }
        limits.instrument.maxOrderQuantity = Quantity(raw: .max)
        limits.instrument.maxPosition = Quantity(raw: .max)
        limits.instrument.maxDayQuantity = Quantity(raw: .max)
        limits.instrument.maxOrderNotional = .max
        limits.participation = 10_000
        limits.instrument.averageDailyVolume = InstrumentLimits.volumeUnknown
        return limits
    }

    mutating func price() -> Price {
        switch below(12) {
        case 0: Price(raw: Int64(below(20_000)) * 10_000 + Int64(below(2)))
        case 1: pick([.zero, Price(raw: -5), Price(raw: .max), Price(raw: .min)])
        case 2: Price(raw: Int64(6_000 + below(8_000)) * 1_000_000)
        default: Price(raw: Int64(9_900 + below(250)) * 1_000_000)
        }
    }

    mutating func order() -> NewOrder {
        let shares = pick([1, 10, 100, 700, 1_000, 1_001, 0, -3])
        var quantity = Quantity(shares)
        if oneIn(20) { quantity.raw = pick([.max, .min, Int64.max / Quantity.scale * Quantity.scale, 1]) }
        return NewOrder(
            id: oneIn(40) ? pick([0, 1_001, .max]) : OrderID(1 + below(1_000)),
            instrument: Instrument(id: oneIn(30) ? pick([4, .max]) : UInt32(below(3))),
            side: oneIn(2) ? .buy : .sell,
            type: oneIn(6) ? .market : .limit,
            quantity: quantity,
            price: price(),
            tag: OrderTag(strategy: 0)
        )
    }

    mutating func market(at now: Timestamp) -> MarketSnapshot {
        var market = HeliosRiskTests.market {
            ($0.now, $0.quoteTime, $0.lastTradeTime, $0.lastTradePrice) = (now, now, now, .zero)
        }
        if oneIn(4) { market.quoteTime = now + pick([-second, -second - 1, -30 * second, 1]) }
        if oneIn(4) { market.bidQuantity = .zero }
        if oneIn(4) { market.lastTradePrice = price() }
        if oneIn(4) { market.priorClose = price() }
        if oneIn(20) { (market.bid, market.ask) = (price(), price()) }
        if oneIn(15) { market.tradingState = pick([.unknown, .halted, .paused, .quotationOnly]) }
        if oneIn(15) { market.phase = pick([.closed, .preOpen, .postClose]) }
        return market
    }

    /// Something that happens to a gate between two orders.
    mutating func disturb(_ box: BoxedGate, at now: Timestamp) {
        let instrument = Instrument(id: UInt32(below(3)))
        let quantity = Quantity(1 + below(900))
        let side: Side = oneIn(2) ? .buy : .sell
        switch below(24) {
        case 0...6:
            let price = Price(raw: Int64(9_900 + below(200)) * 1_000_000)
            box.gate.filled(instrument, side, quantity, releasing: quantity, at: price, fee: .zero)
        case 7...12: box.gate.released(instrument, side, quantity)
        case 13...18:
            let bid = Int64(9_900 + below(200)) * 1_000_000
            let ask = Price(raw: bid + Int64(below(40) - 2) * 1_000_000)
            box.gate.mark(instrument, bid: Price(raw: bid), ask: ask, at: now + Nanoseconds(-below(3)) * second)
        case 19: box.gate.mark(instrument, bid: price(), ask: price(), at: now)
        case 20: box.gate.feedIsInterrupted = oneIn(4)
        case 21 where oneIn(12): box.gate.lower(to: pick([.reduceOnly, .halted, .killed]))
        case 22 where oneIn(400):
            box.gate.filled(instrument, side, Quantity(raw: .max), releasing: .zero, at: Price(raw: .max), fee: .zero)
        default:
            // Limits 3 and 4 are the position and the day's quantity of each instrument.
            let value = Int128(Quantity(pick([1_000, 1_500, 2_000])).raw)
            let change = RiskLimitChange(limit: UInt32(3 + below(2)), value: value, proposer: 1, approver: 2)
            _ = box.gate.apply(change, sequence: 1, at: now)
        }
    }
}

extension RiskCheck {
    /// Whether the numbers stand as the relation says; nil where it says nothing about numbers.
    fileprivate var isSo: Bool? {
        if relation == .outside, value == nil { return true }
        guard let value, let limit else { return nil }
        switch relation {
        case .atMost: return value <= limit
        case .atLeast: return value >= limit
        case .above: return value > limit
        case .below: return value >= 0 && value < limit
        case .within: return value >= 0 && value <= limit
        case .outside: return value < 0 || value > limit
        case .numbered: return value >= 1 && value <= limit
        case .multiple: return limit > 0 && value % limit == 0
        case .equal: return value == limit
        case .holds: return nil
        }
    }
}

@Suite("The chain of controls, told")
struct TraceTests {
    @Test("100,000 orders: the first control that fails is what the gate refuses with, value and limit")
    func agreement() throws {
        var chaos = Chaos(seed: 20_261_121)
        var box = BoxedGate(chaos.limits())
        var now = noon
        var failed: Set<String> = []
        var (cleared, waived) = (0, 0)
        for number in 0..<100_000 {
            if number % 200 == 0 { box = BoxedGate(chaos.limits()) }
            now = now + Nanoseconds(chaos.below(400_000_000))
            for _ in 0..<chaos.below(4) { chaos.disturb(box, at: now) }
            let order = chaos.order()
            let market = chaos.market(at: now)
            let before = box.gate.refusedCount(.p01)
            let trace = box.gate.trace(order, market: market)
            try #require(box.gate.refusedCount(.p01) == before && box.gate.trace(order, market: market) == trace)
            let refusal = box.refusal(order, market)
            let first = trace.first { $0.verdict == .failed }
            try #require(first?.control == refusal?.control && first?.reason == refusal?.reason, "\(order) \(trace)")
            try #require(first?.value == refusal?.value && first?.limit == refusal?.limit, "\(order) \(trace)")
            try #require(first?.measure == refusal?.measure)
            try expectSense(trace)
            if let first { failed.insert("\(first.control.name) \(first.reason)") } else { cleared += 1 }
            if trace.contains(where: { $0.verdict == .waived }) { waived += 1 }
        }
        #expect(cleared > 3_000 && waived > 3_000, "\(cleared) cleared, \(waived) with a control waived")
        // Every reason of every control was met.
        #expect(
            failed.sorted() == [
                "P01 aboveLimit", "P01 notPositive", "P01 offGrid", "P02 aboveLimit", "P03 aboveLimit",
                "P03 belowLimit",
                "P05 noReference", "P06 capacity", "P06 notPositive", "P06 offGrid", "P06 overflow",
                "P06 unknownInstrument", "P10 duplicate", "P11 aboveLimit", "P12 aboveLimit", "P14 belowLimit",
                "P16 selfTrade", "P17 crossed",
                "P17 feedDown", "P17 jump", "P17 stale", "P21 notTrading", "P21 phase", "STATE stateForbids",
            ]
        )
    }

    /// One failure at most, nothing judged after it, and no number that contradicts its verdict.
    private func expectSense(_ trace: [RiskCheck]) throws {
        let failure = trace.firstIndex { $0.verdict == .failed }
        for (place, check) in trace.enumerated() {
            switch check.verdict {
            case .passed: try #require(check.isSo != false && place < failure ?? .max, "\(check)")
            // A collar's edge is rounded down to a whole unit: a limit just below it may stand on the number.
            case .failed where check.control == .p03: try #require(check.isSo == false || check.value == check.limit)
            case .failed: try #require(check.isSo != true && place == failure, "\(check)")
            case .waived: try #require(place < failure ?? .max)
            case .notReached: try #require(place > failure ?? .max && check.value == nil && check.limit == nil)
            }
        }
    }

    @Test("an order that passes shows every control with its number and its limit")
    func passing() throws {
        let gate = gate()
        let lines = gate.gate.trace(buy(100), market: market()).map {
            "\($0.control.name) \($0.subject): \($0.valueText) \($0.relation.rawValue) \($0.limitText) \($0.verdict)"
        }
        #expect(
            lines == [
                "STATE state of the scope: active at most reduceOnly passed",
                "P26 program and configuration as they were signed off:  holds  passed",
                "P22 number of the strategy, which has a scope: 0 below 64 passed",
                "P06 number of the instrument, which is listed: 1 below 4 passed",
                "P22 number of the venue: 0 below 1 passed",
                "STATE state of the scope: active at most active passed",
                "STATE state of the scope: active at most active passed",
                "P14 the day's profit below its start or its high: 0.00 above -10000.00 passed",
                "P14 the day's profit below its start or its high: 0.00 above -10000.00 passed",
                "P27 account and instrument that fit the session:  holds  passed",
                "P22 permission for limit orders of the strategy in the instrument at the venue:  holds  passed",
                "P18 no restriction of the instrument:  holds  passed",
                "P21 state of the instrument: trading equal to trading passed",
                "P21 phase of the day that takes limit orders: regular holds regular passed",
                "P17 a feed without interruption:  holds  passed",
                "P17 age of the book: 0 ns within 1000000000 ns passed",
                "P17 time that the book is crossed: 0 ns within 1000000000 ns passed",
                "P17 time since the price jumped:  outside 1000000000 ns passed",
                "P06 order number: 1 1 to 1000 passed",
                "P01 order quantity: 100 above 0 passed",
                "P01 order quantity in lots: 100 multiple of 1 passed",
                "P06 limit price: 100.00 above 0.00 passed",
                "P06 limit price in ticks: 100.00 multiple of 0.01 passed",
                "P01 order quantity: 100 at most 1000 passed",
                "P01 order quantity: 100 at most 922337203.68547758 passed",
                "P02 order value: 10000.00 at most 100000.00 passed",
                "P23 instrument and venue that the strategy declared:  holds  passed",
                "P05 reference price: 100.00 above 0.00 passed",
                "P03 limit price: 100.00 at most 103.00 passed",
                "P03 limit price: 100.00 at least 70.00 passed",
                "P04 limit price within the walk of the window: 100.00 at most 1100.00 waived",
                "P10 an order number not used before: 1 holds  passed",
                "P10 equal orders in the window: 1 at most 4 passed",
                "P07 messages in the bucket: 0 at most 200 passed",
                "P25 orders that may trade: 1 at most 500 passed",
                "P25 messages for each trade less one: 1 at most 500 passed",
                "P08 a strategy that was not stopped for its executions:  holds  passed",
                "P16 no own order that it would meet:  holds  passed",
                "P06 sums of quantities and values that fit: 100 at most 92233720368.54775807 passed",
                "P11 position with all open orders bought: 100 at most 2000 passed",
                "P11 bought today with all open orders: 100 at most 5000 passed",
                "P12 gross value with all open orders filled: 10000.00 at most 100000000.00 passed",
                "P12 net value with all open orders on one side filled: 10000.00 at most 100000000.00 passed",
                "P13 value held and open: 10000.00 at most 100000000.00 passed",
            ]
        )
    }

    @Test("a market order is held against its bound, at the worst price of its collar")
    func marketOrders() throws {
        let gate = gate()
        let trace = gate.gate.trace(marketOrder(.buy, 971), market: market())
        let failed = trace.filter { $0.verdict == .failed }
        #expect(failed.map(\.control) == [.p02] && failed.first?.valueText == "100013.00")
        #expect(trace.first { $0.control == .p06 && $0.reason == .offGrid }?.valueText == "103.00")
        #expect(trace.filter { $0.control == .p05 }.count == 1)
    }

    @Test("what takes no risk is waived, and what a halted gate does not look at is not reached")
    func waivedAndNotReached() throws {
        let gate = gate()
        gate.hold(10)
        gate.gate.feedIsInterrupted = true
        let reducing = gate.gate.trace(sell(5), market: market())
        #expect(reducing.filter { $0.control == .p17 }.allSatisfy { $0.verdict == .waived })
        #expect(reducing.filter { $0.control == .p11 }.allSatisfy { $0.verdict == .waived })
        #expect(!reducing.contains { $0.verdict == .failed })
        gate.gate.lower(to: .halted)
        let halted = gate.gate.trace(sell(5), market: market())
        #expect(halted.first?.verdict == .failed && halted.first?.valueText == "halted")
        #expect(halted.dropFirst().allSatisfy { $0.verdict == .notReached && $0.valueText == "" })
    }
}
