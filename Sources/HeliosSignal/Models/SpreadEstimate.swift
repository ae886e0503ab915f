// SPDX-License-Identifier: MIT
import HeliosMath

/// A hedge ratio and a half-life with the ranges in which the truth lies: restricted maximum likelihood.
///
/// The model is y = alpha + beta x + s with s an ARMA(1,1) process: the reverting part of a spread seen as averages over
/// intervals (which adds up to 2 − √3 of the last shock) and through the noise of quotes (which takes away). A plain
/// AR(1) fit calls averages too slow and noisy prices too quick. Restricted likelihood (Patterson and Thompson 1971) frees
/// the half-life from most of the bias that estimating alpha and beta brings, and its ratio is nearly chi-squared even
/// close to a unit root (Chen and Deo 2009).
///
/// Right where x does not react to s: for the direction in which y follows x.
public struct SpreadEstimate: Sendable, Equatable {
    /// A value and the range that holds the truth with the asked confidence.
    public struct Interval: Sendable, Equatable {
        public let value: Double
        public let low: Double
        /// Infinite where the data can't tell a slow return from none.
        public let high: Double

        public init(value: Double, low: Double, high: Double) {
            self.value = value
            self.low = low
            self.high = high
        }

        public func contains(_ truth: Double) -> Bool { truth >= low && truth <= high }
    }

    /// y at x = 0, in y's unit.
    public let alpha: Double
    /// Units of x for one of y.
    public let beta: Interval
    /// Steps until half of a deviation has gone.
    public let halfLife: Interval
    /// Deviation of the reverting part in equilibrium, in y's unit.
    public let equilibriumDeviation: Double
    /// The moving-average coefficient: above 0 averages, below 0 noise.
    public let movingAverage: Double

    /// The estimate from two series of one length.
    ///
    /// - Parameters:
    ///   - y: the series that follows, at least 32 values.
    ///   - x: the one that leads.
    ///   - confidence: of the ranges, above 0.5 and below 1.
    /// - Returns: undefined for other parameters, series that are not finite or stand still, and y that is a multiple of x.
    public static func fit(y: [Double], x: [Double], confidence: Double = 0.95) -> Finding<SpreadEstimate> {
        guard y.count == x.count else { return .undefined(.unequalLengths) }
        guard y.count >= 32 else { return .undefined(.tooFewValues) }
        guard confidence > 0.5, confidence < 1 else { return .undefined(.parameterOutOfRange) }
        guard y.allSatisfy(\.isFinite), x.allSatisfy(\.isFinite) else { return .undefined(.notFinite) }
        guard let likelihood = SpreadLikelihood(y: y, x: x) else { return .undefined(.noVariance) }
        let curve = SpreadEstimate.profile(likelihood)
        guard let best = curve.max(by: { $0.fit.logarithm < $1.fit.logarithm }), best.fit.logarithm.isFinite else {
            return .undefined(.collinear)
        }
        return .defined(summary(likelihood, curve, best, confidence))
    }

    private struct Point {
        var halfLife: Double
        var movingAverage: Double
        var fit: SpreadLikelihood.Fit
    }

    /// The best moving average for each of a row of half-lives, from half a step to four times the series.
    private static func profile(_ likelihood: SpreadLikelihood) -> [Point] {
        let (low, high) = (0.5, 4.0 * Double(likelihood.count))
        let places = 48
        let span = DeterministicMath.log(high / low)
        return (0..<places).map { place in
            let halfLife = low * DeterministicMath.exp(span * Double(place) / Double(places - 1))
            return best(likelihood, halfLife: halfLife)
        }
    }

    /// Golden section over the moving average.
    private static func best(_ likelihood: SpreadLikelihood, halfLife: Double) -> Point {
        let phi = DeterministicMath.exp(-0.6931471805599453 / halfLife)
        let share = 0.6180339887498949
        var (low, high) = (-0.98, 0.6)
        var left = high - share * (high - low)
        var right = low + share * (high - low)
        var atLeft = likelihood.fit(phi: phi, movingAverage: left)
        var atRight = likelihood.fit(phi: phi, movingAverage: right)
        for _ in 0..<14 {
            if atLeft.logarithm >= atRight.logarithm {
                (high, right, atRight) = (right, left, atLeft)
                left = high - share * (high - low)
                atLeft = likelihood.fit(phi: phi, movingAverage: left)
            } else {
                (low, left, atLeft) = (left, right, atRight)
                right = low + share * (high - low)
                atRight = likelihood.fit(phi: phi, movingAverage: right)
            }
        }
        return atLeft.logarithm >= atRight.logarithm
            ? Point(halfLife: halfLife, movingAverage: left, fit: atLeft)
            : Point(halfLife: halfLife, movingAverage: right, fit: atRight)
    }

