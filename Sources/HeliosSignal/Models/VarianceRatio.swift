// SPDX-License-Identifier: MIT
import HeliosMath

/// Whether the variance of a series' changes grows with their length as a random walk's does (formula 2.10): Lo and
/// MacKinlay 1988.
///
/// Below 1 the series comes back, above 1 it goes on. Divisors are the unbiased ones of the paper.
@frozen
public struct VarianceRatio: Sendable, Equatable, BitwiseCopyable {
    /// Variance of changes over `horizon` steps / (horizon · variance of changes over one step).
    public var ratio: Double
    /// Steps that a long change takes.
    public var horizon: Int
    /// Standard normal for a random walk whose steps all have the same variance.
    public var score: Double
    /// Standard normal for a random walk whose steps may have any variances.
    public var robustScore: Double

    public init(ratio: Double, horizon: Int, score: Double, robustScore: Double) {
        self.ratio = ratio
        self.horizon = horizon
        self.score = score
        self.robustScore = robustScore
    }

    /// The probability of a robust score as far from zero as this one for a random walk.
    public var probability: Double { 2 * DeterministicMath.normalCDF(-robustScore.magnitude) }

    /// The ratio of a series of levels (logarithms, for prices).
    ///
    /// - Parameters:
    ///   - series: more than `horizon` + 1 values.
    ///   - horizon: 2 or more.
    /// - Returns: undefined for other parameters, numbers that are not finite, and changes that are all equal.
    public static func test(_ series: [Double], horizon: Int) -> Finding<VarianceRatio> {
        guard horizon >= 2 else { return .undefined(.parameterOutOfRange) }
        let steps = series.count - 1
        guard steps > horizon else { return .undefined(.tooFewValues) }
        guard series.allSatisfy(\.isFinite) else { return .undefined(.notFinite) }
        let (count, length) = (Double(steps), Double(horizon))
        let mean = (series[steps] - series[0]) / count
        let errors = (1...steps).map { series[$0] - series[$0 - 1] - mean }
        let squares = errors.map { $0 * $0 }
        let total = squares.reduce(0, +)
        let scale = max(series.reduce(0) { max($0, $1.magnitude) }, .leastNormalMagnitude)
        guard total.isFinite else { return .undefined(.notFinite) }
        guard total > 1e-28 * count * scale * scale else { return .undefined(.noVariance) }
        var long = 0.0
        for t in horizon...steps {
            let error = series[t] - series[t - horizon] - length * mean
            long += error * error
        }
        let divisor = length * (count - length + 1) * (1 - length / count)
        let ratio = long / divisor / (total / (count - 1))
        var spread = 0.0
        for lag in 1..<horizon {
            var product = 0.0
            for t in lag..<steps { product += squares[t] * squares[t - lag] }
            let weight = 2 * (length - Double(lag)) / length
            spread += weight * weight * product / (total * total)
        }
        let plain = 2 * (2 * length - 1) * (length - 1) / (3 * length * count)
        guard ratio.isFinite, spread.isFinite else { return .undefined(.notFinite) }
        guard spread > 0 else { return .undefined(.noVariance) }
        return .defined(
            VarianceRatio(
                ratio: ratio,
                horizon: horizon,
                score: (ratio - 1) / plain.squareRoot(),
                robustScore: (ratio - 1) / spread.squareRoot()
            )
        )
    }
}
