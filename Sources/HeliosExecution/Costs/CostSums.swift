// SPDX-License-Identifier: MIT
import HeliosMarket

/// A mean with weights, and the plain mean's standard error, as sums that can be taken back.
@frozen
public struct CostMean: Sendable, BitwiseCopyable, Equatable {
    public var count = 0.0
    public var weight = 0.0
    public var weighted = 0.0
    public var sum = 0.0
    public var squares = 0.0

    @inlinable
    public init() {}

    /// Adds a value, or with `times` −1 takes it back.
    @inlinable
    public mutating func add(_ value: Double?, weight share: Double, times: Double = 1) {
        guard let value, share > 0 else { return }
        count += times
        weight += times * share
        weighted += times * share * value
        sum += times * value
        squares += times * value * value
    }

    /// The mean weighted by value traded; nil without any.
    @inlinable
    public var mean: Double? { weight > 0 ? weighted / weight : nil }

    /// The mean over fills, each the same; nil without any.
    @inlinable
    public var plain: Double? { count > 0 ? sum / count : nil }

    /// Of `plain`; nil below two values.
    @inlinable
    public var standardError: Double? {
        guard count > 1 else { return nil }
        let variance = max(squares - sum * sum / count, 0) / (count - 1)
        return (variance / count).squareRoot()
    }
}

/// Costs of a set of orders and fills: sums, so that sets can be joined and nothing is kept of single ones.
public struct CostSums: Sendable, BitwiseCopyable {
    /// After a fill, when the mid is taken: 50 ms, 1 s, 15 s, 1 min, 5 min.
    public static let horizons: InlineArray<5, Nanoseconds> = [
        50_000_000, 1_000_000_000, 15_000_000_000, 60_000_000_000, 300_000_000_000,
    ]
    /// How many there are.
    @inlinable
    public static var horizonCount: Int { 5 }
    /// The one of a second.
    @inlinable
    public static var oneSecond: Int { 1 }
    /// The one of five minutes.
    @inlinable
    public static var fiveMinutes: Int { 4 }

    // Orders as they were sent
    public var orders = 0.0
    public var rejected = 0.0
    /// Shares of orders that took, and of those that rested.
    public var takingSent = 0.0
    public var takingFilled = 0.0
    public var restingSent = 0.0
    public var restingFilled = 0.0
    /// Shares that were displayed within the limits of orders that took, and of those what was gone on arrival.
    public var displayed = 0.0
    public var faded = 0.0

    // Fills
    public var fills = 0.0
    public var shares = 0.0
    public var makerShares = 0.0
    /// Value in the currency, and fees, where positive is paid.
    public var value = 0.0
    public var fees = 0.0
    public var arrival = CostMean()
    public var effective = CostMean()
    public var realised = InlineArray<5, CostMean>(repeating: CostMean())
    public var impact = InlineArray<5, CostMean>(repeating: CostMean())
    public var markout = InlineArray<5, CostMean>(repeating: CostMean())
    /// Markout after a second, weighted by shares.
    public var toxic = CostMean()

    // Parents that have ended
    public var parents = 0.0
    public var orderedShares = 0.0
    public var doneShares = 0.0
    /// Value at the decision's price.
    public var orderedValue = 0.0
    public var delay = 0.0
    public var trading = 0.0
    public var opportunity = 0.0
    public var parentFees = 0.0
    /// Slippage of the average price against the market's over the parent's life, and from its first order to its last fill.
    public var lifetime = CostMean()
    public var interval = CostMean()
    public var reversion = CostMean()

    public init() {}

    /// Filled over sent, all orders.
    public var fillRate: Double? { CostSums.ratio(takingFilled + restingFilled, takingSent + restingSent) }
    public var takingFillRate: Double? { CostSums.ratio(takingFilled, takingSent) }
    public var restingFillRate: Double? { CostSums.ratio(restingFilled, restingSent) }
    /// The share of the displayed quantity that was gone on arrival.
    public var fade: Double? { CostSums.ratio(faded, displayed) }
    /// Volume-weighted −markout after a second, in basis points: positive where fills are followed by a move against us.
    public var toxicity: Double? { toxic.mean.map { -$0 } }
    public var makerShare: Double? { CostSums.ratio(makerShares, shares) }
    public var feePoints: Double? { CostSums.ratio(fees, value).map { $0 * 10_000 } }
    /// All parts of the shortfall, in the currency.
    public var shortfall: Double { delay + trading + opportunity + parentFees }

    /// A part of the shortfall in basis points of what was ordered at the decisions' prices.
    public func points(_ part: Double) -> Double? { CostSums.ratio(part, orderedValue).map { $0 * 10_000 } }

    /// Nothing was sent and nothing ended.
    public var isEmpty: Bool { orders == 0 && fills == 0 && parents == 0 }

    private static func ratio(_ part: Double, _ whole: Double) -> Double? { whole > 0 ? part / whole : nil }
}

extension CostSums {
    /// Adds a parent that has ended.
    mutating func add(_ shortfall: Shortfall, lifetime: Double?, interval: Double?) {
        parents += 1
        orderedShares += shortfall.ordered.value
        doneShares += shortfall.done.value
        // A parent without a quote at its beginning has no benchmark, and none of its parts.
        if shortfall.decision.raw > 0, shortfall.arrival.raw > 0 || shortfall.done.raw == 0 {
            orderedValue += Money(shortfall.decision, times: shortfall.ordered).value
            if shortfall.done.raw > 0 {
                delay += shortfall.delay.value
                trading += shortfall.trading.value
            }
            if shortfall.end.raw > 0 { opportunity += shortfall.opportunity.value }
            parentFees += shortfall.fees.value
        }
        let value = shortfall.value.value
        self.lifetime.add(lifetime, weight: value)
        self.interval.add(interval, weight: value)
    }
}
