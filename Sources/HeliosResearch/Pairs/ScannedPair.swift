// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal

/// A pair that a scan has found, with what a trader of it wants to know.
public struct ScannedPair: Sendable {
    /// y follows x: the direction whose spread comes back more surely.
    public let y: String
    public let x: String
    /// Positions in the panel.
    public let columnY: Int
    public let columnX: Int
    public let evidence: PairScan.Evidence
    /// The instrument in between, for a pair that two others imply.
    public let via: String?
    /// Units of x for one of y, whichever of them moves the other; nil where their levels don't go together.
    ///
    /// The value lies between the two regressions of levels (their geometric mean), the range between the ends that both
    /// directions' estimates give: wide, and right for two stocks that follow a third one too.
    public let ratio: SpreadEstimate.Interval?
    /// If y follows x and x does not react to the spread: hedge ratio and half-life, the latter in steps of `step`; nil where the likelihood has no top.
    public let estimate: SpreadEstimate?
    public let step: Nanoseconds
    /// Relations that Johansen's trace statistic sees at 5 %: 1 for a pair, 0 for none, 2 when both come back alone.
    public let rank: Int?
    /// Crossings of the spread's mean, per stretch of an intraday panel, per 252 rows of a daily one.
    public let crossings: Double
    /// y on x in the first and in the second half of the rows.
    public let halves: (first: CointegrationTest?, second: CointegrationTest?)
    /// Why the pair is not to be traded; nil for none.
    public let objection: String?

    /// Nanoseconds until half of a deviation has gone, with its range.
    public var halfLife: SpreadEstimate.Interval? {
        estimate.map {
            let unit = Double(step)
            return SpreadEstimate.Interval(
                value: $0.halfLife.value * unit,
                low: $0.halfLife.low * unit,
                high: $0.halfLife.high * unit
            )
        }
    }

    /// The geometric mean of what both regressions of levels say; nil where a series stands still.
    static func levelRatio(_ y: [Double], _ x: [Double]) -> Double? {
        let (meanY, meanX) = (y.reduce(0, +) / Double(y.count), x.reduce(0, +) / Double(x.count))
        var (yy, xx, xy) = (0.0, 0.0, 0.0)
        for (y, x) in zip(y, x) {
            yy += (y - meanY) * (y - meanY)
            xx += (x - meanX) * (x - meanX)
            xy += (x - meanX) * (y - meanY)
        }
        guard yy > 0, xx > 0 else { return nil }
        return (xy < 0 ? -1 : 1) * (yy / xx).squareRoot()
    }

    /// Whether the second half keeps the relation (2.8): probability below 0.10 and beta of the same sign.
    public var isKept: Bool {
        guard let first = halves.first, let second = halves.second else { return false }
        return second.probability < 0.10 && first.line.beta * second.line.beta > 0
    }
}

extension PairScan {
    /// The pairs that were found and those they imply, strongest first, each with its estimates.
    public func pairs(progress: (Double) -> Void = { _ in }) -> [ScannedPair] {
        let chosen = found.map { ($0, Int?.none) } + implied.map { ($0.evidence, Int?.some($0.via)) }
        let describer = PairDescriber(self)
        return chosen.enumerated().map { place, item in
            progress(Double(place) / Double(chosen.count))
            return describer.describe(tested[item.0], via: item.1)
        }
    }
}

/// Measures pairs that were found.
private struct PairDescriber {
    private let scan: PairScan
    /// The rows that the pairs were found in, averaged for the estimates, and the halves of all rows.
    private let formation: PricePanel
    private let halves: (PricePanel, PricePanel)

    init(_ scan: PairScan) {
        self.scan = scan
        let panel = scan.panel
        let scale = panel.isDaily ? 1 : 3
        let rows = scan.formation
        let looked = panel.part(rows)
        formation = looked.averaged(looked.rows(averaged: scale) >= 96 ? scale : 1)
        let (first, second) = (panel.part(0..<panel.rows / 2), panel.part(panel.rows / 2..<panel.rows))
        halves = (
            first.averaged(PairFamily.levelScale(first, scan.settings)),
            second.averaged(PairFamily.levelScale(second, scan.settings))
        )
    }

