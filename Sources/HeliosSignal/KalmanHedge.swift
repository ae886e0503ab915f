// SPDX-License-Identifier: MIT
import HeliosMarket

/// A hedge ratio that follows the market: a Kalman filter on y = alpha + beta x whose coefficients drift (formula 2.6).
///
/// Scale x and y to the same order of magnitude first: drift and noise are absolute.
@frozen
public struct KalmanHedge: Sendable, BitwiseCopyable {
    public private(set) var beta = 0.0
    public private(set) var alpha = 0.0
    /// Observations taken.
    public private(set) var count = 0
    // The covariance of (beta, alpha).
    private var varianceBeta: Double
    private var covariance = 0.0
    private var varianceAlpha: Double
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
        varianceBeta = priorVariance
        varianceAlpha = priorVariance
    }

    /// Takes an observation; nil, and no change, when it or what follows from it is not finite.
    @discardableResult
    public mutating func update(x: Double, y: Double) -> Innovation? {
        let betaVariance = varianceBeta + drift
        let alphaVariance = varianceAlpha + drift
        // R F' with F = [x, 1].
        let weightBeta = betaVariance * x + covariance
        let weightAlpha = covariance * x + alphaVariance
        let variance = weightBeta * x + weightAlpha + noise
        let error = y - (beta * x + alpha)
        guard error.isFinite, variance.isFinite, variance > 0 else { return nil }
        let gainBeta = weightBeta / variance
        let gainAlpha = weightAlpha / variance
        beta += gainBeta * error
        alpha += gainAlpha * error
        varianceBeta = betaVariance - gainBeta * weightBeta
        varianceAlpha = alphaVariance - gainAlpha * weightAlpha
        // Both products are the same number but for rounding: their mean keeps the matrix symmetric.
        covariance -= 0.5 * (gainBeta * weightAlpha + gainAlpha * weightBeta)
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
        writer.write(drift)
        writer.write(noise)
        writer.write(count)
        for number in [beta, alpha, varianceBeta, covariance, varianceAlpha] { writer.write(number) }
    }

    /// Takes the state of a filter with the same drift and noise; after an error nothing has changed.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        var saved = self
        try reader.match(drift, "drift of the Kalman filter")
        try reader.match(noise, "noise of the Kalman filter")
        saved.count = try reader.readCount(upTo: StateReader.largestCount, "observations of the Kalman filter")
        // Any number will do: an update that is not finite is refused.
        saved.beta = try reader.read(Double.self)
        saved.alpha = try reader.read(Double.self)
        saved.varianceBeta = try reader.read(Double.self)
        saved.covariance = try reader.read(Double.self)
        saved.varianceAlpha = try reader.read(Double.self)
        self = saved
    }
}
