// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal
import Testing

@Suite struct RegressionTests {
    @Test func `the regression of D1 has its known coefficients`() {
        var regression = RollingRegression(window: 500)
        for point in seriesD1() { regression.push(x: point.x, y: point.y) }
        #expect(regression.count == 500)
        #expect(isClose(regression.fit?.beta, 1.4768577921500783))
        #expect(isClose(regression.fit?.alpha, 7.142290576421843))
        #expect(isClose(regression.fit?.residualDeviation, 0.7102822683628789))
    }

    @Test func `the residuals of D1 revert as known`() throws {
        let series = seriesD1()
        var states = PairStates(pairs: 1, hedgeWindow: 500, spreadWindow: 60)
        for point in series { states.append(0, x: point.x, y: point.y) }
        let fitResult = states.hedge(0)
        let fit = try #require(fitResult)
        var regression = AutoRegression()
        for point in series { regression.add(point.y - fit.alpha - fit.beta * point.x) }
        let process = try #require(regression.fit(step: 1).process)
        #expect(isClose(process.intercept, -8.457937438523418e-05, 1e-7))
        #expect(isClose(process.phi, 0.9002646407675409))
        #expect(isClose(process.kappa, 0.10506651358340431))
        #expect(isClose(process.halfLife, 6.597222625167899))
        #expect(isClose(process.innovationDeviation, 0.3088547324984531))
        #expect(isClose(process.equilibriumDeviation, 0.709451381153588))
        #expect(isClose(process.sigma, 0.3252144222937566))
        let manyResult = states.reversion(0, beta: fit.beta, step: 5).process
        let many = try #require(manyResult)
        #expect(isClose(many.halfLife, 5 * 6.597222625167899))
        #expect(isClose(many.mean, fit.alpha + process.mean, 1e-9))
    }

    @Test func `the z-score of D1 ends as known`() throws {
        let series = seriesD1()
        var score = ZScore(window: 60)
        var states = PairStates(pairs: 1, hedgeWindow: 500, spreadWindow: 60)
        for point in series { states.append(0, x: point.x, y: point.y) }
        let fitResult = states.hedge(0)
        let fit = try #require(fitResult)
        for point in series { score.push(point.y - fit.alpha - fit.beta * point.x) }
        #expect(isClose(score.value, -0.5913381082111482))
        let momentsResult = states.spread(0, beta: fit.beta)
        let moments = try #require(momentsResult)
        #expect(isClose(moments.mean - fit.alpha, 0.5695775677211316))
        #expect(isClose(moments.deviation, 0.6486896182600681))
        let last = series[499]
        #expect(isClose(last.y - fit.alpha - fit.beta * last.x, 0.185982676043011))
        #expect(isClose(moments.zScore(last.y - fit.beta * last.x), -0.5913381082111482))
    }

    @Test func `the Kalman hedge of D1 without a prior has its known path`() throws {
        var filter = KalmanHedge(drift: 1e-4, noise: 1e-3, priorVariance: 0)
        let series = seriesD1()
        let start = filter.update(x: series[0].x, y: series[0].y)
        let first = try #require(start)
        #expect(isClose(filter.beta, 1.54861561, 1e-8))
        #expect(isClose(filter.alpha, 0.01547331, 1e-6))
        #expect(isClose(first.variance, 1.0028611277699617, 1e-12))
        var newest = start
        for point in series.dropFirst() { newest = filter.update(x: point.x, y: point.y) }
        let last = try #require(newest)
        #expect(isClose(filter.beta, 1.5536642, 1e-8))
        #expect(isClose(filter.alpha, 0.01848638, 1e-6))
        #expect(isClose(last.error, -0.3033179617574149, 1e-8))
        #expect(isClose(last.variance, 0.9080439756666007, 1e-8))
    }

    @Test func `the Kalman hedge of D1 with a diffuse prior ends as known`() throws {
        var filter = KalmanHedge()
        var last: KalmanHedge.Innovation?
        for point in seriesD1() { last = filter.update(x: point.x, y: point.y) }
        let innovation = try #require(last)
        #expect(isClose(filter.beta, 1.4747311079, 1e-8))
        #expect(isClose(filter.alpha, 7.5309836281, 1e-8))
        #expect(isClose(innovation.error, -0.2738864190, 1e-8))
        #expect(isClose(innovation.variance.squareRoot(), 0.9535369291, 1e-8))
        #expect(isClose(innovation.zScore, -0.2738864190 / 0.9535369291, 1e-8))
        #expect(filter.count == 500)
    }

