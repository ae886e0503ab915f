// SPDX-License-Identifier: MIT
import HeliosMarket

// MARK: - The door
extension RiskGate {
    /// Checks an order against every control; the first that fails refuses it.
    ///
    /// An order that passes is reserved in the ledger in the same call. The order of the controls: state, session and
    /// data (P21, P17), sanity (P06, P01), size and notional (P01, P02), reference and collar (P05, P03), duplicate
    /// number (P10), position (P11). The day's loss (P14) acts through the state.
    public mutating func check(_ order: NewOrder, market: MarketSnapshot) -> Verdict {
        var checked = CheckedOrder(order, market)
        if let refusal = refusal(&checked) {
            // Safe: 256 places, one for each value of a byte.
            unsafe refusedCounts[Int(refusal.control.rawValue)] += 1
            return .refused(refusal)
        }
        unsafe used[Int(order.id) / 64] |= 1 << (order.id % 64)
        sequence += 1
        return .cleared(Cleared(checked.order, sequence: sequence, at: market.now))
    }

    /// Whether a cancel may be sent: always, for an order that passed here, whatever the gate's state.
    public mutating func clearCancel(_ id: OrderID) -> Bool {
        guard id >= 1, id <= UInt64(orders), isUsed(id) else { return false }
        cancels += 1
        return true
    }

    func isUsed(_ id: OrderID) -> Bool {
        // Safe: the callers hold `id` against `orders`.
        unsafe used[Int(id) / 64] & 1 << (id % 64) != 0
    }

    /// The chain, cheap checks first; reserves when nothing refuses.
    private mutating func refusal(_ checked: inout CheckedOrder) -> RiskRefusal? {
        let order = checked.order
        if current.state >= .halted { return stateRefusal(order) }
        guard order.instrument.index < instruments else {
            let (value, limit) = (Int128(order.instrument.id), Int128(instruments))
            return RiskRefusal(order, .p06, .unknownInstrument, value: value, limit: limit)
        }
        let exposure = ledger.exposure(order.instrument)
        checked.reduces = exposure.isReduced(by: order.side, order.quantity)
        if current.state == .reduceOnly, !checked.reduces { return stateRefusal(order) }
        // Safe: the index is below `instruments`.
        let rules = unsafe rules[order.instrument.index]
        if let refusal = session(checked) ?? staleness(checked) { return refusal }
        if let refusal = sanity(&checked, rules) ?? size(checked, rules) ?? collar(checked) { return refusal }
        if isUsed(order.id) { return RiskRefusal(order, .p10, .duplicate, value: Int128(order.id)) }
        if let refusal = position(checked, exposure, rules) { return refusal }
        guard ledger.reserve(order.instrument, order.side, order.quantity) else {
            return RiskRefusal(order, .p06, .overflow, .quantity, value: Int128(order.quantity.raw))
        }
        return nil
    }

    func stateRefusal(_ order: NewOrder) -> RiskRefusal {
        if current.cause == .p14 {
            return RiskRefusal(order, .p14, .belowLimit, .money, value: current.value, limit: current.limit)
        }
        let reason: RiskReason = current.cause == .p06 ? .overflow : .stateForbids
        return RiskRefusal(order, current.cause, reason, value: Int128(current.state.rawValue))
    }
}

// The steps below serve `trace` as well. They are inlined wherever they are called, so that a second caller can't make
// them calls on the way of an order.

/// An order on its way through the chain, with what is found out about it.
struct CheckedOrder {
    /// A market order gets its limit on the way.
    var order: NewOrder
    let market: MarketSnapshot
    var reference = Reference.none
    /// It can only bring the position nearer to zero.
    var reduces = false
    /// The price that its value is taken at.
    var notionalPrice: Int64

    init(_ order: NewOrder, _ market: MarketSnapshot) {
        self.order = order
        self.market = market
        notionalPrice = order.price.raw
    }
}

