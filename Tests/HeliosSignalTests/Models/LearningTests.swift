// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal
import Testing

@Suite struct RecursiveLeastSquaresTests {
    @Test func `the known coefficients`() {
        var random = SeededRandom(seed: 90)
        var model = RecursiveLeastSquares(features: 2)
        for _ in 0..<100 {
            let a = random.gaussian()
            let y = 2 + 0.5 * a + 0.1 * random.gaussian()
            let features = [1, a]
            model.update(features.span, y)
        }
        #expect(isClose(model[0], 1.9994924455, 1e-10) && isClose(model[1], 0.5003465116, 1e-9))
        #expect(model.count == 100)
        let features = [1.0, 2.0]
        #expect(isClose(model.prediction(features.span), 1.9994924455 + 2 * 0.5003465116, 1e-9))
    }

    @Test(arguments: [1, 3, 8]) func `without forgetting it is the regression of all observations`(count: Int) throws {
        var random = SeededRandom(seed: UInt64(count))
        var model = RecursiveLeastSquares(features: count, forgetting: 1, priorVariance: 1e9)
        var columns = [[Double]](repeating: [], count: count)
        var targets: [Double] = []
        for _ in 0..<200 {
            let features = (0..<count).map { _ in random.gaussian() }
            let target = features.enumerated().reduce(random.gaussian()) { $0 + Double($1.offset) * $1.element }
            for index in 0..<count { columns[index].append(features[index]) }
            targets.append(target)
            model.update(features.span, target)
        }
        let fit = try #require(QRFactor(Matrix(columns: columns))?.solve(targets))
        for index in 0..<count { #expect((model[index] - fit.coefficients[index]).magnitude < 1e-7) }
    }

    @Test func `it follows coefficients that change`() {
        var random = SeededRandom(seed: 3)
        var model = RecursiveLeastSquares(features: 1, forgetting: 0.95)
        for step in 0..<600 {
            let features = [random.gaussian()]
            model.update(features.span, (step < 300 ? 1 : -4) * features[0] + 0.01 * random.gaussian())
        }
        #expect((model[0] + 4).magnitude < 0.02)
    }

    @Test func `what is not finite or of another length changes nothing`() {
        var model = RecursiveLeastSquares(features: 2)
        let good = [1.0, 2.0]
        model.update(good.span, 3)
        let before = (model[0], model[1])
        for bad in [[1.0], [.nan, 1], [1, .infinity], [1e300, 1e300]] {
            let error = model.update(bad.span, 1)
            #expect(error == nil)
        }
        let unknown = model.update(good.span, .nan)
        #expect(unknown == nil)
        #expect(model[0] == before.0 && model[1] == before.1 && model.count == 1)
    }

    @Test func `silence does not wind up its uncertainty`() {
        var model = RecursiveLeastSquares(features: 2, forgetting: 0.9)
        let silent = [1.0, 0.0]
        for _ in 0..<50_000 { model.update(silent.span, 1) }
        #expect(model.count == 50_000)
        let loud = [1.0, 1.0]
        for _ in 0..<200 { model.update(loud.span, 3) }
        #expect(isClose(model[0] + model[1], 3, 1e-6))
    }
}

@Suite struct SilentFeatureTests {
    @Test func `a feature that says nothing does not stop the others from forgetting`() {
        var with = RecursiveLeastSquares(features: 2, forgetting: 0.99)
        var without = RecursiveLeastSquares(features: 1, forgetting: 0.99)
        var random = SeededRandom(seed: 5)
        for step in 0..<5_300 {
            let x = random.gaussian()
            let target = (step < 5_000 ? 1 : -4) * x
            let (two, one) = ([x, 0], [x])
            with.update(two.span, target)
            without.update(one.span, target)
        }
        #expect(isClose(with[0], without[0], 1e-6))
        #expect(with[0] < -3)
    }

    @Test func `a prior is taken up again after a failed restore`() {
        var fresh = RecursiveLeastSquares(features: 1, priorVariance: 0.1)
        var damaged = RecursiveLeastSquares(features: 1, priorVariance: 0.1)
        let bytes: [UInt8] = [1, 2, 3]
        bytes.withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            #expect(throws: StateError.self) { try damaged.restore(from: &reader) }
        }
        let one = [1.0]
        fresh.update(one.span, 3)
        damaged.update(one.span, 3)
        #expect(fresh[0] == damaged[0])
    }
}

