// SPDX-License-Identifier: MIT
import HeliosResearch
import Testing

/// Two numbers agree within a relative tolerance.
func near(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-9) -> Bool {
    guard let a else { return false }
    return abs(a - b) <= tolerance * max(abs(b), 1e-300)
}

/// The seeded series of the known answers: 0.0005 + 0.01 g(), g the sum of twelve uniforms − 6.
func knownReturns(seed: UInt64, count: Int) -> [Double] {
    var state = seed
    func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
    }
    return (0..<count).map { _ in
        var sum = 0.0
        for _ in 0..<12 { sum += uniform() }
        return 0.0005 + 0.01 * (sum - 6)
    }
}

@Suite("Normal distribution")
struct NormalTests {
    /// Computed with 40 digits by an independent library.
    @Test(
        "Φ has the known values",
        arguments: [
            (0.0, 0.5), (1.0, 0.841344746068542949), (-1.0, 0.158655253931457051), (2.5, 0.993790334674223884),
            (-2.5, 0.006209665325776135), (3.0, 0.998650101968369905), (-3.0, 0.001349898031630094527),
            (-8.0, 6.22096057427178413e-16), (-20.0, 2.753624118606233695e-89),
            (1.6448536269514722, 0.95),
        ]
    )
    func cumulative(x: Double, expected: Double) {
        #expect(near(Normal.cumulative(x), expected, 1e-12))
    }

    @Test(
        "Φ⁻¹ has the known values",
        arguments: [
            (0.95, 1.6448536269514722), (0.99, 2.3263478740408408), (0.5, 0.0), (0.975, 1.959963984540054),
            (1e-10, -6.361340902404056), (0.01, -2.3263478740408408), (0.3, -0.5244005127080409),
        ]
    )
    func quantile(p: Double, expected: Double) throws {
        let value = try #require(Normal.quantile(p))
        #expect(abs(value - expected) <= 1e-12 * max(1, abs(expected)))
    }

    @Test("Φ⁻¹ undoes Φ on a grid, and is nil outside (0, 1)")
    func inverse() throws {
        for step in -60...40 {
            let x = Double(step) / 10
            let back = try #require(Normal.quantile(Normal.cumulative(x)))
            // From 0.5 up the spacing of doubles near 1 limits what can be recovered.
            let spacing = x > 0 ? 4e-16 / Normal.density(x) : 0
            #expect(abs(back - x) <= spacing + 1e-12 * max(1, abs(x)))
        }
        for p in [0.0, 1, -0.1, 1.1, .nan, .infinity] { #expect(Normal.quantile(p) == nil) }
    }

    @Test("Φ rises without a step where the two formulas meet")
    func joins() {
        for border in [-2.5, 2.5] {
            let below = Normal.cumulative(border - 1e-9)
            let above = Normal.cumulative(border + 1e-9)
            #expect(abs((above - below) - 2e-9 * Normal.density(border)) < 1e-15)
        }
    }
}

@Suite("Performance measures")
struct PerformanceTests {
    private let series = ReturnSeries(knownReturns(seed: 77, count: 252))

    @Test("the known series has the known measures")
    func knownAnswers() {
        #expect(near(series.mean, 0.00013996893800591976))
        #expect(near(series.deviation, 0.00957220194479609))
        #expect(near(series.sharpe, 0.2321240212271991))
        #expect(near(series.sortino, 0.3285093028291926))
        #expect(near(series.total, 0.024050305855847887))
        #expect(near(series.maximumDrawdown, -0.09399504642571166))
        #expect(series.longestUnderWater == 108)
        #expect(near(series.profitFactor, 1.037702809635584))
        #expect(near(series.hitRate, 0.5119047619047619))
    }

    @Test("a drawdown from the first period on counts from the start at 1")
    func drawdownFromStart() {
        let falling = ReturnSeries([-0.1, 0.05, -0.2])
        #expect(near(falling.maximumDrawdown, 0.9 * 1.05 * 0.8 - 1))
        #expect(falling.longestUnderWater == 3)
        #expect(near(falling.calmar, falling.annualReturn.map { $0 / (1 - 0.9 * 1.05 * 0.8) } ?? 0))
    }

    @Test("value at risk and expected shortfall follow the ranked losses")
    func tail() {
        // Losses 1 … 100 in hundredths: the 95th is 0.95, the mean of the five above it 0.98.
        let series = ReturnSeries((1...100).map { -Double($0) / 100 })
        #expect(near(series.valueAtRisk(0.95), 0.95))
        #expect(near(series.expectedShortfall(0.95), 0.98))
        #expect(ReturnSeries([-0.1, 0.1]).valueAtRisk(0.95) == nil)
    }

    @Test("moments of a two-point series are those of the coin")
    func moments() {
        let coin = ReturnSeries([1, -1, 1, -1, 1, -1].map { $0 / 100 })
        #expect(near(coin.kurtosis, 1))
        #expect(abs(coin.skewness ?? 1) < 1e-12)
        #expect(near(coin.autocorrelation(lag: 1), -5.0 / 6))
    }

    @Test("what is not defined is nil, not NaN", arguments: [[], [0.01], [0, 0, 0], [.nan, 0.1], [.infinity, 0.1]])
    func undefined(returns: [Double]) {
        let series = ReturnSeries(returns)
        #expect(series.sharpe == nil)
        #expect(series.sortino == nil)
        #expect(series.calmar == nil)
        #expect(series.profitFactor == nil)
        #expect(series.skewness == nil)
        #expect(series.autocorrelation(lag: 1) == nil)
        #expect(series.valueAtRisk(0.95) == nil)
    }
}

@Suite("Inference on the Sharpe ratio")
struct SharpeInferenceTests {
    @Test("probabilistic Sharpe ratio and minimum track record have the known values")
    func probabilistic() {
        let value = SharpeInference.probabilistic(sharpe: 0.1, periods: 250, skewness: -0.5, kurtosis: 5)
        #expect(near(value, 0.937320574390259))
        let length = SharpeInference.minimumTrackRecord(sharpe: 0.1, skewness: -0.5, kurtosis: 5)
        #expect(near(length, 287.78760613411384))
        #expect(SharpeInference.minimumTrackRecord(sharpe: -0.1, skewness: 0, kurtosis: 3) == nil)
    }

    @Test("deflated Sharpe ratio has the published values")
    func deflated() {
        let variance = 0.5 / 250
        #expect(near(SharpeInference.expectedMaximum(trials: 100, variance: variance), 0.11317200186513214))
        for (trials, expected) in [(100, 0.9003968344493903), (46, 0.9505017068755787)] {
            let value = SharpeInference.deflated(
                sharpe: 2.5 / 250.0.squareRoot(),
                periods: 1250,
                skewness: -3,
                kurtosis: 10,
                trials: trials,
                variance: variance
            )
            #expect(near(value, expected))
        }
        #expect(SharpeInference.expectedMaximum(trials: 1, variance: variance) == nil)
    }

    @Test("the annualisation factor has the known value, and is √q without autocorrelation")
    func annualisation() {
        var correlations: [Double] = []
        var power = 1.0
        for _ in 1..<252 {
            power *= 0.1
            correlations.append(power)
        }
        #expect(near(SharpeInference.annualisation(periods: 252, autocorrelations: correlations), 14.3647916814))
        #expect(near(SharpeInference.annualisation(periods: 252, autocorrelations: []), 252.0.squareRoot()))
        #expect(SharpeInference.annualisation(periods: 252, autocorrelations: [-0.9]) == nil)
    }
}