// MARK: - Session and data
extension RiskGate {
    /// P21: the instrument trades, and the phase takes this order type.
    @inline(__always)
    func session(_ checked: CheckedOrder) -> RiskRefusal? {
        let market = checked.market
        guard market.tradingState == .trading else {
            let (value, limit) = (market.tradingState.rawValue, TradingState.trading.rawValue)
            return RiskRefusal(checked.order, .p21, .notTrading, value: Int128(value), limit: Int128(limit))
        }
        // Outside the regular session there is no depth to bound a market order: only limits.
        let isTaken = market.phase == .regular || market.phase != .closed && checked.order.type == .limit
        if isTaken { return nil }
        let (value, limit) = (market.phase.rawValue, MarketPhase.regular.rawValue)
        return RiskRefusal(checked.order, .p21, .phase, value: Int128(value), limit: Int128(limit))
    }

    /// P17: no new risk on data that is old, crossed, jumping or incomplete.
    @inline(__always)
    func staleness(_ checked: CheckedOrder) -> RiskRefusal? {
        if checked.reduces { return nil }
        let (order, now) = (checked.order, checked.market.now)
        if feedIsInterrupted { return RiskRefusal(order, .p17, .feedDown) }
        let age = Age(of: checked.market.quoteTime, at: now)
        guard age.isAtMost(limits.staleAge) else {
            return RiskRefusal(order, .p17, .stale, .time, value: age.value, limit: Int128(limits.staleAge))
        }
        // Safe: `refusal` held the index against `instruments`.
        let watch = unsafe watches[order.instrument.index]
        if watch.crossedSince != .never {
            let crossed = Age(of: watch.crossedSince, at: now)
            guard crossed.isAtMost(limits.crossedTime) else {
                return RiskRefusal(
                    order,
                    .p17,
                    .crossed,
                    .time,
                    value: crossed.value,
                    limit: Int128(limits.crossedTime)
                )
            }
        }
        if watch.jumpedAt != .never {
            let jumped = Age(of: watch.jumpedAt, at: now)
            if jumped.isAtMost(limits.jumpTime) {
                return RiskRefusal(order, .p17, .jump, .time, value: jumped.value, limit: Int128(limits.jumpTime))
            }
        }
        return nil
    }
}

/// How long ago something was, exact for every pair of times.
struct Age {
    let value: Int128

    init(of time: Timestamp, at now: Timestamp) {
        value = Int128(now.nanoseconds) - Int128(time.nanoseconds)
    }

    /// False as well for a time in the future.
    func isAtMost(_ limit: Nanoseconds) -> Bool { value >= 0 && value <= Int128(limit) }
}

// MARK: - Sanity and size
extension RiskGate {
    /// P06 and the form of P01: number, quantity and price are possible at all.
    ///
    /// Finds the reference, and gives a market order its limit.
    @inline(__always)
    func sanity(_ checked: inout CheckedOrder, _ rules: InstrumentRules) -> RiskRefusal? {
        let order = checked.order
        guard order.id >= 1, order.id <= UInt64(orders) else {
            return RiskRefusal(order, .p06, .capacity, value: Int128(order.id), limit: Int128(orders))
        }
        guard order.quantity.raw > 0 else {
            return RiskRefusal(order, .p01, .notPositive, .quantity, value: Int128(order.quantity.raw))
        }
        guard rules.lot.contains(order.quantity.raw) else {
            let (value, limit) = (Int128(order.quantity.raw), Int128(rules.lot.step))
            return RiskRefusal(order, .p01, .offGrid, .quantity, value: value, limit: limit)
        }
        checked.reference = Reference(checked.market, limits)
        if order.type == .market {
            guard checked.reference.isKnown else { return RiskRefusal(order, .p05, .noReference, .price) }
            guard let bound = checked.reference.bound(order.side, rules), let worst = checked.reference.upper else {
                return RiskRefusal(order, .p06, .overflow, .price, value: checked.reference.value)
            }
            checked.order.price = Price(raw: bound)
            checked.notionalPrice = worst
        }
        let price = checked.order.price.raw
        guard price > 0 else { return RiskRefusal(order, .p06, .notPositive, .price, value: Int128(price)) }
        let grid = rules.grid(at: price)
        guard grid.contains(price) else {
            return RiskRefusal(order, .p06, .offGrid, .price, value: Int128(price), limit: Int128(grid.step))
        }
        return nil
    }

