// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

@Suite("P01 and P02, size and notional")
struct SizeTests {
    @Test("an order up to the largest quantity passes, one share more does not", arguments: [999, 1_000, 1_001])
    func quantityBoundary(shares: Int) throws {
        let gate = gate()
        let outcome = gate.outcome(buy(shares, at: "99.50"), market())
        #expect(outcome.isCleared == (shares <= 1_000))
        if shares > 1_000 { #expect(outcome == .refused(.p01, .aboveLimit)) }
    }

    @Test("an order is at most one per cent of the average daily volume", arguments: [499, 500, 501])
    func volumeShare(shares: Int) throws {
        let gate = gate { $0.instrument.averageDailyVolume = Quantity(50_000) }
        let refusal = gate.refusal(buy(shares, at: "99.50"), market())
        #expect((refusal == nil) == (shares <= 500))
        if let refusal {
            #expect(refusal.control == .p01 && refusal.limit == Int128(Quantity(500).raw))
            #expect(refusal.value == Int128(Quantity(501).raw))
        }
    }

    @Test("zero and negative quantities and broken lots are refused")
    func form() throws {
        let gate = gate()
        #expect(gate.outcome(order(.buy, .zero, price("100.00")), market()) == .refused(.p01, .notPositive))
        #expect(gate.outcome(order(.buy, Quantity(-5), price("100.00")), market()) == .refused(.p01, .notPositive))
        let half = Quantity(raw: Quantity.scale / 2)
        #expect(gate.outcome(order(.buy, half, price("100.00")), market()) == .refused(.p01, .offGrid))
    }

    @Test("the value of an order may reach the limit and not pass it", arguments: ["99.99", "100.00", "100.01"])
    func notionalBoundary(limit: String) throws {
        let gate = gate()
        let outcome = gate.outcome(buy(1_000, at: limit), market())
        #expect(outcome.isCleared == (limit != "100.01"))
        if limit == "100.01" { #expect(outcome == .refused(.p02, .aboveLimit)) }
    }

    @Test("a market order counts at the worst price of its collar")
    func marketNotional() throws {
        let gate = gate()
        #expect(gate.outcome(marketOrder(.sell, 970, id: 1), market()).isCleared)  // 970 × 103 = 99,910
        #expect(gate.outcome(marketOrder(.sell, 971, id: 2), market()) == .refused(.p02, .aboveLimit))
    }

    @Test("a limit that was never set refuses")
    func missing() throws {
        let empty: [(RiskControl, (inout InstrumentLimits) -> Void)] = [
            (.p01, { $0.maxOrderQuantity = .zero }), (.p01, { $0.averageDailyVolume = .zero }),
            (.p01, { $0.lot = .zero }), (.p02, { $0.maxOrderNotional = 0 }), (.p06, { $0.tick = .zero }),
            (.p11, { $0.maxPosition = .zero }), (.p11, { $0.maxDayQuantity = .zero }),
        ]
        for (control, change) in empty {
            let gate = gate { change(&$0.instrument) }
            #expect(gate.refusal(buy(1), market())?.control == control)
        }
        let nothing = BoxedGate(RiskLimits())
        #expect(nothing.state == .killed)
        #expect(nothing.refusal(buy(1), market())?.control == .p14)
    }

    @Test("an instrument's own limits replace those of each")
    func ownLimits() throws {
        var directory = InstrumentDirectory()
        for name in ["A", "B"] { _ = directory.register(try #require(Symbol(name))) }
        var policy = RiskPolicy(simple: limits())
        let symbol = try #require(Symbol("B"))
        policy.limits.append(RiskLimit(0, .instrument(symbol), .orderQuantity, hard: Int128(Quantity(10).raw)))
        let gate = BoxedGate(policy, directory)
        #expect(gate.outcome(buy(11), market()) == .refused(.p01, .aboveLimit))
        #expect(gate.outcome(buy(10), market()).isCleared)
        var other = buy(11, id: 2)
        other.instrument = Instrument(id: 0)
        #expect(gate.outcome(other, market()).isCleared)
    }

    @Test("the 2022 basket: units in the notional field are stopped by the notional limit")
    func unitsInTheNotionalField() throws {
        let gate = gate { $0.instrument.maxOrderQuantity = Quantity(100_000_000) }
        let outcome = gate.outcome(buy(58_000_000, at: "100.00"), market())
        #expect(outcome == .refused(.p02, .aboveLimit))
    }
}

@Suite("P03 and P05, collar and reference")
struct CollarTests {
    @Test(
        "a limit may reach through the reference by its tier's collar and no tick further",
        arguments: [
            ("100.00", "103.00", "97.00", "0.01"), ("50.00", "51.50", "48.50", "0.01"),
            ("49.99", "52.48", "47.50", "0.01"), ("25.00", "26.25", "23.75", "0.01"),
            ("24.00", "26.40", "21.60", "0.01"), ("1.00", "1.10", "0.90", "0.0001"),
            ("0.80", "1.20", "0.40", "0.01"),
        ]
    )
    func boundary(reference: String, highest: String, lowest: String, tick: String) throws {
        let around = market {
            $0.bid = price(reference) - Price(raw: 1)
            $0.ask = price(reference) + Price(raw: 1)
        }
        let unit = price("0.01")
        let fine = price("0.0001")
        let high = price(highest)
        let low = price(lowest)
        let gate = gate()
        #expect(gate.outcome(order(.buy, Quantity(1), high, id: 1), around).isCleared)
        let above = gate.outcome(order(.buy, Quantity(1), high + unit, id: 2), around)
        #expect(above == .refused(.p03, .aboveLimit))
        gate.gate.released(stock, .buy, Quantity(1), order: 1)
        #expect(gate.outcome(order(.sell, Quantity(1), low, id: 3), around).isCleared)
        let step = low.raw <= Price.scale ? fine : unit
        let below = gate.outcome(order(.sell, Quantity(1), low - step, id: 4), around)
        #expect(below == .refused(.p03, .belowLimit))
    }

    @Test("a passive limit may rest up to 30 % behind the reference")
    func passive() throws {
        let gate = gate()
        #expect(gate.outcome(buy(1, at: "70.00", id: 1), market()).isCleared)
        #expect(gate.outcome(buy(1, at: "69.99", id: 2), market()) == .refused(.p03, .belowLimit))
        #expect(gate.outcome(sell(1, at: "130.00", id: 3), market()).isCleared)
        #expect(gate.outcome(sell(1, at: "130.01", id: 4), market()) == .refused(.p03, .aboveLimit))
    }

    @Test("the collar doubles outside the regular session, once")
    func outsideHours() throws {
        let early = market { $0.phase = .preOpen }
        let gate = gate()
        #expect(gate.outcome(buy(1, at: "106.00", id: 1), early).isCleared)
        #expect(gate.outcome(buy(1, at: "106.01", id: 2), early) == .refused(.p03, .aboveLimit))
        let closeOnly = market {
            $0.phase = .preOpen
            $0.bidQuantity = .zero
            $0.priorClose = price("100.00")
        }
        #expect(gate.outcome(buy(1, at: "106.00", id: 3), closeOnly).isCleared)
        #expect(gate.outcome(buy(1, at: "106.01", id: 4), closeOnly) == .refused(.p03, .aboveLimit))
    }

    @Test("the reference falls back from mid to last trade to prior close to none")
    func fallback() throws {
        func highest(_ change: (inout MarketSnapshot) -> Void) -> Outcome {
            let gate = gate { $0.staleAge = 3_600 * second }
            let snapshot = market {
                $0.lastTradePrice = price("90.00")
                $0.lastTradeTime = noon
                $0.priorClose = price("80.00")
                change(&$0)
            }
            return gate.outcome(marketOrder(.buy, 1), snapshot)
        }
        let mid = Outcome.cleared(price: price("103.00"))
        let trade = Outcome.cleared(price: price("92.70"))
        let close = Outcome.cleared(price: price("84.80"))
        #expect(highest { _ in } == mid)
        #expect(highest { $0.quoteTime = Timestamp(nanoseconds: noon.nanoseconds - second) } == mid)
        #expect(highest { $0.quoteTime = Timestamp(nanoseconds: noon.nanoseconds - second - 1) } == trade)
        #expect(highest { $0.ask = $0.bid } == trade)
        #expect(highest { $0.askQuantity = .zero } == trade)
        #expect(highest { ($0.bid, $0.ask) = (price("97.50"), price("102.50")) } == mid)
        #expect(highest { ($0.bid, $0.ask) = (price("97.49"), price("102.51")) } == trade)
        let old = Timestamp(nanoseconds: noon.nanoseconds - 60 * second)
        #expect(highest { ($0.askQuantity, $0.lastTradeTime) = (.zero, old) } == trade)
        let older = Timestamp(nanoseconds: noon.nanoseconds - 60 * second - 1)
        #expect(highest { ($0.askQuantity, $0.lastTradeTime) = (.zero, older) } == close)
        let none = Outcome.refused(.p05, .noReference)
        #expect(highest { ($0.askQuantity, $0.lastTradeTime, $0.priorClose) = (.zero, older, .zero) } == none)
    }

    @Test("a quote from the future is no reference")
    func future() throws {
        let gate = gate()
        let ahead = market { $0.quoteTime = noon + 1 }
        #expect(gate.outcome(buy(1), ahead) == .refused(.p17, .stale))
    }

    @Test("a market order travels with the collar's edge, moved inward to the tick")
    func marketOrderBound() throws {
        let odd = market {
            $0.bid = price("33.33")
            $0.ask = price("33.36")
        }
        let gate = gate()
        // 33.345 × 1.05 = 35.01225, × 0.95 = 31.67775
        #expect(gate.outcome(marketOrder(.buy, 1, id: 1), odd) == .cleared(price: price("35.01")))
        gate.gate.released(stock, .buy, Quantity(1), order: 1)
        #expect(gate.outcome(marketOrder(.sell, 1, id: 2), odd) == .cleared(price: price("31.68")))
    }

    @Test("2005: 610,000 shares at 1 instead of 1 share at 610,000")
    func swappedPriceAndQuantity() throws {
        let initialOffering = market {
            $0.bidQuantity = .zero
            $0.priorClose = price("610000.00")
        }
        let byCollar = gate { limits in
            limits.instrument.maxOrderQuantity = Quantity(1_000_000)
            limits.instrument.maxOrderNotional = Money(1_000_000).raw
        }
        let swapped = sell(610_000, at: "1.00")
        #expect(byCollar.outcome(swapped, initialOffering) == .refused(.p03, .belowLimit))
        let bySize = gate()
        #expect(bySize.outcome(swapped, initialOffering) == .refused(.p01, .aboveLimit))
        let meant = gate { $0.instrument.maxOrderNotional = Money(1_000_000).raw }
        #expect(meant.outcome(sell(1, at: "610000.00"), initialOffering).isCleared)
    }

    @Test("2013: an axe sent live at 1.00 far from its value is refused before the open too")
    func axesAtOne() throws {
        let gate = gate()
        let early = market { $0.phase = .preOpen }
        #expect(gate.outcome(sell(1, at: "1.00"), early) == .refused(.p03, .belowLimit))
    }
}

@Suite("P06, sanity")
struct SanityTests {
    @Test("a price off the tick grid, zero or negative is refused")
    func grid() throws {
        let gate = gate()
        #expect(gate.outcome(buy(1, at: "100.005"), market()) == .refused(.p06, .offGrid))
        #expect(gate.outcome(buy(1, at: "0.00"), market()) == .refused(.p06, .notPositive))
        #expect(gate.outcome(buy(1, at: "-100.00"), market()) == .refused(.p06, .notPositive))
        let penny = market { ($0.bid, $0.ask) = (price("0.5000"), price("0.5001")) }
        #expect(gate.outcome(buy(1, at: "0.5001", id: 1), penny).isCleared)
        #expect(gate.outcome(buy(1, at: "0.50005", id: 2), penny) == .refused(.p06, .offGrid))
    }

    @Test("every price from 0.0001 to 3.00 is on its grid exactly when a division says so")
    func gridAgainstDivision() throws {
        let gate = gate()
        let ones = market { ($0.bid, $0.ask) = (price("1.00"), price("1.01")) }
        for raw in stride(from: Int64(2_500), through: 3 * Price.scale, by: 2_500) {
            let step: Int64 = raw >= Price.scale ? 1_000_000 : 10_000
            let refusal = gate.refusal(order(.buy, Quantity(1_001), Price(raw: raw)), ones)
            #expect(refusal?.control == (raw % step == 0 ? .p01 : .p06))
        }
    }

    @Test("the largest integers are refused, never trapped on")
    func overflow() throws {
        let extremes: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
        for quantity in extremes {
            for limit in extremes {
                for side in [Side.buy, .sell] {
                    for type in [OrderType.limit, .market] {
                        let gate = gate { limits in
                            limits.instrument.maxOrderQuantity = Quantity(raw: .max)
                            limits.instrument.maxPosition = Quantity(raw: .max)
                            limits.instrument.maxDayQuantity = Quantity(raw: .max)
                            limits.instrument.maxOrderNotional = .max
                            limits.instrument.lot = Quantity(raw: 1)
                            limits.instrument.tick = Price(raw: 1)
                            limits.instrument.tickBelowOne = Price(raw: 1)
                        }
                        gate.hold(1)
                        var order = order(side, Quantity(raw: quantity), Price(raw: limit))
                        order.type = type
                        let wide = market { ($0.bid, $0.ask) = (Price(raw: .max - 2), Price(raw: .max)) }
                        _ = gate.outcome(order, wide)
                        order.id = 2
                        _ = gate.outcome(order, market { $0.quoteTime = Timestamp(nanoseconds: .min) })
                        order.id = 3
                        if !gate.outcome(order, market()).isCleared { continue }
                        #expect(quantity > 0 && limit > 0 || type == .market)
                    }
                }
            }
        }
    }

    @Test("quantities that together do not fit are an overflow")
    func overflowOfTheSum() throws {
        let gate = gate { limits in
            limits.instrument.maxOrderQuantity = Quantity(raw: .max)
            limits.instrument.maxPosition = Quantity(raw: .max)
            limits.instrument.maxDayQuantity = Quantity(raw: .max)
            limits.instrument.maxOrderNotional = .max
            limits.participation = 10_000
            limits.grossNotional = Money(raw: .max / 16)
            limits.netNotional = limits.grossNotional
            limits.credit = limits.grossNotional
        }
        let most = Quantity(raw: Int64.max / Quantity.scale * Quantity.scale)
        #expect(gate.outcome(order(.buy, most, price("100.00"), id: 1), market()).isCleared)
        #expect(gate.outcome(order(.buy, Quantity(1), price("100.00"), id: 2), market()) == .refused(.p06, .overflow))
        #expect(gate.exposure.openBuy == most)
    }

    @Test("an instrument or an order number that the gate has no place for is refused")
    func capacity() throws {
        let gate = gate()
        var stranger = buy(1)
        stranger.instrument = Instrument(id: 4)
        #expect(gate.outcome(stranger, market()) == .refused(.p06, .unknownInstrument))
        stranger.instrument = .none
        #expect(gate.outcome(stranger, market()) == .refused(.p06, .unknownInstrument))
        for id: OrderID in [0, 1_001, .max] {
            #expect(gate.outcome(buy(1, id: id), market()) == .refused(.p06, .capacity))
            #expect(!gate.clearCancel(id))
        }
        #expect(gate.outcome(buy(1, id: 1_000), market()).isCleared)
    }

    @Test("an order number passes once")
    func duplicate() throws {
        let gate = gate()
        #expect(gate.outcome(buy(1, id: 7), market()).isCleared)
        #expect(gate.outcome(buy(1, id: 7), market()) == .refused(.p10, .duplicate))
        #expect(gate.exposure.openBuy == Quantity(1))
        #expect(gate.gate.refusedCount(.p10) == 1 && gate.gate.clearedCount == 1)
    }
}

@Suite("P17 and P21, data and session")
struct DataTests {
    @Test("old data takes no risk, but lets a reduction pass")
    func stale() throws {
        let edge = market { $0.quoteTime = Timestamp(nanoseconds: noon.nanoseconds - second) }
        let old = market { $0.quoteTime = Timestamp(nanoseconds: noon.nanoseconds - second - 1) }
        let gate = gate()
        #expect(gate.outcome(buy(1, id: 1), edge).isCleared)
        #expect(gate.outcome(buy(1, id: 2), old) == .refused(.p17, .stale))
        gate.hold(10)
        #expect(gate.outcome(sell(10, at: "100.01", id: 3), old).isCleared)
        #expect(gate.outcome(sell(1, at: "100.01", id: 4), old) == .refused(.p17, .stale))
    }

    @Test("a book crossed for more than a second takes no risk")
    func crossed() throws {
        let gate = gate()
        let (low, high) = (price("99.99"), price("100.01"))
        gate.gate.mark(stock, bid: high, ask: low, at: noon)
        gate.gate.mark(stock, bid: high, ask: low, at: noon + second)
        func at(_ time: Timestamp) -> MarketSnapshot { market { ($0.now, $0.quoteTime) = (time, time) } }
        #expect(gate.outcome(buy(1, id: 1), at(noon + second)).isCleared)
        #expect(gate.outcome(buy(1, id: 2), at(noon + second + 1)) == .refused(.p17, .crossed))
        gate.gate.mark(stock, bid: low, ask: high, at: noon + second + 2)
        #expect(gate.outcome(buy(1, id: 3), at(noon + second + 2)).isCleared)
    }

    @Test("a jump of the mid by more than 10 % takes no risk for a second")
    func jump() throws {
        for (next, jumps) in [
            ("109.99", false), ("110.00", false), ("110.01", true), ("90.00", false), ("89.99", true),
        ] {
            let gate = gate()
            let one = Price(raw: 1)
            gate.gate.mark(stock, bid: price("100.00") - one, ask: price("100.00") + one, at: noon)
            gate.gate.mark(stock, bid: price(next) - one, ask: price(next) + one, at: noon)
            let outcome = gate.outcome(buy(1, id: 1), market())
            #expect(outcome == (jumps ? .refused(.p17, .jump) : .cleared(price: price("100.00"))))
            let later = market { ($0.now, $0.quoteTime) = (noon + second + 1, noon + second + 1) }
            #expect(gate.outcome(buy(1, id: 2), later).isCleared)
        }
    }

    @Test("an interrupted feed takes no risk on any instrument")
    func feed() throws {
        let gate = gate()
        gate.hold(10)
        gate.gate.feedIsInterrupted = true
        #expect(gate.outcome(buy(1, id: 1), market()) == .refused(.p17, .feedDown))
        #expect(gate.outcome(sell(5, at: "100.01", id: 2), market()).isCleared)
        gate.gate.feedIsInterrupted = false
        #expect(gate.outcome(buy(1, id: 3), market()).isCleared)
    }

    @Test("only a trading instrument takes orders, reductions included, and cancels always pass")
    func states() throws {
        let gate = gate()
        gate.hold(10)
        #expect(gate.outcome(buy(1, id: 9), market()).isCleared)
        for state in [TradingState.unknown, .halted, .paused, .quotationOnly] {
            let shut = market { $0.tradingState = state }
            #expect(gate.outcome(buy(1, id: 1), shut) == .refused(.p21, .notTrading))
            #expect(gate.outcome(sell(1, id: 1), shut) == .refused(.p21, .notTrading))
            #expect(gate.clearCancel(9))
        }
        #expect(gate.gate.cancelCount == 4)
        #expect(!gate.clearCancel(8))
    }

    @Test("a phase takes the order types that it can bound")
    func phases() throws {
        let expected: [(MarketPhase, limit: Bool, market: Bool)] = [
            (.closed, false, false), (.preOpen, true, false), (.regular, true, true), (.postClose, true, false),
        ]
        for (phase, limit, atMarket) in expected {
            let gate = gate()
            let then = market { $0.phase = phase }
            #expect(gate.outcome(buy(1, id: 1), then).isCleared == limit)
            #expect(gate.outcome(marketOrder(.buy, 1, id: 2), then).isCleared == atMarket)
            if !limit { #expect(gate.outcome(buy(1, id: 3), then) == .refused(.p21, .phase)) }
        }
    }
}
