// SPDX-License-Identifier: MIT
import HeliosMarket

/// What can be set on the index arbitrage.
///
/// The meaning of each stands in `descriptor`.
public struct BasketParameters: Sendable {
    /// What becomes of an entry of which a leg is missing.
    public enum Timeout: String, Sendable, CaseIterable {
        case undo
        /// Once more, with `completeTolerance`, and undone only then.
        case complete
    }

    public var index: Symbol
    public var weights: [SymbolWeight]
    public var offset = Price.zero
    public var sampleInterval: Nanoseconds = 5_000_000_000
    public var basisMemory: Nanoseconds = 0
    public var warmUp: Nanoseconds = 600_000_000_000
    public var enterEdge = Price(raw: 2_000_000)
    public var exitBasis = Price.zero
    public var stopBasis = Price(raw: 500_000_000)
    public var costMultiple = 1.0
    public var feePerShare = Price(raw: 300_000)
    public var maxHold: Nanoseconds = 3_600_000_000_000
    public var notional = Money(50_000)
    public var trackingMax = 0.02
    public var legTimeout: Nanoseconds = 2_000_000_000
    public var onTimeout = Timeout.undo
    public var completeTolerance = Price(raw: 5_000_000)
    public var touch = TouchParameters()
    public var hours = TradingHours()

    /// The defaults for an index that is so much of each of its members.
    public init(index: Symbol, weights: [SymbolWeight]) {
        self.index = index
        self.weights = weights
    }

    /// The parameters from checked values.
    ///
    /// - Throws: `ParameterError` when values contradict each other.
    public init(_ values: ParameterValues) throws(ParameterError) {
        index = try values.symbol("index")
        weights = try values.weights("weights")
        offset = try values.price("offset")
        sampleInterval = try values.nanoseconds("sampleInterval")
        basisMemory = try values.nanoseconds("basisMemory")
        warmUp = try values.nanoseconds("warmUp")
        enterEdge = try values.price("enterEdge")
        exitBasis = try values.price("exitBasis")
        stopBasis = try values.price("stopBasis")
        costMultiple = try values.number("costMultiple")
        feePerShare = try values.price("feePerShare")
        maxHold = try values.nanoseconds("maxHold")
        notional = try values.money("notional")
        trackingMax = try values.number("trackingMax")
        legTimeout = try values.nanoseconds("legTimeout")
        onTimeout = Timeout(rawValue: try values.choice("onTimeout")) ?? .undo
        completeTolerance = try values.price("completeTolerance")
        touch = try TouchParameters(values)
        hours = try TradingHours(values)
        if weights.contains(where: { $0.symbol == index }) {
            throw ParameterError("weights", expected: "the members of the index, without the index \(index) itself")
        }
        if weights.count > Int(UInt16.max) { throw ParameterError("weights", expected: "at most 65535 members") }
        if completeTolerance < touch.tolerance {
            throw ParameterError("completeTolerance", expected: "at least tolerance (\(touch.tolerance))")
        }
        // Else what is left is entered again at once.
        if exitBasis >= enterEdge {
            throw ParameterError("exitBasis", expected: "a price below enterEdge (\(enterEdge))")
        }
        if stopBasis <= enterEdge {
            throw ParameterError("stopBasis", expected: "a price above enterEdge (\(enterEdge))")
        }
    }

    public static let descriptor = StrategyDescriptor(
        name: "basket",
        summary: "Index arbitrage: an index share against the basket that it stands for.",
        parameters: model + rules + execution + TouchParameters.descriptors + TradingHours.descriptors
    )

    private static let model: [ParameterDescriptor] = [
        .init("index", .symbol, default: nil, "The share that stands for the basket."),
        .init("weights", .weights, default: nil, "Shares of each member for one share of the index."),
        .init("offset", .price, default: "0", "What the index is worth beyond its members: cash, dividends to come."),
        .init(
            "sampleInterval",
            .duration,
            default: "5s",
            from: "100ms",
            to: "1h",
            "Time between samples of the basis."
        ),
        .init(
            "basisMemory",
            .duration,
            default: "0s",
            from: "0s",
            to: "24h",
            "How long the usual basis is remembered, which the offset is moved by; 0s: there is none."
        ),
        .init("warmUp", .duration, default: "10min", from: "0s", to: "24h", "With basisMemory: no entry before."),
    ]

    private static let rules: [ParameterDescriptor] = [
        .init(
            "enterEdge",
            .price,
            default: "0.02",
            from: "0",
            to: "1000000",
            "Enter for so much for an index share beyond the costs."
        ),
        .init(
            "costMultiple",
            .number,
            default: "1",
            from: "0",
            to: "100",
            "How many times the round trip's cost (all spreads, and fees) is taken off the basis."
        ),
        .init("feePerShare", .price, default: "0.003", from: "-1", to: "10", "Fee that the cost estimate assumes."),
        .init(
            "exitBasis",
            .price,
            default: "0",
            from: "-1000",
            to: "1000",
            "Leave when the basis has come back to this."
        ),
        .init(
            "stopBasis",
            .price,
            default: "5",
            from: "0.00000001",
            to: "1000000",
            "Give up when the basis has grown to this."
        ),
        .init("maxHold", .duration, default: "1h", from: "1ms", to: "24h", "Give up a position that is older."),
    ]

    private static let execution: [ParameterDescriptor] = [
        .init("notional", .money, default: "50000", from: "1", "Value of the index leg."),
        .init(
            "trackingMax",
            .number,
            default: "0.02",
            from: "0",
            to: "1",
            "No entry whose whole lots miss the weights by more than this share of its value."
        ),
        .init("legTimeout", .duration, default: "2s", from: "1ms", to: "1h", "How long an entry may lack legs."),
        .init(
            "onTimeout",
            .choice(Timeout.allCases.map(\.rawValue)),
            default: "undo",
            "Then: undo what was filled, or complete it with completeTolerance first."
        ),
        .init(
            "completeTolerance",
            .price,
            default: "0.05",
            from: "0",
            to: "1000000",
            "How far through the touch to complete."
        ),
    ]

    func code<Coder: ParameterCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.code(index, "index")
        try coder.code(weights.map(\.symbol), "weights")
        for weight in weights { try coder.code(weight.weight, "weights") }
        try coder.code(offset, "offset")
        try coder.code(sampleInterval, "sampleInterval")
        try coder.code(basisMemory, "basisMemory")
        try coder.code(warmUp, "warmUp")
        try coder.code(enterEdge, "enterEdge")
        try coder.code(exitBasis, "exitBasis")
        try coder.code(stopBasis, "stopBasis")
        try coder.code(costMultiple, "costMultiple")
        try coder.code(feePerShare, "feePerShare")
        try coder.code(maxHold, "maxHold")
        try coder.code(notional, "notional")
        try coder.code(trackingMax, "trackingMax")
        try coder.code(legTimeout, "legTimeout")
        try coder.code(onTimeout == .complete ? UInt8(1) : 0, "onTimeout")
        try coder.code(completeTolerance, "completeTolerance")
        try touch.code(&coder)
        try hours.code(&coder)
    }
}
