// SPDX-License-Identifier: MIT
import HeliosMath

/// How far a stock is from where its factors say, and how fast it comes back (formula 2.7): Avellaneda and Lee 2010.
///
/// The stock's returns are regressed on the factors'; what is left, summed up, is fitted as an Ornstein-Uhlenbeck
/// process. The score is the last sum's distance from the process's mean, in its deviations.
public struct ResidualScore: Sendable, Equatable {
    /// The stock's return for one of each factor.
    public let betas: [Double]
    /// Return per period that the factors don't explain.
    public let drift: Double
    /// X(k + 1) = `intercept` + `phi` X(k) + surprise.
    public let intercept: Double
    public let phi: Double
    /// Of the surprise, divisor n − 2.
    public let variance: Double
    /// Speed of reversion per year.
    public let kappa: Double
    /// Where the sum reverts to.
    public let mean: Double
    public let equilibriumDeviation: Double
    /// Above zero: dear.
    public let score: Double

    /// The score of a stock.
    ///
    /// - Parameters:
    ///   - returns: of the stock; 60 days are usual, at least five more than factors.
    ///   - factors: a series for each, as long.
    ///   - periodsPerYear: above 0.
    /// - Returns: undefined for other input, dependent factors, and a residual that does not revert.
    public static func fit(
        _ returns: [Double],
        factors: [[Double]],
        periodsPerYear: Double = 252
    ) -> Finding<ResidualScore> {
        let count = returns.count
        guard periodsPerYear > 0, periodsPerYear.isFinite else { return .undefined(.parameterOutOfRange) }
        guard factors.allSatisfy({ $0.count == count }) else { return .undefined(.unequalLengths) }
        guard count >= factors.count + 5 else { return .undefined(.tooFewValues) }
        let columns = [[Double](repeating: 1, count: count)] + factors
        guard returns.allSatisfy(\.isFinite), let factor = QRFactor(Matrix(columns: columns)) else {
            return .undefined(.notFinite)
        }
        guard let fit = factor.solve(returns) else { return .undefined(.collinear) }
        let scale = EightLanes.dot(returns, returns)
        // Below this the residual is the rounding of the returns.
        guard EightLanes.dot(fit.residuals, fit.residuals) > 1e-24 * scale else { return .undefined(.noVariance) }
        var sum = 0.0
        let path = fit.residuals.map { residual in
            sum += residual
            return sum
        }
        return reversion(path, fit.coefficients, periodsPerYear)
    }

    private static func reversion(
        _ path: [Double],
        _ coefficients: [Double],
        _ periodsPerYear: Double
    ) -> Finding<ResidualScore> {
        var moments = PairMoments()
        for (value, next) in zip(path, path.dropFirst()) { moments.add(value, next) }
        guard let line = moments.line else { return .undefined(.noVariance) }
        guard line.beta < 1 else { return .undefined(.notReverting) }
        guard line.beta > 0 else { return .undefined(.oscillating) }
        let variance = line.residualDeviation * line.residualDeviation
        let mean = line.alpha / (1 - line.beta)
        let deviation = (variance / (1 - line.beta * line.beta)).squareRoot()
        guard deviation > 0, mean.isFinite, deviation.isFinite else { return .undefined(.noVariance) }
        return .defined(
            ResidualScore(
                betas: Array(coefficients.dropFirst()),
                drift: coefficients[0],
                intercept: line.alpha,
                phi: line.beta,
                variance: variance,
                kappa: -DeterministicMath.log(line.beta) * periodsPerYear,
                mean: mean,
                equilibriumDeviation: deviation,
                score: (path[path.count - 1] - mean) / deviation
            )
        )
    }
}

/// When a residual's score is traded.
public struct ResidualRules: Sendable, Equatable {
    /// Opens a long position below minus this.
    public var openLong = 1.25
    /// Opens a short position above this.
    public var openShort = 1.25
    /// Closes a long position above minus this.
    public var closeLong = 0.50
    /// Closes a short position below this.
    public var closeShort = 0.75
    /// The slowest reversion that is traded, per year: twice within a window of 60 days of 252.
    public var leastKappa = 252.0 / 30

    public init() {}

    /// Where one stands.
    public enum Position: Sendable, Equatable {
        case long
        case flat
        case short
    }

    /// Where to stand next.
    ///
    /// A position is kept while its score is defined, however slow the reversion has become; one without a score is
    /// closed.
    public func position(_ score: Finding<ResidualScore>, now: Position) -> Position {
        guard case .defined(let score) = score else { return .flat }
        return position(score: score.score, kappa: score.kappa, now: now)
    }

    /// Where to stand next with a score and its speed of reversion per year.
    public func position(score: Double, kappa: Double, now: Position) -> Position {
        switch now {
        case .long where score <= -closeLong: return .long
        case .short where score >= closeShort: return .short
        default: break
        }
        guard kappa > leastKappa else { return .flat }
        if score < -openLong { return .long }
        return score > openShort ? .short : .flat
    }
}
