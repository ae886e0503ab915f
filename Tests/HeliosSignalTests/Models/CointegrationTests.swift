// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal
import Testing

/// Two walks that know nothing of one another: 500 points from seed 5.
func seriesD1n() -> (x: [Double], y: [Double]) {
    var random = SeededRandom(seed: 5)
    var (x, y) = (100.0, 50.0)
    var series: (x: [Double], y: [Double]) = ([], [])
    for _ in 0..<500 {
        x += 0.5 * random.gaussian()
        y += 0.5 * random.gaussian()
        series.x.append(x)
        series.y.append(y)
    }
    return series
}

/// What the regression of D1's y on x leaves.
func residualsD1() -> [Double] {
    seriesD1().map { $0.y - 7.142290576421843 - 1.4768577921500783 * $0.x }
}

/// y on x in memory of its own.
func cointegration(
    _ y: [Double],
    _ x: [Double],
    terms: DeterministicTerms = .constant,
    lags: LagRule = .akaike()
) -> Finding<CointegrationTest> {
    var test = EngleGranger(capacity: max(y.count, x.count))
    return test.test(y: y.span, x: x.span, terms: terms, lags: lags)
}

@Suite struct UnitRootTests {
    @Test func `the walks of D1n have their known ends`() {
        let series = seriesD1n()
        #expect(isClose(series.x[499], 102.18905249569205, 1e-14) && isClose(series.y[499], 59.269116202332974, 1e-14))
    }

    @Test func `the residuals of D1 have their known statistics`() {
        let known = [-5.11298775028911, -5.217497723052, -5.2456812008]
        for (lags, expected) in known.enumerated() {
            let found = AugmentedDickeyFuller.test(residualsD1(), terms: .none, lags: .fixed(lags))
            #expect(isClose(found.value?.statistic, expected, lags < 2 ? 1e-9 : 1e-10))
            #expect(found.value?.lags == lags && found.value?.observations == 499 - lags)
        }
    }

    @Test func `the levels of D1 have their known statistics and probability`() {
        let series = seriesD1()
        let x = AugmentedDickeyFuller.test(series.map(\.x), lags: .fixed(1)).value
        #expect(isClose(x?.statistic, -1.2826919248883017) && isClose(x?.probability, 0.6370531, 1e-7))
        let y = AugmentedDickeyFuller.test(series.map(\.y), lags: .fixed(1)).value
        #expect(isClose(y?.statistic, -1.4278767183512602))
    }

    @Test func `critical values and probabilities are MacKinnon's`() throws {
        let known = [(499, [-3.91852234, -3.34840209, -3.05296032]), (250, [-3.94078403, -3.36067957, -3.06145832])]
        for (count, values) in known {
            let found = try #require(MacKinnon.criticalValues(series: 2, terms: .constant, observations: count))
            for (value, expected) in zip([found.one, found.five, found.ten], values) {
                #expect(isClose(value, expected, 3e-9))
            }
        }
        #expect(isClose(MacKinnon.probability(-3, terms: .constant), 0.034894400275345266))
        #expect(isClose(MacKinnon.probability(-3.5, series: 2, terms: .constant), 0.03239538836017372))
        #expect(isClose(MacKinnon.probability(-1, terms: .constant), 0.7532643, 1e-7))
        #expect(isClose(MacKinnon.probability(-1, series: 2, terms: .constant), 0.9028472, 1e-7))
        let none = try #require(MacKinnon.criticalValues(terms: .none, observations: 499))
        let inverse = 1.0 / 499
        let five = -1.941 + inverse * (-0.2686 + inverse * (-3.365 + inverse * 31.223))
        #expect(isClose(none.five, five, 1e-12))
    }

    @Test func `a probability rises with the statistic, and is none for what nobody simulated`() {
        for terms in DeterministicTerms.allCases {
            for series in 1...MacKinnon.largestSeriesCount {
                var last = 0.0
                for step in 0...2_500 {
                    let value = MacKinnon.probability(-25 + Double(step) * 0.01, series: series, terms: terms) ?? .nan
                    // Where one polynomial takes over from the other they differ in the third digit.
                    #expect(value >= last - 2e-3 && value <= 1)
                    last = value
                }
            }
            #expect(MacKinnon.probability(-3, series: 7, terms: terms) == nil)
            #expect(MacKinnon.probability(-3, series: 0, terms: terms) == nil)
            #expect(MacKinnon.probability(.nan, terms: terms) == nil)
            #expect(MacKinnon.criticalValues(series: 13, terms: terms, observations: 100) == nil)
            #expect(MacKinnon.criticalValues(series: 1, terms: terms, observations: 1) == nil)
        }
        #expect(MacKinnon.criticalValues(series: 2, terms: .none, observations: 100) == nil)
    }

