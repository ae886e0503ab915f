// SPDX-License-Identifier: MIT
import HeliosMarket

/// What can be set on the VWAP reversion strategy.
///
/// The meaning of each stands in `descriptor`.
public struct VwapReversionParameters: Sendable {
    public var symbols: [Symbol]
    public var sessionStart: Nanoseconds = 34_200_000_000_000
    public var sampleInterval: Nanoseconds = 5_000_000_000
    public var volatilityMemory: Nanoseconds = 1_800_000_000_000
    public var horizon: Nanoseconds = 600_000_000_000
    public var trendWindow: Nanoseconds = 300_000_000_000
    public var trendMax = 2.0
    public var warmUp: Nanoseconds = 1_800_000_000_000
    public var enterDistance = 1.5
    public var exitDistance = 0.25
    public var stopDistance = 4.0
    public var maxHold: Nanoseconds = 1_800_000_000_000
    public var entryTimeout: Nanoseconds = 60_000_000_000
    public var slack = Price(raw: 1_000_000)
    public var notional = Money(10_000)
    public var positionMax = Quantity(10_000)
    public var touch = TouchParameters()
    public var hours = TradingHours()

    /// The defaults for `symbols`.
    public init(symbols: [Symbol]) { self.symbols = symbols }

    /// The parameters from checked values.
    ///
    /// - Throws: `ParameterError` when values contradict each other.
    public init(_ values: ParameterValues) throws(ParameterError) {
        symbols = try values.universe("symbols")
        sessionStart = try values.nanoseconds("sessionStart")
        sampleInterval = try values.nanoseconds("sampleInterval")
        volatilityMemory = try values.nanoseconds("volatilityMemory")
        horizon = try values.nanoseconds("horizon")
        trendWindow = try values.nanoseconds("trendWindow")
        trendMax = try values.number("trendMax")
        warmUp = try values.nanoseconds("warmUp")
        enterDistance = try values.number("enterDistance")
        exitDistance = try values.number("exitDistance")
        stopDistance = try values.number("stopDistance")
        maxHold = try values.nanoseconds("maxHold")
        entryTimeout = try values.nanoseconds("entryTimeout")
        slack = try values.price("slack")
        notional = try values.money("notional")
        positionMax = try values.quantity("positionMax")
        touch = try TouchParameters(values)
        try touch.check(positionMax, "positionMax")
        hours = try TradingHours(values)
        if exitDistance >= enterDistance {
            throw ParameterError("exitDistance", expected: "a number below enterDistance (\(enterDistance))")
        }
        if enterDistance >= stopDistance {
            throw ParameterError("stopDistance", expected: "a number above enterDistance (\(enterDistance))")
        }
        if trendSamples < 1 || trendSamples > 10_000 {
            throw ParameterError("trendWindow", expected: "1 to 10000 sample intervals")
        }
    }

    /// Samples between a price and the one that the trend is measured against.
    var trendSamples: Int { Int(trendWindow / sampleInterval) }

    public static let descriptor = StrategyDescriptor(
        name: "vwap-reversion",
        summary: "Fades a price that is far from the day's volume-weighted average, while it does not run.",
        parameters: model + rules + TouchParameters.descriptors + TradingHours.descriptors
    )

    private static let model: [ParameterDescriptor] = [
        .init("symbols", .symbols, default: nil, "The instruments to trade, each by itself."),
        .init("sessionStart", .timeOfDay, default: "09:30", "Trades from here on make the average."),
        .init("sampleInterval", .duration, default: "5s", from: "100ms", to: "1h", "Time between samples of a price."),
        .init("volatilityMemory", .duration, default: "30min", from: "1s", to: "24h", "How long volatility remembers."),
        .init(
            "horizon",
            .duration,
            default: "10min",
            from: "1s",
            to: "24h",
            "z is the distance from the average in deviations of the price over this time."
        ),
        .init("trendWindow", .duration, default: "5min", from: "100ms", to: "24h", "How far back the trend looks."),
        .init("warmUp", .duration, default: "30min", from: "1s", to: "24h", "No entry before so much was sampled."),
    ]

    private static let rules: [ParameterDescriptor] = [
        .init(
            "trendMax",
            .number,
            default: "2",
            from: "0",
            to: "1000",
            "No entry against a move of more deviations over trendWindow."
        ),
        .init(
            "enterDistance",
            .number,
            default: "1.5",
            from: "0.01",
            to: "100",
            "Enter when the size of z reaches this."
        ),
        .init(
            "exitDistance",
            .number,
            default: "0.25",
            from: "-100",
            to: "100",
            "Leave when it has come back to this."
        ),
        .init("stopDistance", .number, default: "4", from: "0.02", to: "1000", "Give up when it has grown to this."),
        .init("maxHold", .duration, default: "30min", from: "1ms", to: "24h", "Give up a position that is older."),
        .init(
            "entryTimeout",
            .duration,
            default: "60s",
            from: "1ms",
            to: "1h",
            "How long an entry may wait for a fill."
        ),
        .init(
            "slack",
            .price,
            default: "0.01",
            from: "0",
            to: "1000000",
            "An entry so near to the touch stays in its queue."
        ),
        .init("notional", .money, default: "10000", from: "1", "Value of a position."),
        .init(
            "positionMax",
            .quantity,
            default: "10000",
            from: "0.00000001",
            to: "1000000000",
            "The most shares held, long or short."
        ),
    ]

    func code<Coder: ParameterCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.code(symbols, "symbols")
        try coder.code(sessionStart, "sessionStart")
        try coder.code(sampleInterval, "sampleInterval")
        try coder.code(volatilityMemory, "volatilityMemory")
        try coder.code(horizon, "horizon")
        try coder.code(trendWindow, "trendWindow")
        try coder.code(trendMax, "trendMax")
        try coder.code(warmUp, "warmUp")
        try coder.code(enterDistance, "enterDistance")
        try coder.code(exitDistance, "exitDistance")
        try coder.code(stopDistance, "stopDistance")
        try coder.code(maxHold, "maxHold")
        try coder.code(entryTimeout, "entryTimeout")
        try coder.code(slack, "slack")
        try coder.code(notional, "notional")
        try coder.code(positionMax, "positionMax")
        try touch.code(&coder)
        try hours.code(&coder)
    }
}
