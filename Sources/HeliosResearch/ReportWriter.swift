// SPDX-License-Identifier: MIT
import HeliosMarket

/// One self-contained HTML page about a run: it opens without a network, on a phone, in the dark, and prints.
public struct ReportWriter: Sendable {
    let result: RunResult
    let statistics: RunStatistics

    /// `statistics` spares computing them again; without it they are.
    public init(_ result: RunResult, statistics: RunStatistics? = nil) {
        self.result = result
        self.statistics = statistics ?? RunStatistics(result)
    }

    /// Writes the page; `path` is replaced when the whole page is written.
    public func write(to path: String) throws(ResultsError) {
        var file = try OutputFile(path)
        file.write(html().utf8)
        try file.close()
    }

    /// The page.
    public func html() -> String {
        let title = HTML.escape(result.title.isEmpty ? "Helios run" : result.title)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
            <title>\(title)</title>
            <style>
            \(reportStyle)
            </style>
            </head>
            <body>
            <main>
            \(header(title))\(warnings())\(assumptions())\(keyFigures())\(equity())\(exposure())\(groups())\(trades())\(orders())\(costs())\(tradingCosts())\(latency())\(positions())\(configuration())\(allStatistics())
            <footer>Helios · output hash <code>\(hash)</code> · hover, focus or tap a figure for its definition</footer>
            </main>
            <div id="tip" role="tooltip" hidden></div>
            <script>
            \(reportScript)
            </script>
            </body>
            </html>

            """
    }

    private var hash: String {
        let digits = String(result.outputHash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private func header(_ title: String) -> String {
        let length: Nanoseconds = 86_400_000_000_000
        // The exchange's date: the midnight before the start, whatever the date in UTC is by then.
        let midnight = result.start.nanoseconds - TimeText.floorMod(result.start - result.midnight, length)
        let day = TimeText.date((midnight - TimeText.floorMod(midnight, length)) / length)
        let zone = result.midnight == .zero ? "UTC" : "exchange time"
        let from = TimeText.ofDay(result.start, midnight: result.midnight)
        let until = TimeText.ofDay(result.end, midnight: result.midnight)
        var facts = [
            "\(day), \(from) to \(until) \(zone)", "\(NumberText.count(result.counts.instruments)) instruments",
            "\(NumberText.count(result.counts.messages)) messages",
        ]
        if result.wallSeconds > 0 {
            let rate = Double(result.counts.messages) / result.wallSeconds
            facts.append(
                "\(NumberText.fixed(result.wallSeconds, 2)) s on the clock, \(NumberText.fixed(rate, 0)) messages/s"
            )
        }
        let sun =
            "<svg class=\"sun\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"5\"/>"
            + "<path d=\"M12 1v3M12 20v3M1 12h3M20 12h3M4.2 4.2l2.1 2.1M17.7 17.7l2.1 2.1M4.2 19.8l2.1-2.1M17.7 6.3l2.1-2.1\"/></svg>"
        return
            "<header>\(sun)<div><h1>\(title)</h1><p>\(HTML.escape(facts.joined(separator: " · ")))</p></div></header>\n"
    }

    private func warnings() -> String {
        let found = statistics.warnings
        if found.isEmpty { return "" }
        var text = "<ul class=\"warnings\">\n"
        for warning in found {
            text += "<li class=\"level-\(warning.severity)\"><strong>\(HTML.escape(warning.headline))</strong> "
            text += "\(HTML.escape(warning.explanation))</li>\n"
        }
        return HTML.section("warnings", "Read this first", text + "</ul>\n")
    }

    private func assumptions() -> String {
        let assumed = result.assumptions
        let items =
            assumed.described.map { ($0.name, $0.value) } + [
                ("Initial cash", NumberText.money(result.initialCash))
            ]
        var text = "<dl class=\"facts\">\n"
        for (name, value) in items {
            text += "<div><dt>\(HTML.escape(name))</dt><dd>\(HTML.escape(value))</dd></div>\n"
        }
        return HTML.section(
            "assumptions",
            "Assumptions",
            text + "</dl>\n"
                + HTML.note(
                    "A resting order fills only when the queue ahead of it is gone or the price trades through it; a touch is not "
                        + "enough. Our orders do not move the historical market; the impact model charges for it. Open positions "
                        + "are valued at the mid price."
                )
        )
    }

    private func keyFigures() -> String {
        let keys = [
            "netProfit", "returnOnCapital", "sharpe", "maximumDrawdown", "trades", "hitRate", "profitFactor",
            "totalCost",
            "valueTraded", "makerShare",
        ]
        var text = "<div class=\"cards\">\n"
        for key in keys {
            guard let item = statistics[key] else { continue }
            let shown = StatisticText.shown(item)
            let colour = ["netProfit", "returnOnCapital"].contains(key) ? HTML.sign(item.value.number) : ""
            text += "<div class=\"card\" tabindex=\"0\" data-tip=\"\(HTML.escape(StatisticText.hover(item)))\">"
            text +=
                "<span>\(HTML.escape(item.definition.name))</span><b class=\"\(colour)\">\(HTML.escape(shown.text))</b>"
            if let reason = shown.reason { text += "<small>\(HTML.escape(reason))</small>" }
            text += "</div>\n"
        }
        text += "</div>\n"
        if let annual = statistics["periodsPerYear"]?.value.number {
            text += HTML.note(
                "Annualised from \(NumberText.count(statistics.series.count)) returns of "
                    + "\(DurationText.short(result.equityInterval)) with \(NumberText.fixed(annual, 0)) periods a year "
                    + "(252 days of 6.5 hours)."
            )
        }
        return HTML.section("key-figures", "Key figures", text)
    }

    /// Seconds since midnight of each equity sample.
    private var times: [Double] { result.equity.map { Double($0.time - result.midnight) * 1e-9 } }

    private func equity() -> String {
        let start = result.initialCash
        var peak = result.equity.first?.equity ?? .zero
        var drawdown: [Double] = []
        for sample in result.equity {
            peak = max(peak, sample.equity)
            drawdown.append((sample.equity - peak).value)
        }
        let net = ChartSeries(
            name: "after fees",
            style: "a",
            values: result.equity.map { ($0.equity - start).value },
            isFilled: true
        )
        let gross = ChartSeries(
            name: "before fees",
            style: "b",
            values: result.equity.map { ($0.equity - start + $0.fees).value }
        )
        let body =
            ReportChart.lines("Profit and loss", times: times, series: [net, gross], height: 280)
            + ReportChart.lines(
                "Drawdown from the highest equity",
                times: times,
                series: [ChartSeries(name: "drawdown", style: "neg", values: drawdown, isFilled: true)],
                height: 120
            )
        return HTML.section("equity", "Equity and drawdown", body + HTML.list(pick(.returns)))
    }

    private func exposure() -> String {
        let series = [
            ChartSeries(name: "gross", style: "b", values: result.equity.map(\.gross.value), isFilled: true),
            ChartSeries(name: "net", style: "a", values: result.equity.map(\.net.value)),
        ]
        let chart = ReportChart.lines("Exposure", times: times, series: series, height: 180)
        return HTML.section("exposure", "Exposure", chart + HTML.list(pick(.exposure)))
    }

    func pick(_ section: StatisticSection) -> [Statistic] {
        statistics.values.filter { $0.definition.section == section }
    }
}