    @Test(arguments: DeterministicTerms.allCases, [LagRule.fixed(3), .akaike(), .bayes(upTo: 9)])
    func `scale changes no statistic; nor does level, or slope, that the regression has`(
        terms: DeterministicTerms,
        lags: LagRule
    ) throws {
        let series = seriesD1().map(\.y)
        let plain = try #require(AugmentedDickeyFuller.test(series, terms: terms, lags: lags).value)
        let scaled = AugmentedDickeyFuller.test(series.map { -250 * $0 }, terms: terms, lags: lags).value
        #expect(isClose(scaled?.statistic, plain.statistic, 1e-9) && scaled?.lags == plain.lags)
        guard terms != .none else { return }
        let shifted = AugmentedDickeyFuller.test(series.map { $0 + 4_096 }, terms: terms, lags: lags).value
        #expect(isClose(shifted?.statistic, plain.statistic, 1e-8) && shifted?.lags == plain.lags)
        guard terms == .constantAndTrend else { return }
        let sloped = series.enumerated().map { $1 + 0.5 * Double($0) }
        let tilted = AugmentedDickeyFuller.test(sloped, terms: terms, lags: lags).value
        #expect(isClose(tilted?.statistic, plain.statistic, 1e-8) && tilted?.lags == plain.lags)
    }

    @Test func `a workspace gives what fresh memory gives, whatever it held`() {
        var test = AugmentedDickeyFuller(capacity: 500)
        let (long, short) = (residualsD1(), Array(seriesD1n().x.prefix(83)))
        for terms in DeterministicTerms.allCases {
            for series in [long, short, long] {
                let found = test.test(series.span, terms: terms)
                #expect(found == AugmentedDickeyFuller.test(series, terms: terms) && found.value != nil)
            }
        }
    }

    @Test func `what has no statistic says why`() {
        let walk = seriesD1n().x
        func reason(_ series: [Double], _ terms: DeterministicTerms = .constant, _ lags: LagRule = .akaike())
            -> Undefined?
        {
            AugmentedDickeyFuller.test(series, terms: terms, lags: lags).reason
        }
        #expect(reason([]) == .tooFewValues && reason([1]) == .tooFewValues && reason([1, 2, 1]) == .tooFewValues)
        #expect(reason(Array(walk.prefix(10)), .constant, .fixed(4)) == .tooFewValues)
        #expect(reason(walk, .constant, .fixed(-1)) == .parameterOutOfRange)
        #expect(reason([Double](repeating: 7.3, count: 60)) == .noVariance)
        #expect(reason([Double](repeating: 7.3, count: 60), .none) == .noVariance)
        for broken in [Double.nan, .infinity, -.infinity] {
            for place in [0, 1, 30, 58, 59] {
                var series = Array(walk.prefix(60))
                series[place] = broken
                for terms in DeterministicTerms.allCases {
                    #expect(reason(series, terms) == .notFinite, "\(broken) at \(place)")
                    #expect(reason(series, terms, .fixed(0)) == .notFinite, "\(broken) at \(place)")
                }
            }
        }
        // Every change is the opposite of the one before: one lag fits without error, two say the same thing twice.
        let turning = (0..<60).map { Double($0 % 2) }
        #expect(reason(turning, .none) == .noVariance && reason(turning, .none, .fixed(2)) == .collinear)
        // A line fits without error.
        #expect(reason((0..<60).map { Double($0) }, .constant, .fixed(0)) != nil)
        var test = AugmentedDickeyFuller(capacity: 40, maximumLags: 2)
        #expect(test.test(walk.span).reason == .tooManyValues)
        let part = Array(walk.prefix(40))
        #expect(test.test(part.span, lags: .fixed(3)).reason == .parameterOutOfRange)
        #expect(test.test(part.span, lags: .fixed(2)).value != nil)
    }
}

@Suite struct EngleGrangerTests {
    @Test func `D1 is cointegrated as known, with its line`() throws {
        let series = seriesD1()
        let found = try #require(cointegration(series.map(\.y), series.map(\.x), lags: .fixed(1)).value)
        #expect(isClose(found.line.beta, 1.4768577921500783) && isClose(found.line.alpha, 7.142290576421843))
        #expect(isClose(found.line.residualDeviation, 0.7102822683628789))
        #expect(isClose(found.statistic, -5.217497723052) && isClose(found.probability, 6.4288e-05, 1e-4))
        let critical = try #require(found.criticalValues)
        #expect(isClose(critical.five, -3.34840209, 3e-9) && found.statistic < critical.one)
    }

    @Test func `D1n is not`() throws {
        let series = seriesD1n()
        let found = try #require(cointegration(series.y, series.x, lags: .fixed(1)).value)
        #expect(isClose(found.statistic, -2.4505231620026593) && isClose(found.probability, 0.30131, 1e-4))
    }

