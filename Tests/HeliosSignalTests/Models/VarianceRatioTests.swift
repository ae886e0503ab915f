// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal
import Testing

@Suite struct VarianceRatioTests {
    @Test func `the residuals of D1 have the known ratio`() throws {
        let found = try #require(VarianceRatio.test(residualsD1(), horizon: 5).value)
        #expect(isClose(found.ratio, 0.9796810063281165))
        #expect(found.score < 0 && found.robustScore < 0 && found.probability > 0.5)
    }

    @Test func `a walk's ratio is near one, a trending series' above, a series that comes back's below`() throws {
        var random = SeededRandom(seed: 12)
        let steps = (0..<4_000).map { _ in random.gaussian() }
        var (walk, drift, back) = ([0.0], [0.0], [0.0])
        for (index, step) in steps.enumerated() {
            walk.append(walk[index] + step)
            drift.append(drift[index] + step + (index > 0 ? 0.4 * steps[index - 1] : 0))
            back.append(0.7 * back[index] + step)
        }
        #expect(try #require(VarianceRatio.test(walk, horizon: 8).value).probability > 0.05)
        let rising = try #require(VarianceRatio.test(drift, horizon: 8).value)
        let reverting = try #require(VarianceRatio.test(back, horizon: 8).value)
        #expect(rising.ratio > 1.2 && rising.robustScore > 5 && rising.probability < 1e-6)
        #expect(reverting.ratio < 0.8 && reverting.robustScore < -5)
        let moved = VarianceRatio.test(walk.map { 3 * $0 - 70 }, horizon: 8).value
        #expect(isClose(moved?.ratio, VarianceRatio.test(walk, horizon: 8).value?.ratio ?? 0, 1e-10))
    }

    @Test func `both scores are those of a computation by hand`() throws {
        // Changes 1, −1, 2, 0: mean 1/2; errors ½, −3/2, 3/2, −½; squares ¼, 9/4, 9/4, ¼: 5.
        let found = try #require(VarianceRatio.test([0, 1, 0, 2, 2], horizon: 2).value)
        // Two steps: 0, 1, 2 less 1: squares 1, 0, 1; divisor 2 · 3 · ½ = 3; one step: 5/3.
        #expect(isClose(found.ratio, (2.0 / 3) / (5.0 / 3), 1e-14))
        #expect(isClose(found.score, -0.6 * 2, 1e-14))
        // δ₁ = (9/16 + 81/16 + 9/16) / 25.
        let spread = (99.0 / 16) / 25
        #expect(isClose(found.robustScore, -0.6 / spread.squareRoot(), 1e-14))
    }

    @Test func `what has no ratio says why`() {
        #expect(VarianceRatio.test([1, 2, 1, 2], horizon: 1).reason == .parameterOutOfRange)
        #expect(VarianceRatio.test([1, 2, 1], horizon: 2).reason == .tooFewValues)
        #expect(VarianceRatio.test([1, 2, .nan, 4, 5], horizon: 2).reason == .notFinite)
        #expect(VarianceRatio.test((0..<30).map { 0.1 * Double($0) }, horizon: 2).reason == .noVariance)
        #expect(VarianceRatio.test([Double](repeating: 5, count: 30), horizon: 2).reason == .noVariance)
    }
}
