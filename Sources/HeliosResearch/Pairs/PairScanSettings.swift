// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

/// What a scan for pairs looks at, and what it asks of a pair.
public struct PairScanSettings: Sendable, Equatable {
    /// What speaks for a pair.
    public enum Evidence: String, Sendable, CaseIterable {
        /// That both share what no common factor explains, and that their spread comes back.
        case both
        /// That their spread comes back: Engle and Granger alone, in both directions.
        case levels
    }

    /// Which pairs are tested at all: those inside a group.
    public enum Grouping: Sendable, Equatable {
        /// Groups found from the prices (`FactorGroups`).
        case found
        /// All pairs.
        case all
        /// A name for each symbol; symbols without one are left out.
        case given([String: String])
    }

    public var evidence: Evidence
    public var grouping: Grouping
    /// Common factors; nil for as many as stand out of chance.
    public var factors: Int?
    /// Only pairs of two of these are tested, while the factors are those of all; empty for all.
    public var symbols: Set<String>
    /// The share of false pairs among those found that is accepted, above 0 and below 1.
    public var level: Double
    public var control: MultipleTesting
    /// Of the test of the spread.
    public var lags: LagRule
    /// Pairs whose returns go together less than this are not tested (2.8); nil tests all.
    public var minimumCorrelation: Double?
    /// Half-lives outside are not reported, in nanoseconds.
    public var halfLife: ClosedRange<Nanoseconds>?
    /// Crossings of the spread's mean, per stretch of an intraday panel and per 252 rows of a daily one.
    public var minimumCrossings: Double
    /// Whether pairs are found in the first half alone and must hold in the second (2.8): probability below 0.10 and
    /// beta of the same sign.
    public var isConfirmed: Bool
    /// Of the ranges of hedge ratio and half-life, above 0.5 and below 1.
    public var confidence: Double

    /// Rows that are averaged before returns are compared: noise and delays hurt short returns, few rows long ones.
    static let scales = [1, 2, 4]
    /// How much the test of the spread counts beside a weight of one for what is shared.
    static let levelWeight = 0.4
    /// Families smaller than this take the null distribution from theory, larger ones from themselves.
    static let leastFamily = 300

    /// The most symbols of a scan, and the fewest whose common factors can be told.
    public static let mostSymbols = 2_000
    public static let leastSymbols = 10

    public init(
        evidence: Evidence = .both,
        grouping: Grouping = .found,
        factors: Int? = nil,
        symbols: Set<String> = [],
        level: Double = 0.05,
        control: MultipleTesting = .benjaminiHochberg,
        lags: LagRule = .fixed(1),
        minimumCorrelation: Double? = nil,
        halfLife: ClosedRange<Nanoseconds>? = nil,
        minimumCrossings: Double = 0,
        isConfirmed: Bool = false,
        confidence: Double = 0.95
    ) {
        self.evidence = evidence
        self.grouping = grouping
        self.factors = factors
        self.symbols = symbols
        self.level = level
        self.control = control
        self.lags = lags
        self.minimumCorrelation = minimumCorrelation
        self.halfLife = halfLife
        self.minimumCrossings = minimumCrossings
        self.isConfirmed = isConfirmed
        self.confidence = confidence
    }
}

extension PairScanSettings {
    /// The level and what it is a level of.
    public var levelText: String {
        switch control {
        case .benjaminiHochberg: "a false discovery rate of \(level)"
        case .benjaminiYekutieli: "a false discovery rate of \(level) (Benjamini-Yekutieli)"
        case .holm: "a probability of \(level) of any false one (Holm)"
        }
    }
}

/// Why a panel can't be scanned.
public struct PairScanError: Error, Sendable, Equatable, CustomStringConvertible {
    public let reason: String
    public var description: String { reason }
}