@Suite struct DriftTests {
    @Test func `the known stability index`() throws {
        let expected = [Double](repeating: 0.1, count: 10)
        let actual = [0.08, 0.09, 0.10, 0.11, 0.10, 0.12, 0.13, 0.09, 0.10, 0.08]
        let index = try #require(PopulationStability.index(expected: expected, actual: actual).value)
        #expect(isClose(index, 0.023503413233671992) && index < PopulationStability.alertLevel)
        #expect(PopulationStability.index(expected: actual, actual: actual).value == 0)
        #expect(PopulationStability.index(expected: [1], actual: [1]).reason == .tooFewValues)
        #expect(PopulationStability.index(expected: expected, actual: [1]).reason == .unequalLengths)
        #expect(PopulationStability.index(expected: [0.5, 0.6], actual: [0.5, 0.5]).reason == .parameterOutOfRange)
        #expect(PopulationStability.index(expected: [0.5, 0.5], actual: [.nan, 1]).reason == .parameterOutOfRange)
    }

    @Test func `more bins than the sample can fill are refused`() {
        guard PopulationStability(reference: [1, 2], bins: .max, capacity: 5) == nil else {
            Issue.record("a window of more bins than values")
            return
        }
    }

    @Test func `a window's index is that of its shares`() {
        let shares = [0.08, 0.09, 0.10, 0.11, 0.10, 0.12, 0.13, 0.09, 0.10, 0.08]
        let made = PopulationStability(
            edges: (1..<10).map(Double.init),
            expected: [Double](repeating: 0.1, count: 10),
            capacity: 100
        )
        guard var window = made else {
            Issue.record("no window")
            return
        }
        // Two thousand others first: they leave no trace.
        for step in 0..<2_000 { window.push(Double(step % 3)) }
        for (bin, share) in shares.enumerated() {
            for _ in 0..<Int((share * 100).rounded()) { window.push(Double(bin) + 0.5) }
        }
        #expect(isClose(window.index, 0.023503413233671992) && window.count == 100)
        let isTaken = window.push(.nan)
        #expect(!isTaken && window.refused == 1)
        let areTaken = [window.push(.infinity), window.push(-.infinity)]
        #expect(areTaken == [true, true])
    }

    @Test func `the same population is stable, a moved one is not`() {
        var random = SeededRandom(seed: 17)
        let reference = (0..<5_000).map { _ in random.gaussian() }
        guard var window = PopulationStability(reference: reference, capacity: 1_000) else {
            Issue.record("no window")
            return
        }
        for _ in 0..<999 { window.push(random.gaussian()) }
        #expect(window.index == nil)
        window.push(random.gaussian())
        let calm = window.index ?? .infinity
        #expect(calm < 0.03)
        for _ in 0..<1_000 { window.push(0.8 + random.gaussian()) }
        let moved = window.index ?? 0
        #expect(moved > PopulationStability.stopLevel)
    }

    @Test func `a reference with many equal values has fewer bins, one without variety none`() {
        let ties = [Double](repeating: 0, count: 60) + (1...40).map(Double.init)
        let isMade = PopulationStability(reference: ties, capacity: 50) != nil
        #expect(isMade)
        let isFlat = PopulationStability(reference: [Double](repeating: 2, count: 90), capacity: 50) == nil
        #expect(isFlat)
        let isShort = PopulationStability(reference: [1, 2, 3], capacity: 50) == nil
        #expect(isShort)
        let isFalling = PopulationStability(edges: [2, 1], expected: [0.3, 0.3, 0.4], capacity: 50) == nil
        #expect(isFalling)
    }

    @Test func `the known alarm`() throws {
        var random = SeededRandom(seed: 21)
        var detector = PageHinkley(tolerance: 0.2, threshold: 20)
        var alarm: (count: Int, statistic: Double)?
        for step in 0..<300 {
            let value = random.gaussian() + (step < 200 ? 0 : 1)
            if detector.update(value), alarm == nil { alarm = (detector.count, detector.statistic) }
        }
        #expect(alarm?.count == 217 && isClose(alarm?.statistic, 20.54687283679587))
        detector.reset()
        #expect(!detector.isAlarm && detector.count == 0 && detector.statistic == 0)
    }

