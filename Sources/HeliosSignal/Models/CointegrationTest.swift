// SPDX-License-Identifier: MIT
import HeliosMath

/// What the test of one series against another found.
@frozen
public struct CointegrationTest: Sendable, Equatable, BitwiseCopyable {
    /// y = alpha + beta x, and what it leaves (divisor: values − coefficients).
    public var line: HedgeFit
    /// Of the trend per step, with which the line is alpha + slope · t + beta x from t = 0; 0 without a trend.
    public var slope: Double
    /// The t of the residuals' level: the lower, the surer that the series stay together.
    public var statistic: Double
    /// Lagged changes in the residuals' regression.
    public var lags: Int
    /// Values of each series.
    public var values: Int
    public var terms: DeterministicTerms

    public init(
        line: HedgeFit,
        slope: Double,
        statistic: Double,
        lags: Int,
        values: Int,
        terms: DeterministicTerms
    ) {
        self.line = line
        self.slope = slope
        self.statistic = statistic
        self.lags = lags
        self.values = values
        self.terms = terms
    }

    /// The probability of a statistic as low as this one for two series without a relation.
    public var probability: Double { MacKinnon.probability(statistic, series: 2, terms: terms) ?? 1 }

    /// Below which the statistic speaks for a relation; nil without a constant, for which none are published.
    public var criticalValues: CriticalValues? {
        MacKinnon.criticalValues(series: 2, terms: terms, observations: values - 1)
    }
}

/// The tests of a pair in both directions.
@frozen
public struct CointegrationPair: Sendable, Equatable, BitwiseCopyable {
    /// The first series on the second.
    public var forward: CointegrationTest
    /// The second on the first.
    public var backward: CointegrationTest

    public init(forward: CointegrationTest, backward: CointegrationTest) {
        self.forward = forward
        self.backward = backward
    }

    /// The larger of both probabilities: a pair must hold whichever way it is looked at.
    public var probability: Double { max(forward.probability, backward.probability) }
}
