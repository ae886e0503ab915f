// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal

/// A scan for pairs as one page: what was found, how sure that is, and what the spreads look like.
struct PairScanReport {
    let scan: PairScan
    let pairs: [ScannedPair]
    let omitted: [PanelOmission]
    let title: String

    func html() -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
        <title>Pairs: \(HTML.escape(title))</title>
        <style>
        \(reportStyle)
        </style>
        </head>
        <body>
        <main>
        <header><h1>Pairs: \(HTML.escape(title))</h1></header>
        \(summary())\(distribution())\(table())\(spreads())\(leftOut())
        <footer>Helios · every column is defined in docs/pairs.md</footer>
        </main>
        <div id="tip" role="tooltip" hidden></div>
        <script>
        \(reportScript)
        </script>
        </body>
        </html>

        """
    }

    private func summary() -> String {
        let all = scan.panel.symbols.count
        let tradable = pairs.filter { $0.objection == nil }.count
        var lines = [
            "\(NumberText.count(all)) symbols, \(NumberText.count(scan.panel.rows)) rows of "
                + "\(DurationText.short(scan.panel.step)); \(NumberText.count(scan.tested.count)) of "
                + "\(NumberText.count(all * (all - 1) / 2)) pairs tested, inside \(Set(scan.groups.filter { $0 >= 0 }).count) "
                + "groups; \(scan.factors) common factors taken out.",
            "\(scan.found.count) pairs related at \(scan.settings.levelText), "
                + "\(scan.implied.count) more implied by them; of all these \(tradable) are in pairs.csv, the rest has a remark.",
            "\(scan.mirrored) tested pairs are as far on the other side as the weakest found one: about so many of those "
                + "found may be chance.",
        ]
        let kept = pairs.filter(\.isKept).count
        lines.append(
            "\(kept) of \(pairs.count) keep their relation in the second half (probability below 0.10, same sign)."
        )
        return HTML.section("summary", "What was found", lines.map(HTML.note).joined())
    }

    /// The scores of all tested pairs, in columns.
    private func distribution() -> String {
        let (low, width, count) = (-6.0, 0.5, 32)
        var bars = Array(repeating: 0, count: count)
        for pair in scan.tested {
            bars[min(max(Int(((pair.score - low) / width).rounded(.down)), 0), count - 1)] += 1
        }
        let weakest = scan.found.isEmpty ? Double.infinity : scan.tested[scan.found.upperBound - 1].score
        // The found ones are few beside the others: logarithms keep both in sight.
        let heights = bars.map { $0 > 0 ? DeterministicMath.log(Double($0)) / 2.302585092994046 + 0.3 : 0 }
        let columns = bars.indices.map { index in
            let left = low + Double(index) * width
            return (
                value: heights[index], style: left + width / 2 >= weakest ? "pos" : "a",
                hover:
                    "\(NumberText.fixed(left, 1)) to \(NumberText.fixed(left + width, 1)): \(NumberText.count(bars[index])) pairs"
            )
        }
        let labels = stride(from: -6, through: 10, by: 2).map { (Double($0 + 6) / (Double(count) * width), "\($0)") }
        let chart = ReportChart.columns(
            "Pairs by score, logarithmic; found ones in green",
            bars: columns,
            labels: labels,
            scale: ReportScale(0, heights.max() ?? 1)
        )
        return HTML.section("scores", "How sure", chart)
    }

    private func table() -> String {
        var table = ReportTable(
            columns: [
                "y", "x", "ratio", "low", "high", "beta", "low", "high", "half-life", "low", "high", "deviation",
                "crossings", "score",
                "adjusted p", "shared risk", "spread p", "rank", "1st half p", "2nd half p", "remark",
            ],
            textColumns: [0, 1, 20]
        )
        for pair in pairs.prefix(ReportTable.limit) {
            let halfLife = pair.halfLife
            table.rows.append([
                .text(pair.y), .text(pair.x), .number(pair.ratio?.value, 4), .number(pair.ratio?.low, 4),
                .number(pair.ratio?.high, 4), .number(pair.estimate?.beta.value, 4),
                .number(pair.estimate?.beta.low, 4),
                .number(pair.estimate?.beta.high, 4), duration(halfLife?.value), duration(halfLife?.low),
                duration(halfLife?.high), .number(pair.estimate?.equilibriumDeviation, 4), .number(pair.crossings, 1),
                .number(pair.evidence.score, 2), .number(pair.evidence.adjusted, 5), .number(pair.evidence.shared, 2),
                .number(pair.evidence.test?.probability, 4), .number(pair.rank.map(Double.init), 0),
                .number(pair.halves.first?.probability, 3), .number(pair.halves.second?.probability, 3),
                .text(pair.objection ?? pair.via.map { "implied by \($0)" } ?? ""),
            ])
        }
        let more = pairs.count > ReportTable.limit ? HTML.note("The first \(ReportTable.limit) of \(pairs.count).") : ""
        return HTML.section("pairs", "The pairs", table.html + more)
    }

    private func duration(_ value: Double?) -> ReportCell {
        guard let value, value.isFinite, value < 9e18 else { return .number(nil, 0) }
        return .duration(Nanoseconds(value))
    }

    /// The strongest spreads, from their means.
    private func spreads() -> String {
        let panel = scan.panel
        guard let start = panel.times.first else { return "" }
        let midnight = TradingDay.containing(start)?.midnight ?? start
        let times = panel.times.map { Double($0 - midnight) / 1e9 }
        let charts = pairs.lazy.filter { $0.objection == nil }.prefix(8).compactMap { pair -> String? in
            guard let ratio = pair.ratio?.value else { return nil }
            let gaps = zip(panel.prices.column(pair.columnY), panel.prices.column(pair.columnX)).map { $0 - ratio * $1 }
            let mean = gaps.reduce(0, +) / Double(gaps.count)
            let values = gaps.map { $0 - mean }
            return ReportChart.lines(
                "\(pair.y) − \(NumberText.fixed(ratio, 4)) \(pair.x), from its mean",
                times: times,
                series: [ChartSeries(name: "spread", style: "a", values: values)],
                height: 160
            )
        }
        return HTML.section("spreads", "The strongest spreads", charts.joined())
    }

    private func leftOut() -> String {
        guard !omitted.isEmpty else { return "" }
        var table = ReportTable(columns: ["symbol", "why"], textColumns: [0, 1])
        table.rows = omitted.prefix(ReportTable.limit).map { [.text($0.symbol), .text($0.reason)] }
        return HTML.section("omitted", "Symbols left out", table.html)
    }
}
