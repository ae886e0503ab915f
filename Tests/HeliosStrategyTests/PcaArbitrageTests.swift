// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosSignal
import HeliosStrategy
import Testing

/// Stocks on a common factor with residuals that revert, sampled each second.
private struct FactorMarket {
    let count: Int
    var random: SeededRandom
    var level = 0.0
    var residuals: [Double]
    var loadings: [Double]

    init(_ count: Int, seed: UInt64) {
        self.count = count
        random = SeededRandom(seed: seed)
        residuals = Array(repeating: 0, count: count)
        loadings = (0..<count).map { 0.7 + 0.6 * Double($0) / Double(count) }
    }

    mutating func step() -> [Double] {
        level += 0.004 * random.gaussian()
        return (0..<count).map { stock in
            residuals[stock] = 0.8 * residuals[stock] + 0.002 * random.gaussian()
            let price = 50 * DeterministicMath.exp(loadings[stock] * level + residuals[stock])
            return (price * 1e6).rounded() / 1e6
        }
    }
}

private func pcaDesk(
    _ count: Int,
    _ change: (inout PcaParameters) -> Void = { _ in }
) throws -> Desk<PcaArbitrage> {
    var parameters = PcaParameters(symbols: (0..<count).compactMap { Symbol("S\($0)") })
    parameters.hours.firstEntry = 0
    parameters.hours.lastEntry = 3_600_000_000_000
    parameters.hours.flattenAt = 3_600_000_000_000
    parameters.sampleInterval = 1_000_000_000
    parameters.window = 40
    parameters.factors = 1
    parameters.notional = Money(5_000)
    change(&parameters)
    var directory = InstrumentDirectory()
    let strategy = PcaArbitrage(parameters, instruments: &directory, midnight: .zero)
    return try Desk(strategy, instruments: UInt32(count))
}

extension Desk where S == PcaArbitrage {
    /// Shows prices and lets a sample and its whole fit pass.
    fileprivate mutating func sample(_ prices: [Double]) {
        for (stock, price) in prices.enumerated() { quote(Instrument(id: UInt32(stock)), mid: price, spread: 0.000002) }
        ticks(10)
    }
}

@Suite("Statistical arbitrage by principal components")
struct PcaArbitrageTests {
    @Test func `scores are those of the decomposition and the regression, although found in small steps`() throws {
        let count = 10
        var desk = try pcaDesk(count) {
            $0.steps = 60
            $0.sampleInterval = 7_000_000_000
        }
        var market = FactorMarket(count, seed: 5)
        var returns: [[Double]] = Array(repeating: [], count: count)
        var last: [Double] = []
        for _ in 0..<90 {
            let prices = market.step()
            desk.sample(prices)
            desk.ticks(60)
            if !last.isEmpty { for stock in 0..<count { returns[stock].append(prices[stock] / last[stock] - 1) } }
            last = prices
        }
        let expectations = try pcaScores(returns.map { Array($0.suffix(40)) }, factors: 1)
        var compared = 0
        for stock in 0..<count {
            guard let expected = expectations[stock], let found = desk.strategy.score(of: stock) else {
                #expect(expectations[stock] == nil && desk.strategy.score(of: stock) == nil)
                continue
            }
            #expect(abs(found - expected) < 1e-6, "\(stock)")
            compared += 1
        }
        #expect(compared > 5)
        #expect(desk.strategy.counters.fits > 40)
    }

    /// By the whole decomposition and by QR.
    private func pcaScores(_ window: [[Double]], factors: Int) throws -> [Double?] {
        guard case .defined(let components) = PcaFactors.fit(window, choice: .count(factors)),
            case .defined(let moves) = components.returns(of: window)
        else { throw Missing() }
        return window.map { series in
            guard case .defined(let score) = ResidualScore.fit(series, factors: moves) else { return nil }
            return score.score
        }
    }

    private struct Missing: Error {}

    @Test func `residuals are bought and sold against the market, which all of them together are not exposed to`()
        throws
    {
        let count = 12
        var desk = try pcaDesk(count) { $0.band = 0 }
        var market = FactorMarket(count, seed: 9)
        var worst = 0.0
        var traded = 0
        for _ in 0..<400 {
            let prices = market.step()
            desk.sample(prices)
            let values = (0..<count).map { desk.strategy.position(of: $0).value * prices[$0] }
            let gross = values.reduce(0) { $0 + $1.magnitude }
            guard gross > 5_000 else { continue }
            traded += 1
            let exposure = zip(values, market.loadings).reduce(0) { $0 + $1.0 * $1.1 }
            worst = max(worst, exposure.magnitude / gross)
        }
        #expect(traded > 100 && desk.strategy.counters.exits > 20)
        #expect(worst < 0.35, "\(worst)")
    }

    @Test func `between samples nothing is decided, and small changes of hedges are let go`() throws {
        var market = FactorMarket(12, seed: 9)
        var tight = try pcaDesk(12) { $0.band = 0 }
        var wide = try pcaDesk(12) { $0.band = 0.5 }
        for _ in 0..<200 {
            let prices = market.step()
            tight.sample(prices)
            wide.sample(prices)
        }
        #expect(wide.orders.count > 0 && wide.orders.count * 2 < tight.orders.count)
        let before = tight.orders.count
        let prices = market.step()
        for (stock, price) in prices.enumerated() { tight.quote(Instrument(id: UInt32(stock)), mid: price) }
        #expect(tight.orders.count == before)
    }

