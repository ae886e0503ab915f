// SPDX-License-Identifier: MIT
import HeliosResearch

/// Whether a sweep's best is to be believed.
public enum SweepVerdict: String, Sendable, Codable {
    case survives
    case doesNotSurvive
    /// Too little to tell, which is no survival.
    case cannotBeTold

    /// What failed trials would have earned nobody knows: they can take a survival away, and no refusal.
    init(_ criteria: [SweepCriterion], failed: Int) {
        if criteria.contains(where: { $0.passes == false }) {
            self = .doesNotSurvive
        } else {
            self = failed == 0 && criteria.allSatisfy { $0.passes == true } ? .survives : .cannotBeTold
        }
    }

    public var words: String {
        switch self {
        case .survives: "SURVIVES"
        case .doesNotSurvive: "DOES NOT SURVIVE"
        case .cannotBeTold: "CANNOT BE TOLD"
        }
    }
}

/// A trial's figures.
public struct SweepScore: Sendable, Equatable, Codable {
    public let number: Int
    /// How many it has seen.
    public let periods: Int
    /// Per period; nil without variance.
    public let sharpe: Double?
    public let annualSharpe: Double?
    /// Against the best that as many worthless trials as were made are expected to show.
    public let deflatedSharpe: Double?
    /// Compounded, over the periods that it has seen.
    public let total: Double
    public let maximumDrawdown: Double
}

/// What was found out about a sweep.
public struct SweepJudgement: Sendable, Equatable, Codable {
    public let verdict: SweepVerdict
    public let criteria: [SweepCriterion]
    /// The trial with the highest Sharpe ratio over all data; nil when none varied.
    public let best: Int?
    /// Trials that count against the best.
    public let tried: Int
    /// Of them, in this sweep, those that ran into a fault.
    public let failed: Int
    /// Trials that saw all data, which are compared.
    public let compared: Int
    public let periods: Int
    public let judgedPeriods: Int
    public let periodsPerYear: Double
    /// Of the trials' Sharpe ratios per period.
    public let sharpeVariance: Double?
    /// The Sharpe ratio per period that the best of as many worthless trials is expected to show.
    public let expectedMaximum: Double?
    /// Best first.
    public let scores: [SweepScore]
    public let splits: [SweepSplit]
    /// First period of the walk forward, and what it earned.
    public let walkStart: Int
    public let walkReturns: [Double]
    /// Of the probability of overfitting.
    public let logits: [Double]
    /// What a reader should know.
    public let notes: [String]

    /// The verdict with its reasons: what comes before any table.
    ///
    /// `DOES NOT SURVIVE: deflated Sharpe 0.41 (needs 0.95), PBO 0.63 (at most 0.2)`.
    public var headline: String {
        let refused = criteria.filter { $0.passes == false }
        let unknown = criteria.filter { $0.passes == nil }
        let shown = verdict == .survives ? criteria : verdict == .doesNotSurvive ? refused + unknown : unknown
        var reasons = shown.map(\.text)
        if failed > 0, verdict == .cannotBeTold {
            reasons.append(
                "\(failed) \(failed == 1 ? "trial" : "trials") failed; --resume --retry-failed does them again"
            )
        }
        return "\(verdict.words): " + reasons.joined(separator: ", ")
    }
}

extension SweepScore {
    /// The Sharpe ratio per period of some returns; nil without variance.
    public static func sharpe(_ returns: [Double]) -> Double? { ReturnSeries(returns).sharpePerPeriod }
}
