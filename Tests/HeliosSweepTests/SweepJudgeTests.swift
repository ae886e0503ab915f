// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosResearch
import HeliosSweep
import Testing

@Suite("A sweep's best is judged by what luck would have shown")
struct SweepJudgeTests {
    /// Trials of noise, the one of number `edged` with an edge.
    static func outcomes(
        _ count: Int,
        periods: Int,
        seed: UInt64,
        edge: Double = 0,
        edged: Int = 0
    ) -> [SweepOutcome] {
        var random = SeededRandom(seed: seed)
        var returns = [[Double]](repeating: [], count: count)
        for _ in 0..<periods {
            for trial in 0..<count { returns[trial].append(0.01 * random.gaussian() + (trial + 1 == edged ? edge : 0)) }
        }
        return returns.enumerated().map { SweepOutcome(number: $0 + 1, returns: $1) }
    }

    static func judge(_ periods: Int, _ tried: Int) -> SweepJudge {
        SweepJudge(periods: periods, periodsPerYear: 252, tried: tried)
    }

    @Test("noise does not survive, whatever the seed", arguments: 1...20)
    func noise(_ seed: Int) {
        let outcomes = SweepJudgeTests.outcomes(40, periods: 128, seed: UInt64(seed))
        let judgement = SweepJudgeTests.judge(128, 40).judge(outcomes)
        #expect(judgement.verdict == .doesNotSurvive, "\(judgement.headline)")
        #expect(judgement.headline.hasPrefix("DOES NOT SURVIVE: "))
        // Its best looks good all the same: that is the trap.
        #expect((judgement.scores[0].annualSharpe ?? 0) > 1)
    }

    @Test("a planted edge survives, and is the best", arguments: 1...5)
    func edge(_ seed: Int) {
        let outcomes = SweepJudgeTests.outcomes(40, periods: 252, seed: UInt64(seed), edge: 0.005, edged: 17)
        let judgement = SweepJudgeTests.judge(252, 40).judge(outcomes)
        #expect(judgement.verdict == .survives, "\(judgement.headline)")
        #expect(judgement.best == 17)
        #expect(judgement.splits.last { $0.kind == .walkForward }?.chosen == 17)
    }

    @Test("progress goes from nothing to everything, never back, and changes nothing", arguments: [64, 256])
    func progress(periods: Int) {
        let outcomes = SweepJudgeTests.outcomes(30, periods: periods, seed: 4)
        let judge = SweepJudgeTests.judge(periods, 30)
        var shares: [Double] = []
        #expect(judge.judge(outcomes) { shares.append($0) } == judge.judge(outcomes))
        // A step for each split and each draw.
        #expect(shares.count == 12_870 + SweepJudge.draws)
        #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(shares.allSatisfy { $0 > 0 } && abs((shares.last ?? 0) - 1) < 1e-12)
    }

    @Test("the same edge is worth less the more was tried before")
    func earlierTrials() throws {
        let outcomes = SweepJudgeTests.outcomes(40, periods: 252, seed: 1, edge: 0.0025, edged: 17)
        let values = try [40, 400, 4_000].map { tried in
            try #require(SweepJudgeTests.judge(252, tried).judge(outcomes).criteria.first?.value)
        }
        #expect(values[0] > values[1] && values[1] > values[2])
    }

    @Test("PBO and the reality check are the library's, which has the known answer 3/70")
    func knownOverfitting() throws {
        // T 160, 10 trials, an edge of 0.004 on the fourth, seed 55. The known answer is for 8 blocks, the judge takes 16:
        // the same matrix through the library with the judge's blocks must agree.
        let outcomes = SweepJudgeTests.outcomes(10, periods: 160, seed: 55, edge: 0.004, edged: 4)
        let judgement = SweepJudgeTests.judge(160, 10).judge(outcomes)
        let matrix = outcomes.map(\.returns)
        #expect(BacktestOverfitting.test(matrix, blocks: 8).value?.probability == 0.04285714285714286)
        let expected = try #require(BacktestOverfitting.test(matrix, blocks: 16).value?.probability)
        #expect(judgement.criteria.first { $0.question == .overfitting }?.value == expected)
        #expect(judgement.logits.count == 12_870)
        let luck = RealityCheck.test(matrix, draws: SweepJudge.draws, seed: 1).value?.probability
        #expect(judgement.criteria.first { $0.question == .realityCheck }?.value == luck)
    }

