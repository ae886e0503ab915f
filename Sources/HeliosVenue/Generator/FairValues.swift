// SPDX-License-Identifier: MIT

/// The fair value of each symbol as it moves through the session: market, sectors, own noise, mean-reverting pairs.
///
/// Only `+ - * /` and `sqrt`, so that the paths are the same on every machine.
struct FairValues: ~Copyable {
    private struct Walker {
        var symbol: Int32
        var sector: Int32
        var marketLoading: Double
        var sectorLoading: Double
        /// Standard deviation of its own return in one step.
        var own: Double
    }

    private struct Follower {
        var symbol: Int32
        var driver: Int32
        var alpha: Double
        var beta: Double
        /// Share of the residual that is left after one step.
        var persistence: Double
        /// Standard deviation of the residual's shock in one step.
        var shock: Double
        var residual: Double
    }

    private var random: GeneratorRandom
    private let marketStep: Double
    private let sectorStep: Double
    private var sectors: [Double]
    private var walkers: [Walker] = []
    private var followers: [Follower] = []
    /// Dollars, by symbol.
    private(set) var values: [Double]

    init(_ universe: MarketUniverse, _ configuration: MarketDayConfiguration) {
        random = GeneratorRandom(seed: configuration.pathSeed ?? configuration.seed, stream: "fair values")
        let seconds = Double(configuration.fairStep) * 1e-9
        let perStep = 1e-4 * (seconds / 23_400).squareRoot()
        marketStep = configuration.marketBasisPoints * perStep
        sectorStep = configuration.sectorBasisPoints * perStep
        sectors = [Double](repeating: 0, count: configuration.sectors)
        values = universe.symbols.map(\.price)
        for (index, symbol) in universe.symbols.enumerated() where universe.driver[index] < 0 {
            walkers.append(
                Walker(
                    symbol: Int32(index),
                    sector: Int32(symbol.sector),
                    marketLoading: symbol.marketLoading,
                    sectorLoading: symbol.sectorLoading,
                    own: symbol.ownBasisPoints * perStep
                )
            )
        }
        for pair in universe.pairs {
            // The residual starts in its stationary distribution.
            let residual = pair.sigma * random.normal()
            let persistence = FairValues.halved(after: seconds / pair.halfLifeSeconds)
            followers.append(
                Follower(
                    symbol: Int32(pair.y),
                    driver: Int32(pair.x),
                    alpha: pair.alpha,
                    beta: pair.beta,
                    persistence: persistence,
                    shock: pair.sigma * (1 - persistence * persistence).squareRoot(),
                    residual: residual
                )
            )
            values[pair.y] = pair.alpha + pair.beta * values[pair.x] + residual
        }
    }

    /// 2^-`halfLives` by the exponential series, good to the last digits for the small arguments met here.
    private static func halved(after halfLives: Double) -> Double {
        let x = -0.693147180559945309 * halfLives
        var term = 1.0
        var sum = 1.0
        for n in 1...24 {
            term = term * x / Double(n)
            sum += term
        }
        return sum
    }

    /// Moves all fair values on by one step.
    mutating func step() {
        let market = marketStep * random.normal()
        for sector in sectors.indices { sectors[sector] = sectorStep * random.normal() }
        for walker in walkers {
            let common = walker.marketLoading * market + walker.sectorLoading * sectors[Int(walker.sector)]
            values[Int(walker.symbol)] *= 1 + (common + walker.own * random.normal())
        }
        for index in followers.indices {
            let follower = followers[index]
            let residual = follower.persistence * follower.residual + follower.shock * random.normal()
            followers[index].residual = residual
            values[Int(follower.symbol)] = follower.alpha + follower.beta * values[Int(follower.driver)] + residual
        }
    }
}
