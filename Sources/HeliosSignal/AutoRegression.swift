// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

/// Fits s(t) = c + phi s(t − 1) + e to a series given step by step (formula 2.4).
@frozen
public struct AutoRegression: Sendable, BitwiseCopyable {
    private var moments = PairMoments()
    private var previous = 0.0
    private var isStarted = false
    private var isBroken = false

    public init() {}

    /// Takes the next value of the series.
    ///
    /// One that is not finite makes the fit invalid.
    public mutating func add(_ value: Double) {
        guard value.isFinite else {
            isBroken = true
            return
        }
        if isStarted { moments.add(previous, value) }
        previous = value
        isStarted = true
    }

    /// The process behind the series, with `step` as the time between its values.
    public func fit(step: Double) -> MeanReversion {
        isBroken ? .invalid(.notFinite) : AutoRegression.fit(moments, step: step)
    }

    /// The process behind moments of (value, next value).
    static func fit(_ moments: PairMoments, step: Double) -> MeanReversion {
        guard step > 0 else { return .invalid(.notFinite) }
        guard moments.count >= 3 else { return .invalid(.tooFewValues) }
        guard moments.sumYY > 0, let line = moments.line else { return .invalid(.noVariance) }
        guard line.beta < 1 else { return .invalid(.notReverting) }
        guard line.beta > 0 else { return .invalid(.oscillating) }
        let residual = max(moments.sumYY - line.beta * moments.sumXY, 0)
        let process = OrnsteinUhlenbeck(
            intercept: line.alpha,
            phi: line.beta,
            innovationDeviation: (residual / moments.count).squareRoot(),
            step: step
        )
        return process.isFinite ? .reverting(process) : .invalid(.notFinite)
    }
}

/// What a fit of mean reversion found.
public enum MeanReversion: Sendable, Equatable {
    case reverting(OrnsteinUhlenbeck)
    case invalid(Reason)

    /// Why there is no process.
    public enum Reason: Sendable, Equatable {
        /// Fewer than four values.
        case tooFewValues
        /// All values are equal.
        case noVariance
        /// phi ≥ 1: the series does not come back.
        case notReverting
        /// phi ≤ 0: the series jumps from side to side, which no continuous process explains.
        case oscillating
        /// An input or a result is not a finite number.
        case notFinite
    }

    /// The process, or nil.
    public var process: OrnsteinUhlenbeck? {
        if case .reverting(let process) = self { process } else { nil }
    }
}

/// The Ornstein–Uhlenbeck process ds = kappa (mean − s) dt + sigma dW whose samples are an AR(1) series (formula 2.4).
@frozen
public struct OrnsteinUhlenbeck: Sendable, BitwiseCopyable, Equatable {
    public var intercept: Double
    /// Between 0 and 1, both exclusive.
    public var phi: Double
    /// Standard deviation of one step's surprise (maximum likelihood: divisor is the number of steps).
    public var innovationDeviation: Double
    /// Speed of reversion per unit of time: −ln(phi) / step.
    public var kappa: Double
    /// Unit of time: that of `step`.
    public var halfLife: Double
    /// Where it reverts to.
    public var mean: Double
    /// Standard deviation in the long run.
    public var equilibriumDeviation: Double
    /// Diffusion per square root of the unit of time.
    public var sigma: Double

    init(intercept: Double, phi: Double, innovationDeviation: Double, step: Double) {
        self.intercept = intercept
        self.phi = phi
        self.innovationDeviation = innovationDeviation
        let rest = 1 - phi * phi
        kappa = -DeterministicMath.log(phi) / step
        halfLife = 0.6931471805599453 / kappa
        mean = intercept / (1 - phi)
        equilibriumDeviation = innovationDeviation / rest.squareRoot()
        sigma = innovationDeviation * (2 * kappa / rest).squareRoot()
    }

    var isFinite: Bool {
        halfLife.isFinite && mean.isFinite && equilibriumDeviation.isFinite && sigma.isFinite && halfLife > 0
    }
}

extension AutoRegression {
    /// Appends what the fit has gathered.
    public func save(to writer: inout StateWriter) {
        writer.mark("autoregr")
        moments.save(to: &writer)
        writer.write(previous)
        writer.write(isStarted)
        writer.write(isBroken)
    }

    /// Takes what a fit had gathered; after an error nothing has changed.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("autoregr")
        var saved = AutoRegression()
        try saved.moments.restore(from: &reader)
        saved.previous = try reader.readFinite("previous value")
        saved.isStarted = try reader.readFlag()
        saved.isBroken = try reader.readFlag()
        self = saved
    }
}
