// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// T04: our own fills against the collar of P03, from the price before the fill.
public struct ErrorTrade: Sendable {
    /// The collars by tier, the ages and the spread of a reference.
    public let limits: RiskLimits
    /// How long after an execution a claim must be filed.
    public var filingTime: Nanoseconds = 30 * 60 * 1_000_000_000

    public init(_ limits: RiskLimits) { self.limits = limits }

    /// What is wrong with a fill; nil when nothing is.
    ///
    /// - Parameters:
    ///   - execution: the fill.
    ///   - market: what was known before it was told.
    /// - Returns: the alert, with the deadline of a claim.
    public func judge(_ execution: Execution, before market: MarketSnapshot) -> RiskAlertRecord? {
        guard let (reference, isDistant) = reference(market) else { return nil }
        let collar = Int128(collar(reference) * (isDistant && reference >= Int128(2 * Price.scale) ? 2 : 1))
        // Twice the reference, and the collar in 1/10,000, so that nothing is rounded.
        let price = Int128(execution.price.raw) * 20_000
        let isBad =
            execution.side == .buy ? price > reference * (10_000 + collar) : price < reference * (10_000 - collar)
        guard isBad, reference > 0 else { return nil }
        let edge = reference * (execution.side == .buy ? 10_000 + collar : 10_000 - collar) / 20_000
        let deadline = execution.time + filingTime
        var alert = RiskAlertRecord(
            .t04,
            .incident,
            "error-trade",
            at: execution.received,
            raised: execution.received,
            instrument: execution.instrument,
            orderID: execution.orderID,
            executionID: execution.id,
            measure: .price,
            value: Int128(execution.price.raw),
            limit: edge,
            text: "\(execution.side == .buy ? "bought" : "sold") \(execution.quantity) at \(execution.price), beyond "
                + "\(RiskMeasure.price.text(edge)), \(collar) basis points from the reference of "
                + "\(RiskMeasure.price.text(reference / 2)): a claim must be filed within "
                + "\(filingTime / 60_000_000_000) minutes of the trade"
        )
        alert.deadline = deadline
        return alert
    }

    private func collar(_ double: Int128) -> Int64 {
        let unit = Int128(Price.scale) * 2
        if double >= unit * 50 { return limits.collarFrom50 }
        if double >= unit * 25 { return limits.collarFrom25 }
        return double >= unit ? limits.collarFrom1 : limits.collarBelow1
    }

    /// Twice the reference price, and whether the collar is the double one: a fresh mid, a recent trade, or yesterday's close.
    private func reference(_ market: MarketSnapshot) -> (double: Int128, isDistant: Bool)? {
        let (bid, ask) = (Int128(market.bid.raw), Int128(market.ask.raw))
        let isFresh = market.now - market.quoteTime <= limits.quoteAge
        if bid > 0, ask > bid, isFresh, (ask - bid) * 20_000 <= (bid + ask) * Int128(limits.quoteSpread) {
            return (bid + ask, market.phase != .regular)
        }
        if market.lastTradePrice.raw > 0, market.now - market.lastTradeTime <= limits.tradeAge {
            return (Int128(market.lastTradePrice.raw) * 2, market.phase != .regular)
        }
        return market.priorClose.raw > 0 ? (Int128(market.priorClose.raw) * 2, true) : nil
    }
}
