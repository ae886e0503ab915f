// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal
import Testing

@Suite struct PairStatesTests {
    /// Line and spread moments from scratch, in two passes; shares no code with the rolling ones.
    private struct Oracle {
        var alpha = 0.0
        var beta = 0.0
        var mean = 0.0
        var deviation = 0.0

        init(_ samples: [(x: Double, y: Double)], spreadWindow: Int) {
            let first = samples[0]
            let shifted = samples.map { (x: $0.x - first.x, y: $0.y - first.y) }
            let count = Double(samples.count)
            let meanX = shifted.map(\.x).reduce(0, +) / count
            let meanY = shifted.map(\.y).reduce(0, +) / count
            let products = shifted.map { ($0.x - meanX) * ($0.y - meanY) }.reduce(0, +)
            beta = products / shifted.map { ($0.x - meanX) * ($0.x - meanX) }.reduce(0, +)
            alpha = first.y + meanY - beta * (first.x + meanX)
            let slope = beta
            let spreads = samples.suffix(spreadWindow).map { $0.y - first.y - slope * ($0.x - first.x) }
            let average = spreads.reduce(0, +) / Double(spreads.count)
            mean = average + first.y - beta * first.x
            let squares = spreads.map { ($0 - average) * ($0 - average) }.reduce(0, +)
            deviation = (squares / Double(spreads.count - 1)).squareRoot()
        }
    }

    @Test(
        "a wild sample leaves no trace once both windows have let it go",
        arguments: [2e5, 1e6, 1e7, 1e12, 1e160],
        [0, 30]
    )
    func wild(price: Double, first: Int) throws {
        var states = PairStates(pairs: 1, hedgeWindow: 50, spreadWindow: 20)
        var random = SeededRandom(seed: 5)
        var samples: [(x: Double, y: Double)] = []
        var x = 10.0
        for step in 0..<200 {
            x += 0.02 * random.gaussian()
            let y = 2 * x + 0.01 * random.gaussian()
            let isWild = step == first || step == first + 3
            samples.append(isWild ? (x, price) : (x, y))
            if step == first + 1 { samples[step].x = price }
            states.append(0, x: samples[step].x, y: samples[step].y)
        }
        let oracle = Oracle(samples.suffix(50), spreadWindow: 20)
        let hedge = states.hedge(0)
        let fit = try #require(hedge)
        // A first sample of that size is what all others are relative to: it takes digits, no more.
        let tolerance = first == 0 ? max(1e-9, price * 1e-13) : 1e-9
        guard tolerance < 1e-2 else { return }
        #expect(isClose(fit.beta, oracle.beta, tolerance))
        let spread = states.spread(0, beta: oracle.beta)
        #expect(isClose(try #require(spread).deviation, oracle.deviation, tolerance))
    }

    /// With a rebuild at each of them the samples would take an hour.
    @Test("a side that stands still costs no more than one that moves", .timeLimit(.minutes(10)))
    func still() throws {
        let window = 100_000
        var states = PairStates(pairs: 1, hedgeWindow: window, spreadWindow: window / 2)
        var random = SeededRandom(seed: 3)
        var y = 20.0
        for step in 0..<5 * window {
            y += 0.01 * random.gaussian()
            // Moves, stands still for longer than both windows, moves again.
            states.append(0, x: step < window || step > 4 * window ? 50 + random.gaussian() : 50.1, y: y)
            guard step % 10_007 == 0, step > 2 * window else { continue }
            let fit = states.hedge(0)
            #expect((fit == nil) == (step <= 4 * window))
        }
    }

    /// With a rebuild at each of them the values would take an hour.
    @Test("a price that stands still costs no more than one that moves", .timeLimit(.minutes(10)))
    func stillWindow() {
        var window = RollingWindow(capacity: 200_000)
        for step in 0..<1_000_000 {
            window.push(step < 300_000 ? Double(step % 7) : 1e6 + 0.1)
            if step > 500_000, step % 9_973 == 0 {
                #expect(window.variance == 0 && isClose(window.mean ?? 0, 1e6 + 0.1, 1e-15))
            }
        }
    }

    @Test(arguments: [(10, 4), (50, 50), (97, 31)])
    func `rolling results equal a computation from scratch`(hedgeWindow: Int, spreadWindow: Int) throws {
        var random = SeededRandom(seed: UInt64(hedgeWindow))
        var states = PairStates(pairs: 3, hedgeWindow: hedgeWindow, spreadWindow: spreadWindow)
        var samples: [[(x: Double, y: Double)]] = [[], [], []]
        var levels = [20.0, 1_500, 90_000]
        for step in 0..<9_000 {
            // The pairs take samples at different rates.
            for pair in 0..<3 where step % (pair + 1) == 0 {
                levels[pair] *= 1 + 1e-4 * random.gaussian()
                let y = 3 + 0.7 * levels[pair] * (1 + 1e-4 * random.gaussian())
                states.append(pair, x: levels[pair], y: y)
                samples[pair].append((levels[pair], y))
            }
            guard step % 61 == 0, step > 3 * hedgeWindow else { continue }
            for pair in 0..<3 {
                let oracle = Oracle(samples[pair].suffix(hedgeWindow), spreadWindow: spreadWindow)
                let fitResult = states.hedge(pair)
                let fit = try #require(fitResult)
                #expect(isClose(fit.beta, oracle.beta, 1e-9))
                #expect((fit.alpha - oracle.alpha).magnitude <= 1e-9 * levels[pair])
                let momentsResult = states.spread(pair, beta: oracle.beta)
                let moments = try #require(momentsResult)
                #expect(isClose(moments.deviation, oracle.deviation, 1e-9))
                #expect((moments.mean - oracle.mean).magnitude <= 1e-10 * levels[pair])
            }
        }
        #expect(states.sampleCount(0) == 9_000 && states.sampleCount(2) == 3_000)
    }

