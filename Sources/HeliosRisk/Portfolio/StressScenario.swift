// SPDX-License-Identifier: MIT

/// A day that never was, or was long ago: what every instrument does in it.
public struct StressScenario: Sendable, Equatable {
    public var name: String
    /// What the market does, as a return; an instrument follows it by its beta.
    public var market: Double?
    /// What the instruments of an asset class do; goes before the market.
    public var classes: [String: Double]
    /// What single instruments do; goes before class and market.
    public var instruments: [String: Double]

    public init(
        _ name: String,
        market: Double? = nil,
        classes: [String: Double] = [:],
        instruments: [String: Double] = [:]
    ) {
        self.name = name
        self.market = market
        self.classes = classes
        self.instruments = instruments
    }

    /// The return of a position in this scenario; zero where nothing is said of it.
    public func shock(_ position: RiskPosition) -> Double {
        if let shock = instruments[position.symbol] { return shock }
        if let assetClass = position.assetClass, let shock = classes[assetClass] { return shock }
        return (market ?? 0) * position.beta
    }

    /// What the positions lose in this scenario, in money.
    public func loss(_ positions: [RiskPosition]) -> Double {
        var sum = 0.0
        for position in positions { sum -= position.value * shock(position) }
        return sum
    }
}

/// What is held of an instrument, and what of it a scenario needs to know.
public struct RiskPosition: Sendable, Equatable {
    public var symbol: String
    /// Money: the position times the price, negative when short.
    public var value: Double
    public var assetClass: String?
    /// How much of the market's return it follows.
    public var beta: Double

    public init(_ symbol: String, value: Double, assetClass: String? = nil, beta: Double = 1) {
        self.symbol = symbol
        self.value = value
        self.assetClass = assetClass
        self.beta = beta
    }
}

/// What positions lose in each of several scenarios.
public struct StressResult: Sendable, Equatable {
    /// One scenario's loss.
    public struct Line: Sendable, Equatable {
        public var scenario: String
        public var loss: Double
    }

    public let lines: [Line]

    /// The losses of `positions` in each scenario, in their order.
    public init(_ scenarios: [StressScenario], _ positions: [RiskPosition]) {
        lines = scenarios.map { Line(scenario: $0.name, loss: $0.loss(positions)) }
    }

    /// The scenario with the largest loss; the first of equal ones, nil without scenarios.
    public var worst: Line? {
        lines.reduce(nil) { worst, line in worst.map { $0.loss >= line.loss ? $0 : line } ?? line }
    }
}
