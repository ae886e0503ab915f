// SPDX-License-Identifier: MIT
import HeliosMarket

/// What can be set on the momentum strategy.
///
/// The meaning of each stands in `descriptor`.
public struct MomentumParameters: Sendable {
    /// What must be broken.
    public enum Range: String, Sendable, CaseIterable {
        /// Highest and lowest of the last bars.
        case channel
        /// Highest and lowest of the first part of the day.
        case opening
    }

    public var symbols: [Symbol]
    public var range = Range.channel
    public var bar: Nanoseconds = 60_000_000_000
    public var channelBars = 30
    public var openingFrom: Nanoseconds = 34_200_000_000_000
    public var openingLength: Nanoseconds = 1_800_000_000_000
    public var breakout = 0.25
    public var volumeMultiple = 1.5
    public var trail = 3.0
    public var maxHold: Nanoseconds = 7_200_000_000_000
    public var entryTimeout: Nanoseconds = 5_000_000_000
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
        range = Range(rawValue: try values.choice("range")) ?? .channel
        bar = try values.nanoseconds("bar")
        channelBars = try values.integer("channelBars")
        openingFrom = try values.nanoseconds("openingFrom")
        openingLength = try values.nanoseconds("openingLength")
        breakout = try values.number("breakout")
        volumeMultiple = try values.number("volumeMultiple")
        trail = try values.number("trail")
        maxHold = try values.nanoseconds("maxHold")
        entryTimeout = try values.nanoseconds("entryTimeout")
        notional = try values.money("notional")
        positionMax = try values.quantity("positionMax")
        touch = try TouchParameters(values)
        try touch.check(positionMax, "positionMax")
        hours = try TradingHours(values)
        if bar % 100_000_000 != 0 { throw ParameterError("bar", expected: "a multiple of 100ms, the timer's step") }
        guard range == .opening else { return }
        if openingLength < bar { throw ParameterError("openingLength", expected: "at least one bar") }
        if openingFrom % bar != 0 {
            throw ParameterError("openingFrom", expected: "a whole number of bars after midnight, where they begin")
        }
        if openingLength % bar != 0 { throw ParameterError("openingLength", expected: "a whole number of bars") }
    }

    public static let descriptor = StrategyDescriptor(
        name: "momentum",
        summary: "Goes with a price that leaves its range on much volume, and follows it with a stop.",
        parameters: ranges + rules + TouchParameters.descriptors + TradingHours.descriptors
    )

    private static let ranges: [ParameterDescriptor] = [
        .init("symbols", .symbols, default: nil, "The instruments to trade, each by itself."),
        .init(
            "range",
            .choice(Range.allCases.map(\.rawValue)),
            default: "channel",
            "channel: the last channelBars bars. opening: the first openingLength of the day."
        ),
        .init("bar", .duration, default: "60s", from: "100ms", to: "1h", "Length of a bar."),
        .init("channelBars", .integer, default: "30", from: "2", to: "1000", "Bars of channel, volume and true range."),
        .init("openingFrom", .timeOfDay, default: "09:30", "Where the opening range begins."),
        .init("openingLength", .duration, default: "30min", from: "100ms", to: "12h", "How long it lasts."),
    ]

    private static let rules: [ParameterDescriptor] = [
        .init("breakout", .number, default: "0.25", from: "0", to: "100", "True ranges beyond the range to enter."),
        .init(
            "volumeMultiple",
            .number,
            default: "1.5",
            from: "0",
            to: "1000",
            "The bar's volume, or that of the one before, must be so many times the average."
        ),
        .init(
            "trail",
            .number,
            default: "3",
            from: "0.1",
            to: "1000",
            "Distance of the stop, in true ranges at entry."
        ),
        .init("maxHold", .duration, default: "2h", from: "1ms", to: "24h", "Close a position that is older."),
        .init(
            "entryTimeout",
            .duration,
            default: "5s",
            from: "1ms",
            to: "1h",
            "What has not been bought by then is not."
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
        try coder.code(range == .opening ? UInt8(1) : 0, "range")
        try coder.code(bar, "bar")
        try coder.code(channelBars, "channelBars")
        try coder.code(openingFrom, "openingFrom")
        try coder.code(openingLength, "openingLength")
        try coder.code(breakout, "breakout")
        try coder.code(volumeMultiple, "volumeMultiple")
        try coder.code(trail, "trail")
        try coder.code(maxHold, "maxHold")
        try coder.code(entryTimeout, "entryTimeout")
        try coder.code(notional, "notional")
        try coder.code(positionMax, "positionMax")
        try touch.code(&coder)
        try hours.code(&coder)
    }
}
