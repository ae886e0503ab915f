// SPDX-License-Identifier: MIT
import HeliosMarket

/// Means, variances and covariance of pairs of numbers, to which a pair can be added and from which it can be removed.
///
/// Welford's formulas for two variables: what is kept are sums of products of deviations, never raw squares.
@frozen
public struct PairMoments: Sendable, BitwiseCopyable {
    /// How many pairs.
    public internal(set) var count = 0.0
    public internal(set) var meanX = 0.0
    public internal(set) var meanY = 0.0
    /// Sums of (x − mean)², (x − mean)(y − mean) and (y − mean)².
    public internal(set) var sumXX = 0.0
    public internal(set) var sumXY = 0.0
    public internal(set) var sumYY = 0.0

    public init() {}

    public mutating func add(_ x: Double, _ y: Double) {
        count += 1
        let deltaX = x - meanX
        let deltaY = y - meanY
        meanX += deltaX / count
        meanY += deltaY / count
        sumXX += deltaX * (x - meanX)
        sumXY += deltaX * (y - meanY)
        sumYY += deltaY * (y - meanY)
    }

    /// Takes out a pair that was added before.
    public mutating func remove(_ x: Double, _ y: Double) {
        guard count > 1 else {
            self = PairMoments()
            return
        }
        count -= 1
        let deltaX = x - meanX
        let deltaY = y - meanY
        meanX -= deltaX / count
        meanY -= deltaY / count
        sumXX -= deltaX * (x - meanX)
        sumXY -= deltaX * (y - meanY)
        sumYY -= deltaY * (y - meanY)
    }

    /// The line y = alpha + beta x of least squares (formula 2.1).
    ///
    /// Nil with fewer than three pairs, when x does not vary, and when a result is not finite.
    public var line: HedgeFit? {
        guard count >= 3, sumXX > 0 else { return nil }
        let beta = sumXY / sumXX
        let residual = max(sumYY - beta * sumXY, 0)
        let fit = HedgeFit(
            alpha: meanY - beta * meanX,
            beta: beta,
            residualDeviation: (residual / (count - 2)).squareRoot()
        )
        return fit.isFinite ? fit : nil
    }

    /// Mean and standard deviation (divisor n − 1) of y − beta x.
    ///
    /// Nil with fewer than two pairs, and when the variance is zero or lost in the rounding of its parts.
    public func spread(beta: Double) -> SpreadMoments? {
        guard count >= 2 else { return nil }
        let variance = sumYY - 2 * beta * sumXY + beta * beta * sumXX
        // The parts nearly cancel for a good hedge; below this share of them no correct digit is left.
        guard variance > 1e-13 * (sumYY + beta * beta * sumXX) else { return nil }
        let moments = SpreadMoments(
            mean: meanY - beta * meanX,
            deviation: (variance / (count - 1)).squareRoot()
        )
        return moments.mean.isFinite && moments.deviation.isFinite ? moments : nil
    }
}

/// A line y = alpha + beta x.
@frozen
public struct HedgeFit: Sendable, BitwiseCopyable, Equatable {
    public var alpha: Double
    public var beta: Double
    /// Standard deviation of what the line does not explain, divisor n − 2.
    public var residualDeviation: Double

    public init(alpha: Double, beta: Double, residualDeviation: Double) {
        self.alpha = alpha
        self.beta = beta
        self.residualDeviation = residualDeviation
    }

    var isFinite: Bool { alpha.isFinite && beta.isFinite && residualDeviation.isFinite }
}

/// Mean and standard deviation of a spread y − beta x.
@frozen
public struct SpreadMoments: Sendable, BitwiseCopyable, Equatable {
    public var mean: Double
    /// Above zero.
    public var deviation: Double

    public init(mean: Double, deviation: Double) {
        self.mean = mean
        self.deviation = deviation
    }

    /// How many deviations `spread` is away from the mean.
    public func zScore(_ spread: Double) -> Double { (spread - mean) / deviation }
}

extension PairMoments {
    /// Appends the moments.
    public func save(to writer: inout StateWriter) { writer.write(self) }

    /// Takes the moments.
    ///
    /// Throws when the count is no whole number from 0 on; the sums may be anything, as those of huge values are.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        let saved = try reader.read(PairMoments.self)
        guard saved.count >= 0, saved.count <= 0x1p60, saved.count == saved.count.rounded() else {
            throw reader.error(.damaged, "\(saved.count) is no number of samples")
        }
        self = saved
    }
}
