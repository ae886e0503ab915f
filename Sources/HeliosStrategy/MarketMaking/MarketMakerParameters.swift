// SPDX-License-Identifier: MIT
import HeliosMarket

/// What can be set on the market maker.
///
/// The meaning of each stands in `descriptor`.
public struct MarketMakerParameters: Sendable {
    public var symbols: [Symbol]
    public var quantity = Quantity(100)
    public var maxInventory = Quantity(500)
    public var riskAversion = 0.1
    public var arrivalDecay = 100.0
    public var horizon: Nanoseconds = 60_000_000_000
    public var volatilityMemory: Nanoseconds = 300_000_000_000
    public var minSpread = Price(raw: 2_000_000)
    public var maxSpread = Price(raw: 50_000_000)
    public var imbalanceSkew = 0.5
    public var flowSkew = 0.0
    public var flowMemory: Nanoseconds = 10_000_000_000
    public var tick = Price(raw: 1_000_000)
    public var slack = Price.zero
    public var requote: Nanoseconds = 200_000_000
    public var warmUp: Nanoseconds = 60_000_000_000
    public var touch = TouchParameters()
    public var hours = TradingHours()

    /// The defaults for `symbols`.
    public init(symbols: [Symbol]) { self.symbols = symbols }

    /// The parameters from checked values.
    ///
    /// - Throws: `ParameterError` when values contradict each other.
    public init(_ values: ParameterValues) throws(ParameterError) {
        symbols = try values.universe("symbols")
        quantity = try values.quantity("quantity")
        maxInventory = try values.quantity("maxInventory")
        riskAversion = try values.number("riskAversion")
        arrivalDecay = try values.number("arrivalDecay")
        horizon = try values.nanoseconds("horizon")
        volatilityMemory = try values.nanoseconds("volatilityMemory")
        minSpread = try values.price("minSpread")
        maxSpread = try values.price("maxSpread")
        imbalanceSkew = try values.number("imbalanceSkew")
        flowSkew = try values.number("flowSkew")
        flowMemory = try values.nanoseconds("flowMemory")
        tick = try values.price("tick")
        slack = try values.price("slack")
        requote = try values.nanoseconds("requote")
        warmUp = try values.nanoseconds("warmUp")
        touch = try TouchParameters(values)
        hours = try TradingHours(values)
        if touch.whole(quantity) != quantity {
            throw ParameterError("quantity", expected: "a whole number of lots (\(touch.lot))")
        }
        if maxInventory < quantity {
            throw ParameterError("maxInventory", expected: "at least one quantity (\(quantity))")
        }
        if minSpread < tick { throw ParameterError("minSpread", expected: "at least one tick (\(tick))") }
        if maxSpread < minSpread { throw ParameterError("maxSpread", expected: "at least minSpread (\(minSpread))") }
    }

    public static let descriptor = StrategyDescriptor(
        name: "market-making",
        summary: "Quotes both sides around a price that leans against what it holds, by Avellaneda and Stoikov.",
        parameters: model + quoting + TouchParameters.descriptors + TradingHours.descriptors
    )

    private static let model: [ParameterDescriptor] = [
        .init("symbols", .symbols, default: nil, "The instruments to quote, each by itself."),
        .init(
            "quantity",
            .quantity,
            default: "100",
            from: "0.00000001",
            to: "1000000000",
            "Shares shown on a side; one lot of inventory."
        ),
        .init(
            "maxInventory",
            .quantity,
            default: "500",
            from: "0.00000001",
            to: "1000000000",
            "The most shares held, long or short."
        ),
        .init(
            "riskAversion",
            .number,
            default: "0.1",
            from: "0.000001",
            to: "1000000",
            "gamma: how much a lot held moves both quotes, per variance over the horizon."
        ),
        .init(
            "arrivalDecay",
            .number,
            default: "100",
            from: "0.000001",
            to: "1000000000",
            "kappa: how fast takers grow rare with distance, per unit of currency; 100 is by 1/e for each cent."
        ),
        .init("horizon", .duration, default: "60s", from: "1s", to: "24h", "How long inventory is thought to be held."),
        .init(
            "volatilityMemory",
            .duration,
            default: "5min",
            from: "1s",
            to: "24h",
            "How long the variance remembers."
        ),
        .init("warmUp", .duration, default: "60s", from: "1s", to: "24h", "No quotes before so much was seen."),
    ]

    private static let quoting: [ParameterDescriptor] = [
        .init(
            "minSpread",
            .price,
            default: "0.02",
            from: "0.00000001",
            to: "1000000",
            "The least distance of the two quotes."
        ),
        .init(
            "maxSpread",
            .price,
            default: "0.50",
            from: "0.00000001",
            to: "1000000",
            "A market wider than this is not quoted."
        ),
        .init(
            "imbalanceSkew",
            .number,
            default: "0.5",
            from: "0",
            to: "2",
            "How far from the middle (0) to the microprice (1) the fair price is."
        ),
        .init(
            "flowSkew",
            .number,
            default: "0",
            from: "-10",
            to: "10",
            "By how much order flow of one depth of the book a second moves the fair price, in currency."
        ),
        .init("flowMemory", .duration, default: "10s", from: "1s", to: "24h", "How long order flow is remembered."),
        .init("tick", .price, default: "0.01", from: "0.00000001", to: "1000", "Price step of the quotes."),
        .init(
            "slack",
            .price,
            default: "0",
            from: "0",
            to: "1000000",
            "A quote so near to where it should be stays in its queue."
        ),
        .init(
            "requote",
            .duration,
            default: "200ms",
            from: "0s",
            to: "1h",
            "The least time between changes of a side."
        ),
    ]

    func code<Coder: ParameterCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.code(symbols, "symbols")
        try coder.code(quantity, "quantity")
        try coder.code(maxInventory, "maxInventory")
        try coder.code(riskAversion, "riskAversion")
        try coder.code(arrivalDecay, "arrivalDecay")
        try coder.code(horizon, "horizon")
        try coder.code(volatilityMemory, "volatilityMemory")
        try coder.code(minSpread, "minSpread")
        try coder.code(maxSpread, "maxSpread")
        try coder.code(imbalanceSkew, "imbalanceSkew")
        try coder.code(flowSkew, "flowSkew")
        try coder.code(flowMemory, "flowMemory")
        try coder.code(tick, "tick")
        try coder.code(slack, "slack")
        try coder.code(requote, "requote")
        try coder.code(warmUp, "warmUp")
        try touch.code(&coder)
        try hours.code(&coder)
    }
}
