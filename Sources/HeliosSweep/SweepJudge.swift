// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosResearch

/// What a trial earned, period by period.
public struct SweepOutcome: Sendable, Equatable {
    public let number: Int
    /// Of the first periods: as many as the trial has seen.
    public let returns: [Double]

    public init(number: Int, returns: [Double]) {
        self.number = number
        self.returns = returns
    }
}

/// Decides whether the best of many trials is more than the luckiest.
///
/// Every trial that was made counts, whatever became of it: the more are tried, the more the best must show.
public struct SweepJudge: Sendable {
    /// Periods of all the data.
    public var periods: Int
    public var periodsPerYear: Double
    /// Periods by which finalists were chosen: tests of the choice among finalists begin behind them.
    public var seen = 0
    /// Trials that ran, failed ones included, and those that were made earlier.
    public var tried: Int
    /// Trials that ran into a fault: what they would have earned nobody knows, so nothing survives without them.
    public var failed = 0
    public var splits = WalkForward.Settings()
    /// Of the reality check's draws.
    public var seed: UInt64 = 1

    /// What is compared with fewer would be an accident.
    public static let fewestPeriods = 32
    public static let fewestTrials = 4
    /// What part of the finalists must have traded often enough to be ranked: among a few of them the best is soon good.
    public static let leastRanked = 0.5
    /// Draws of the reality check.
    public static let draws = 2_000

    public init(periods: Int, periodsPerYear: Double, tried: Int) {
        self.periods = periods
        self.periodsPerYear = periodsPerYear
        self.tried = tried
    }

    /// The judgement of `outcomes`, in the order of their numbers.
    ///
    /// `progress` takes the share done, 0 to 1, again and again: with tens of thousands of trials it takes minutes.
    public func judge(_ outcomes: [SweepOutcome], progress: (Double) -> Void = { _ in }) -> SweepJudgement {
        let finalists = outcomes.filter { $0.returns.count == periods }.map { ($0.number, $0.returns) }
        let (scores, variance) = ranking(outcomes)
        let best = best(scores)
        let judged = finalists.map { (number: $0.0, returns: Array($0.1[min(seen, periods)...])) }
        let walk = WalkForward(finalists.map { (number: $0.0, returns: $0.1) }, splits, seen: seen)
        let part = SweepJudge.overfittingPart(judged.first?.returns.count ?? 0)
        let overfitting = overfitting(judged, best?.number) { progress(part * $0) }
        let luck = luck(judged) { progress(part + (1 - part) * $0) }
        let criteria = [deflated(best, outcomes.count), overfitting.criterion, luck, forward(walk, best)]
        let crossed = WalkForward.crossValidation(
            finalists.map { (number: $0.0, returns: $0.1) },
            splits,
            from: min(seen, periods)
        )
        return SweepJudgement(
            verdict: SweepVerdict(criteria, failed: failed),
            criteria: criteria,
            best: best?.number,
            tried: tried,
            failed: failed,
            compared: finalists.count,
            periods: periods,
            judgedPeriods: periods - min(seen, periods),
            periodsPerYear: periodsPerYear,
            sharpeVariance: variance,
            expectedMaximum: SharpeInference.expectedMaximum(trials: tried, variance: variance ?? 0),
            scores: scores,
            splits: (walk?.splits ?? []) + crossed,
            walkStart: walk?.start ?? periods,
            walkReturns: walk?.returns ?? [],
            logits: overfitting.logits,
            notes: notes(outcomes, finalists.count, overfitting.seldom)
        )
    }

    /// The figures of `outcomes` while others still run: no question is answered by a part of a sweep.
    public func scores(_ outcomes: [SweepOutcome]) -> SweepJudgement {
        let (scores, variance) = ranking(outcomes)
        let criteria = SweepCriterion.Question.allCases.map {
            SweepCriterion($0, nil, else: "the sweep is not complete")
        }
        return SweepJudgement(
            verdict: .cannotBeTold,
            criteria: criteria,
            best: best(scores)?.number,
            tried: tried,
            failed: failed,
            compared: outcomes.count { $0.returns.count == periods },
            periods: periods,
            judgedPeriods: periods - min(seen, periods),
            periodsPerYear: periodsPerYear,
            sharpeVariance: variance,
            expectedMaximum: SharpeInference.expectedMaximum(trials: tried, variance: variance ?? 0),
            scores: scores,
            splits: [],
            walkStart: periods,
            walkReturns: [],
            logits: [],
            notes: []
        )
    }

