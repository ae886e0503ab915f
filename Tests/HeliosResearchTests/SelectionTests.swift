// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosResearch
import Testing

/// Returns of ten configurations over 160 periods, drawn row by row; configuration 3 earns `edge` a period.
private func configurations(seed: UInt64, edge: Double) -> [[Double]] {
    var random = SeededRandom(seed: seed)
    var series = [[Double]](repeating: [], count: 10)
    for _ in 0..<160 {
        for index in 0..<10 { series[index].append(0.01 * random.gaussian() + (index == 3 ? edge : 0)) }
    }
    return series
}

private func agrees(_ value: Double?, _ expected: Double) -> Bool {
    value.map { ($0 - expected).magnitude <= 1e-9 * max(expected.magnitude, 1e-12) } ?? false
}

@Suite("Guards against selection") struct SelectionTests {
    @Test("the probability of overfitting has its known values")
    func overfitting() throws {
        let real = try #require(BacktestOverfitting.test(configurations(seed: 55, edge: 0.004), blocks: 8).value)
        #expect(agrees(real.probability, 0.04285714285714286) && real.logits.count == 70)
        #expect(real.selections.reduce(0, +) == 70 && real.selections.max() == real.selections[3])
        let luck = try #require(BacktestOverfitting.test(configurations(seed: 56, edge: 0), blocks: 8).value)
        #expect(agrees(luck.probability, 0.6571428571428571))
    }

    @Test("neither units nor the order of configurations change the probability of overfitting")
    func overfittingInvariance() throws {
        let returns = configurations(seed: 55, edge: 0.004)
        let plain = try #require(BacktestOverfitting.test(returns, blocks: 8).value)
        let other = returns.reversed().enumerated().map { index, series in series.map { $0 * Double(1 << index) } }
        #expect(BacktestOverfitting.test(other, blocks: 8).value?.probability == plain.probability)
    }

    @Test("a length that is no multiple of the blocks uses every period")
    func unevenBlocks() throws {
        let returns = configurations(seed: 55, edge: 0.004).map { Array($0.prefix(157)) }
        #expect(BacktestOverfitting.test(returns, blocks: 8).value?.logits.count == 70)
        var other = returns
        other[3][156] = -5
        let changed = BacktestOverfitting.test(other, blocks: 8).value
        #expect(changed != nil && changed != BacktestOverfitting.test(returns, blocks: 8).value)
    }

    @Test("the reality check has its known values")
    func realityCheck() throws {
        let strong = try #require(RealityCheck.test(configurations(seed: 55, edge: 0.004), seed: 66).value)
        #expect(agrees(strong.statistic, 0.048659256736815065) && strong.probability == 0 && strong.best == 3)
        let weak = try #require(RealityCheck.test(configurations(seed: 55, edge: 0.001), seed: 66).value)
        #expect(agrees(weak.statistic, 0.017297491115958668) && agrees(weak.probability, 0.314))
    }

    @Test("returns that are scaled together have the same probability; a copy of a strategy changes nothing")
    func realityCheckInvariance() throws {
        let returns = configurations(seed: 55, edge: 0.001)
        let doubled = RealityCheck.test(returns.map { $0.map { 2 * $0 } }, seed: 66).value
        #expect(doubled?.probability == 0.314)
        #expect(RealityCheck.test(returns + [returns[5]], seed: 66).value?.probability == 0.314)
        #expect(RealityCheck.test(returns, seed: 67).value?.probability != 0.314)
    }

    @Test("purged folds have their known sizes")
    func purgedFolds() throws {
        let folds = try #require(Folds.purged(count: 100, folds: 5, horizon: 3, embargo: 1).value).folds
        #expect(folds.map(\.train.count) == [76, 73, 73, 73, 77])
        #expect(folds.map(\.test) == [0..<20, 20..<40, 40..<60, 60..<80, 80..<100])
        #expect(folds[1].train.contains(16) && !folds[1].train.contains(17))
        #expect(folds[1].train.contains(44) && !folds[1].train.contains(43))
    }

    @Test("every sample is tested once, and no training label touches a test")
    func foldsProperties() throws {
        for (count, number, horizon, embargo) in [(10, 3, 0, 0), (97, 7, 4, 2), (30, 30, 1, 0), (50, 2, 60, 0)] {
            let divided = Folds.purged(count: count, folds: number, horizon: horizon, embargo: embargo)
            let folds = try #require(divided.value).folds
            #expect(folds.flatMap { Array($0.test) } == Array(0..<count))
            for fold in folds {
                let touched = (fold.test.lowerBound - horizon)...(fold.test.upperBound - 1 + horizon + embargo)
                #expect(fold.train == (0..<count).filter { !touched.contains($0) })
            }
        }
    }

    @Test("what has no answer says why")
    func undefined() {
        let returns = configurations(seed: 55, edge: 0)
        #expect(BacktestOverfitting.test(returns, blocks: 7).reason == .parameterOutOfRange)
        #expect(BacktestOverfitting.test(returns, blocks: 22).reason == .parameterOutOfRange)
        #expect(BacktestOverfitting.test([returns[0]], blocks: 8).reason == .tooFewValues)
        #expect(BacktestOverfitting.test(returns.map { Array($0.prefix(15)) }, blocks: 8).reason == .tooFewValues)
        #expect(BacktestOverfitting.test(returns + [[0.1]], blocks: 8).reason == .unequalLengths)
        var broken = returns
        broken[2][7] = .nan
        #expect(BacktestOverfitting.test(broken, blocks: 8).reason == .notFinite)
        #expect(RealityCheck.test(broken, seed: 1).reason == .notFinite)
        let flat = [[Double](repeating: 0.01, count: 160)]
        #expect(BacktestOverfitting.test(returns + flat, blocks: 8).reason == .noVariance)
        #expect(RealityCheck.test(flat, seed: 1).reason == .noVariance)
        #expect(RealityCheck.test([], seed: 1).reason == .tooFewValues)
        #expect(RealityCheck.test(returns, draws: 0, seed: 1).reason == .parameterOutOfRange)
        #expect(RealityCheck.test(returns, seed: 1, restart: 0).reason == .parameterOutOfRange)
        #expect(Folds.purged(count: 4, folds: 5, horizon: 0).reason == .tooFewValues)
        #expect(Folds.purged(count: 40, folds: 1, horizon: 0).reason == .parameterOutOfRange)
        #expect(Folds.purged(count: 40, folds: 5, horizon: -1).reason == .parameterOutOfRange)
    }
}