    @Test func `no more positions than allowed, no leg beyond its limit, flat in the end`() throws {
        var desk = try pcaDesk(12) {
            $0.maxPositions = 3
            $0.positionMax = Quantity(60)
            $0.hours.flattenAt = 150_000_000_000
            $0.hours.lastEntry = 140_000_000_000
        }
        var market = FactorMarket(12, seed: 2)
        var most = 0
        for _ in 0..<145 {
            desk.sample(market.step())
            most = max(most, (0..<12).count { desk.strategy.side(of: $0) != 0 })
            for stock in 0..<12 { #expect(desk.strategy.position(of: stock).magnitude <= Quantity(60)) }
        }
        #expect(most == 3)
        for _ in 0..<10 { desk.sample(market.step()) }
        for stock in 0..<12 { #expect(desk.strategy.position(of: stock) == .zero) }
    }

    @Test func `a halted stock is neither entered nor given up`() throws {
        var desk = try pcaDesk(6)
        var market = FactorMarket(6, seed: 4)
        for _ in 0..<60 { desk.sample(market.step()) }
        let held = desk.strategy.position(of: 2)
        desk.setState(Instrument(id: 2), "H")
        for _ in 0..<30 { desk.sample(market.step()) }
        #expect(desk.strategy.position(of: 2) == held)
    }

    @Test func `values that contradict each other are refused by name`() {
        func refusal(_ given: [(String, ParameterValue)]) -> String {
            let symbols = ParameterValue.symbols((0..<400).compactMap { Symbol("S\($0)") })
            do { _ = try StrategyCatalog.configure("pca", [("symbols", symbols)] + given) } catch { return "\(error)" }
            return ""
        }
        #expect(refusal([]) == "")
        #expect(
            refusal([("window", .integer(10)), ("factors", .integer(6))])
                == "window: expected at least factors + 5 (11)"
        )
        #expect(refusal([("closeLong", .number(2))]).hasPrefix("closeLong: expected a number below openLong"))
        #expect(
            refusal([("sampleInterval", .duration(1_000_000_000))])
                == "sampleInterval: expected at least 5200ms, which a fit takes with so many symbols, or a larger batch"
        )
    }

    @Test func `what was taken back is not built up again before the score was back`() throws {
        let count = 10
        var desk = try pcaDesk(count)
        var market = FactorMarket(count, seed: 3)
        var chosen: Int?
        for _ in 0..<200 where chosen == nil {
            desk.sample(market.step())
            chosen = (0..<count).first { desk.strategy.side(of: $0) != 0 && desk.strategy.position(of: $0).raw != 0 }
        }
        let stock = try #require(chosen)
        let side = desk.strategy.side(of: stock)
        let held = desk.strategy.position(of: stock)
        let order = try #require(desk.orders.last { Int($0.tag.group) == stock })
        desk.reduce(order, Int(held.magnitude.raw / Quantity.scale))
        #expect(desk.strategy.side(of: stock) == 0 && desk.strategy.position(of: stock) == .zero)
        // The same prices once more, and the next ones, until the score is back.
        for _ in 0..<30 {
            desk.sample(market.step())
            guard let score = desk.strategy.score(of: stock), Double(side) * score < -0.75 else { break }
            #expect(desk.strategy.side(of: stock) != side)
            #expect(desk.strategy.position(of: stock) == .zero)
        }
    }

    @Test func `however small the steps of a fit, its scores are the same to the bit, and come later`() throws {
        let count = 12
        var scores: [[UInt64]] = []
        var fits: [Int] = []
        // A step for all, one for each few stocks, and one piece a step.
        for batch in [2_000, 3, 1] {
            var desk = try pcaDesk(count) {
                $0.batch = batch
                $0.factors = 3
                $0.sampleInterval = 30_000_000_000
            }
            var market = FactorMarket(count, seed: 8)
            for _ in 0..<50 {
                for (stock, price) in market.step().enumerated() {
                    desk.quote(Instrument(id: UInt32(stock)), mid: price, spread: 0.000002)
                }
                desk.ticks(300)
            }
            scores.append((0..<count).map { desk.strategy.score(of: $0)?.bitPattern ?? 0 })
            // From one sample to its decision.
            let before = desk.strategy.counters.fits
            var steps = 0
            while desk.strategy.counters.fits == before, steps < 600 {
                desk.ticks(1)
                steps += 1
            }
            fits.append(steps)
        }
        #expect(scores[0].count { $0 != 0 } > 6)
        #expect(scores[1] == scores[0] && scores[2] == scores[0])
        #expect(fits[0] == 2 && fits[1] > fits[0] && fits[2] > 2 * fits[1] && fits[2] < 300, "\(fits)")
    }

    @Test func `the first scores are already those of the decomposition`() throws {
        let count = 10
        var desk = try pcaDesk(count) { $0.factors = 2 }
        var market = FactorMarket(count, seed: 12)
        var returns: [[Double]] = Array(repeating: [0], count: count)
        var last: [Double] = []
        while desk.strategy.counters.fits == 0 {
            let prices = market.step()
            desk.sample(prices)
            if !last.isEmpty { for stock in 0..<count { returns[stock].append(prices[stock] / last[stock] - 1) } }
            last = prices
        }
        let expectations = try pcaScores(returns.map { Array($0.suffix(40)) }, factors: 2)
        var worst = 0.0
        for stock in 0..<count {
            guard let expected = expectations[stock], let found = desk.strategy.score(of: stock) else { continue }
            worst = max(worst, abs(found - expected))
        }
        #expect(worst < 0.05, "\(worst)")
    }
}