    // MARK: The four questions

    /// The best of all data first; who was weeded out has seen less, and stands below.
    private func ranking(_ outcomes: [SweepOutcome]) -> (scores: [SweepScore], variance: Double?) {
        let sharpes = outcomes.map { ReturnSeries($0.returns).sharpePerPeriod }
        let variance = variance(sharpes.map { $0 ?? 0 })
        let scores = zip(outcomes, sharpes).map { score($0, $1, variance) }.sorted { a, b in
            if (a.periods == periods) != (b.periods == periods) { return a.periods == periods }
            let (left, right) = (a.sharpe ?? 0, b.sharpe ?? 0)
            return left == right ? a.number < b.number : left > right
        }
        return (scores, variance)
    }

    /// The first of a ranking that has seen everything.
    private func best(_ scores: [SweepScore]) -> SweepScore? {
        scores.first { $0.periods == periods && $0.sharpe != nil }
    }

    private func score(_ outcome: SweepOutcome, _ sharpe: Double?, _ variance: Double?) -> SweepScore {
        let series = ReturnSeries(outcome.returns, periodsPerYear: periodsPerYear)
        var deflated: Double?
        if let sharpe, let variance, let skewness = series.skewness, let kurtosis = series.kurtosis {
            deflated = SharpeInference.deflated(
                sharpe: sharpe,
                periods: Double(series.count),
                skewness: skewness,
                kurtosis: kurtosis,
                trials: tried,
                variance: variance
            )
        }
        return SweepScore(
            number: outcome.number,
            periods: series.count,
            sharpe: sharpe,
            annualSharpe: series.sharpe,
            deflatedSharpe: deflated,
            total: series.total ?? 0,
            maximumDrawdown: series.maximumDrawdown ?? 0
        )
    }

    private func deflated(_ best: SweepScore?, _ known: Int) -> SweepCriterion {
        let reason: String
        if periods < SweepJudge.fewestPeriods {
            reason = "\(periods) periods, \(SweepJudge.fewestPeriods) are needed"
        } else if tried < 2 {
            reason = "one trial"
        } else if best == nil {
            reason = "no trial's returns vary"
        } else if known < 2 {
            reason = "among one trial's Sharpe ratios there is no variance"
        } else {
            return SweepCriterion(.deflatedSharpe, best?.deflatedSharpe, else: "the returns have no such shape")
        }
        return SweepCriterion(.deflatedSharpe, nil, else: reason)
    }

    private func overfitting(
        _ trials: [(number: Int, returns: [Double])],
        _ best: Int?,
        _ progress: (Double) -> Void
    ) -> (criterion: SweepCriterion, logits: [Double], seldom: Int) {
        func unknown(_ reason: String, _ seldom: Int = 0) -> (SweepCriterion, [Double], Int) {
            (SweepCriterion(.overfitting, nil, else: reason), [], seldom)
        }
        let count = trials.first?.returns.count ?? 0
        guard count >= SweepJudge.fewestPeriods else { return unknown(tooFew(count)) }
        let blocks = SweepJudge.blocks(count)
        let ranked = trials.filter { SweepJudge.varies($0.returns, blocks: blocks) }
        let seldom = trials.count - ranked.count
        guard ranked.count >= SweepJudge.fewestTrials else {
            return unknown(
                "\(ranked.count) trials with returns on enough days or hours, \(SweepJudge.fewestTrials) are needed",
                seldom
            )
        }
        guard Double(ranked.count) >= SweepJudge.leastRanked * Double(trials.count) else {
            return unknown(
                "only \(ranked.count) of \(trials.count) trials have returns on enough days or hours, half are needed",
                seldom
            )
        }
        guard ranked.contains(where: { $0.number == best }) else {
            return unknown("the best trial's returns do not vary on half of the time", seldom)
        }
        switch BacktestOverfitting.test(ranked.map(\.returns), blocks: blocks, progress: progress) {
        case .defined(let result):
            return (SweepCriterion(.overfitting, result.probability, else: ""), result.logits, seldom)
        case .undefined: return unknown("a trial's returns do not vary on some half", seldom)
        }
    }

    /// Four periods or more a block, at most 16 blocks.
    private static func blocks(_ periods: Int) -> Int { min(16, periods / 8 * 2) }

