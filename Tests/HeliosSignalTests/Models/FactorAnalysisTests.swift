// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal
import Testing

@Suite("Factor analysis") struct FactorAnalysisTests {
    /// A market that all share about equally and three sectors, so three directions; the last sixth of the series moves mostly by itself.
    private func series(count: Int, rows: Int, seed: UInt64) -> (series: [[Double]], own: [Double]) {
        var random = SeededRandom(seed: seed)
        let weights = (0..<count).map { index -> [Double] in
            let sector = (0..<3).map { index % 3 == $0 ? 0.9 : 0 }
            return [0.9 + 0.2 * random.uniform()] + sector
        }
        let deviations = (0..<count).map { $0 < count * 5 / 6 ? 0.8 : 2.5 }
        var series = Array(repeating: [Double](), count: count)
        for _ in 0..<rows {
            let factors = (0..<4).map { _ in random.gaussian() }
            for index in 0..<count {
                let common = zip(weights[index], factors).reduce(0) { $0 + $1.0 * $1.1 }
                series[index].append(common + deviations[index] * random.gaussian())
            }
        }
        let own = (0..<count).map { index in
            let squares = deviations[index] * deviations[index]
            return squares / (squares + weights[index].reduce(0) { $0 + $1 * $1 })
        }
        return (series, own)
    }

    @Test("finds how many factors there are, and each series' own share")
    func recovers() throws {
        let (series, own) = series(count: 60, rows: 1_500, seed: 3)
        let found = try #require(FactorAnalysis.fit(series).value)
        #expect(found.count == 3)
        for index in series.indices { #expect((found.own[index] - own[index]).magnitude < 0.08, "\(index)") }
        // What is left of two series has next to nothing in common.
        let (a, b) = (found.residuals[0], found.residuals[3])
        let both = EightLanes.dot(a, b) / (EightLanes.dot(a, a) * EightLanes.dot(b, b)).squareRoot()
        #expect(both.magnitude < 0.1)
    }

    /// At the maximum the model's variances are those of the data: Jöreskog 1967.
    @Test("explained and own variance add up to all of it")
    func stationary() throws {
        let found = try #require(FactorAnalysis.fit(series(count: 30, rows: 800, seed: 4).series, count: 3).value)
        for row in 0..<30 {
            let explained = (0..<3).reduce(0.0) { $0 + found.loadings[row, $1] * found.loadings[row, $1] }
            #expect((explained + found.own[row] - 1).magnitude < 0.02)
        }
    }

    @Test("series without anything in common have no factor")
    func noise() throws {
        var random = SeededRandom(seed: 5)
        let series = (0..<40).map { _ in (0..<1_000).map { _ in random.gaussian() } }
        let found = try #require(FactorAnalysis.fit(series).value)
        #expect(found.count == 0 && found.own.allSatisfy { $0 == 1 })
        #expect(found.residuals.count == 40 && found.residuals[0].count == 1_000)
    }

    @Test("what it can't fit it says")
    func refusals() {
        let good = series(count: 4, rows: 50, seed: 6).series
        #expect(FactorAnalysis.fit([good[0]]).reason == .tooFewValues)
        #expect(FactorAnalysis.fit([good[0], Array(good[1].dropLast())]).reason == .unequalLengths)
        #expect(FactorAnalysis.fit([good[0], good[1].map { _ in 1 }]).reason == .noVariance)
        #expect(FactorAnalysis.fit([good[0], good[1].dropLast() + [.infinity]]).reason == .notFinite)
        #expect(FactorAnalysis.fit(good, count: 2).reason == .parameterOutOfRange)
    }
}
