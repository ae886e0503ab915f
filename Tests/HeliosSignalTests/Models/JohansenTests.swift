// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal
import Testing

@Suite struct JohansenTests {
    @Test func `D1 has one relation, as known`() throws {
        let series = seriesD1()
        let found = try #require(Johansen.test([series.map(\.y), series.map(\.x)], lags: 1).value)
        #expect(found.observations == 498)
        #expect(isClose(found.eigenvalues[0], 0.05566459, 1e-7) && isClose(found.eigenvalues[1], 0.00363119, 2e-6))
        #expect(isClose(found.trace[0], 30.33400987, 1e-9) && isClose(found.trace[1], 1.81162477, 1e-8))
        #expect(isClose(found.largest[0], 28.5223851, 1e-9) && isClose(found.largest[1], 1.81162477, 1e-8))
        let vector = found.vectors.column(0)
        #expect(vector[0] > 0 && isClose(vector[1] / vector[0], -1.485453, 1e-6))
        #expect(found.rank(at: .five) == 1 && found.rank(at: .one) == 1)
        #expect(found.traceCriticalValues(at: .five) == [15.4943, 3.8415])
        #expect(found.largestCriticalValues(at: .one) == [18.52, 6.6349])
    }

    @Test func `D1n has none`() throws {
        let series = seriesD1n()
        let found = try #require(Johansen.test([series.y, series.x], lags: 1).value)
        #expect(isClose(found.trace[0], 10.25456412, 1e-9) && isClose(found.trace[1], 1.38527944, 1e-8))
        #expect(found.rank(at: .five) == 0)
    }

    @Test(arguments: DeterministicTerms.allCases, 0...3)
    func `units and, with a constant, levels change no eigenvalue`(terms: DeterministicTerms, lags: Int) throws {
        let series = seriesD1()
        let (y, x) = (series.map(\.y), series.map(\.x))
        let plain = try #require(Johansen.test([y, x], lags: lags, terms: terms).value)
        let shift = terms == .none ? 0 : 512.0
        let other = Johansen.test([x.map { 4 * $0 + shift }, y.map { -0.5 * $0 }], lags: lags, terms: terms)
        let found = try #require(other.value)
        for (value, expected) in zip(found.trace, plain.trace) { #expect(isClose(value, expected, 1e-8)) }
        // The weights hedge the same combination.
        let (own, turned) = (plain.vectors.column(0), found.vectors.column(0))
        #expect(isClose((turned[1] * -0.5) / (turned[0] * 4), own[0] / own[1], 1e-8))
    }

    @Test func `what has no analysis says why`() {
        let series = seriesD1n()
        #expect(Johansen.test([], lags: 1).reason == .parameterOutOfRange)
        #expect(Johansen.test([series.y, series.x], lags: -1).reason == .parameterOutOfRange)
        #expect(Johansen.test([series.y, Array(series.x.dropLast())], lags: 1).reason == .unequalLengths)
        #expect(Johansen.test([[1, 2, 3, 4], [2, 1, 3, 5]], lags: 1).reason == .tooFewValues)
        #expect(Johansen.test([series.y, series.x], lags: 5_000).reason == .tooFewValues)
        #expect(Johansen.test([series.y, series.y.map { 2 * $0 + 1 }], lags: 1).reason == .collinear)
        #expect(Johansen.test([series.y, [Double](repeating: 3, count: 500)], lags: 1).reason == .noVariance)
        #expect(Johansen.test([series.y, series.x.map { $0 > 102 ? .nan : $0 }], lags: 1).reason == .notFinite)
    }
}

@Suite struct JohansenWithoutLagsTests {
    /// Without lags and terms the regression is of X(t) − X(t−1) on X(t−1): its R² for one series, worked out by hand.
    @Test func `without lags the level is the one before the change`() throws {
        let x = seriesD1().map(\.x).map { $0 - 100 }
        let steps = x.count - 1
        var (cross, levels, changes) = (0.0, 0.0, 0.0)
        for t in 1...steps {
            cross += (x[t] - x[t - 1]) * x[t - 1]
            levels += x[t - 1] * x[t - 1]
            changes += (x[t] - x[t - 1]) * (x[t] - x[t - 1])
        }
        let result = try #require(Johansen.test([x], lags: 0, terms: .none).value)
        #expect(isClose(result.eigenvalues[0], cross * cross / (levels * changes), 1e-9))
    }
}