    /// With the covariance itself instead of its factors these ended at ratios of tens and hundreds of thousands.
    @Test(
        "large prices, little noise and no drift leave the covariance what it is",
        arguments: [(60_000.0, 1e-4), (10_000, 1e-5), (1e6, 1e-5), (1e8, 1e-3)]
    )
    func largePrices(level: Double, noise: Double) {
        var filter = KalmanHedge(drift: 0, noise: noise)
        var random = SeededRandom(seed: 23)
        var x = level
        for _ in 0..<50_000 {
            x += 1e-4 * level * random.gaussian()
            let innovation = filter.update(x: x, y: 1.5 * x + 3 + 0.01 * random.gaussian())
            guard innovation != nil else {
                Issue.record("refused after \(filter.count) observations")
                return
            }
        }
        #expect((filter.beta - 1.5).magnitude < 1e-4)
        #expect(filter.count == 50_000)
    }

    @Test func `the filter refuses what is not finite and keeps its state`() {
        var filter = KalmanHedge()
        filter.update(x: 1, y: 2)
        let beta = filter.beta
        for (x, y) in [(Double.nan, 1), (1, Double.infinity), (1e200, 1)] {
            let innovation = filter.update(x: x, y: y)
            #expect(innovation == nil)
        }
        #expect(filter.beta == beta && filter.count == 1)
    }

    @Test func `a regression on a constant is undefined`() {
        var regression = RollingRegression(window: 4)
        for y in [1.0, 2, 3, 4] { regression.push(x: 0.1, y: y) }
        #expect(regression.fit == nil)
    }

    @Test func `rounding never passes for variance when x has stopped to move`() {
        var regression = RollingRegression(window: 8)
        for step in 0..<100 { regression.push(x: 1e5 + Double(step) * 0.37, y: Double(step)) }
        for step in 0..<8 { regression.push(x: 0.1, y: Double(step)) }
        #expect(regression.fit == nil)
        regression.push(x: 0.2, y: 9)
        #expect(regression.fit != nil)
    }

    @Test func `two points make no regression, a value that is not finite no sample`() {
        var regression = RollingRegression(window: 5)
        regression.push(x: 1, y: 1)
        regression.push(x: 2, y: 3)
        #expect(regression.fit == nil)
        let isTaken1 = regression.push(x: .nan, y: 1)
        #expect(!isTaken1)
        let isTaken2 = regression.push(x: 1, y: -.infinity)
        #expect(!isTaken2)
        #expect(regression.count == 2)
        regression.push(x: 3, y: 5)
        #expect(regression.fit == HedgeFit(alpha: -1, beta: 2, residualDeviation: 0))
    }
}

@Suite struct AutoRegressionTests {
    private func fit(_ values: [Double]) -> MeanReversion {
        var regression = AutoRegression()
        for value in values { regression.add(value) }
        return regression.fit(step: 1)
    }

    @Test func `a growing series does not revert`() {
        #expect(fit((0..<20).map { DeterministicMath.exp(Double($0) * 0.1) }) == .invalid(.notReverting))
        #expect(fit((0..<20).map { Double($0) }) == .invalid(.notReverting))
    }

    @Test func `a series that jumps from side to side is refused`() {
        #expect(fit((0..<20).map { $0 % 2 == 0 ? 1 : -1.5 + Double($0) * 0.01 }) == .invalid(.oscillating))
    }

    @Test func `constant, short and broken series say why they are invalid`() {
        #expect(fit([3, 3, 3, 3, 3, 3]) == .invalid(.noVariance))
        #expect(fit([1, 2, 1]) == .invalid(.tooFewValues))
        #expect(fit([]) == .invalid(.tooFewValues))
        #expect(fit([1, 2, .nan, 1, 2, 3, 1, 2]) == .invalid(.notFinite))
        #expect(AutoRegression().fit(step: 0) == .invalid(.notFinite))
        #expect(fit([1, 2, 1]).process == nil)
    }

    @Test func `a constant stream has no z-score, nor has an unfilled window`() {
        var score = ZScore(window: 3)
        for _ in 0..<2 { score.push(0.1) }
        #expect(score.value == nil)
        score.push(0.1)
        #expect(score.value == nil)
        score.push(0.4)
        #expect(isClose(score.value, 1.1547005383792517, 1e-12))
        #expect(score.score(of: .nan) == nil)
        let isTaken3 = score.push(.infinity)
        #expect(!isTaken3)
    }
}
