// SPDX-License-Identifier: MIT
import HeliosMath

/// Whether value at risk held: how often losses exceeded it, and whether such days come in clusters.
public enum RiskBacktest {
    /// A test's statistic and the probability of one at least as large if the model is right.
    public struct Test: Sendable, Equatable {
        public var statistic: Double
        public var probability: Double
    }

    /// The supervisors' three zones (Basel 1996).
    public enum Zone: UInt8, Sendable, CaseIterable {
        case green = 0
        case yellow
        case red
    }

    /// Whether the number of exceptions is right: −2 ln of the likelihood ratio, chi-squared with one degree of freedom (Kupiec 1995).
    ///
    /// - Parameters:
    ///   - exceptions: days whose loss exceeded the value at risk.
    ///   - days: all days.
    ///   - expected: their expected share: 1 − confidence.
    /// - Returns: the statistic and its probability; nil where the counts can't be.
    public static func kupiec(exceptions: Int, days: Int, expected: Double) -> Test? {
        guard days > 0, exceptions >= 0, exceptions <= days, expected > 0, expected < 1 else { return nil }
        let share = Double(exceptions) / Double(days)
        let model = logLikelihood(exceptions, days - exceptions, expected)
        return test(-2 * (model - logLikelihood(exceptions, days - exceptions, share)))
    }

    /// How often a day with (1) or without (0) an exception was followed by one with or without.
    public struct Transitions: Sendable, Equatable {
        public var n00: Int
        public var n01: Int
        public var n10: Int
        public var n11: Int

        public init(n00: Int, n01: Int, n10: Int, n11: Int) {
            self.n00 = n00
            self.n01 = n01
            self.n10 = n10
            self.n11 = n11
        }

        /// The counts of a series of days.
        public init(_ exceptions: [Bool]) {
            self.init(n00: 0, n01: 0, n10: 0, n11: 0)
            for (before, after) in zip(exceptions, exceptions.dropFirst()) {
                switch (before, after) {
                case (false, false): n00 += 1
                case (false, true): n01 += 1
                case (true, false): n10 += 1
                case (true, true): n11 += 1
                }
            }
        }
    }

    /// Whether an exception makes another one the next day more likely (Christoffersen 1998); nil where the counts can't be.
    public static func christoffersen(_ counts: Transitions) -> Test? {
        let quiet = counts.n00 + counts.n01
        let loud = counts.n10 + counts.n11
        guard min(counts.n00, counts.n01, counts.n10, counts.n11) >= 0, quiet + loud > 0 else { return nil }
        let pooled = Double(counts.n01 + counts.n11) / Double(quiet + loud)
        let afterQuiet = quiet > 0 ? Double(counts.n01) / Double(quiet) : 0
        let afterLoud = loud > 0 ? Double(counts.n11) / Double(loud) : 0
        let one = logLikelihood(counts.n01 + counts.n11, counts.n00 + counts.n10, pooled)
        let two = logLikelihood(counts.n01, counts.n00, afterQuiet) + logLikelihood(counts.n11, counts.n10, afterLoud)
        return test(-2 * (one - two))
    }

    /// The zone of a count: yellow from where that many or fewer have a probability of 95 %, red from 99.99 %.
    ///
    /// For 250 days at 99 %: green to 4, yellow 5 to 9, red from 10.
    public static func zone(exceptions: Int, days: Int, expected: Double) -> Zone? {
        guard days > 0, exceptions >= 0, exceptions <= days, expected > 0, expected < 1 else { return nil }
        var cumulative = 0.0
        var logChoices = 0.0
        for count in 0...exceptions {
            if count > 0 { logChoices += DeterministicMath.log(Double(days - count + 1) / Double(count)) }
            cumulative += DeterministicMath.exp(logChoices + logLikelihood(count, days - count, expected))
        }
        return cumulative < 0.95 ? .green : cumulative < 0.9999 ? .yellow : .red
    }

    /// a ln p + b ln(1 − p), where nothing times ln 0 is nothing.
    private static func logLikelihood(_ hits: Int, _ misses: Int, _ p: Double) -> Double {
        (hits > 0 ? Double(hits) * DeterministicMath.log(p) : 0)
            + (misses > 0 ? Double(misses) * DeterministicMath.log(1 - p) : 0)
    }

    private static func test(_ ratio: Double) -> Test {
        let statistic = max(ratio, 0)
        return Test(statistic: statistic, probability: DeterministicMath.chiSquaredTail(statistic))
    }
}