    @Test("the deflated Sharpe ratio is that of the published formula, with all trials and their variance")
    func deflated() throws {
        let outcomes = SweepJudgeTests.outcomes(12, periods: 100, seed: 3)
        let judgement = SweepJudgeTests.judge(100, 50).judge(outcomes)
        // By hand, from the definitions.
        func moments(_ values: [Double]) -> (sharpe: Double, skewness: Double, kurtosis: Double) {
            let count = Double(values.count)
            let mean = values.reduce(0, +) / count
            let second = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let third = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) } / count
            let fourth = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) * ($1 - mean) } / count
            let variance = second / count
            return (
                mean / (second / (count - 1)).squareRoot(), third / (variance * variance.squareRoot()),
                fourth / (variance * variance)
            )
        }
        let all = outcomes.map { moments($0.returns) }
        let mean = all.reduce(0) { $0 + $1.sharpe } / 12
        // 38 of the 50 are not here: the variance is at least that of worthless trials' ratios.
        let variance = max(all.reduce(0) { $0 + ($1.sharpe - mean) * ($1.sharpe - mean) } / 11, 1.0 / 99)
        let best = try #require(all.max { $0.sharpe < $1.sharpe })
        // Φ⁻¹(1 − 1/50) and Φ⁻¹(1 − 1/(50 e)), from tables.
        let benchmark = variance.squareRoot() * (0.4227843350984671 * 2.0537489106318225 + 0.5772156649015329 * 2.4388)
        let spread = 1 - best.skewness * best.sharpe + (best.kurtosis - 1) / 4 * best.sharpe * best.sharpe
        let score = (best.sharpe - benchmark) * 99.0.squareRoot() / spread.squareRoot()
        let value = try #require(judgement.criteria.first { $0.question == .deflatedSharpe }?.value)
        #expect(abs(value - DeterministicMath.normalCDF(score)) < 1e-3)
        #expect(judgement.tried == 50)
    }

    @Test("too few periods and too few trials can't be told, which is no survival")
    func tooFew() {
        let short = SweepJudgeTests.judge(20, 10).judge(
            SweepJudgeTests.outcomes(10, periods: 20, seed: 1, edge: 0.02, edged: 2)
        )
        #expect(short.verdict != .survives)
        #expect(short.criteria.first?.value == nil)
        #expect(short.headline.contains("20 periods, 32 are needed"))
        let edged = SweepJudgeTests.outcomes(2, periods: 252, seed: 1, edge: 0.01, edged: 1)
        let pair = SweepJudgeTests.judge(252, 2).judge(edged)
        #expect(pair.verdict == .cannotBeTold, "\(pair.headline)")
        #expect(pair.headline.hasPrefix("CANNOT BE TOLD: PBO cannot be told: 2 trials"))
        let none = SweepJudgeTests.judge(100, 3).judge([])
        #expect(none.verdict == .cannotBeTold)
        #expect(none.best == nil)
    }

    @Test(
        "a narrow search around an earlier one's best is judged by more than its own variance",
        arguments: 1...5
    )
    func narrow(_ seed: Int) throws {
        // Four hundred tries at noise; then the luckiest again and again, a hair apart.
        let wide = SweepJudgeTests.outcomes(400, periods: 128, seed: UInt64(seed))
        let lucky = try #require(SweepJudgeTests.judge(128, 400).judge(wide).best)
        var random = SeededRandom(seed: 77)
        let narrow = (1...8).map { number in
            let returns = wide[lucky - 1].returns.map { $0 + 1e-5 * random.gaussian() }
            return SweepOutcome(number: number, returns: returns)
        }
        let told = SweepJudgeTests.judge(128, 408).judge(narrow)
        #expect(told.sharpeVariance == 1.0 / 127)
        #expect(try #require(told.criteria.first?.value) < 0.95, "\(told.headline)")
        #expect(told.verdict == .doesNotSurvive)
        // Without a word about the earlier ones it is the narrow one's own variance.
        #expect(try #require(SweepJudgeTests.judge(128, 8).judge(narrow).sharpeVariance) < 1e-4)
        let alone = SweepJudgeTests.judge(128, 400).judge([wide[lucky - 1]])
        #expect(alone.headline.contains("among one trial's Sharpe ratios there is no variance"), "\(alone.headline)")
    }

    @Test("what failed might have been anything: nothing survives without it")
    func failed() {
        let outcomes = SweepJudgeTests.outcomes(40, periods: 252, seed: 1, edge: 0.005, edged: 17)
        var judge = SweepJudgeTests.judge(252, 42)
        #expect(judge.judge(outcomes).verdict == .survives)
        judge.failed = 2
        let judgement = judge.judge(outcomes)
        #expect(judgement.verdict == .cannotBeTold)
        #expect(judgement.headline == "CANNOT BE TOLD: 2 trials failed; --resume --retry-failed does them again")
        // A refusal stays one.
        let noise = SweepJudgeTests.outcomes(40, periods: 128, seed: 2)
        var strict = SweepJudgeTests.judge(128, 42)
        strict.failed = 2
        #expect(strict.judge(noise).verdict == .doesNotSurvive)
    }

    @Test("trials that lost everything are compared, chosen by nobody who sees it, and paid for by who did")
    func ruined() throws {
        // The best of the first half, by far; then all is lost.
        var outcomes = SweepJudgeTests.outcomes(12, periods: 128, seed: 3)
        var returns = outcomes[4].returns.map { abs($0) }
        returns[64] = -1
        for period in 65..<128 { returns[period] = 0 }
        outcomes[4] = SweepOutcome(number: 5, returns: returns)
        let judgement = SweepJudgeTests.judge(128, 12).judge(outcomes)
        #expect(judgement.compared == 12)
        #expect(judgement.best != 5)
        #expect(judgement.scores.first { $0.number == 5 }?.total == -1)
        #expect(judgement.splits.contains { $0.kind == .walkForward && $0.chosen == 5 && $0.testReturn == -1 })
        let walk = try #require(judgement.criteria.last)
        #expect(walk.passes == false)
        #expect(judgement.notes.contains { $0.hasPrefix("1 lost all of the money") })
    }

    @Test("a walk that lost money does not pass, whatever the mean of its returns")
    func compounded() throws {
        // +60 % and −40 % in turns: a mean of 10 %, and 4 % less money after each two.
        let outcomes = (1...8).map { number in
            SweepOutcome(number: number, returns: (0..<128).map { ($0 % 2 == 0 ? 0.6 : -0.4) - 1e-4 * Double(number) })
        }
        let walk = try #require(SweepJudgeTests.judge(128, 8).judge(outcomes).criteria.last)
        #expect(walk.question == .walkForward)
        #expect(try #require(walk.value) > 0)
        #expect(walk.passes == false)
        #expect(walk.text.contains("(needs above 0, but it lost "), "\(walk.text)")
    }

    @Test("PBO can't be told by a few finalists that happen to trade often")
    func fewRanked() {
        var outcomes = SweepJudgeTests.outcomes(10, periods: 128, seed: 9, edge: 0.006, edged: 3)
        outcomes += (11...21).map { SweepOutcome(number: $0, returns: [Double](repeating: 0, count: 128)) }
        let judgement = SweepJudgeTests.judge(128, 21).judge(outcomes)
        let overfitting = judgement.criteria.first { $0.question == .overfitting }
        #expect(overfitting?.value == nil)
        #expect(overfitting?.reason?.hasPrefix("only 10 of 21 trials have returns") == true, "\(judgement.headline)")
        #expect(judgement.verdict != .survives)
    }

    @Test("a part of a sweep has figures and no answers")
    func scores() {
        let outcomes = SweepJudgeTests.outcomes(12, periods: 128, seed: 3)
        let part = SweepJudgeTests.judge(128, 12).scores(outcomes)
        #expect(part.scores == SweepJudgeTests.judge(128, 12).judge(outcomes).scores)
        #expect(part.criteria.count == 4)
        #expect(part.criteria.allSatisfy { $0.value == nil && $0.passes == nil })
        #expect(part.verdict == .cannotBeTold && part.splits.isEmpty)
    }

    @Test("trials that did nothing are neither chosen nor in the way")
    func idleTrials() {
        var outcomes = SweepJudgeTests.outcomes(10, periods: 128, seed: 9, edge: 0.006, edged: 3)
        outcomes += (11...14).map { SweepOutcome(number: $0, returns: [Double](repeating: 0, count: 128)) }
        let judgement = SweepJudgeTests.judge(128, 14).judge(outcomes)
        #expect(judgement.best == 3)
        #expect(judgement.criteria.allSatisfy { $0.value != nil }, "\(judgement.headline)")
        #expect(judgement.notes.contains { $0.hasPrefix("4 trials traded too seldom") })
    }

    @Test("what halving weeded out counts as tried, and its periods test nothing")
    func halving() {
        let all = SweepJudgeTests.outcomes(30, periods: 200, seed: 4)
        let outcomes = all.map {
            $0.number <= 22 ? SweepOutcome(number: $0.number, returns: Array($0.returns[..<66])) : $0
        }
        var judge = SweepJudgeTests.judge(200, 30)
        judge.seen = 66
        let judgement = judge.judge(outcomes)
        #expect(judgement.compared == 8 && judgement.tried == 30)
        #expect(judgement.judgedPeriods == 134)
        #expect(judgement.splits.allSatisfy { $0.testStart >= 66 })
        // Finalists stand first, whatever the shorter ones showed.
        #expect(judgement.scores.prefix(8).allSatisfy { $0.periods == 200 })
    }

    @Test("the digits shown never contradict the side of the bound")
    func digits() {
        let outcomes = SweepJudgeTests.outcomes(40, periods: 128, seed: 2)
        for criterion in SweepJudgeTests.judge(128, 40).judge(outcomes).criteria where criterion.passes == false {
            #expect(criterion.shown != "0.95" && criterion.shown != "0.20" && criterion.shown != "0.05")
        }
    }

    @Test("no choice looks at its test: walk forward and cross-validation keep their distance")
    func distances() throws {
        var judge = SweepJudgeTests.judge(128, 20)
        judge.splits = WalkForward.Settings(folds: 5, purge: 3, embargo: 4)
        let outcomes = SweepJudgeTests.outcomes(20, periods: 128, seed: 8)
        let splits = judge.judge(outcomes).splits
        let walk = splits.filter { $0.kind == .walkForward }
        #expect(walk.count == 5)
        #expect(walk.allSatisfy { $0.trainEnd == $0.testStart - 4 && $0.trainStart == 0 })
        #expect(walk.last?.testEnd == 128)
        #expect(zip(walk, walk.dropFirst()).allSatisfy { $0.testEnd == $1.testStart })
        judge.splits.isRolling = true
        let rolling = judge.judge(outcomes).splits.filter { $0.kind == .walkForward }
        #expect(Set(rolling.map(\.trainPeriods)).count == 1)
        // What happens in a test changes nothing about the choice made for it.
        let last = try #require(walk.last)
        let changed = outcomes.map { outcome in
            var returns = outcome.returns
            for period in (last.testStart - 3)..<128 { returns[period] = outcome.number == 7 ? 0.1 : -0.1 }
            return SweepOutcome(number: outcome.number, returns: returns)
        }
        judge.splits.isRolling = false
        let again = judge.judge(changed).splits.filter { $0.kind == .walkForward }
        #expect(again.last?.chosen == last.chosen)
        #expect(again.last?.trainSharpe == last.trainSharpe)
        let crossed = splits.filter { $0.kind == .crossValidation }
        #expect(crossed.count == 6)
        #expect(crossed[0].trainStart == crossed[0].testEnd + 3 + 4)
    }
}