    @Test func `a perfect hedge leaves no spread to measure`() {
        var states = PairStates(pairs: 1, hedgeWindow: 20, spreadWindow: 10)
        for step in 0..<40 { states.append(0, x: 100 + Double(step % 7), y: 200 + 2 * Double(step % 7)) }
        #expect(states.hedge(0)?.beta == 2)
        #expect(states.spread(0, beta: 2) == nil)
    }

    @Test func `two sides that stand still have neither hedge nor spread`() {
        var states = PairStates(pairs: 1, hedgeWindow: 20, spreadWindow: 10)
        var random = SeededRandom(seed: 4)
        for _ in 0..<50 { states.append(0, x: random.gaussian(), y: random.gaussian()) }
        for _ in 0..<10 { states.append(0, x: 0.3, y: 0.7) }
        #expect(states.spread(0, beta: 1) == nil)
        for _ in 0..<10 { states.append(0, x: 0.3, y: 0.7) }
        #expect(states.hedge(0) == nil)
        #expect(states.reversion(0, beta: 1, step: 1) == .invalid(.noVariance))
    }

    @Test func `the spread is unknown until its window is full`() {
        var states = PairStates(pairs: 2, hedgeWindow: 20, spreadWindow: 10)
        for step in 0..<9 { states.append(1, x: Double(step % 4), y: Double(step % 3)) }
        #expect(states.spread(1, beta: 0.5) == nil)
        states.append(1, x: 5, y: 1)
        #expect(states.spread(1, beta: 0.5) != nil)
        #expect(states.sampleCount(0) == 0 && states.hedge(0) == nil)
    }

    @Test func `with a minimum count the spread is known as soon as that is reached`() throws {
        var states = PairStates(pairs: 1, hedgeWindow: 20, spreadWindow: 10, minimumCount: 4)
        for step in 0..<3 { states.append(0, x: Double(step % 4), y: Double(step * step)) }
        let early = states.spread(0, beta: 0)
        #expect(early == nil)
        states.append(0, x: 5, y: 9)
        let known = states.spread(0, beta: 0)
        let moments = try #require(known)
        // 0, 1, 4, 9: mean 3.5, squares 49, divisor 3.
        #expect(moments.mean == 3.5 && isClose(moments.deviation, (49.0 / 3).squareRoot(), 1e-14))
    }

    @Test(arguments: [8, 40, 200]) func `the fit of reversion equals one value by value`(window: Int) throws {
        var random = SeededRandom(seed: UInt64(window))
        var states = PairStates(pairs: 1, hedgeWindow: window, spreadWindow: window)
        var spread = 0.0
        var samples: [(x: Double, y: Double)] = []
        for step in 0..<1_000 {
            spread = 0.85 * spread + 0.01 * random.gaussian()
            let x = 300 + 0.2 * random.gaussian()
            samples.append((x, 40 + 0.5 * x + spread))
            states.append(0, x: x, y: 40 + 0.5 * x + spread)
            guard step % 13 == 0 else { continue }
            var regression = AutoRegression()
            for sample in samples.suffix(window) { regression.add(sample.y - 0.5 * sample.x - 40) }
            let expected = regression.fit(step: 5)
            let found = states.reversion(0, beta: 0.5, step: 5)
            guard case .reverting(let process) = expected else {
                #expect(found == expected)
                continue
            }
            let fitted = try #require(found.process)
            #expect(isClose(fitted.phi, process.phi, 1e-7) && isClose(fitted.halfLife, process.halfLife, 1e-6))
            #expect(isClose(fitted.equilibriumDeviation, process.equilibriumDeviation, 1e-6))
            #expect(isClose(fitted.mean, process.mean + 40, 1e-8))
        }
    }

    @Test func `samples that are not finite are refused and change nothing`() {
        var states = PairStates(pairs: 1, hedgeWindow: 5, spreadWindow: 3)
        for step in 0..<6 { states.append(0, x: Double(step * step), y: Double(step)) }
        let before = states.hedge(0)
        let isTaken1 = states.append(0, x: .nan, y: 1)
        #expect(!isTaken1)
        let isTaken2 = states.append(0, x: 1, y: .infinity)
        #expect(!isTaken2)
        #expect(states.hedge(0) == before && states.sampleCount(0) == 6)
    }
}
