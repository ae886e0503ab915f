// SPDX-License-Identifier: MIT
import HeliosMarket

/// What can be set on the pairs strategy.
///
/// The meaning of each stands in `descriptor`.
public struct PairsParameters: Sendable {
    /// How the hedge ratio is estimated.
    public enum Hedge: String, Sendable, CaseIterable {
        /// Least squares over the last `hedgeWindow` samples.
        case ols
        /// A Kalman filter over all samples (formula 2.6) with a diffuse prior.
        case kalman
    }

    public var pairs: [PairName]
    public var hedge = Hedge.ols
    public var sampleInterval: Nanoseconds = 5_000_000_000
    public var hedgeWindow = 2_880
    public var zWindow = 2_880
    public var warmUp = 720
    public var refitEvery = 60
    public var kalmanDrift = 1e-8
    public var kalmanNoise = 1e-3
    public var enterZ = 2.0
    public var exitZ = 0.5
    public var stopZ = 4.0
    public var minHalfLife: Nanoseconds = 5_000_000_000
    public var maxHalfLife: Nanoseconds = 600_000_000_000
    public var timeStopHalfLives = 3.0
    public var costMultiple = 2.0
    public var feePerShare = Price(raw: 300_000)
    public var notional = Money(10_000)
    public var lot = Quantity(1)
    public var tolerance = Price(raw: 1_000_000)
    public var coolDown: Nanoseconds = 250_000_000
    public var legTimeout: Nanoseconds = 2_000_000_000
    /// Nanoseconds since midnight at the exchange.
    public var firstEntry: Nanoseconds = 34_500_000_000_000
    public var lastEntry: Nanoseconds = 55_800_000_000_000
    public var flattenAt: Nanoseconds = 57_300_000_000_000

    /// The defaults for `pairs`.
    public init(pairs: [PairName]) { self.pairs = pairs }

    /// The parameters from checked values.
    ///
    /// - Throws: `ParameterError` when values contradict each other.
    public init(_ values: ParameterValues) throws(ParameterError) {
        pairs = try values.pairs("pairs")
        hedge = Hedge(rawValue: try values.choice("hedge")) ?? .ols
        sampleInterval = try values.nanoseconds("sampleInterval")
        hedgeWindow = try values.integer("hedgeWindow")
        zWindow = try values.integer("zWindow")
        warmUp = try values.integer("warmUp")
        refitEvery = try values.integer("refitEvery")
        kalmanDrift = try values.number("kalmanDrift")
        kalmanNoise = try values.number("kalmanNoise")
        enterZ = try values.number("enterZ")
        exitZ = try values.number("exitZ")
        stopZ = try values.number("stopZ")
        minHalfLife = try values.nanoseconds("minHalfLife")
        maxHalfLife = try values.nanoseconds("maxHalfLife")
        timeStopHalfLives = try values.number("timeStopHalfLives")
        costMultiple = try values.number("costMultiple")
        feePerShare = try values.price("feePerShare")
        notional = try values.money("notional")
        lot = try values.quantity("lot")
        tolerance = try values.price("tolerance")
        coolDown = try values.nanoseconds("coolDown")
        legTimeout = try values.nanoseconds("legTimeout")
        firstEntry = try values.nanoseconds("firstEntry")
        lastEntry = try values.nanoseconds("lastEntry")
        flattenAt = try values.nanoseconds("flattenAt")
        try checkConsistency()
    }

    /// Refuses values that are each allowed but not together.
    private func checkConsistency() throws(ParameterError) {
        if exitZ >= enterZ { throw ParameterError("exitZ", expected: "a number below enterZ (\(enterZ))") }
        if enterZ >= stopZ { throw ParameterError("stopZ", expected: "a number above enterZ (\(enterZ))") }
        if minHalfLife > maxHalfLife { throw ParameterError("minHalfLife", expected: "at most maxHalfLife") }
        if lastEntry > flattenAt { throw ParameterError("lastEntry", expected: "a time no later than flattenAt") }
        if zWindow > hedgeWindow { throw ParameterError("zWindow", expected: "at most hedgeWindow (\(hedgeWindow))") }
        if warmUp > hedgeWindow { throw ParameterError("warmUp", expected: "at most hedgeWindow (\(hedgeWindow))") }
        if sampleInterval % 100_000_000 != 0 {
            throw ParameterError("sampleInterval", expected: "a multiple of 100ms, the timer's step")
        }
        if Set(pairs).count != pairs.count {
            throw ParameterError("pairs", expected: "each pair once")
        }
    }