    func describe(_ evidence: PairScan.Evidence, via: Int?) -> ScannedPair {
        let isForward = evidence.test.map { $0.forward.statistic <= $0.backward.statistic } ?? true
        let (y, x) = isForward ? (evidence.first, evidence.second) : (evidence.second, evidence.first)
        let (valuesY, valuesX) = (formation.prices.column(y), formation.prices.column(x))
        let estimate = SpreadEstimate.fit(y: valuesY, x: valuesX, confidence: scan.settings.confidence).value
        let ratio = ratio(valuesY, valuesX, estimate)
        let crossings = ratio.map { self.crossings(valuesY, valuesX, $0.value) } ?? 0
        let symbols = scan.panel.symbols
        let pair = ScannedPair(
            y: symbols[y],
            x: symbols[x],
            columnY: y,
            columnX: x,
            evidence: evidence,
            via: via.map { symbols[$0] },
            ratio: ratio,
            estimate: estimate,
            step: formation.step,
            rank: Johansen.test([valuesY, valuesX], lags: 1).value?.rank(at: .five),
            crossings: crossings,
            halves: (half(halves.0, y, x), half(halves.1, y, x)),
            objection: nil
        )
        return pair.with(objection: objection(pair))
    }

    private func half(_ panel: PricePanel, _ y: Int, _ x: Int) -> CointegrationTest? {
        let (valuesY, valuesX) = (panel.prices.column(y), panel.prices.column(x))
        var test = EngleGranger(capacity: panel.rows)
        return test.test(y: valuesY.span, x: valuesX.span, lags: scan.settings.lags).value
    }

    private func ratio(_ y: [Double], _ x: [Double], _ forward: SpreadEstimate?) -> SpreadEstimate.Interval? {
        guard let ratio = ScannedPair.levelRatio(y, x), ratio > 0, let forward else { return nil }
        let backward = SpreadEstimate.fit(y: x, x: y, confidence: scan.settings.confidence).value
        let low = backward.map { $0.beta.high > 0 ? 1 / $0.beta.high : ratio } ?? ratio
        let high = backward.map { $0.beta.low > 0 ? 1 / $0.beta.low : .infinity } ?? ratio
        return SpreadEstimate.Interval(
            value: ratio,
            low: max(min(forward.beta.low, low, ratio), 0),
            high: max(forward.beta.high, high, ratio)
        )
    }

    private func crossings(_ y: [Double], _ x: [Double], _ ratio: Double) -> Double {
        let gaps = zip(y, x).map { $0 - ratio * $1 }
        let mean = gaps.reduce(0, +) / Double(max(gaps.count, 1))
        let spreads = gaps.map { $0 - mean }
        var count = 0
        for stretch in formation.stretches {
            for row in stretch.dropFirst() where (spreads[row] > 0) != (spreads[row - 1] > 0) { count += 1 }
        }
        return formation.isDaily
            ? Double(count) * 252 / Double(max(formation.rows, 1))
            : Double(count) / Double(max(formation.stretches.count, 1))
    }

    private func objection(_ pair: ScannedPair) -> String? {
        guard let estimate = pair.estimate, let halfLife = pair.halfLife else { return "no estimate of its spread" }
        if (pair.evidence.test?.probability ?? 1) > scan.spreadLimit ?? 1 { return "not shown to come back" }
        if estimate.beta.value <= 0 || pair.ratio == nil { return "the hedge ratio is not above zero" }
        if let wanted = scan.settings.halfLife {
            let value = halfLife.value
            if value < Double(wanted.lowerBound) { return "half-life below the range" }
            if value > Double(wanted.upperBound) { return "half-life above the range" }
        }
        if pair.crossings < scan.settings.minimumCrossings { return "too few crossings of the mean" }
        if scan.settings.isConfirmed && !pair.isKept { return "not kept in the second half" }
        return nil
    }
}

extension ScannedPair {
    fileprivate func with(objection: String?) -> ScannedPair {
        ScannedPair(
            y: y,
            x: x,
            columnY: columnY,
            columnX: columnX,
            evidence: evidence,
            via: via,
            ratio: ratio,
            estimate: estimate,
            step: step,
            rank: rank,
            crossings: crossings,
            halves: halves,
            objection: objection
        )
    }
}
