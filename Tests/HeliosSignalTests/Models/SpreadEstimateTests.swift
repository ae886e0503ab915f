// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal
import Testing

/// y = 3 + 1.3 x + s with a walk x and a reverting s, as seen through averages and noise.
private struct SpreadStory {
    var halfLife = 20.0
    var count = 400
    /// Steps of the fine path that are averaged into one value.
    var average = 1
    /// Deviation of the noise on both prices, in deviations of the spread.
    var noise = 0.0

    func series(seed: UInt64) -> (y: [Double], x: [Double]) {
        var random = SeededRandom(seed: seed)
        let phi = DeterministicMath.exp(-0.6931471805599453 / (halfLife * Double(average)))
        let shock = (1 - phi * phi).squareRoot()
        var (level, spread) = (100.0, random.gaussian())
        var (y, x): ([Double], [Double]) = ([], [])
        for _ in 0..<count {
            var (sumY, sumX) = (0.0, 0.0)
            for _ in 0..<average {
                level += 0.4 * random.gaussian() / Double(average).squareRoot()
                spread = phi * spread + shock * random.gaussian()
                sumX += level
                sumY += 3 + 1.3 * level + spread
            }
            x.append(sumX / Double(average) + noise * random.gaussian())
            y.append(sumY / Double(average) + noise * random.gaussian())
        }
        return (y, x)
    }
}

@Suite("Hedge ratio and half-life with their ranges") struct SpreadEstimateTests {
    /// The deviation of a share of 300 around 0.95 is 0.0126: these bounds are three of them.
    private let nominal = 0.912...0.988

    private func coverage(_ story: SpreadStory, seed: UInt64) throws -> (beta: Double, halfLife: Double, middle: Double)
    {
        var (betas, halfLives) = (0, 0)
        var ratios: [Double] = []
        for run in 0..<300 {
            let (y, x) = story.series(seed: seed &+ UInt64(run) &* 7_919)
            let estimate = try #require(SpreadEstimate.fit(y: y, x: x).value)
            if estimate.beta.contains(1.3) { betas += 1 }
            if estimate.halfLife.contains(story.halfLife) { halfLives += 1 }
            ratios.append(estimate.halfLife.value / story.halfLife)
        }
        return (Double(betas) / 300, Double(halfLives) / 300, ratios.sorted()[150])
    }

    @Test("the ranges hold the truth as often as they say")
    func plain() throws {
        for (halfLife, seed) in [(5.0, 1), (20, 2), (60, 3)] as [(Double, UInt64)] {
            let found = try coverage(SpreadStory(halfLife: halfLife), seed: seed)
            #expect(nominal.contains(found.beta), "beta at \(halfLife): \(found.beta)")
            #expect(nominal.contains(found.halfLife), "half-life at \(halfLife): \(found.halfLife)")
            #expect((0.7...1.3).contains(found.middle), "middle at \(halfLife): \(found.middle)")
        }
    }

    @Test("of averages too, which a fit of an AR(1) calls too slow")
    func averages() throws {
        let found = try coverage(SpreadStory(halfLife: 8, average: 10), seed: 4)
        #expect(nominal.contains(found.beta) && nominal.contains(found.halfLife), "\(found)")
        #expect((0.8...1.25).contains(found.middle))
    }

    @Test("of noisy prices too, which a fit of an AR(1) calls too quick")
    func noise() throws {
        let found = try coverage(SpreadStory(halfLife: 20, noise: 0.3), seed: 5)
        #expect(nominal.contains(found.beta) && nominal.contains(found.halfLife), "\(found)")
        #expect((0.7...1.4).contains(found.middle))
    }

    /// Generalised least squares with the covariance matrix written out.
    @Test("beta is the generalised least squares estimate of its process")
    func dense() throws {
        let (y, x) = SpreadStory(halfLife: 6, count: 60, noise: 0.2).series(seed: 9)
        let estimate = try #require(SpreadEstimate.fit(y: y, x: x).value)
        let phi = DeterministicMath.exp(-0.6931471805599453 / estimate.halfLife.value)
        let theta = estimate.movingAverage
        let rows = Array(3..<58)
        var covariance = Matrix(rows: rows.count, columns: rows.count)
        let level = (1 + 2 * phi * theta + theta * theta) / (1 - phi * phi)
        let first = (phi + theta) * (1 + phi * theta) / (1 - phi * phi)
        for i in rows.indices {
            for j in rows.indices {
                let lag = (i - j).magnitude
                covariance[i, j] =
                    lag == 0 ? level : first * (1..<max(Int(lag), 1)).reduce(1.0) { power, _ in power * phi }
            }
        }
        let design = Matrix(
            columns: (-2...2).map { lead in rows.map { x[$0 + lead] - x[$0 + lead - 1] } }
                + [rows.map { _ in 1.0 }, rows.map { x[$0] - 100 }]
        )
        let target = Matrix(columns: [rows.map { y[$0] }])
        let cholesky = try #require(Cholesky(covariance))
        let solved = cholesky.solve(design)
        let normal = try #require(Cholesky(design.transposed * solved))
        let coefficients = normal.solve(solved.transposed * target)
        #expect((coefficients[6, 0] - estimate.beta.value).magnitude < 1e-7)
    }

    @Test("without reversion the half-life has no upper end")
    func walk() throws {
        var random = SeededRandom(seed: 11)
        var (a, b) = (50.0, 80.0)
        var (y, x): ([Double], [Double]) = ([], [])
        for _ in 0..<300 {
            a += random.gaussian()
            b += random.gaussian()
            y.append(a)
            x.append(b)
        }
        #expect(try #require(SpreadEstimate.fit(y: y, x: x).value).halfLife.high == .infinity)
    }

    @Test("what it can't estimate it says")
    func refusals() {
        let x = (0..<40).map { Double($0 % 7) }
        #expect(SpreadEstimate.fit(y: Array(x.prefix(20)), x: Array(x.prefix(20))).reason == .tooFewValues)
        #expect(SpreadEstimate.fit(y: x, x: Array(x.dropLast())).reason == .unequalLengths)
        #expect(SpreadEstimate.fit(y: x, x: x.map { _ in 4 }).reason == .noVariance)
        #expect(SpreadEstimate.fit(y: x, x: x.dropLast() + [.nan]).reason == .notFinite)
        #expect(SpreadEstimate.fit(y: x, x: x, confidence: 1).reason == .parameterOutOfRange)
        #expect(SpreadEstimate.fit(y: x.map { 2 * $0 + 1 }, x: x).reason == .collinear)
    }
}