    /// P01 and P02: not too many, not too much.
    @inline(__always)
    func size(_ checked: CheckedOrder, _ rules: InstrumentRules) -> RiskRefusal? {
        if checked.reduces { return nil }
        let quantity = checked.order.quantity.raw
        if quantity > rules.maxQuantity {
            let (value, limit) = (Int128(quantity), Int128(rules.maxQuantity))
            return RiskRefusal(checked.order, .p01, .aboveLimit, .quantity, value: value, limit: limit)
        }
        let notional = Int128(quantity) &* Int128(checked.notionalPrice)  // below 2^126
        if notional > rules.maxNotional {
            return RiskRefusal(checked.order, .p02, .aboveLimit, .money, value: notional, limit: rules.maxNotional)
        }
        return nil
    }

    /// P05 and P03: a reference exists, and the limit is not too far from it on either side.
    @inline(__always)
    func collar(_ checked: CheckedOrder) -> RiskRefusal? {
        let (order, reference) = (checked.order, checked.reference)
        guard reference.isKnown else {
            // A reduction needs no reference, as long as it has a limit of its own.
            return checked.reduces ? nil : RiskRefusal(order, .p05, .noReference, .price)
        }
        let price = Int128(order.price.raw)
        let above = order.side == .buy ? reference.collar : limits.collarPassive
        let below = order.side == .sell ? reference.collar : limits.collarPassive
        // Both sides times 20,000: the reference is held twice, the collar in 1/10,000. `&*` is safe: prices are below
        // 2^64 and the bounded collars below 2^17; the checked product of 128 bits is a slow library call.
        if price &* 20_000 > reference.double &* Int128(10_000 + above) {
            let limit = reference.double * Int128(10_000 + above) / 20_000
            return RiskRefusal(order, .p03, .aboveLimit, .price, value: price, limit: limit)
        }
        if price &* 20_000 < reference.double &* Int128(10_000 - below) {
            let limit = reference.double * Int128(10_000 - below) / 20_000
            return RiskRefusal(order, .p03, .belowLimit, .price, value: price, limit: limit)
        }
        return nil
    }

    /// P11: the worst case with this order open, and the day's turnover on its side.
    @inline(__always)
    func position(_ checked: CheckedOrder, _ exposure: Exposure, _ rules: InstrumentRules) -> RiskRefusal? {
        if checked.reduces { return nil }
        let order = checked.order
        let isBuy = order.side == .buy
        let quantity = Int128(order.quantity.raw)
        // In 128 bits nothing overflows; what does not fit 64 is above every limit, and named as what it is.
        let open = Int128(isBuy ? exposure.openBuy.raw : exposure.openSell.raw) + quantity
        let position = Int128(exposure.position.raw)
        let worst = (isBuy ? position : -position) + open
        let traded = Int128(isBuy ? exposure.bought.raw : exposure.sold.raw) + open
        guard worst <= Int128(Int64.max), traded <= Int128(Int64.max) else {
            return RiskRefusal(order, .p06, .overflow, .quantity, value: max(worst, traded), limit: Int128(Int64.max))
        }
        #if HELIOS_BUG_BANK
        if isOn(.positionLimitOffByOne), worst <= Int128(rules.maxPosition) + Int128(order.quantity.raw) { return nil }
        #endif
        if worst > Int128(rules.maxPosition) {
            return RiskRefusal(order, .p11, .aboveLimit, .quantity, value: worst, limit: Int128(rules.maxPosition))
        }
        if traded > Int128(rules.maxDayQuantity) {
            return RiskRefusal(order, .p11, .aboveLimit, .quantity, value: traded, limit: Int128(rules.maxDayQuantity))
        }
        return nil
    }
}
