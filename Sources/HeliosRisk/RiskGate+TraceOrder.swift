// SPDX-License-Identifier: MIT
import HeliosMarket

// The steps that look at the market and at the order itself. Each gives the numbers; the verdict is the step's own.
extension RiskGate {
    /// P21 and P17.
    func traceMarket(_ trace: inout RiskTrace, _ checked: CheckedOrder) {
        let market = checked.market
        trace.stage(session(checked)) { trace in
            let state = Int128(market.tradingState.rawValue)
            let trading = Int128(TradingState.trading.rawValue)
            trace.add(.p21, .notTrading, "state of the instrument", .equal, value: state, limit: trading)
            let phase = Int128(market.phase.rawValue)
            let regular = Int128(MarketPhase.regular.rawValue)
            let subject = "phase of the day that takes \(checked.order.type) orders"
            trace.add(.p21, .phase, subject, .holds, value: phase, limit: regular)
        }
        let index = checked.order.instrument.index
        // Safe: the index is below `instruments`. Where it is not, nothing here is reached.
        let watch = index < instruments ? unsafe watches[index] : QuoteWatch()
        trace.stage(staleness(checked), waived: checked.reduces) { trace in
            trace.add(.p17, .feedDown, "a feed without interruption", .holds)
            let age = Age(of: market.quoteTime, at: market.now).value
            trace.add(.p17, .stale, "age of the book", .within, .time, value: age, limit: Int128(limits.staleAge))
            let crossed = watch.crossedSince == .never ? 0 : Age(of: watch.crossedSince, at: market.now).value
            let longest = Int128(limits.crossedTime)
            trace.add(.p17, .crossed, "time that the book is crossed", .within, .time, value: crossed, limit: longest)
            let jumped = watch.jumpedAt == .never ? nil : Age(of: watch.jumpedAt, at: market.now).value
            let memory = Int128(limits.jumpTime)
            trace.add(.p17, .jump, "time since the price jumped", .outside, .time, value: jumped, limit: memory)
        }
    }

    /// P06 and the form of P01; `refusal` is what the step said when it filled `checked`.
    func traceSanity(
        _ trace: inout RiskTrace,
        _ checked: CheckedOrder,
        _ rules: InstrumentRules,
        _ refusal: RiskRefusal?
    ) {
        let order = checked.order
        let quantity = Int128(order.quantity.raw)
        let price = Int128(order.price.raw)
        trace.stage(refusal) { trace in
            trace.add(.p06, .capacity, "order number", .numbered, value: Int128(order.id), limit: Int128(orders))
            trace.add(.p01, .notPositive, "order quantity", .above, .quantity, value: quantity, limit: 0)
            let lot = Int128(rules.lot.step)
            trace.add(.p01, .offGrid, "order quantity in lots", .multiple, .quantity, value: quantity, limit: lot)
            if order.type == .market {
                let reference = checked.reference.value
                trace.add(.p05, .noReference, "reference price", .above, .price, value: reference, limit: 0)
                trace.add(.p06, .overflow, "a bound for the market order that fits", .holds, .price, value: price)
            }
            trace.add(.p06, .notPositive, "limit price", .above, .price, value: price, limit: 0)
            let tick = Int128(rules.grid(at: order.price.raw).step)
            trace.add(.p06, .offGrid, "limit price in ticks", .multiple, .price, value: price, limit: tick)
        }
    }

    /// P01 and P02.
    func traceSize(_ trace: inout RiskTrace, _ checked: CheckedOrder, _ rules: InstrumentRules) {
        let quantity = checked.order.quantity.raw
        trace.stage(size(checked, rules), waived: checked.reduces) { trace in
            let largest = Int128(rules.maxQuantity)
            trace.add(.p01, .aboveLimit, "order quantity", .atMost, .quantity, value: Int128(quantity), limit: largest)
            let notional = Int128(quantity) &* Int128(checked.notionalPrice)  // below 2^126
            trace.add(.p02, .aboveLimit, "order value", .atMost, .money, value: notional, limit: rules.maxNotional)
        }
    }

    /// P05 and P03.
    func traceCollar(_ trace: inout RiskTrace, _ checked: CheckedOrder) {
        let (order, reference) = (checked.order, checked.reference)
        let refusal = trace.isOver ? nil : collar(checked)
        // A market order's reference was asked for when it got its bound.
        if order.type == .limit {
            trace.stage(refusal?.control == .p05 ? refusal : nil, waived: checked.reduces && !reference.isKnown) {
                trace in
                let value = reference.value
                trace.add(.p05, .noReference, "reference price", .above, .price, value: value, limit: 0)
            }
        }
        let price = Int128(order.price.raw)
        let above = Int128(10_000 + (order.side == .buy ? reference.collar : limits.collarPassive))
        let below = Int128(10_000 - (order.side == .sell ? reference.collar : limits.collarPassive))
        trace.stage(refusal?.control == .p03 ? refusal : nil, waived: !reference.isKnown) { trace in
            let highest = reference.double * above / 20_000
            trace.add(.p03, .aboveLimit, "limit price", .atMost, .price, value: price, limit: highest)
            let lowest = reference.double * below / 20_000
            trace.add(.p03, .belowLimit, "limit price", .atLeast, .price, value: price, limit: lowest)
        }
    }
}
