// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal
import Testing

@Suite struct ResidualScoreTests {
    /// 60 days of a stock whose distance from 1.1 times its factor reverts; seed 31.
    private func known() -> (returns: [Double], factor: [Double]) {
        var random = SeededRandom(seed: 31)
        var (x, returns, factor) = (0.0, [Double](), [Double]())
        for _ in 0..<60 {
            let f = 0.01 * random.gaussian()
            let next = 0.85 * x + 0.006 * random.gaussian()
            returns.append(0.0002 + 1.1 * f + (next - x))
            factor.append(f)
            x = next
        }
        return (returns, factor)
    }

    @Test func `the known score`() throws {
        let (returns, factor) = known()
        let score = try #require(ResidualScore.fit(returns, factors: [factor]).value)
        #expect(isClose(score.betas[0], 1.00125595, 1e-8) && isClose(score.intercept, 0.00081957090458654, 1e-9))
        #expect(isClose(score.phi, 0.7644177317499) && isClose(score.variance, 4.4643147191835203e-05))
        #expect(isClose(score.kappa, 67.69749922320102) && isClose(score.mean, 0.0034789159246758896))
        #expect(isClose(score.equilibriumDeviation, 0.01036347479169354))
        #expect(isClose(score.score, -0.33569010342595723))
    }

    @Test func `the units of a factor change its beta and nothing else`() throws {
        let (returns, factor) = known()
        let plain = try #require(ResidualScore.fit(returns, factors: [factor]).value)
        let other = try #require(ResidualScore.fit(returns, factors: [factor.map { 50 * $0 + 1 }]).value)
        #expect(isClose(other.score, plain.score, 1e-9) && isClose(other.betas[0], plain.betas[0] / 50, 1e-9))
        let half = try #require(ResidualScore.fit(returns, factors: [factor], periodsPerYear: 126).value)
        #expect(half.kappa == plain.kappa / 2 && half.score == plain.score)
    }

    @Test func `what has no score says why`() {
        let (returns, factor) = known()
        #expect(ResidualScore.fit(returns, factors: [Array(factor.dropLast())]).reason == .unequalLengths)
        #expect(ResidualScore.fit(Array(returns.prefix(5)), factors: [Array(factor.prefix(5))]).reason == .tooFewValues)
        #expect(ResidualScore.fit(returns, factors: [factor, factor]).reason == .collinear)
        #expect(ResidualScore.fit(returns, factors: [factor.map { _ in 1 }]).reason == .collinear)
        #expect(ResidualScore.fit(factor.map { 2 * $0 }, factors: [factor]).reason == .noVariance)
        #expect(ResidualScore.fit(returns.map { $0 > 0 ? .nan : $0 }, factors: [factor]).reason == .notFinite)
        #expect(ResidualScore.fit(returns, factors: [factor], periodsPerYear: 0).reason == .parameterOutOfRange)
        // The sum jumps from side to side.
        let turning = (0..<60).map { $0 % 2 == 0 ? 0.01 : -0.01 }
        #expect(ResidualScore.fit(turning, factors: []).reason == .oscillating)
    }

    @Test func `positions open, are kept and close by their own borders`() throws {
        let (returns, factor) = known()
        let middle = try #require(ResidualScore.fit(returns, factors: [factor]).value)
        let (scores, rules) = ([-1.3, -1.2, -0.51, -0.49, 0, 0.74, 0.76, 1.2, 1.3], ResidualRules())
        // The score that is given moves through all borders: a shift of the path's end.
        func positions(_ now: ResidualRules.Position) -> [ResidualRules.Position] {
            scores.map { rules.position(score: $0, kappa: middle.kappa, now: now) }
        }
        #expect(positions(.flat) == [.long, .flat, .flat, .flat, .flat, .flat, .flat, .flat, .short])
        #expect(positions(.long) == [.long, .long, .long, .flat, .flat, .flat, .flat, .flat, .short])
        #expect(positions(.short) == [.long, .flat, .flat, .flat, .flat, .flat, .short, .short, .short])
        #expect(rules.position(score: 3, kappa: 8.4, now: .flat) == .flat)
        #expect(rules.position(score: 3, kappa: 8.4, now: .short) == .short)
        #expect(rules.position(.undefined(.notReverting), now: .short) == .flat)
        #expect(rules.position(.defined(middle), now: .flat) == .flat)
    }
}