    @Test func `what is not finite raises no alarm and hides none`() {
        var detector = PageHinkley(tolerance: 0, threshold: 1)
        for value in [0.0, 0, .nan, 0, .infinity] {
            let isAlarm = detector.update(value)
            #expect(!isAlarm)
        }
        #expect(detector.refused == 2 && detector.count == 3)
        let alarms = [detector.update(10), detector.update(.nan)]
        #expect(alarms == [true, true] && detector.isAlarm)
    }
}

@Suite struct TripleBarrierTests {
    private let barrier = TripleBarrier(profit: 2, stop: 1, horizon: 5)

    @Test func `the known label`() {
        let label = barrier.label([100, 100.4, 100.9, 101.2, 100.7, 99.8], start: 0, deviation: 0.005).value
        #expect(label?.direction == 1 && label?.end == 3 && isClose(label?.move, 0.012, 1e-12))
    }

    @Test func `the loss, and the sign at the horizon`() {
        let loss = barrier.label([100, 100.4, 99.4, 102, 102, 102], start: 0, deviation: 0.005).value
        #expect(loss?.direction == -1 && loss?.end == 2)
        let calm = barrier.label([1, 100, 100.1, 100, 99.9, 99.8, 99.7, 200], start: 1, deviation: 0.005).value
        #expect(calm?.direction == -1 && calm?.end == 6)
        let still = barrier.label([Double](repeating: 100, count: 6), start: 0, deviation: 0.005).value
        #expect(still?.direction == 0 && still?.move == 0)
    }

    @Test func `a position that the series does not close has no label`() {
        #expect(barrier.label([100, 100.1, 100.2], start: 0, deviation: 0.005).reason == .tooFewValues)
        #expect(barrier.label([100, 102], start: 0, deviation: 0.005).value?.direction == 1)
        #expect(barrier.label([100], start: 1, deviation: 0.005).reason == .tooFewValues)
        #expect(barrier.label([100, 101], start: 0, deviation: 0).reason == .parameterOutOfRange)
        #expect(barrier.label([100, .nan], start: 0, deviation: 0.005).reason == .notFinite)
        #expect(barrier.label([-3, 1], start: 0, deviation: 0.005).reason == .notFinite)
        let endless = TripleBarrier(profit: 2, stop: 1, horizon: .max)
        #expect(endless.label([100, 100.1], start: 0, deviation: 0.005).reason == .tooFewValues)
    }

    @Test func `weights are one over the labels alive, averaged`() throws {
        func label(_ start: Int, _ end: Int) -> TripleBarrier.Label {
            .init(direction: 1, start: start, end: end, move: 0)
        }
        let labels = [label(0, 3), label(2, 4), label(10, 10)]
        let weights = try #require(TripleBarrier.averageUniqueness(labels).value)
        // Alive at 0 to 4: 1, 1, 2, 2, 1.
        #expect(isClose(weights[0], 0.75, 1e-14) && isClose(weights[1], 2.0 / 3, 1e-14) && weights[2] == 1)
        #expect(TripleBarrier.averageUniqueness([label(3, 2)]).reason == .parameterOutOfRange)
        #expect(TripleBarrier.averageUniqueness([]).value == [])
    }

    @Test func `weights equal a count step by step`() throws {
        var random = SeededRandom(seed: 2)
        let labels = (0..<200).map { _ in
            let start = Int(random.uniform() * 300)
            return TripleBarrier.Label(direction: 0, start: start, end: start + Int(random.uniform() * 20), move: 0)
        }
        var living = [Int](repeating: 0, count: 400)
        for label in labels { for step in label.start...label.end { living[step] += 1 } }
        let weights = try #require(TripleBarrier.averageUniqueness(labels).value)
        for (label, weight) in zip(labels, weights) {
            let sum = (label.start...label.end).reduce(0.0) { $0 + 1 / Double(living[$1]) }
            #expect(isClose(weight, sum / Double(label.end - label.start + 1), 1e-11))
        }
    }
}
