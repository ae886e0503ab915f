// SPDX-License-Identifier: MIT
import HeliosMath

/// The ways to compute value at risk and expected shortfall of a portfolio, for one day.
///
/// Losses are positive, profits negative. All of them are pure and give the same bits everywhere. Where a method can't be used (too
/// few days, nothing that moves) the answer is nil, never a number that looks like one.
public enum ValueAtRisk {
    /// From losses as they are: the k-th smallest and the mean beyond it, k = ⌈n a⌉; nil without losses or confidence.
    public static func historical(losses: [Double], confidence: Double) -> RiskFigures? {
        guard !losses.isEmpty, isConfidence(confidence), losses.allSatisfy(\.isFinite) else { return nil }
        let sorted = losses.sorted()
        let tail = TailPlace(count: sorted.count, confidence: confidence)
        var beyond = 0.0
        for loss in sorted[tail.rank...] { beyond += loss }
        let value = sorted[tail.rank - 1]
        return RiskFigures(valueAtRisk: value, expectedShortfall: tail.shortfall(beyond: beyond, value: value))
    }

    /// From covariances: z σ and σ φ(z) / (1 − a), with a mean of zero; nil without confidence.
    public static func parametric(
        _ weights: [Double],
        _ matrix: SymmetricMatrix,
        confidence: Double
    ) -> RiskFigures? {
        guard isConfidence(confidence), weights.count == matrix.count else { return nil }
        let deviation = max(matrix.variance(of: weights), 0).squareRoot()
        let z = DeterministicMath.normalQuantile(confidence)
        return RiskFigures(
            valueAtRisk: z * deviation,
            expectedShortfall: deviation * DeterministicMath.normalDensity(z) / (1 - confidence)
        )
    }

    /// What Cornish and Fisher's expansion says, with what it is made of.
    public struct Expansion: Sendable, Equatable {
        public var figures: RiskFigures
        /// Skewness and excess kurtosis of the profits (divisor n).
        public var skew: Double
        public var kurtosis: Double
        /// The quantile z′, below zero.
        public var quantile: Double
    }

    /// The normal quantile bent by skewness and kurtosis: z′ = z + (z²−1)s/6 + (z³−3z)k/24 − (2z³−5z)s²/36, VaR = −(mean + z′ sd).
    ///
    /// The shortfall is the mean of the same polynomial over the normal tail, in closed form. Good near the normal only: for
    /// |s| above 1 or k above 4 the polynomial may turn and the number means nothing. Nil for fewer than two days or no movement.
    public static func cornishFisher(profits: [Double], confidence: Double) -> Expansion? {
        guard profits.count > 1, isConfidence(confidence) else { return nil }
        let moments = Moments(profits)
        guard moments.deviation > 0 else { return nil }
        let (s, k) = (moments.skew, moments.kurtosis)
        let z = -DeterministicMath.normalQuantile(confidence)
        let cube = z * z * z
        let bent = z + (z * z - 1) * s / 6 + (cube - 3 * z) * k / 24 - (2 * cube - 5 * z) * s * s / 36
        // E[z | tail] = −h, E[z² | tail] = 1 − z h, E[z³ | tail] = −(z² + 2) h, with h = φ(z) / (1 − a).
        let h = DeterministicMath.normalDensity(z) / (1 - confidence)
        let shape = 1 + z * s / 6 + (z * z - 1) * k / 24 - (2 * z * z - 1) * s * s / 36
        return Expansion(
            figures: RiskFigures(
                valueAtRisk: -(moments.mean + bent * moments.deviation),
                expectedShortfall: -(moments.mean - h * shape * moments.deviation)
            ),
            skew: s,
            kurtosis: k,
            quantile: bent
        )
    }

    /// From simulated days: L z with L the lower Cholesky factor of the covariances and z from a seeded generator.
    public static func monteCarlo(
        _ weights: [Double],
        _ matrix: SymmetricMatrix,
        confidence: Double,
        simulations: Int = 10_000,
        seed: UInt64
    ) -> RiskFigures? {
        guard weights.count == matrix.count, simulations > 0, let factor = CholeskyFactor(matrix) else { return nil }
        // w · (L z) = (L′ w) · z: a product for each simulation instead of a triangle.
        let loadings = factor.transposeTimes(weights)
        var random = SeededRandom(seed: seed)
        var losses: [Double] = []
        losses.reserveCapacity(simulations)
        for _ in 0..<simulations {
            var profit = 0.0
            for loading in loadings { profit += loading * random.gaussian() }
            losses.append(-profit)
        }
        return historical(losses: losses, confidence: confidence)
    }

    /// A filtered historical simulation, with what it is made of.
    public struct Filtered: Sendable, Equatable {
        public var figures: RiskFigures
        /// Today's EWMA volatility of the profits.
        public var deviation: Double
        /// How many standardised days there were.
        public var days: Int
    }

    /// From past losses, each divided by the volatility of its day before and multiplied by today's; nil for no more than 20 days or
    /// no movement in them.
    public static func filteredHistorical(
        profits: [Double],
        confidence: Double,
        lambda: Double = 0.94
    ) -> Filtered? {
        let warmUp = Covariances.warmUp
        guard profits.count > warmUp, lambda > 0, lambda < 1 else { return nil }
        var variance = 0.0
        for profit in profits[..<warmUp] { variance += profit * profit }
        variance /= Double(warmUp)
        guard variance > 0 else { return nil }
        var losses: [Double] = []
        for profit in profits[warmUp...] {
            losses.append(-profit / variance.squareRoot())
            variance = lambda * variance + (1 - lambda) * (profit * profit)
        }
        let deviation = variance.squareRoot()
        guard let standard = historical(losses: losses, confidence: confidence) else { return nil }
        let figures = RiskFigures(
            valueAtRisk: standard.valueAtRisk * deviation,
            expectedShortfall: standard.expectedShortfall * deviation
        )
        return Filtered(figures: figures, deviation: deviation, days: losses.count)
    }

    static func isConfidence(_ confidence: Double) -> Bool { confidence > 0 && confidence < 1 }
}

/// Mean, deviation (divisor n − 1), skewness and excess kurtosis (divisor n).
private struct Moments {
    let mean: Double
    let deviation: Double
    let skew: Double
    let kurtosis: Double

    init(_ values: [Double]) {
        let n = Double(values.count)
        var sum = 0.0
        for value in values { sum += value }
        let mean = sum / n
        var (second, third, fourth) = (0.0, 0.0, 0.0)
        for value in values {
            let d = value - mean
            second += d * d
            third += d * d * d
            fourth += d * d * d * d
        }
        self.mean = mean
        let variance = second / n
        deviation = (second / (n - 1)).squareRoot()
        skew = third / n / (variance * variance.squareRoot())
        kurtosis = fourth / n / (variance * variance) - 3
    }
}
