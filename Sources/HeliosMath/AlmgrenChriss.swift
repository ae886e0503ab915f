// SPDX-License-Identifier: MIT

/// The optimal way to work an order under linear impact: what to hold when, what it costs and how much it varies.
///
/// Formula 3.3 (Almgren and Chriss 2000): permanent impact γ a share traded, temporary impact ε + η per share and unit of
/// time; λ is the aversion to variance.
public struct AlmgrenChriss: Sendable, Equatable {
    /// X, shares to trade.
    public var quantity: Double
    /// T and the number of equal slices N.
    public var time: Double
    public var slices: Int
    /// σ, money a share and √ unit of time.
    public var volatility: Double
    /// ε, money a share: half the spread and fees.
    public var fixedCost: Double
    /// γ, money a share per share.
    public var permanent: Double
    /// η, money a share per share and unit of time.
    public var temporary: Double
    /// λ, per unit of money.
    public var riskAversion: Double

    /// Nil unless time, slices and η − γ τ / 2 are above zero and nothing is negative or not finite.
    public init?(
        quantity: Double,
        time: Double,
        slices: Int,
        volatility: Double,
        fixedCost: Double,
        permanent: Double,
        temporary: Double,
        riskAversion: Double
    ) {
        // One by one and not as a list: it is solved again while an order is worked, where nothing allocates.
        func isSound(_ value: Double) -> Bool { value.isFinite && value >= 0 }
        guard isSound(quantity), isSound(time), isSound(volatility), isSound(fixedCost), isSound(permanent),
            isSound(temporary), isSound(riskAversion), time > 0, slices > 0
        else { return nil }
        self.quantity = quantity
        self.time = time
        self.slices = slices
        self.volatility = volatility
        self.fixedCost = fixedCost
        self.permanent = permanent
        self.temporary = temporary
        self.riskAversion = riskAversion
        guard adjusted > 0 else { return nil }
    }

    /// τ = T / N.
    private var step: Double { time / Double(slices) }
    /// η − γ τ / 2.
    private var adjusted: Double { temporary - permanent * step / 2 }

    /// κ, how fast the position falls; 0 for even slices.
    public var urgency: Double {
        let square = riskAversion * volatility * volatility / adjusted
        return RealMath.acosh(onePlus: square * step * step / 2) / step
    }

    /// What is left after each slice: N values, the last 0.
    public var trajectory: [Double] {
        let urgency = urgency
        return (1...slices).map { slice in
            let left = Double(slices - slice) / Double(slices)
            guard urgency > 0 else { return quantity * left }
            return quantity * RealMath.sinhRatio(urgency * time * left, urgency * time)
        }
    }

    /// Expected cost and variance of holding `left` after each slice.
    public func cost(of left: [Double]) -> (expected: Double, variance: Double) {
        var before = quantity
        var squares = 0.0
        var held = 0.0
        for after in left {
            squares += (before - after) * (before - after)
            held += after * after
            before = after
        }
        let expected = permanent * quantity * quantity / 2 + fixedCost * quantity + adjusted / step * squares
        return (expected, volatility * volatility * step * held)
    }

    /// What a market whose spread and volume are known costs, by the rules of thumb of the paper's section 3.1: trading a hundredth of
    /// the day's volume moves the price by a spread while it lasts, a tenth for good; ε is half the spread.
    ///
    /// - Parameters:
    ///   - quantity: shares to trade.
    ///   - time: days to do it in.
    ///   - slices: equal slices.
    ///   - spread: money a share.
    ///   - dailyVolume: shares a day.
    ///   - dailyVolatility: money a share and √ day.
    ///   - riskAversion: λ, per unit of money.
    /// - Returns: the order; nil where the numbers make none.
    public static func calibrated(
        quantity: Double,
        time: Double,
        slices: Int,
        spread: Double,
        dailyVolume: Double,
        dailyVolatility: Double,
        riskAversion: Double
    ) -> AlmgrenChriss? {
        guard dailyVolume > 0, spread > 0 else { return nil }
        return AlmgrenChriss(
            quantity: quantity,
            time: time,
            slices: slices,
            volatility: dailyVolatility,
            fixedCost: spread / 2,
            permanent: spread / (0.1 * dailyVolume),
            temporary: spread / (0.01 * dailyVolume),
            riskAversion: riskAversion
        )
    }

    /// Even slices, for comparison.
    public var evenTrajectory: [Double] {
        (1...slices).map { quantity * Double(slices - $0) / Double(slices) }
    }
}
