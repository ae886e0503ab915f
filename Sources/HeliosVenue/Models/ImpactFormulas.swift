// SPDX-License-Identifier: MIT
import HeliosMath

/// The square-root law: I = Y σ √(Q / V), a part of the price.
///
/// Formula 3.1 (Torre 1997; Tóth et al. 2011).
public struct SquareRootImpact: Sendable, Equatable {
    /// Y, near 1 in every market measured (0.5 to 1.5).
    public var coefficient: Double

    public init(coefficient: Double = 1) { self.coefficient = coefficient }

    /// Mean cost a share, in units of `volatility` (both a part of the price, or both basis points).
    ///
    /// - Parameters:
    ///   - quantity: Q, shares.
    ///   - volume: V, shares a day.
    ///   - volatility: σ of a day.
    /// - Returns: I, in the unit of `volatility`.
    public func impact(quantity: Double, volume: Double, volatility: Double) -> Double {
        guard quantity > 0, volume > 0 else { return 0 }
        return coefficient * volatility * (quantity / volume).squareRoot()
    }
}

/// Permanent and temporary impact of a working order.
///
/// Formula 3.2 (Almgren, Thum, Hauptmann and Li 2005, "Direct estimation of equity market impact").
public struct AlmgrenImpact: Sendable, Equatable {
    /// γ of the permanent and η of the temporary part.
    public var permanentCoefficient: Double
    public var temporaryCoefficient: Double

    public init(permanent: Double = 0.314, temporary: Double = 0.142) {
        permanentCoefficient = permanent
        temporaryCoefficient = temporary
    }

    /// γ σ (X / V) (Θ / V)^¼, the move that stays; Θ is the number of shares outstanding.
    public func permanent(quantity: Double, volume: Double, sharesOutstanding: Double, volatility: Double) -> Double {
        guard volume > 0 else { return 0 }
        let turnover = (sharesOutstanding / volume).squareRoot().squareRoot()
        return permanentCoefficient * volatility * (quantity / volume) * turnover
    }

    /// η σ |X / (V T)|^(3/5), the price of haste; the order is worked over T `days`.
    public func temporary(quantity: Double, volume: Double, days: Double, volatility: Double) -> Double {
        guard volume > 0, days > 0 else { return 0 }
        return temporaryCoefficient * volatility * RealMath.power(abs(quantity / (volume * days)), 0.6)
    }

    /// J = permanent / 2 + temporary: the mean cost a share.
    public func cost(
        quantity: Double,
        volume: Double,
        sharesOutstanding: Double,
        days: Double,
        volatility: Double
    ) -> Double {
        permanent(quantity: quantity, volume: volume, sharesOutstanding: sharesOutstanding, volatility: volatility) / 2
            + temporary(quantity: quantity, volume: volume, days: days, volatility: volatility)
    }
}

/// The order book that refills: what is best to send where liquidity comes back exponentially.
///
/// Formula 3.4 (Obizhaeva and Wang 2013).
public struct ResilientBook: Sendable, Equatable {
    /// ρ, a unit of time.
    public var resilience: Double

    public init(resilience: Double) { self.resilience = resilience }

    /// The block at each end of an order of `quantity` over `time`: X / (ρ T + 2).
    public func block(quantity: Double, time: Double) -> Double { quantity / (resilience * time + 2) }

    /// The rate in between, shares a unit of time: ρ X / (ρ T + 2).
    public func rate(quantity: Double, time: Double) -> Double { resilience * block(quantity: quantity, time: time) }
}

/// A push on the price that fades as a power of time.
///
/// Formula 3.5 (Bouchaud, Gefen, Potters and Wyart 2004): p(t) − p(0) = Σ G₀ s |v|^δ / (1 + t − u)^γ over trades at u ≤ t.
/// With γ + δ < 1 a round trip could earn from its own impact; `isFreeOfManipulation` says that it can't.
public struct PropagatorImpact: Sendable, Equatable {
    /// G₀: the push of a trade of size 1.
    public var strength: Double
    /// δ: how it grows with size.
    public var sizeExponent: Double
    /// γ: how it fades.
    public var decayExponent: Double

    public init(strength: Double, sizeExponent: Double = 0.5, decayExponent: Double = 0.5) {
        self.strength = strength
        self.sizeExponent = sizeExponent
        self.decayExponent = decayExponent
    }

    /// γ + δ ≥ 1 (Gatheral 2010).
    public var isFreeOfManipulation: Bool { sizeExponent + decayExponent >= 1 }

    /// What a trade of `volume` (negative for a sell) still pushes after `age`, in the unit of `strength`.
    public func push(volume: Double, age: Double) -> Double {
        let size = strength * RealMath.power(abs(volume), sizeExponent) / RealMath.power(1 + age, decayExponent)
        return volume < 0 ? -size : size
    }

    /// p(t) − p(0) after `trades` until `time`.
    public func shift(_ trades: [(time: Double, volume: Double)], at time: Double) -> Double {
        trades.reduce(0) { sum, trade in
            trade.time <= time ? sum + push(volume: trade.volume, age: time - trade.time) : sum
        }
    }
}
