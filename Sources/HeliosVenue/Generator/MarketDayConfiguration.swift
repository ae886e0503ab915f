// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a synthetic market day is made of.
///
/// Every value has a sensible default; equal values give equal bytes. Volatilities are standard deviations of returns over one regular session (09:30 to 16:00), in basis points.
public struct MarketDayConfiguration: Sendable, Equatable {
    /// Number of symbols, 2 to 8,000.
    public var symbols: Int
    /// Messages to aim at: met within two per cent from about 500 messages a symbol upward, exceeded below.
    public var messages: Int
    /// Same seed, same bytes.
    public var seed: UInt64
    /// Another seed for the order flow alone: fair values, and so prices, stay those of `seed`, as at a second exchange that
    /// trades the same stocks.
    public var flowSeed: UInt64?
    /// Another seed for the day's paths and order flow: the same symbols, prices before the open, pairs and hedge ratios, as
    /// on another day.
    public var pathSeed: UInt64?
    /// Only named in the truth: the wire carries nanoseconds since midnight.
    public var day: TradingDay
    /// Truly cointegrated pairs; at most four fifths of the symbols, because a driver has one to four followers.
    public var pairs: Int
    /// Pairs of the same sector that look alike and are not cointegrated; at most one a symbol, and as many as there
    /// are pairs of symbols that follow no other.
    public var decoys: Int
    /// Number of sector factors.
    public var sectors = 11
    /// Half-lives of the true pairs' residuals, in seconds; each pair draws its own.
    public var halfLifeSeconds: ClosedRange<Double> = 240...1200
    /// Stationary standard deviation of the true pairs' residuals, in basis points of the price of `y`.
    public var residualBasisPoints: ClosedRange<Double> = 12...25
    /// How many per cent `y` moves when `x` moves by one: it fixes `beta` and `alpha`.
    public var elasticity: ClosedRange<Double> = 0.7...1.4
    /// Volatility of the market factor.
    public var marketBasisPoints = 45.0
    /// Volatility of each sector factor.
    public var sectorBasisPoints = 40.0
    /// Volatilities of what is a symbol's own.
    public var ownBasisPoints: ClosedRange<Double> = 30...60
    /// Prices at the open of symbols in true pairs, in dollars.
    public var pairPrices: ClosedRange<Double> = 16...64
    /// Prices at the open of all others, in dollars.
    public var otherPrices: ClosedRange<Double> = 8...240
    /// Time between two steps of the fair values.
    public var fairStep: Nanoseconds = 500_000_000
    /// Intraday halts, each of another symbol, with a halt auction at their end.
    public var halts: Int

    /// A day with the defaults; without `pairs` and `decoys` there are two fifths of the symbols of each.
    public init(
        symbols: Int = 500,
        messages: Int = 5_000_000,
        seed: UInt64 = 1,
        day: TradingDay,
        pairs: Int? = nil,
        decoys: Int? = nil
    ) {
        self.symbols = symbols
        self.messages = messages
        self.seed = seed
        self.day = day
        let usual = min(symbols, 8000) * 2 / 5  // bounded, so that an absurd number is refused and doesn't overflow
        self.pairs = pairs ?? usual
        self.decoys = decoys ?? min(usual, MarketDayConfiguration.mostDecoys(symbols: symbols, pairs: self.pairs))
        halts = min(4, max(0, symbols / 4))
    }

    /// What the order flow is drawn from.
    var seedOfFlow: UInt64 { flowSeed ?? pathSeed ?? seed }

    private static func mostDecoys(symbols: Int, pairs: Int) -> Int {
        let free = min(max(symbols - min(pairs, symbols), 0), 8000)
        return min(max(symbols, 0), free * (free - 1) / 2)
    }

    /// Refuses a configuration that no day can be made of.
    ///
    /// - Throws: the first value that is out of its range.
    public func validate() throws(MarketDayError) {
        func check(_ isValid: Bool, _ key: String, _ expected: String) throws(MarketDayError) {
            if !isValid { throw MarketDayError(key: key, expected: expected) }
        }
        func positive(_ range: ClosedRange<Double>, upTo limit: Double) -> Bool {
            range.lowerBound > 0 && range.upperBound <= limit
        }
        try check((2...8000).contains(symbols), "symbols", "2 to 8000")
        try check((1...4_000_000_000).contains(messages), "messages", "1 to 4000000000")
        try check((0...symbols * 4 / 5).contains(pairs), "pairs", "0 to \(symbols * 4 / 5), four fifths of the symbols")
        let decoyLimit = MarketDayConfiguration.mostDecoys(symbols: symbols, pairs: pairs)
        try check((0...decoyLimit).contains(decoys), "decoys", "0 to \(decoyLimit)")
        try check((1...64).contains(sectors), "sectors", "1 to 64")
        try check(positive(halfLifeSeconds, upTo: 23_400), "halfLifeSeconds", "above 0, to 23400")
        try check(positive(residualBasisPoints, upTo: 200), "residualBasisPoints", "above 0, to 200")
        try check(positive(elasticity, upTo: 4), "elasticity", "above 0, to 4")
        try check((0...300).contains(marketBasisPoints), "marketBasisPoints", "0 to 300")
        try check((0...300).contains(sectorBasisPoints), "sectorBasisPoints", "0 to 300")
        try check(positive(ownBasisPoints, upTo: 300), "ownBasisPoints", "above 0, to 300")
        try check(pairPrices.lowerBound >= 5 && pairPrices.upperBound <= 1000, "pairPrices", "5 to 1000")
        try check(otherPrices.lowerBound >= 5 && otherPrices.upperBound <= 1000, "otherPrices", "5 to 1000")
        try check((50_000_000...5_000_000_000).contains(fairStep), "fairStep", "50ms to 5s")
        try check((0...min(symbols, 100)).contains(halts), "halts", "0 to \(min(symbols, 100))")
    }
}

/// A value of a `MarketDayConfiguration` that is out of its range.
public struct MarketDayError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The property's name.
    public var key: String
    /// What it must be.
    public var expected: String

    public var description: String { "\(key) must be \(expected)" }
}