@Suite struct PcaFactorsTests {
    private func returns(stocks: Int, periods: Int, seed: UInt64) -> [[Double]] {
        var random = SeededRandom(seed: seed)
        let market = (0..<periods).map { _ in random.gaussian() }
        return (0..<stocks).map { stock in
            market.map { 0.01 * ($0 * (0.5 + 0.1 * Double(stock)) + random.gaussian()) }
        }
    }

    @Test func `two stocks have the eigenvalues one plus and one minus their correlation`() throws {
        let stocks = returns(stocks: 2, periods: 250, seed: 8)
        let found = try #require(PcaFactors.fit(stocks, choice: .count(2)).value)
        var moments = PairMoments()
        for (a, b) in zip(stocks[0], stocks[1]) { moments.add(a, b) }
        let correlation = moments.sumXY / (moments.sumXX * moments.sumYY).squareRoot()
        #expect(isClose(found.eigenvalues[0], 1 + correlation, 1e-12))
        #expect(isClose(found.eigenvalues[1], 1 - correlation, 1e-12) && isClose(found.explained, 1, 1e-12))
        let deviation = (moments.sumXX / 249).squareRoot()
        #expect(isClose(found.weights[0][0], 0.7071067811865476 / deviation, 1e-12))
    }

    @Test func `factors' returns have the eigenvalues as variances and nothing in common`() throws {
        let stocks = returns(stocks: 12, periods: 252, seed: 9)
        let found = try #require(PcaFactors.fit(stocks, choice: .count(12)).value)
        #expect(isClose(found.eigenvalues.reduce(0, +), 12, 1e-12))
        let series = try #require(found.returns(of: stocks).value)
        for i in 0..<12 {
            for j in 0...i {
                var moments = PairMoments()
                for (a, b) in zip(series[i], series[j]) { moments.add(a, b) }
                let expected = i == j ? found.eigenvalues[i] : 0
                #expect((moments.sumXY / 251 - expected).magnitude < 1e-11)
            }
        }
    }

    @Test func `as many factors as explain a share`() throws {
        let stocks = returns(stocks: 10, periods: 252, seed: 10)
        for share in [0.01, 0.3, 0.55, 0.8, 0.999999, 1] {
            let found = try #require(PcaFactors.fit(stocks, choice: .share(share)).value)
            #expect(found.explained >= share * (1 - 1e-12))
            let fewer = found.eigenvalues.prefix(found.weights.count - 1).reduce(0, +) / 10
            #expect(fewer < share)
        }
        let scaled = try #require(PcaFactors.fit(stocks.map { $0.map { 7 * $0 + 1 } }, choice: .count(3)).value)
        let plain = try #require(PcaFactors.fit(stocks, choice: .count(3)).value)
        #expect(isClose(scaled.explained, plain.explained, 1e-11))
    }

    @Test func `what has no factors says why`() {
        let stocks = returns(stocks: 3, periods: 30, seed: 11)
        #expect(PcaFactors.fit(stocks, choice: .count(4)).reason == .parameterOutOfRange)
        #expect(PcaFactors.fit(stocks, choice: .count(0)).reason == .parameterOutOfRange)
        #expect(PcaFactors.fit(stocks, choice: .share(1.1)).reason == .parameterOutOfRange)
        #expect(PcaFactors.fit([stocks[0]], choice: .count(1)).reason == .tooFewValues)
        #expect(PcaFactors.fit(stocks + [[1]], choice: .count(1)).reason == .unequalLengths)
        let flat = [Double](repeating: 0.1, count: 30)
        #expect(PcaFactors.fit(stocks + [flat], choice: .count(1)).reason == .noVariance)
        #expect(PcaFactors.fit(stocks + [flat.map { _ in .nan }], choice: .count(1)).reason == .notFinite)
        let fitted = PcaFactors.fit(stocks, choice: .count(1)).value
        #expect(fitted?.returns(of: Array(stocks.dropLast())).reason == .unequalLengths)
    }
}
