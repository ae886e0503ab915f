// SPDX-License-Identifier: MIT
import HeliosConfiguration

/// How many trials see how much of the data.
///
/// Successive halving (Jamieson and Talwalkar 2016): all trials on the first part, the best of them on a longer one that
/// begins with it, the best of those on everything. A grid and a random search have one rung.
public struct HalvingSchedule: Sendable, Equatable {
    public struct Rung: Sendable, Equatable {
        /// Trials that run on this rung.
        public let trials: Int
        /// Periods from the first that they see.
        public let periods: Int
    }

    public let rungs: [Rung]

    /// Fewer finalists could not be judged: the judgement compares them.
    public static let fewestFinalists = 8

    /// - Parameters:
    ///   - trials: how many begin, 1 or more.
    ///   - periods: of all the data, 1 or more.
    ///   - sweep: says whether trials are weeded out, and how.
    public init(trials: Int, periods: Int, sweep: SweepConfiguration) {
        guard sweep.search == .halving else {
            rungs = [Rung(trials: trials, periods: periods)]
            return
        }
        var rungs: [Rung] = []
        var share = 1
        var length = periods
        for _ in 0..<sweep.rungs {
            // From the last rung to the first: everything, a part, a part of that.
            rungs.append(Rung(trials: 0, periods: max(length, 1)))
            length /= sweep.keepOneOf
        }
        rungs.reverse()
        self.rungs = rungs.map { rung in
            defer { share = min(share * sweep.keepOneOf, trials) }
            let count = max(min(trials, HalvingSchedule.fewestFinalists), trials / share)
            return Rung(trials: count, periods: rung.periods)
        }
    }

    /// Periods that choosing the finalists has looked at: what is judged begins behind them.
    public var weededPeriods: Int {
        // A rung that all of the next one's trials pass has chosen nothing.
        var weeded = 0
        for (rung, next) in zip(rungs, rungs.dropFirst()) where next.trials < rung.trials { weeded = rung.periods }
        return weeded
    }

    /// Who goes on: the `count` with the highest Sharpe ratios, the first of equals; 0 for one without variance.
    ///
    /// - Returns: numbers in ascending order.
    public static func best(_ count: Int, of scores: [(number: Int, sharpe: Double?)]) -> [Int] {
        let ranked = scores.sorted { a, b in
            let (left, right) = (a.sharpe ?? 0, b.sharpe ?? 0)
            return left == right ? a.number < b.number : left > right
        }
        return ranked.prefix(count).map(\.number).sorted()
    }
}
