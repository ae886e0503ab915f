// SPDX-License-Identifier: MIT

/// Guards against luck and selection: how much a Sharpe ratio is worth, given its length, shape and the trials before it.
///
/// Sharpe ratios here are per period, kurtosis is not excess. Source: Bailey and López de Prado, "The Sharpe Ratio
/// Efficient Frontier" (2012) and "The Deflated Sharpe Ratio" (2014); Lo, "The Statistics of Sharpe Ratios" (2002).
public enum SharpeInference {
    /// Probability that the true Sharpe ratio is above `benchmark`: Φ((SR − SR*) √(T−1) / √(1 − s SR + (k−1)/4 SR²)).
    public static func probabilistic(
        sharpe: Double,
        benchmark: Double = 0,
        periods: Double,
        skewness: Double,
        kurtosis: Double
    ) -> Double? {
        let variance = 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe
        guard variance > 0, periods > 1 else { return nil }
        let score = (sharpe - benchmark) * (periods - 1).squareRoot() / variance.squareRoot()
        return score.isFinite ? Normal.cumulative(score) : nil
    }

    /// Periods needed before the Sharpe ratio is above `benchmark` with `confidence`:
    /// 1 + (1 − s SR + (k−1)/4 SR²) (z / (SR − SR*))²; nil unless SR > SR*.
    public static func minimumTrackRecord(
        sharpe: Double,
        benchmark: Double = 0,
        skewness: Double,
        kurtosis: Double,
        confidence: Double = 0.95
    ) -> Double? {
        guard sharpe > benchmark, let z = Normal.quantile(confidence) else { return nil }
        let variance = 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe
        let ratio = z / (sharpe - benchmark)
        let length = 1 + variance * ratio * ratio
        return variance > 0 && length.isFinite ? length : nil
    }

    /// The Sharpe ratio that the best of `trials` worthless strategies is expected to show:
    /// √V [(1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e))]; nil below two trials.
    public static func expectedMaximum(trials: Int, variance: Double) -> Double? {
        let gamma = 0.577_215_664_901_532_9
        let count = Double(trials)
        guard trials >= 2, variance >= 0, let first = Normal.quantile(1 - 1 / count),
            let second = Normal.quantile(1 - 1 / (count * 2.718_281_828_459_045))
        else { return nil }
        return variance.squareRoot() * ((1 - gamma) * first + gamma * second)
    }

    /// The probabilistic Sharpe ratio against `expectedMaximum`: 0.95 and above passes.
    public static func deflated(
        sharpe: Double,
        periods: Double,
        skewness: Double,
        kurtosis: Double,
        trials: Int,
        variance: Double
    ) -> Double? {
        expectedMaximum(trials: trials, variance: variance).flatMap { benchmark in
            probabilistic(
                sharpe: sharpe,
                benchmark: benchmark,
                periods: periods,
                skewness: skewness,
                kurtosis: kurtosis
            )
        }
    }

    /// What to multiply a per-period Sharpe ratio with to annualise it: q / √(q + 2 Σ (q − k) ρ_k).
    ///
    /// `autocorrelations[0]` is ρ₁. Lags from q on do not count. Nil when the sum under the root is not positive.
    public static func annualisation(periods: Double, autocorrelations: [Double]) -> Double? {
        var sum = periods
        for (index, correlation) in autocorrelations.enumerated() where Double(index + 1) < periods {
            sum += 2 * (periods - Double(index + 1)) * correlation
        }
        return sum > 0 && periods > 0 ? periods / sum.squareRoot() : nil
    }
}

/// How a run was found: what the deflated Sharpe ratio needs to know.
public struct SelectionContext: Sendable {
    /// Configurations tried, this one included.
    public var trials: Int
    /// Variance of the trials' Sharpe ratios per period.
    public var sharpeVariance: Double

    public init(trials: Int, sharpeVariance: Double) {
        self.trials = trials
        self.sharpeVariance = sharpeVariance
    }
}
