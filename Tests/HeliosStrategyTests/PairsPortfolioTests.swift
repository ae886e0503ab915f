// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosMath
import HeliosSignal
import HeliosStrategy
import Testing

@Suite struct PairsPortfolioTests {
    private let legs: [(y: Int, x: Int)] = [(0, 1), (2, 1), (0, 3), (4, 5), (5, 2), (3, 4), (1, 5)]

    private func parameters() throws -> PairsParameters {
        let names = try legs.map { try #require(PairName("I\($0.y)~I\($0.x)")) }
        var parameters = PairsParameters(pairs: names)
        parameters.sampleInterval = 300_000_000
        parameters.hedgeWindow = 50
        parameters.zWindow = 30
        parameters.warmUp = 50
        parameters.refitEvery = 1
        parameters.minHalfLife = 0
        parameters.maxHalfLife = 3_000_000_000
        parameters.feePerShare = Price(raw: 10_000)
        parameters.notional = Money(100_000)
        parameters.firstEntry = 0
        return parameters
    }

    /// Instruments that follow one factor, each with a reverting part of its own; every quote goes to both traders.
    private func run(seed: UInt64, ticks: Int) throws -> (acts: [String], expected: [NaivePairsTrader.Act]) {
        let parameters = try parameters()
        var directory = InstrumentDirectory()
        for id in 0..<6 { _ = directory.register(try #require(Symbol("I\(id)"))) }
        let strategy = PairsStrategy(parameters, instruments: &directory, midnight: .zero)
        var desk = try Desk(strategy, instruments: 6)
        var naive = NaivePairsTrader(parameters, legs: legs, instruments: 6)
        var random = SeededRandom(seed: seed)
        var own = [Double](repeating: 0, count: 6)
        var factor = 0.0
        for tick in 0..<ticks {
            factor += 0.05 * random.gaussian()
            for _ in 0..<8 {
                let id = tick == 0 ? 0 : Int(random.next() % 6)
                own[id] = 0.8 * own[id] + 0.02 * random.gaussian()
                let ids = tick == 0 ? Array(0..<6) : [id]
                for id in ids {
                    let mid = 40 + 10 * Double(id) + factor * (1 + 0.2 * Double(id)) + own[id]
                    let instrument = Instrument(id: UInt32(id))
                    desk.quote(instrument, mid: mid, spread: 0.001)
                    let shown = desk.market.quote(instrument)
                    naive.quote(id, mid: shown.mid.value, spread: shown.spread.value, at: desk.market.now.nanoseconds)
                }
            }
            desk.tick()
            naive.tick(at: desk.market.now.nanoseconds)
        }
        let counters = desk.strategy.counters
        #expect(counters.entries == naive.acts.filter { $0.what == "buy" || $0.what == "sell" }.count)
        #expect(counters.targets == naive.acts.filter { $0.what == "target" }.count)
        #expect(counters.stops == naive.acts.filter { $0.what == "stop" }.count)
        #expect(counters.timeStops == naive.acts.filter { $0.what == "time stop" }.count)
        let acts = desk.seen.filter { $0.leg == 0 }.map { "\($0.time) \($0.group)" }
        return (acts, naive.acts)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `many pairs with common instruments trade as a trader who computes everything anew`(seed: UInt64) throws {
        let result = try run(seed: seed, ticks: 3_000)
        #expect(result.acts == result.expected.map { "\($0.time) \($0.pair)" })
        #expect(result.expected.count > 100, "too little happened for a comparison: \(result.expected.count)")
    }

    @Test func `the samples are shared out evenly over the ticks`() throws {
        let parameters = try parameters()
        var directory = InstrumentDirectory()
        let strategy = PairsStrategy(parameters, instruments: &directory, midnight: .zero)
        var desk = try Desk(strategy, instruments: 6)
        for id in 0..<6 { desk.quote(Instrument(id: UInt32(id)), mid: 50 + Double(id)) }
        var taken: [Int] = []
        for _ in 0..<6 {
            let before = desk.strategy.counters.samples
            desk.tick()
            taken.append(desk.strategy.counters.samples - before)
        }
        #expect(taken == [2, 2, 3, 2, 2, 3])
    }

    @Test func `the Kalman hedge trades a cointegrated pair and finds its ratio`() throws {
        var parameters = PairsParameters(pairs: [try #require(PairName("Y~X"))])
        parameters.hedge = .kalman
        parameters.sampleInterval = 100_000_000
        parameters.hedgeWindow = 100
        parameters.zWindow = 60
        parameters.warmUp = 100
        parameters.minHalfLife = 0
        parameters.firstEntry = 0
        parameters.kalmanDrift = 1e-9
        var directory = InstrumentDirectory()
        let strategy = PairsStrategy(parameters, instruments: &directory, midnight: .zero)
        var desk = try Desk(strategy, instruments: 2)
        // The series D1 of the formula sheet: beta 1.5, half-life 6.6 steps.
        var random = SeededRandom(seed: 3)
        var (x, spread) = (100.0, 0.0)
        for _ in 0..<500 {
            x += 0.5 * random.gaussian()
            spread = 0.9 * spread + 0.3 * random.gaussian()
            desk.quote(Instrument(id: 1), mid: x)
            desk.quote(Instrument(id: 0), mid: 5 + 1.5 * x + spread)
            desk.tick()
        }
        let counters = desk.strategy.counters
        #expect(counters.entries > 5 && counters.targets > 3 * (counters.stops + counters.timeStops))
        let held = desk.strategy.model(of: 0)
        let beta = try #require(held).beta
        #expect((1.4...1.6).contains(beta))
    }

    @Test func `an instrument without pairs, and one beyond all pairs, are ignored`() throws {
        var directory = InstrumentDirectory()
        for name in ["A", "B", "C"] { _ = directory.register(try #require(Symbol(name))) }
        let parameters = PairsParameters(pairs: [try #require(PairName("A~C"))])
        var desk = try Desk(PairsStrategy(parameters, instruments: &directory, midnight: .zero), instruments: 9)
        desk.quote(Instrument(id: 1), mid: 10)
        desk.quote(Instrument(id: 8), mid: 10)
        desk.tick()
        #expect(desk.orders.isEmpty)
    }
}