    private static func summary(
        _ likelihood: SpreadLikelihood,
        _ curve: [Point],
        _ coarse: Point,
        _ confidence: Double
    ) -> SpreadEstimate {
        let top = refined(likelihood, curve, coarse)
        let quantile = DeterministicMath.normalQuantile(0.5 + confidence / 2)
        let drop = quantile * quantile / 2
        let (low, high) = crossing(curve, top, drop)
        let beta = betaRange(curve, confidence)
        let (phi, theta) = (DeterministicMath.exp(-0.6931471805599453 / top.halfLife), top.movingAverage)
        // γ(1) = σ² (φ + θ)(1 + φθ) / (1 − φ²), and γ(1)/φ is the variance of the reverting part.
        let first = top.fit.variance * (phi + theta) * (1 + phi * theta) / (1 - phi * phi)
        return SpreadEstimate(
            alpha: likelihood.alpha(beta: top.fit.beta),
            beta: Interval(value: top.fit.beta, low: beta.low, high: beta.high),
            halfLife: Interval(value: top.halfLife, low: low, high: high),
            equilibriumDeviation: max(first / phi, 0).squareRoot(),
            movingAverage: theta
        )
    }

    /// The top between the grid's neighbours, by golden section over the logarithm of the half-life.
    private static func refined(_ likelihood: SpreadLikelihood, _ curve: [Point], _ coarse: Point) -> Point {
        let ratio = curve.count > 1 ? curve[1].halfLife / curve[0].halfLife : 1
        var (low, high) = (coarse.halfLife / ratio, coarse.halfLife * ratio)
        var top = coarse
        for _ in 0..<8 {
            let middle = (low * high).squareRoot()
            let (left, right) = (
                best(likelihood, halfLife: (low * middle).squareRoot()),
                best(likelihood, halfLife: (middle * high).squareRoot())
            )
            for point in [left, right] where point.fit.logarithm > top.fit.logarithm { top = point }
            if left.fit.logarithm >= right.fit.logarithm { high = middle } else { low = middle }
        }
        return top
    }

    /// Where the profile falls `drop` below its top, to both sides; infinite where it never does.
    private static func crossing(_ curve: [Point], _ top: Point, _ drop: Double) -> (low: Double, high: Double) {
        let level = top.fit.logarithm - drop
        func cut(_ inside: (Double, Double), _ outside: (Double, Double)) -> Double {
            let share = (inside.1 - level) / max(inside.1 - outside.1, 1e-300)
            return inside.0 * DeterministicMath.exp(share * DeterministicMath.log(outside.0 / inside.0))
        }
        var low = 0.0
        var inside = (top.halfLife, top.fit.logarithm)
        for point in curve.reversed() where point.halfLife < top.halfLife {
            let here = (point.halfLife, point.fit.logarithm)
            if here.1 < level {
                low = cut(inside, here)
                break
            }
            inside = here
        }
        var high = Double.infinity
        inside = (top.halfLife, top.fit.logarithm)
        for point in curve where point.halfLife > top.halfLife {
            let here = (point.halfLife, point.fit.logarithm)
            if here.1 < level {
                high = cut(inside, here)
                break
            }
            inside = here
        }
        return (low, high)
    }

    /// Beta's range over all half-lives, each with the weight of its likelihood.
    private static func betaRange(_ curve: [Point], _ confidence: Double) -> (low: Double, high: Double) {
        let top = curve.reduce(-Double.infinity) { max($0, $1.fit.logarithm) }
        let weights = curve.map { DeterministicMath.exp(max($0.fit.logarithm - top, -700)) }
        let total = weights.reduce(0, +)
        func below(_ value: Double) -> Double {
            zip(curve, weights).reduce(0.0) { sum, item in
                let fit = item.0.fit
                return sum + item.1 * DeterministicMath.normalCDF((value - fit.beta) / max(fit.betaError, 1e-300))
            } / total
        }
        let spread = curve.reduce(0.0) { max($0, $1.fit.betaError) }
        let middle = curve.max { $0.fit.logarithm < $1.fit.logarithm }?.fit.beta ?? 0
        func quantile(_ share: Double) -> Double {
            var (low, high) = (middle - 12 * spread, middle + 12 * spread)
            for _ in 0..<60 {
                let half = (low + high) / 2
                if below(half) < share { low = half } else { high = half }
            }
            return (low + high) / 2
        }
        return (quantile((1 - confidence) / 2), quantile((1 + confidence) / 2))
    }
}
