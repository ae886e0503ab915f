// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal

/// A search for pairs of instruments whose prices belong together, over all pairs of a panel.
///
/// Two independent things speak for a pair. *Shared risk*: what is left of both returns, when the factors that move many
/// instruments are taken out, still goes together. *Reverting spread*: Engle's and Granger's test in both directions,
/// of which the weaker counts. Where hundreds of pairs are tested, both are measured against what most pairs show (an
/// empirical null, Efron 2004) and not against theory, which supposes spreads without noise and too few of them; then
/// the number of false pairs among those found is controlled (Benjamini and Hochberg 1995).
public struct PairScan: Sendable {
    /// What was seen of one pair; positions are columns of the panel.
    public struct Evidence: Sendable, Equatable {
        public let first: Int
        public let second: Int
        /// Correlation of what is the instruments' own, in deviations of what unrelated pairs show; nil where not asked.
        public let shared: Double?
        /// The test's statistic and probability in both directions; nil where undefined.
        public let test: CointegrationPair?
        /// All evidence as a normal score: larger speaks for the pair.
        public let score: Double
        /// That chance shows as much.
        public let probability: Double
        /// With the number of tests counted in.
        public let adjusted: Double
    }

    public let panel: PricePanel
    public let settings: PairScanSettings
    /// The rows in which pairs are looked for: all, or the first half where they must hold in the second.
    public let formation: Range<Int>
    /// Common factors, and the group of each symbol (from 0).
    public let factors: Int
    public let groups: [Int]
    /// Every pair that was tested, strongest first.
    public let tested: [Evidence]
    /// Indices into `tested` below the level.
    public let found: Range<Int>
    /// The largest probability of the spread's test at which a found pair counts as reverting, at most one half; nil where the
    /// evidence is that test alone.
    ///
    /// The tests of those found are controlled once more among themselves: two stocks can share their risk and drift apart
    /// for good.
    public let spreadLimit: Double?
    /// How many scores are as far below the middle as the weakest found one is above: what chance adds to those found.
    public let mirrored: Int
    /// Pairs that two found pairs imply: a, b and b, c belong together, so a and c do; with the one in between.
    public let implied: [(evidence: Int, via: Int)]

    /// Scans a panel.
    ///
    /// - Parameters:
    ///   - panel: at least 2 symbols and 64 rows.
    ///   - settings: see `PairScanSettings`.
    ///   - progress: called with the share that is done.
    /// - Throws: why nothing can be tested.
    public init(
        _ panel: PricePanel,
        _ settings: PairScanSettings = PairScanSettings(),
        progress: (Double) -> Void = { _ in }
    ) throws(PairScanError) {
        guard panel.symbols.count >= 2 else {
            throw PairScanError(reason: "a pair needs two symbols, and the prices have \(panel.symbols.count)")
        }
        guard panel.rows >= (settings.isConfirmed ? 128 : 64) else {
            throw PairScanError(
                reason:
                    "\(panel.rows) rows are too few to test pairs: at least \(settings.isConfirmed ? 128 : 64); take \(panel.isDaily ? "" : "shorter steps or ")more days"
            )
        }
        guard panel.symbols.count <= PairScanSettings.mostSymbols else {
            throw PairScanError(
                reason:
                    "\(panel.symbols.count) symbols are more than the \(PairScanSettings.mostSymbols) that one scan takes: "
                    + "a file for --groups names the universe"
            )
        }
        guard settings.evidence == .levels || panel.symbols.count >= PairScanSettings.leastSymbols else {
            throw PairScanError(
                reason: "among \(panel.symbols.count) symbols the market can't be told from what two of them share: "
                    + "at least \(PairScanSettings.leastSymbols), or --evidence levels"
            )
        }
        let formation = settings.isConfirmed ? 0..<panel.rows / 2 : 0..<panel.rows
        var family = try PairFamily(settings.isConfirmed ? panel.part(formation) : panel, settings)
        progress(0.3)
        family.testLevels(progress: { progress(0.3 + 0.65 * $0) })
        let (tested, count) = try family.judged()
        self.panel = panel
        self.settings = settings
        self.formation = formation
        factors = family.factors
        groups = family.groups
        self.tested = tested
        found = 0..<count
        spreadLimit = PairScan.spreadLimit(tested[..<count], settings)
        mirrored = PairScan.mirrored(tested, count)
        implied = PairScan.implied(tested, count)
        progress(1)
    }

    private static func spreadLimit(_ found: ArraySlice<Evidence>, _ settings: PairScanSettings) -> Double? {
        let probabilities = found.map { $0.test?.probability ?? 1 }
        guard settings.evidence == .both else { return nil }
        let share = MultipleTesting.nullShare(probabilities)
        let adjusted = MultipleTesting.benjaminiHochberg.adjusted(probabilities).value ?? []
        // Above one half stand those that the share of unrelated ones is counted from.
        return zip(probabilities, adjusted).filter { $0.0 <= 0.5 && $0.1 * share <= settings.level }.map(\.0).max() ?? 0
    }

    private static func mirrored(_ tested: [Evidence], _ count: Int) -> Int {
        guard count > 0 else { return 0 }
        let weakest = tested[count - 1].score
        return tested.reduce(0) { $1.score <= -weakest ? $0 + 1 : $0 }
    }

    /// The score from which on a pair that two others imply is taken: 0.05 for this pair alone.
    private static let impliedScore = 1.6448536269514722

    private static func implied(_ tested: [Evidence], _ count: Int) -> [(evidence: Int, via: Int)] {
        var partners: [Int: Set<Int>] = [:]
        for pair in tested[..<count] {
            partners[pair.first, default: []].insert(pair.second)
            partners[pair.second, default: []].insert(pair.first)
        }
        return tested.indices[count...].prefix { tested[$0].score >= impliedScore }.compactMap { index in
            let pair = tested[index]
            guard let left = partners[pair.first], let right = partners[pair.second] else { return nil }
            return left.intersection(right).min().map { (index, $0) }
        }
    }
}
