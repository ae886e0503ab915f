// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a trade cost against the market, in basis points; a cost is positive, but a markout is positive when it is good.
///
/// s is +1 for a buy and −1 for a sell. Every function is nil where its base price is not known, which is a price of zero.
public enum TradeCost {
    /// s (average − benchmark) / benchmark, against the arrival price or a volume-weighted average price.
    @inlinable
    public static func slippage(_ side: Side, _ average: Double, against benchmark: Double) -> Double? {
        guard benchmark > 0 else { return nil }
        return Double(side.sign) * (average - benchmark) / benchmark * 10_000
    }

    /// 2 s (price − mid) / mid, the mid being that of the trade.
    @inlinable
    public static func effectiveSpread(_ side: Side, _ price: Price, mid: Price) -> Double? {
        points(side, price.raw - mid.raw, of: mid).map { 2 * $0 }
    }

    /// 2 s (price − later mid) / mid: what the other side kept of the effective spread.
    @inlinable
    public static func realisedSpread(_ side: Side, _ price: Price, mid: Price, later: Price) -> Double? {
        later.raw > 0 ? points(side, price.raw - later.raw, of: mid).map { 2 * $0 } : nil
    }

    /// 2 s (later mid − mid) / mid: effective − realised spread.
    @inlinable
    public static func impact(_ side: Side, mid: Price, later: Price) -> Double? {
        later.raw > 0 ? points(side, later.raw - mid.raw, of: mid).map { 2 * $0 } : nil
    }

    /// s (later mid − price) / price: positive is good for us.
    @inlinable
    public static func markout(_ side: Side, _ price: Price, later: Price) -> Double? {
        later.raw > 0 ? points(side, later.raw - price.raw, of: price) : nil
    }

    /// −s (mid five minutes after the last fill − last fill) / last fill: what came back of the price that we moved.
    @inlinable
    public static func reversion(_ side: Side, lastFill: Price, later: Price) -> Double? {
        markout(side, lastFill, later: later).map { -$0 }
    }

    @inlinable
    static func points(_ side: Side, _ difference: Int64, of base: Price) -> Double? {
        guard base.raw > 0 else { return nil }
        return Double(side.sign) * Double(difference) / Double(base.raw) * 10_000
    }
}

/// Implementation shortfall of an order (Perold 1988), exact: what it cost against having had all of it at the decision's price.
public struct Shortfall: Sendable, BitwiseCopyable, Equatable {
    public var side: Side
    public var ordered: Quantity
    public var done: Quantity
    /// Mid when it was decided.
    public var decision: Price
    /// Mid when the first child left.
    public var arrival: Price
    /// Mid when it ended.
    public var end: Price
    /// Price times quantity over all fills.
    public var value: Money
    public var fees: Money

    public init(
        side: Side,
        ordered: Quantity,
        done: Quantity,
        decision: Price,
        arrival: Price,
        end: Price,
        value: Money,
        fees: Money
    ) {
        self.side = side
        self.ordered = ordered
        self.done = done
        self.decision = decision
        self.arrival = arrival
        self.end = end
        self.value = value
        self.fees = fees
    }

    /// s done (arrival − decision): the market moved before we were there.
    public var delay: Money { signed(Money(arrival - decision, times: done)) }
    /// s done (average − arrival): what trading cost.
    public var trading: Money { signed(value - Money(arrival, times: done)) }
    /// s (ordered − done) (end − decision): what was not traded.
    public var opportunity: Money { signed(Money(end - decision, times: ordered - done)) }
    public var total: Money { delay + trading + opportunity + fees }

    /// Currency a share over all fills; nil without any.
    public var average: Double? { done.raw > 0 ? value.value / done.value : nil }
    /// `total` over the value of the whole order at the decision's price.
    public var basisPoints: Double? { points(total) }

    /// A part of the shortfall in basis points of the whole order at the decision's price.
    public func points(_ part: Money) -> Double? {
        let whole = Money(decision, times: ordered).value
        return whole > 0 ? part.value / whole * 10_000 : nil
    }

    private func signed(_ money: Money) -> Money { side == .buy ? money : -money }
}
