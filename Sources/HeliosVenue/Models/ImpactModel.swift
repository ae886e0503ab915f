// SPDX-License-Identifier: MIT
import HeliosMarket

/// How our taking makes prices worse for ourselves: history can't react to us, so a model charges for it.
public enum ImpactModel: Sendable, Equatable {
    /// History's prices, as displayed.
    case none
    case squareRoot(SquareRootImpact)
    /// `days`: over how long an order counts as worked; `turnoverDays`: shares outstanding / daily volume.
    case almgren(AlmgrenImpact, days: Double, turnoverDays: Double)
    /// Linear: γ σ X / V stays, η σ X / (V T) is paid at once. Formula 3.3 in units of volatility and volume.
    case almgrenChriss(permanent: Double, temporary: Double, days: Double)
    /// Each trade pushes κ σ q / V, which fades as e^(−ρ t): formula 3.4's book. ρ a second.
    case resilient(push: Double, ResilientBook)
    /// Each trade pushes G₀ σ (q / V)^δ, which fades as a power of the seconds since.
    case propagator(PropagatorImpact)
}

/// A model of impact and what it assumes of an instrument before its data says more.
public struct ImpactSettings: Sendable, Equatable {
    public var model: ImpactModel
    /// Shares a day, before any trade was seen.
    public var priorVolume: Quantity
    /// Volatility of a day, a part of the price, before any trade was seen.
    public var priorVolatility: Double
    /// How many days of data these two assumptions weigh.
    public var priorDays: Double

    public init(
        _ model: ImpactModel = .none,
        priorVolume: Quantity = Quantity(1_000_000),
        priorVolatility: Double = 0.02,
        priorDays: Double = 0.1
    ) {
        self.model = model
        self.priorVolume = priorVolume
        self.priorVolatility = priorVolatility
        self.priorDays = priorDays
    }
}

/// An instrument's volume and volatility a day, from its trades so far: nothing later than now is known.
///
/// Both begin at the assumption and give way to the data: with w the assumption's weight and f the days of regular trading
/// seen, V = (V₀ w + shares) / (w + f) and σ² = (σ₀² w + Σ r²) / (w + f), r over five minutes, days joined without
/// their nights.
public struct ActivityEstimate: Sendable, BitwiseCopyable {
    /// Between two prices that make a return.
    public static var interval: Nanoseconds { 300_000_000_000 }

    private var shares: Int64 = 0
    private var squares = 0.0
    private var price = 0.0
    private var due = Timestamp.zero

    public init() {}

    /// A trade that counts for volume.
    public mutating func trade(_ quantity: Quantity, at price: Price, time: Timestamp) {
        shares = shares.addingReportingOverflow(quantity.raw).overflow ? .max : shares + quantity.raw
        guard time >= due, price.raw > 0 else { return }
        if self.price > 0 {
            let change = price.value / self.price - 1
            squares += change * change
        }
        self.price = price.value
        due = time + ActivityEstimate.interval
    }

    /// The next return begins with the next trade.
    public mutating func beginDay() {
        price = 0
        due = .zero
    }

    /// Shares a day after `days` of regular trading.
    public func volume(_ settings: ImpactSettings, days: Double) -> Double {
        let weight = settings.priorDays
        guard weight + days > 0 else { return settings.priorVolume.value }
        return (settings.priorVolume.value * weight + Quantity(raw: shares).value) / (weight + days)
    }

    /// Volatility of a day, a part of the price, after `days` of regular trading.
    public func volatility(_ settings: ImpactSettings, days: Double) -> Double {
        let weight = settings.priorDays
        guard weight + days > 0 else { return settings.priorVolatility }
        let variance = settings.priorVolatility * settings.priorVolatility
        return ((variance * weight + squares) / (weight + days)).squareRoot()
    }
}
