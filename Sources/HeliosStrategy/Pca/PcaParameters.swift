// SPDX-License-Identifier: MIT
import HeliosMarket

/// What can be set on the statistical arbitrage by principal components.
///
/// The meaning of each stands in `descriptor`.
public struct PcaParameters: Sendable {
    public var symbols: [Symbol]
    public var sampleInterval: Nanoseconds = 30_000_000_000
    public var window = 120
    public var factors = 5
    public var steps = 4
    public var batch = 100
    public var openLong = 1.25
    public var openShort = 1.25
    public var closeLong = 0.5
    public var closeShort = 0.75
    public var minReversions = 2.0
    public var notional = Money(5_000)
    public var maxPositions = 50
    public var positionMax = Quantity(10_000)
    public var band = 0.25
    public var touch = TouchParameters()
    public var hours = TradingHours()

    /// The defaults for `symbols`.
    public init(symbols: [Symbol]) { self.symbols = symbols }

    /// The parameters from checked values.
    ///
    /// - Throws: `ParameterError` when values contradict each other.
    public init(_ values: ParameterValues) throws(ParameterError) {
        symbols = try values.universe("symbols", of: 3)
        sampleInterval = try values.nanoseconds("sampleInterval")
        window = try values.integer("window")
        factors = try values.integer("factors")
        steps = try values.integer("steps")
        batch = try values.integer("batch")
        openLong = try values.number("openLong")
        openShort = try values.number("openShort")
        closeLong = try values.number("closeLong")
        closeShort = try values.number("closeShort")
        minReversions = try values.number("minReversions")
        notional = try values.money("notional")
        maxPositions = try values.integer("maxPositions")
        positionMax = try values.quantity("positionMax")
        band = try values.number("band")
        touch = try TouchParameters(values)
        try touch.check(positionMax, "positionMax")
        hours = try TradingHours(values)
        try checkConsistency()
    }

    private func checkConsistency() throws(ParameterError) {
        if symbols.count > 2_000 { throw ParameterError("symbols", expected: "at most 2000 symbols") }
        if factors >= symbols.count {
            throw ParameterError("factors", expected: "fewer than the \(symbols.count) symbols")
        }
        if window < factors + 5 { throw ParameterError("window", expected: "at least factors + 5 (\(factors + 5))") }
        if closeLong >= openLong {
            throw ParameterError("closeLong", expected: "a number below openLong (\(openLong))")
        }
        if closeShort >= openShort {
            throw ParameterError("closeShort", expected: "a number below openShort (\(openShort))")
        }
        // One more for the sample itself.
        let least = Nanoseconds(PcaSchedule(self).ticks + 1) * 100_000_000
        if sampleInterval < least {
            throw ParameterError(
                "sampleInterval",
                expected: "at least \(least / 100_000_000)00ms, which a fit takes with so many symbols, "
                    + "or a larger batch"
            )
        }
    }

    public static let descriptor = StrategyDescriptor(
        name: "pca",
        summary: "Statistical arbitrage: stocks against the factors that move them all, by principal components.",
        parameters: model + rules + TouchParameters.descriptors + TradingHours.descriptors
    )

    private static let model: [ParameterDescriptor] = [
        .init("symbols", .symbols, default: nil, "The universe, at least three and at most 2000 stocks."),
        .init(
            "sampleInterval",
            .duration,
            default: "30s",
            from: "100ms",
            to: "24h",
            "Time between samples of all prices."
        ),
        .init("window", .integer, default: "120", from: "10", to: "2000", "Samples in correlation and regression."),
        .init("factors", .integer, default: "5", from: "1", to: "20", "Principal components that are hedged."),
        .init(
            "steps",
            .integer,
            default: "4",
            from: "1",
            to: "100",
            "Steps of the eigenvector iteration a sample; they go on from the last sample's."
        ),
        .init(
            "batch",
            .integer,
            default: "100",
            from: "1",
            to: "2000",
            "Stocks that a step of the timer (100ms) brings a step of the iteration further; the rest of a fit goes as fast."
        ),
    ]

    private static let rules: [ParameterDescriptor] = [
        .init(
            "openLong",
            .number,
            default: "1.25",
            from: "0",
            to: "100",
            "Buy a stock whose score is below minus this."
        ),
        .init("openShort", .number, default: "1.25", from: "0", to: "100", "Sell a stock whose score is above this."),
        .init("closeLong", .number, default: "0.5", from: "-100", to: "100", "Leave a long above minus this."),
        .init("closeShort", .number, default: "0.75", from: "-100", to: "100", "Leave a short below this."),
        .init(
            "minReversions",
            .number,
            default: "2",
            from: "0",
            to: "10000",
            "Only residuals with so many reversion times (1 / kappa) in the window are entered."
        ),
        .init(
            "notional",
            .money,
            default: "5000",
            from: "1",
            "Value of a stock's own position, before hedges are netted."
        ),
        .init("maxPositions", .integer, default: "50", from: "1", to: "2000", "Stocks with a position of their own."),
        .init(
            "positionMax",
            .quantity,
            default: "10000",
            from: "0.00000001",
            to: "1000000000",
            "The most shares held of a stock."
        ),
        .init(
            "band",
            .number,
            default: "0.25",
            from: "0",
            to: "10",
            "A hedge is moved only when it is off by this part of notional."
        ),
    ]

    func code<Coder: ParameterCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.code(symbols, "symbols")
        try coder.code(sampleInterval, "sampleInterval")
        try coder.code(window, "window")
        try coder.code(factors, "factors")
        try coder.code(steps, "steps")
        try coder.code(batch, "batch")
        try coder.code(openLong, "openLong")
        try coder.code(openShort, "openShort")
        try coder.code(closeLong, "closeLong")
        try coder.code(closeShort, "closeShort")
        try coder.code(minReversions, "minReversions")
        try coder.code(notional, "notional")
        try coder.code(maxPositions, "maxPositions")
        try coder.code(positionMax, "positionMax")
        try coder.code(band, "band")
        try touch.code(&coder)
        try hours.code(&coder)
    }
}
