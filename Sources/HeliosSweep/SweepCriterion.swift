// SPDX-License-Identifier: MIT
import HeliosResearch

/// One of the questions that a sweep's best must pass.
public struct SweepCriterion: Sendable, Equatable, Codable {
    public enum Question: String, Sendable, Codable, CaseIterable {
        /// Probability that the best trial's Sharpe ratio is above what the best of so many worthless ones shows.
        case deflatedSharpe
        /// How often the best half-sample choice is below the middle on the other half.
        case overfitting
        /// How often luck alone would make the best as good.
        case realityCheck
        /// Sharpe ratio, a year, of what walking forward would have earned.
        case walkForward
    }

    public let question: Question
    /// Nil where it can't be told.
    public let value: Double?
    /// Why it can't be told.
    public let reason: String?
    /// Why it is not passed although the value would pass.
    public let objection: String?

    init(_ question: Question, _ value: Double?, else reason: String, objection: String? = nil) {
        self.question = question
        self.value = value
        self.reason = value == nil ? reason : nil
        let passes = value.map { SweepCriterion.passes(question, $0) } ?? false
        self.objection = passes ? objection : nil
    }

    /// Whether it is passed; nil where that can't be told.
    public var passes: Bool? {
        value.map { objection == nil && SweepCriterion.passes(question, $0) }
    }

    private static func passes(_ question: Question, _ value: Double) -> Bool {
        switch question {
        case .deflatedSharpe: value >= leastDeflatedSharpe
        case .overfitting: value <= mostOverfitting
        case .realityCheck: value <= mostLuck
        case .walkForward: value > 0
        }
    }

    /// What passes (Bailey and López de Prado 2014; Bailey, Borwein, López de Prado and Zhu 2017; White 2000).
    public static let leastDeflatedSharpe = 0.95
    public static let mostOverfitting = 0.2
    public static let mostLuck = 0.05

    public var name: String {
        switch question {
        case .deflatedSharpe: "deflated Sharpe"
        case .overfitting: "PBO"
        case .realityCheck: "reality check p"
        case .walkForward: "walk-forward Sharpe"
        }
    }

    /// `needs 0.95`, `at most 0.2`.
    public var need: String {
        switch question {
        case .deflatedSharpe: "needs \(SweepCriterion.leastDeflatedSharpe)"
        case .overfitting: "at most \(SweepCriterion.mostOverfitting)"
        case .realityCheck: "at most \(SweepCriterion.mostLuck)"
        case .walkForward: "needs above 0"
        }
    }

    /// `needs above 0, but it lost 1.25 % compounded`.
    public var needInFull: String { objection.map { "\(need), \($0)" } ?? need }

    /// With as many digits as show on which side of the bound it is.
    public var shown: String {
        guard let value else { return "–" }
        let bound: Double
        switch question {
        case .deflatedSharpe: bound = SweepCriterion.leastDeflatedSharpe
        case .overfitting: bound = SweepCriterion.mostOverfitting
        case .realityCheck: bound = SweepCriterion.mostLuck
        case .walkForward: bound = 0
        }
        for places in 2..<6 {
            let text = NumberText.fixed(value, places)
            if text != NumberText.fixed(bound, places) || value == bound { return text }
        }
        return "\(value)"
    }

    /// `PBO 0.63 (at most 0.2)`, `PBO cannot be told: 3 trials`.
    public var text: String {
        value == nil ? "\(name) cannot be told: \(reason ?? "")" : "\(name) \(shown) (\(needInFull))"
    }
}
