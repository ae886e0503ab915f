// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosResearch

/// One choice among trials and what it was worth on periods that it had not seen.
public struct SweepSplit: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable {
        /// The choice is made by what came before the test.
        case walkForward
        /// The choice is made by everything around the test, but for what is purged and embargoed.
        case crossValidation
    }

    public let kind: Kind
    /// From 1.
    public let number: Int
    /// First period of the test and first period after it, from 0.
    public let testStart: Int
    public let testEnd: Int
    /// How many periods the choice was made by.
    public let trainPeriods: Int
    /// First and last of them.
    public let trainStart: Int
    public let trainEnd: Int
    /// The trial with the highest Sharpe ratio there; nil when none varied.
    public let chosen: Int?
    /// Per period.
    public let trainSharpe: Double?
    public let testSharpe: Double?
    /// Compounded.
    public let testReturn: Double
}

/// The choice that a user would have made, made again and again as time goes by.
public struct WalkForward: Sendable {
    public let splits: [SweepSplit]
    /// The tests' returns one after the other, each of the trial chosen before it; zero where none was.
    public let returns: [Double]
    /// First period of the first test.
    public let start: Int

    /// How splits are made.
    public struct Settings: Sendable, Equatable {
        public var folds: Int
        public var isRolling: Bool
        public var purge: Int
        public var embargo: Int

        public init(folds: Int = 4, isRolling: Bool = false, purge: Int = 1, embargo: Int = 1) {
            self.folds = folds
            self.isRolling = isRolling
            self.purge = purge
            self.embargo = embargo
        }
    }

    /// Tests behind each other, as long as each other; nil where there is no room for them.
    ///
    /// - Parameters:
    ///   - trials: number and returns of each, all of one length.
    ///   - settings: how many tests, and what is left out in front of them.
    ///   - seen: periods from the first that nothing may be tested on.
    public init?(_ trials: [(number: Int, returns: [Double])], _ settings: Settings, seen: Int) {
        let periods = trials.first?.returns.count ?? 0
        let start = max(seen, periods / (settings.folds + 1))
        guard settings.folds >= 1, start - settings.purge >= 2, periods - start >= settings.folds else { return nil }
        var splits: [SweepSplit] = []
        var returns: [Double] = []
        for (number, length) in Folds.lengths(count: periods - start, folds: settings.folds).enumerated() {
            let test = (start + returns.count)..<(start + returns.count + length)
            let end = test.lowerBound - settings.purge
            let train = Array((settings.isRolling ? max(0, end - start + settings.purge) : 0)..<end)
            let split = SweepSplit(.walkForward, number + 1, train: train, test: test, trials)
            splits.append(split)
            let chosen = trials.first { $0.number == split.chosen }
            returns += chosen.map { Array($0.returns[test]) } ?? [Double](repeating: 0, count: length)
        }
        self.splits = splits
        self.returns = returns
        self.start = start
    }

    /// Tests on each part, chosen for by the parts around it, purged and embargoed; empty where there is no room.
    ///
    /// `first` is the first period that takes part.
    static func crossValidation(
        _ trials: [(number: Int, returns: [Double])],
        _ settings: Settings,
        from first: Int
    ) -> [SweepSplit] {
        let count = (trials.first?.returns.count ?? 0) - first
        let folds = Folds.purged(
            count: max(count, 0),
            folds: settings.folds + 1,
            horizon: settings.purge,
            embargo: settings.embargo
        )
        return (folds.value?.folds ?? []).enumerated().map { number, fold in
            SweepSplit(
                .crossValidation,
                number + 1,
                train: fold.train.map { $0 + first },
                test: (fold.test.lowerBound + first)..<(fold.test.upperBound + first),
                trials
            )
        }
    }
}

extension SweepSplit {
    /// Chooses among `trials` by the periods `train` and looks at `test`.
    init(
        _ kind: Kind,
        _ number: Int,
        train: [Int],
        test: Range<Int>,
        _ trials: [(number: Int, returns: [Double])]
    ) {
        var best: (number: Int, sharpe: Double, returns: [Double])?
        for trial in trials {
            guard let sharpe = ReturnSeries(train.map { trial.returns[$0] }).sharpePerPeriod else { continue }
            if best.map({ sharpe > $0.sharpe }) ?? true { best = (trial.number, sharpe, trial.returns) }
        }
        let tested = ReturnSeries(best.map { Array($0.returns[test]) } ?? [])
        self.init(
            kind: kind,
            number: number,
            testStart: test.lowerBound,
            testEnd: test.upperBound,
            trainPeriods: train.count,
            trainStart: train.first ?? 0,
            trainEnd: train.last ?? 0,
            chosen: best?.number,
            trainSharpe: best?.sharpe,
            testSharpe: tested.sharpePerPeriod,
            testReturn: tested.total ?? 0
        )
    }
}

extension Folds {
    /// Lengths of `folds` parts of `count`, the first ones longer by one where that does not go.
    fileprivate static func lengths(count: Int, folds: Int) -> [Int] {
        (0..<folds).map { count / folds + ($0 < count % folds ? 1 : 0) }
    }
}
