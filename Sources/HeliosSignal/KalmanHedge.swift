// SPDX-License-Identifier: MIT
import HeliosMarket

/// A hedge ratio that follows the market: a Kalman filter on y = alpha + beta x whose coefficients drift (formula 2.6).
///
/// Scale x and y to the same order of magnitude first: drift and noise are absolute. The covariance is kept in factors U D U'
/// (Bierman 1977), which no rounding can make negative: prices of a hundred thousand and a drift of zero do no harm.
@frozen
public struct KalmanHedge: Sendable, BitwiseCopyable {
    public private(set) var beta = 0.0
    public private(set) var alpha = 0.0
    /// Observations taken.
    public private(set) var count = 0
    // The covariance of (beta, alpha) is U D U' with U = [1 slope; 0 1] and D = (spreadBeta, spreadAlpha), both 0 or more.
    private var spreadBeta: Double
    private var slope = 0.0
    private var spreadAlpha: Double
    private let drift: Double
    private let noise: Double

    /// A filter that knows nothing yet.
    ///
    /// - Parameters:
    ///   - drift: d, 0 or more and below 1; the coefficients' variance grows by d / (1 − d) at each step.
    ///   - noise: variance of an observation, above 0.
    ///   - priorVariance: of both coefficients around zero; large means that nothing is known.
    public init(drift: Double = 1e-4, noise: Double = 1e-3, priorVariance: Double = 1_000) {
        precondition(drift >= 0 && drift < 1 && noise > 0 && priorVariance >= 0, "drift in [0, 1), noise above 0")
        self.drift = drift / (1 - drift)
        self.noise = noise
        spreadBeta = priorVariance
        spreadAlpha = priorVariance
    }

    /// Takes an observation; nil, and no change, when it or what follows from it is not finite.
    @discardableResult
    public mutating func update(x: Double, y: Double) -> Innovation? {
        var (first, second, slope) = (spreadBeta, spreadAlpha, slope)
        let grown = second + drift
        if drift > 0 {
            first += drift + slope * slope * second * (drift / grown)
            slope *= second / grown
            second = grown
        }
        // U' F' with F = [x, 1], then D times it.
        let factor = slope * x + 1
        let weightFirst = first * x
        let weightSecond = second * factor
        let partial = noise + weightFirst * x
        let variance = partial + weightSecond * factor
        let error = y - (beta * x + alpha)
        guard error.isFinite, variance.isFinite else { return nil }
        beta += (weightFirst + slope * weightSecond) / variance * error
        alpha += weightSecond / variance * error
        spreadBeta = first * (noise / partial)
        spreadAlpha = second * (partial / variance)
        self.slope = slope - factor * weightFirst / partial
        count += 1
        return Innovation(error: error, variance: variance)
    }

    /// What an observation brought that the filter had not expected.
    @frozen
    public struct Innovation: Sendable, BitwiseCopyable, Equatable {
        public var error: Double
        /// The variance that the filter expected of the error; above zero.
        public var variance: Double

        /// The error in standard deviations.
        public var zScore: Double { error / variance.squareRoot() }
    }
}

extension KalmanHedge {
    /// Appends the filter's state, and its drift and noise, which are only compared.
    public func save(to writer: inout StateWriter) {
        writer.mark("hedge")
        writer.write(drift)
        writer.write(noise)
        writer.write(count)
        for number in [beta, alpha, spreadBeta, slope, spreadAlpha] { writer.write(number) }
    }

    /// Takes the state of a filter with the same drift and noise; after an error nothing has changed.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        var saved = self
        try reader.expect("hedge")
        try reader.match(drift, "drift of the Kalman filter")
        try reader.match(noise, "noise of the Kalman filter")
        saved.count = try reader.readCount(upTo: StateReader.largestCount, "observations of the Kalman filter")
        saved.beta = try reader.read(Double.self)
        saved.alpha = try reader.read(Double.self)
        saved.spreadBeta = try reader.read(Double.self)
        saved.slope = try reader.read(Double.self)
        saved.spreadAlpha = try reader.read(Double.self)
        // Of the others any number will do: an update that is not finite is refused.
        guard saved.spreadBeta >= 0, saved.spreadAlpha >= 0 else {
            throw reader.error(.damaged, "the Kalman filter has a variance below zero")
        }
        self = saved
    }
}
