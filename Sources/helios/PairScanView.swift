// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosResearch

/// What a scan for pairs found, for a terminal and as JSON.
struct PairScanView {
    let scan: PairScan
    let pairs: [ScannedPair]
    let omitted: [PanelOmission]
    let output: String?

    private var symbols: Int { scan.panel.symbols.count }

    func text(top: Int) -> String {
        let kept = pairs.filter { $0.objection == nil }
        var lines = [
            "\(Figures.count(symbols)) symbols, \(Figures.count(scan.panel.rows)) rows of "
                + "\(duration(Double(scan.panel.step)));"
                + " \(Figures.count(scan.tested.count)) of \(Figures.count(symbols * (symbols - 1) / 2)) pairs tested"
                + " in \(Set(scan.groups.filter { $0 >= 0 }).count) groups, \(scan.factors) common factors",
            "\(Figures.count(scan.found.count)) related at \(scan.settings.levelText), "
                + "\(scan.implied.count) more implied by two of them; on the other side of chance stand \(scan.mirrored)",
        ]
        if !omitted.isEmpty {
            lines.append(
                "\(omitted.count) symbols left out: \(omitted[0].symbol) (\(omitted[0].reason))"
                    + (omitted.count > 1 ? ", …" : "")
            )
        }
        if let limit = scan.spreadLimit, !scan.found.isEmpty {
            lines.append("spreads count as coming back up to a probability of \(Figures.fixed(limit, 3)) of their test")
        }
        lines += refusals()
        if !kept.isEmpty { lines += ["", table(kept.prefix(max(top, 0))).text()] }
        if kept.count > top { lines.append("  and \(kept.count - top) more") }
        if let output { lines += ["", "\(output)/pairs.csv, tested.csv, report.html"] }
        return lines.joined(separator: "\n")
    }

    /// Days of trading for daily prices.
    private func duration(_ length: Double) -> String {
        scan.panel.isDaily ? Figures.fixed(length / Double(PricePanel.day), 1) + " d" : Figures.duration(length)
    }

    /// How many found pairs are not to be traded, by reason.
    private func refusals() -> [String] {
        Dictionary(grouping: pairs.compactMap(\.objection), by: \.self).sorted { $0.key < $1.key }.map {
            "\($0.value.count) not taken: \($0.key)"
        }
    }

    private func table(_ pairs: some Sequence<ScannedPair>) -> TextTable {
        var table = TextTable(
            [.left, .left, .right, .left, .right, .left, .right, .right, .right, .left],
            header: ["y", "x", "ratio", "range", "half-life", "95 %", "adjusted p", "spread p", "2nd half p", ""]
        )
        for pair in pairs {
            guard let ratio = pair.ratio, let halfLife = pair.halfLife else { continue }
            table.add(
                pair.y,
                pair.x,
                Figures.fixed(ratio.value, 4),
                "\(Figures.fixed(ratio.low, 3)) to \(ratio.high.isFinite ? Figures.fixed(ratio.high, 3) : "∞")",
                duration(halfLife.value),
                "\(duration(halfLife.low)) to \(halfLife.high.isFinite ? duration(halfLife.high) : "∞")",
                Figures.fixed(pair.evidence.adjusted, 5),
                Figures.fixed(pair.evidence.test?.probability ?? 1, 4),
                Figures.fixed(pair.halves.second?.probability ?? 1, 3),
                pair.via.map { "by \($0)" } ?? ""
            )
        }
        return table
    }

    struct Answer: Encodable {
        struct Pair: Encodable {
            var y: String
            var x: String
            /// Value, low, high; high is missing where it has no bound.
            var ratio: [Double]?
            /// The same if y follows x.
            var beta: [Double]?
            /// Seconds: value, low, high; high is missing where it has no bound.
            var halfLife: [Double]?
            var deviation: Double?
            var score: Double
            var probability: Double
            var adjusted: Double
            var spreadProbability: Double?
            var secondHalf: Double?
            var kept: Bool
            var via: String?
            var objection: String?
        }

        var symbols: Int
        var rows: Int
        var stepSeconds: Double
        var factors: Int
        var tested: Int
        var found: Int
        var implied: Int
        var mirrored: Int
        var omitted: [String: String]
        var pairs: [Pair]
    }

    func answer() -> Answer {
        Answer(
            symbols: symbols,
            rows: scan.panel.rows,
            stepSeconds: Double(scan.panel.step) / 1e9,
            factors: scan.factors,
            tested: scan.tested.count,
            found: scan.found.count,
            implied: scan.implied.count,
            mirrored: scan.mirrored,
            omitted: Dictionary(omitted.map { ($0.symbol, $0.reason) }) { first, _ in first },
            pairs: pairs.map(PairScanView.pair)
        )
    }

    private static func pair(_ pair: ScannedPair) -> Answer.Pair {
        Answer.Pair(
            y: pair.y,
            x: pair.x,
            ratio: pair.ratio.map { [$0.value, $0.low, $0.high].filter(\.isFinite) },
            beta: pair.estimate.map { [$0.beta.value, $0.beta.low, $0.beta.high] },
            halfLife: pair.halfLife.map { [$0.value, $0.low, $0.high].filter(\.isFinite).map { $0 / 1e9 } },
            deviation: pair.estimate?.equilibriumDeviation,
            score: pair.evidence.score,
            probability: pair.evidence.probability,
            adjusted: pair.evidence.adjusted,
            spreadProbability: pair.evidence.test?.probability,
            secondHalf: pair.halves.second?.probability,
            kept: pair.isKept,
            via: pair.via,
            objection: pair.objection
        )
    }
}
