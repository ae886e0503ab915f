// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a fill cost against the market, in basis points; s is +1 for a buy and −1 for a sell.
extension FillRecord {
    /// s (price − arrival mid) / arrival mid; positive is a cost; nil without a two-sided quote at arrival.
    public var arrivalSlippage: Double? { basisPoints(price - arrivalMid, of: arrivalMid) }

    /// 2 s (price − mid) / mid at the fill; positive is a cost.
    public var effectiveSpread: Double? { basisPoints(price - mid, of: mid).map { 2 * $0 } }

    /// 2 s (price − later mid) / mid: what the other side kept of the effective spread.
    public func realisedSpread(horizon: Int) -> Double? {
        later(horizon).flatMap { basisPoints(price - $0, of: mid) }.map { 2 * $0 }
    }

    /// 2 s (later mid − mid) / mid: effective − realised spread.
    public func priceImpact(horizon: Int) -> Double? {
        later(horizon).flatMap { basisPoints($0 - mid, of: mid) }.map { 2 * $0 }
    }

    /// s (later mid − price) / price; positive is good for us.
    public func markout(horizon: Int) -> Double? {
        later(horizon).flatMap { basisPoints($0 - price, of: price) }
    }

    /// What the impact model charged for it.
    public var impactCost: Money { Money(impact, times: quantity) }

    /// Quantity × price.
    public var value: Money { Money(price, times: quantity) }

    private func later(_ horizon: Int) -> Price? {
        horizon < laterMids.count && laterMids[horizon] > .zero ? laterMids[horizon] : nil
    }

    private func basisPoints(_ difference: Price, of base: Price) -> Double? {
        guard base > .zero else { return nil }
        return Double(side.sign) * Double(difference.raw) / Double(base.raw) * 10_000
    }
}

/// Mean and standard error of a sample, in one pass over values (Welford's recurrence).
public struct SampleMean: Sendable {
    public private(set) var count = 0
    private var running = 0.0
    private var squares = 0.0

    public init() {}

    public mutating func add(_ value: Double) {
        count += 1
        let difference = value - running
        running += difference / Double(count)
        squares += difference * (value - running)
    }

    public var mean: Double? { count == 0 ? nil : running }
    /// Divisor n − 1; nil below two values.
    public var deviation: Double? { count < 2 ? nil : (squares / Double(count - 1)).squareRoot() }
    /// Deviation / √n; nil below two values.
    public var standardError: Double? { deviation.map { $0 / Double(count).squareRoot() } }
}

/// A mean weighted by value, nil while the weights are zero.
struct WeightedMean: Sendable {
    private var sum = 0.0
    private var weight = 0.0

    mutating func add(_ value: Double?, weight: Double) {
        guard let value, weight > 0 else { return }
        sum += value * weight
        self.weight += weight
    }

    var mean: Double? { weight > 0 ? sum / weight : nil }
}

/// Execution costs of all fills of a run.
public struct CostLedger: Sendable {
    /// Σ s (price − arrival mid) × quantity, over fills with a known arrival mid.
    public private(set) var slippage: Money = .zero
    /// Σ arrival mid × quantity over the same fills.
    public private(set) var arrivalValue: Money = .zero
    public private(set) var traded: Money = .zero
    public private(set) var bought: Money = .zero
    public private(set) var shares: Quantity = .zero
    public private(set) var makerShares: Quantity = .zero
    public private(set) var fees: Money = .zero
    /// The part of the fees that was received, as a positive amount.
    public private(set) var rebates: Money = .zero
    /// What the impact model charged, within the slippage; and the value of the fills that it charged.
    public private(set) var impact: Money = .zero
    public private(set) var impactValue: Money = .zero
    private static var horizons: Int { FillRecord.markoutHorizons.count }
    /// Markouts by horizon, in basis points, one entry per fill.
    public private(set) var makerMarkouts = [SampleMean](repeating: SampleMean(), count: CostLedger.horizons)
    public private(set) var takerMarkouts = [SampleMean](repeating: SampleMean(), count: CostLedger.horizons)
    public private(set) var allMarkouts = [SampleMean](repeating: SampleMean(), count: CostLedger.horizons)
    var effective = WeightedMean()
    var effectiveMaker = WeightedMean()
    var effectiveTaker = WeightedMean()
    var realisedOneSecond = WeightedMean()
    var impactOneSecond = WeightedMean()
    var toxicity = WeightedMean()

    public init(_ fills: [FillRecord]) {
        for fill in fills { add(fill) }
    }

    /// Slippage / arrival value in basis points.
    public var slippageBasisPoints: Double? {
        ReturnSeries.quotient(slippage.value * 10_000, arrivalValue.value)
    }

    private mutating func add(_ fill: FillRecord) {
        traded += fill.value
        shares += fill.quantity
        fees += fill.fee
        if fill.side == .buy { bought += fill.value }
        impact += fill.impactCost
        if fill.impact > .zero { impactValue += fill.value }
        if fill.isMaker { makerShares += fill.quantity }
        if fill.fee < .zero { rebates -= fill.fee }
        if fill.arrivalMid > .zero {
            let cost = Money(fill.price - fill.arrivalMid, times: fill.quantity)
            if fill.side == .buy { slippage += cost } else { slippage -= cost }
            arrivalValue += Money(fill.arrivalMid, times: fill.quantity)
        }
        addSpreads(fill)
        for horizon in FillRecord.markoutHorizons.indices {
            guard let markout = fill.markout(horizon: horizon) else { continue }
            allMarkouts[horizon].add(markout)
            if fill.isMaker { makerMarkouts[horizon].add(markout) } else { takerMarkouts[horizon].add(markout) }
        }
    }

    private mutating func addSpreads(_ fill: FillRecord) {
        let weight = fill.value.value
        let spread = fill.effectiveSpread
        effective.add(spread, weight: weight)
        if fill.isMaker {
            effectiveMaker.add(spread, weight: weight)
        } else {
            effectiveTaker.add(spread, weight: weight)
        }
        realisedOneSecond.add(fill.realisedSpread(horizon: FillRecord.oneSecond), weight: weight)
        impactOneSecond.add(fill.priceImpact(horizon: FillRecord.oneSecond), weight: weight)
        toxicity.add(fill.markout(horizon: FillRecord.oneSecond).map { -$0 }, weight: weight)
    }
}
