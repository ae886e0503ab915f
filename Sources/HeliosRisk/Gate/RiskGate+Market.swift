// SPDX-License-Identifier: MIT
import HeliosMarket

// MARK: - Session and data
extension RiskGate {
    /// P21: the instrument trades, and the phase takes this order type.
    @inline(__always)
    func session<W: RiskWitness>(_ checked: CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let (order, market) = (checked.order, checked.market)
        let state = Int128(market.tradingState.rawValue)
        let isTrading = market.tradingState == .trading
        let trading = Int128(TradingState.trading.rawValue)
        if let refusal = hold(&witness, .trading, order, isTrading, value: state, limit: trading) { return refusal }
        // Outside the regular session there is no depth to bound a market order: only limits.
        let isTaken = market.phase == .regular || market.phase != .closed && order.type == .limit
        let (value, limit) = (market.phase.rawValue, MarketPhase.regular.rawValue)
        return hold(&witness, .phase, order, isTaken, value: Int128(value), limit: Int128(limit))
    }

    /// P17: no new risk on data that is old, crossed, jumping or incomplete.
    @inline(__always)
    func staleness<W: RiskWitness>(_ checked: CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        if checked.reduces, W.counts { return nil }
        let (order, now, waived) = (checked.order, checked.market.now, checked.reduces)
        if let refusal = hold(&witness, .feed, order, !feedIsInterrupted, waived: waived) { return refusal }
        let age = Age(of: checked.market.quoteTime, at: now)
        if let refusal = hold(
            &witness,
            .age,
            order,
            age.isAtMost(limits.staleAge),
            value: age.value,
            limit: Int128(limits.staleAge),
            waived: waived
        ) {
            return refusal
        }
        // Safe: `threshold` held the index against `instruments`.
        let watch = unsafe watches[order.instrument.index]
        let crossed = watch.crossedSince == .never ? 0 : Age(of: watch.crossedSince, at: now).value
        if let refusal = hold(
            &witness,
            .crossed,
            order,
            crossed >= 0 && crossed <= Int128(limits.crossedTime),
            value: crossed,
            limit: Int128(limits.crossedTime),
            waived: waived
        ) {
            return refusal
        }
        let jumped = watch.jumpedAt == .never ? nil : Age(of: watch.jumpedAt, at: now)
        return hold(
            &witness,
            .jump,
            order,
            jumped.map { !$0.isAtMost(limits.jumpTime) } ?? true,
            value: jumped?.value ?? -1,
            limit: Int128(limits.jumpTime),
            waived: waived
        )
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
