// SPDX-License-Identifier: MIT

/// Measures of a series of period returns (0.01 = one per cent), each nil where it is not defined.
///
/// Sums run in index order, so equal series give equal bits.
public struct ReturnSeries: Sendable {
    public let returns: [Double]
    /// Periods in a year: 252 for daily returns.
    public let periodsPerYear: Double
    /// The compounded curve that starts at 1, one point per return after it.
    public let curve: [Double]
    /// `curve` / its running maximum − 1, one point per return; 0 at a new high.
    public let drawdowns: [Double]
    /// Arithmetic mean; nil without returns.
    public let mean: Double?

    /// A series of returns; a value that is not finite makes the whole series empty.
    public init(_ returns: [Double], periodsPerYear: Double = 252) {
        let usable = returns.allSatisfy(\.isFinite) ? returns : []
        self.returns = usable
        self.periodsPerYear = periodsPerYear
        mean = usable.isEmpty ? nil : usable.reduce(0, +) / Double(usable.count)
        var level = 1.0
        var peak = 1.0
        var curve = [1.0]
        var drawdowns: [Double] = []
        for value in usable {
            level *= 1 + value
            peak = max(peak, level)
            curve.append(level)
            drawdowns.append(level / peak - 1)
        }
        self.curve = curve
        self.drawdowns = drawdowns
    }

    public var count: Int { returns.count }

    /// Standard deviation with divisor n − 1; nil below two returns.
    public var deviation: Double? {
        guard let mean, count >= 2 else { return nil }
        let squares = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(count - 1)).squareRoot()
    }

    /// Mean / deviation, per period; nil without variance.
    public var sharpePerPeriod: Double? { ReturnSeries.quotient(mean, deviation) }

    /// Mean / deviation × √(periods per year).
    public var sharpe: Double? { sharpePerPeriod.map { $0 * periodsPerYear.squareRoot() } }

    /// Mean / root mean square of min(r, 0) × √(periods per year); nil when no return is negative.
    public var sortino: Double? {
        guard count >= 2 else { return nil }
        let squares = returns.reduce(0) { $1 < 0 ? $0 + $1 * $1 : $0 }
        let downside = (squares / Double(count)).squareRoot()
        return ReturnSeries.quotient(mean, downside).map { $0 * periodsPerYear.squareRoot() }
    }

    /// Mean × periods per year, not compounded.
    public var annualReturn: Double? { mean.map { $0 * periodsPerYear } }

    /// Deviation × √(periods per year).
    public var annualVolatility: Double? { deviation.map { $0 * periodsPerYear.squareRoot() } }

    /// Compounded return over the whole series.
    public var total: Double? { count == 0 ? nil : curve[count] - 1 }

    /// The deepest drawdown, zero or negative.
    public var maximumDrawdown: Double? { drawdowns.min() }

    /// Mean of the drawdown over all periods, zero or negative.
    public var averageDrawdown: Double? {
        count == 0 ? nil : drawdowns.reduce(0, +) / Double(count)
    }

    /// Root mean square of the drawdown.
    public var ulcerIndex: Double? {
        count == 0 ? nil : (drawdowns.reduce(0) { $0 + $1 * $1 } / Double(count)).squareRoot()
    }

    /// The longest run of periods below an earlier high.
    public var longestUnderWater: Int? {
        guard count > 0 else { return nil }
        var longest = 0
        var run = 0
        for drawdown in drawdowns {
            run = drawdown < 0 ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }

    /// Annual return / |maximum drawdown|; nil without a drawdown.
    public var calmar: Double? { ReturnSeries.quotient(annualReturn, maximumDrawdown.map(abs)) }

    /// Sum of gains / |sum of losses|; nil without a loss.
    public var profitFactor: Double? {
        let gains = returns.reduce(0) { $1 > 0 ? $0 + $1 : $0 }
        let losses = returns.reduce(0) { $1 < 0 ? $0 - $1 : $0 }
        return ReturnSeries.quotient(gains, losses)
    }

    /// Share of returns above zero.
    public var hitRate: Double? {
        count == 0 ? nil : Double(returns.count { $0 > 0 }) / Double(count)
    }

    /// Third standardised moment, divisor n.
    public var skewness: Double? { standardisedMoment(3) }

    /// Fourth standardised moment, divisor n; 3 for a normal distribution (not excess).
    public var kurtosis: Double? { standardisedMoment(4) }

    /// Correlation of returns with those `lag` periods before, divisor n in both; nil without variance.
    public func autocorrelation(lag: Int) -> Double? {
        guard let mean, lag >= 0, lag < count else { return nil }
        let variance = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        var product = 0.0
        for index in lag..<count { product += (returns[index] - mean) * (returns[index - lag] - mean) }
        return ReturnSeries.quotient(product, variance)
    }

    /// Historical value at risk at `confidence` as a positive loss per period.
    ///
    /// Losses sorted ascending L(1…n), k = ⌈n·a − 1e-9⌉, the value is L(k).
    public func valueAtRisk(_ confidence: Double) -> Double? {
        tail(confidence).map { $0.losses[$0.index] }
    }

    /// Historical expected shortfall: [Σ_{i>k} L(i) + (k − n·a) L(k)] / (n (1 − a)).
    public func expectedShortfall(_ confidence: Double) -> Double? {
        tail(confidence).map { tail in
            let beyond = tail.losses[(tail.index + 1)...].reduce(0, +)
            let share = Double(count) * confidence
            return (beyond + (Double(tail.index + 1) - share) * tail.losses[tail.index])
                / (Double(count) * (1 - confidence))
        }
    }

    private func tail(_ confidence: Double) -> (losses: [Double], index: Int)? {
        guard Double(count) * (1 - confidence) >= 1 else { return nil }
        let losses = returns.map { -$0 }.sorted()
        let rank = Int((Double(count) * confidence - 1e-9).rounded(.up))
        return (losses, min(max(rank, 1), count) - 1)
    }

    private func standardisedMoment(_ order: Int) -> Double? {
        guard let mean, count >= 2 else { return nil }
        let variance = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        let moment = returns.reduce(0.0) { sum, value in
            sum + (0..<order).reduce(1.0) { power, _ in power * (value - mean) }
        }
        let scale = order == 3 ? variance * variance.squareRoot() : variance * variance
        return ReturnSeries.quotient(moment / Double(count), scale)
    }

    /// a / b, or nil when either is missing, b is zero or the result is not finite.
    static func quotient(_ a: Double?, _ b: Double?) -> Double? {
        guard let a, let b, b > 0 || b < 0 else { return nil }
        let result = a / b
        return result.isFinite ? result : nil
    }
}