    @Test func `both directions are two tests, and the larger probability counts`() throws {
        let series = seriesD1()
        let (y, x) = (series.map(\.y), series.map(\.x))
        for terms in DeterministicTerms.allCases {
            var test = EngleGranger(capacity: 500)
            let pair = try #require(test.bothDirections(y.span, x.span, terms: terms).value)
            #expect(pair.forward == cointegration(y, x, terms: terms).value)
            #expect(pair.backward == cointegration(x, y, terms: terms).value)
            #expect(pair.probability == max(pair.forward.probability, pair.backward.probability))
            let turned = try #require(test.bothDirections(x.span, y.span, terms: terms).value)
            #expect(turned.forward == pair.backward && turned.probability == pair.probability)
        }
    }

    @Test func `units and levels of prices change no statistic`() throws {
        let series = seriesD1()
        let plain = try #require(cointegration(series.map(\.y), series.map(\.x)).value)
        let moved = try #require(cointegration(series.map { 8 * $0.y - 300 }, series.map { 0.25 * $0.x + 1_000 }).value)
        #expect(isClose(moved.statistic, plain.statistic, 1e-9) && moved.lags == plain.lags)
        #expect(isClose(moved.line.beta, 32 * plain.line.beta, 1e-10))
    }

    @Test func `a trend is taken out of both series`() throws {
        let series = seriesD1()
        let plain = try #require(cointegration(series.map(\.y), series.map(\.x), terms: .constantAndTrend).value)
        let sloped = series.enumerated().map { $1.y + 0.25 * Double($0) }
        let found = try #require(cointegration(sloped, series.map(\.x), terms: .constantAndTrend).value)
        #expect(isClose(found.statistic, plain.statistic, 1e-8) && isClose(found.slope, plain.slope + 0.25, 1e-8))
        #expect(isClose(found.line.alpha, plain.line.alpha, 1e-8))
        // The line is alpha + slope · t + beta x: its errors have no mean.
        let errors = series.enumerated().map {
            $1.y - plain.line.alpha - plain.slope * Double($0) - plain.line.beta * $1.x
        }
        #expect((errors.reduce(0, +) / 500).magnitude < 1e-10)
    }

    @Test func `what has no relation to test says why`() {
        let series = seriesD1n()
        let flat = [Double](repeating: 25.37, count: 500)
        #expect(cointegration(series.y, Array(series.x.dropLast())).reason == .unequalLengths)
        #expect(cointegration(series.y, flat).reason == .noVariance)
        #expect(cointegration(flat, series.x).reason == .noVariance)
        #expect(cointegration(series.y, series.y.map { 3 * $0 + 1 }).reason == .collinear)
        #expect(cointegration(series.y, series.x.map { $0 == series.x[7] ? .nan : $0 }).reason == .notFinite)
        #expect(cointegration([1, 2, 4], [2, 1, 5]).reason == .tooFewValues)
        var test = EngleGranger(capacity: 100)
        let (y, x) = (series.y, series.x)
        #expect(test.test(y: y.span, x: x.span).reason == .tooManyValues)
    }
}

@Suite struct LineTests {
    /// A line has nothing left when its line is taken out; what the rounding leaves is no series.
    @Test func `an exact line is refused where a trend is taken out`() {
        let walk = seriesD1().map(\.x)
        for (start, step) in [(0.0, 0.1), (100, 0.1), (25, 0.01)] {
            let line = walk.indices.map { start + step * Double($0) }
            let test = AugmentedDickeyFuller.test(line, terms: .constantAndTrend, lags: .fixed(0))
            #expect(test.reason == .noVariance)
            var pair = EngleGranger(capacity: 500)
            #expect(pair.test(y: line.span, x: walk.span, terms: .constantAndTrend).reason == .noVariance)
            #expect(pair.test(y: walk.span, x: line.span, terms: .constantAndTrend).reason == .noVariance)
            #expect(Johansen.test([line, walk], lags: 1, terms: .constantAndTrend).reason == .noVariance)
        }
    }

    @Test func `a constant series is refused with any terms`() {
        let walk = seriesD1().map(\.x)
        let flat = [Double](repeating: 25.37, count: 500)
        var pair = EngleGranger(capacity: 500)
        for terms in [DeterministicTerms.none, .constant, .constantAndTrend] {
            #expect(pair.test(y: walk.span, x: flat.span, terms: terms).reason == .noVariance)
            #expect(pair.test(y: flat.span, x: walk.span, terms: terms).reason == .noVariance)
        }
    }

    @Test func `more lags than values are refused before memory is asked for`() {
        let long = (0..<100_000).map { Double($0 % 7) }
        #expect(AugmentedDickeyFuller.test(long, lags: .fixed(100_000)).reason == .tooFewValues)
        #expect(AugmentedDickeyFuller.test(long, lags: .akaike(upTo: 100_000)).reason == .tooFewValues)
    }

    @Test(arguments: 12...22) func `short series have a default test whatever their length`(count: Int) {
        var pair = EngleGranger(capacity: 500)
        let (y, x) = (seriesD1().prefix(count).map(\.y), seriesD1().prefix(count).map(\.x))
        #expect(pair.test(y: y.span, x: x.span).value != nil)
    }
}