    public static let descriptor = StrategyDescriptor(
        name: "pairs",
        summary: "Mean reversion of the spread between two instruments, for up to thousands of pairs at once.",
        parameters: model + rules + execution + session
    )

    private static let model: [ParameterDescriptor] = [
        .init("pairs", .pairs, default: nil, "The pairs Y~X: Y is explained by X, the spread is Y - beta X."),
        .init("hedge", .choice(["ols", "kalman"]), default: "ols", "How beta is estimated: rolling OLS or Kalman."),
        .init("sampleInterval", .duration, default: "5s", from: "100ms", to: "1h", "Time between samples of a pair."),
        .init("hedgeWindow", .integer, default: "2880", from: "10", to: "20000", "Samples in the OLS and OU fits."),
        .init(
            "zWindow",
            .integer,
            default: "2880",
            from: "5",
            to: "20000",
            "Samples in mean and deviation of the spread."
        ),
        .init("warmUp", .integer, default: "720", from: "10", to: "20000", "Samples before the first entry."),
        .init("refitEvery", .integer, default: "60", from: "1", to: "10000", "Samples between fits of the half-life."),
        .init(
            "kalmanDrift",
            .number,
            default: "0.00000001",
            from: "0",
            to: "0.1",
            "Drift d of beta and alpha a sample."
        ),
        .init("kalmanNoise", .number, default: "0.001", from: "0.000000000001", "Variance of the Kalman observation."),
    ]

    private static let rules: [ParameterDescriptor] = [
        .init("enterZ", .number, default: "2", from: "0.1", to: "20", "Enter when the z-score's size reaches this."),
        .init("exitZ", .number, default: "0.5", from: "-5", to: "20", "Leave when it has come back to this."),
        .init("stopZ", .number, default: "4", from: "0.2", to: "100", "Give up when it has grown to this."),
        .init(
            "minHalfLife",
            .duration,
            default: "5s",
            from: "0s",
            "No entry when the spread reverts faster than this."
        ),
        .init("maxHalfLife", .duration, default: "10min", from: "1ms", "No entry when it reverts more slowly."),
        .init("timeStopHalfLives", .number, default: "3", from: "0.1", "Give up after this many half-lives."),
        .init(
            "costMultiple",
            .number,
            default: "2",
            from: "0",
            "No entry unless the expected gain is this many times the round trip's cost (both spreads and fees)."
        ),
        .init("feePerShare", .price, default: "0.003", from: "-1", to: "10", "Fee that the cost estimate assumes."),
    ]

    private static let execution: [ParameterDescriptor] = [
        .init("notional", .money, default: "10000", from: "1", "Value of the Y leg; the X leg follows by beta."),
        .init("lot", .quantity, default: "1", from: "0.00000001", "Both legs are whole multiples of this."),
        .init("tolerance", .price, default: "0.01", from: "0", "How far through the touch an order may go."),
        .init("coolDown", .duration, default: "250ms", from: "0s", to: "1h", "Pause after an order that did not fill."),
        .init("legTimeout", .duration, default: "2s", from: "1ms", to: "1h", "Undo an entry not complete by then."),
    ]

    private static let session: [ParameterDescriptor] = [
        .init("firstEntry", .timeOfDay, default: "09:35", "No entry before this time of day."),
        .init("lastEntry", .timeOfDay, default: "15:30", "No entry from this time of day on."),
        .init("flattenAt", .timeOfDay, default: "15:55", "Every pair is taken to flat from this time of day on."),
    ]
}