    /// What part of the two long tests' time the first takes: a block of a split about as much as ten periods of a draw.
    private static func overfittingPart(_ periods: Int) -> Double {
        let blocks = blocks(periods)
        let splits = 10 * Double(blocks * BacktestOverfitting.splitCount(blocks: blocks))
        return splits / (splits + Double(draws * max(periods, 1)))
    }

    private func luck(
        _ trials: [(number: Int, returns: [Double])],
        _ progress: (Double) -> Void
    ) -> SweepCriterion {
        let count = trials.first?.returns.count ?? 0
        guard count >= SweepJudge.fewestPeriods else { return SweepCriterion(.realityCheck, nil, else: tooFew(count)) }
        let check = RealityCheck.test(trials.map(\.returns), draws: SweepJudge.draws, seed: seed, progress: progress)
        return SweepCriterion(.realityCheck, check.value?.probability, else: "no trial's returns vary")
    }

    /// A mean of returns can be above zero while the money shrinks: the walk and the best trial must both have gained.
    private func forward(_ walk: WalkForward?, _ best: SweepScore?) -> SweepCriterion {
        guard let walk, walk.returns.count >= SweepJudge.fewestPeriods / 2 else {
            return SweepCriterion(.walkForward, nil, else: "too few periods for \(splits.folds) tests")
        }
        let series = ReturnSeries(walk.returns, periodsPerYear: periodsPerYear)
        func lost(_ total: Double) -> String { "it lost \(NumberText.fixed(-total * 100, 2)) % compounded" }
        var objection: String?
        if let total = series.total, total <= 0 {
            objection = "but \(lost(total))"
        } else if let best, best.total <= 0 {
            objection = "but of the best trial: \(lost(best.total))"
        }
        return SweepCriterion(
            .walkForward,
            series.sharpe,
            else: "what was chosen did not trade in the tests",
            objection: objection
        )
    }

    private func tooFew(_ count: Int) -> String {
        let behind = seen > 0 ? " behind those that finalists were chosen by" : ""
        return "\(count) periods\(behind), \(SweepJudge.fewestPeriods) are needed"
    }

    // MARK: Parts

    /// Of the Sharpe ratios, with the divisor n − 1; nil below two.
    ///
    /// Where trials count whose ratios are not here, these ones' variance does not speak for them: a narrow search around
    /// what a wide one found has next to none. It is then at least that of worthless trials' ratios, 1 / (T − 1).
    private func variance(_ sharpes: [Double]) -> Double? {
        guard sharpes.count >= 2 else { return nil }
        let mean = sharpes.reduce(0, +) / Double(sharpes.count)
        let variance = sharpes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sharpes.count - 1)
        return tried > sharpes.count ? max(variance, 1 / Double(max(periods - 1, 1))) : variance
    }

    /// Whether there is no half of the blocks on which the returns are all alike.
    private static func varies(_ returns: [Double], blocks: Int) -> Bool {
        var still = 0
        var start = 0
        for block in 0..<blocks {
            let length = returns.count / blocks + (block < returns.count % blocks ? 1 : 0)
            if returns[start..<(start + length)].allSatisfy({ $0 == 0 }) { still += 1 }
            start += length
        }
        return still < blocks / 2
    }

    /// `1 trial was`, `2 trials were`.
    private static func trials(_ count: Int) -> String { count == 1 ? "1 trial was" : "\(count) trials were" }

    private func notes(_ outcomes: [SweepOutcome], _ finalists: Int, _ seldom: Int) -> [String] {
        var notes: [String] = []
        if seen > 0 {
            notes.append(
                "\(SweepJudge.trials(outcomes.count - finalists)) weeded out by the first \(seen) periods; the \(finalists) that were "
                    + "left are compared on the \(periods - min(seen, periods)) behind. The deflated Sharpe ratio counts all."
            )
        }
        let missing = tried - outcomes.count
        if missing > 0 {
            notes.append("\(missing) more are counted: they failed, or were made before this sweep.")
        }
        let ruined = outcomes.count { $0.returns.contains(-1) }
        if ruined > 0 {
            notes.append("\(ruined) lost all of the money: their returns are −1 in that period and 0 behind it.")
        }
        if seldom > 0 {
            notes.append(
                "\(seldom) \(seldom == 1 ? "trial" : "trials") traded too seldom to be ranked on every half of the data: PBO leaves them out."
            )
        }
        return notes
    }
}
