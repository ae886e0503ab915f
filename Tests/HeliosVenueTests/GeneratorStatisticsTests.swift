// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import Testing

/// Middle prices of all symbols, sampled from the naive books every ten seconds of the session.
private struct Middles {
    static let interval = 10
    var truth: MarketDayTruth
    /// By symbol, then by sample.
    var prices: [[Double]]

    init(_ configuration: MarketDayConfiguration) throws {
        var bytes: [UInt8] = []
        truth = try MarketDayGenerator(configuration).generate { bytes.append(contentsOf: $0) }
        var samples = truth.symbols.map { _ in [Double]() }
        let locates = truth.symbols.map(\.locate)
        var books = NaiveBooks()
        var next = 34_260
        _ = walkFrames(bytes) { message in
            while message.time >= next * 1_000_000_000, next < 57_600 {
                for (index, locate) in locates.enumerated() {
                    samples[index].append(books.books[locate]?.middle ?? samples[index].last ?? 0)
                }
                next += Middles.interval
            }
            books.apply(message)
        }
        prices = samples
    }
}

private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// Slope of the least-squares line of `y` on `x`.
private func slope(_ y: [Double], _ x: [Double]) -> Double {
    let (my, mx) = (mean(y), mean(x))
    let products = zip(y, x).reduce(0) { $0 + ($1.0 - my) * ($1.1 - mx) }
    return products / x.reduce(0) { $0 + ($1 - mx) * ($1 - mx) }
}

/// Mean product of a series around 0 with itself `lag` samples later.
private func covariance(_ series: [Double], _ lag: Int) -> Double {
    mean((lag..<series.count).map { series[$0] * series[$0 - lag] })
}

/// Changes over five minutes.
private func changes(_ series: [Double]) -> [Double] {
    stride(from: 30, to: series.count, by: 30).map { series[$0] - series[$0 - 30] }
}

/// How much less a series wanders over an hour than its ten-minute steps would let it: 1 for a random walk.
private func varianceRatio(_ series: [Double]) -> Double {
    func variance(_ lag: Int) -> Double {
        mean((lag..<series.count).map { (series[$0] - series[$0 - lag]) * (series[$0] - series[$0 - lag]) })
    }
    return variance(360) / variance(60) / 6
}

@Suite("Market day statistics")
struct GeneratorStatisticsTests {
    @Test("true pairs revert with their half-life around their hedge ratio, decoys wander")
    func cointegration() throws {
        let day = try #require(TradingDay("2026-11-20"))
        var configuration = MarketDayConfiguration(symbols: 40, messages: 200_000, seed: 11, day: day, pairs: 24)
        configuration.halts = 0
        let middles = try Middles(configuration)
        let prices = middles.prices
        var halfLifeRatios: [Double] = []
        var betaRatios: [Double] = []
        var sigmaRatios: [Double] = []
        var ratios: [Double] = []
        for pair in middles.truth.pairs {
            let (y, x) = (prices[pair.y], prices[pair.x])
            let residual = zip(y, x).map { $0 - pair.alpha - pair.beta * $1 }
            // AR(1) from the covariances at two lags, around the known mean 0: what ticks add to lag 0 stays out.
            let persistence = covariance(residual, 30) / covariance(residual, 6)
            let halfLife = -0.693147 * 240 / Double.log(persistence)
            halfLifeRatios.append(halfLife / pair.halfLifeSeconds)
            betaRatios.append(slope(y, x) / pair.beta)
            sigmaRatios.append(mean(residual.map { $0 * $0 }).squareRoot() / pair.sigma)
            ratios.append(varianceRatio(residual))
        }
        // One session is some twenty half-lives, so the median over the pairs is what can be held to the truth.
        // A finite sample shortens the estimate by about a tenth.
        #expect((0.7...1.2).contains(median(halfLifeRatios)), "\(halfLifeRatios)")
        #expect((0.9...1.1).contains(median(betaRatios)), "\(betaRatios)")
        #expect((0.85...1.15).contains(median(sigmaRatios)), "\(sigmaRatios)")
        let wandering = middles.truth.decoys.map { decoy in
            // The hedge of changes: one of levels would bend the residual towards reversion.
            let beta = slope(changes(prices[decoy.y]), changes(prices[decoy.x]))
            return varianceRatio(zip(prices[decoy.y], prices[decoy.x]).map { $0 - beta * $1 })
        }
        #expect(wandering.count >= 10)
        #expect(median(ratios) < 0.45, "\(ratios)")
        #expect(median(wandering) > 0.65, "\(wandering)")
    }

    @Test("quotes follow the fair value: a symbol alone moves by the volatility of its factors")
    func volatility() throws {
        let day = try #require(TradingDay("2026-11-20"))
        var configuration = MarketDayConfiguration(symbols: 16, messages: 100_000, seed: 5, day: day, pairs: 0)
        configuration.halts = 0
        let middles = try Middles(configuration)
        let ratios = middles.truth.symbols.enumerated().map { index, symbol in
            let prices = middles.prices[index]
            let returns = stride(from: 30, to: prices.count, by: 30).map { prices[$0] / prices[$0 - 30] - 1 }
            let measured = returns.reduce(0) { $0 + $1 * $1 }.squareRoot() * 1e4
            let market = symbol.marketLoading * configuration.marketBasisPoints
            let sector = symbol.sectorLoading * configuration.sectorBasisPoints
            let own = symbol.ownBasisPoints
            return measured / (market * market + sector * sector + own * own).squareRoot()
        }
        #expect((0.9...1.25).contains(mean(ratios)), "\(ratios)")
    }
}

extension Double {
    /// The natural logarithm by halving and the area series: the test needs six digits and no library.
    fileprivate static func log(_ value: Double) -> Double {
        guard value > 0 else { return -.infinity }
        var (mantissa, doublings) = (value, 0.0)
        while mantissa < 0.75 { (mantissa, doublings) = (mantissa * 2, doublings - 1) }
        while mantissa > 1.5 { (mantissa, doublings) = (mantissa / 2, doublings + 1) }
        let z = (mantissa - 1) / (mantissa + 1)
        return doublings * 0.693147180559945 + 2
            * (z + z * z * z / 3 + z * z * z * z * z / 5 + z * z * z * z * z * z * z / 7)
    }
}
