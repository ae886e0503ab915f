// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosResearch

/// One self-contained HTML page about a sweep, made like a run's report: what can be believed stands first.
public struct SweepPage: Sendable {
    private let record: SweepRecord
    private let rows: [SweepRow]
    private let judgement: SweepJudgement
    private let headline: String

    /// - Parameters:
    ///   - record: what the sweep is.
    ///   - rows: what became of its trials.
    ///   - judgement: of them.
    ///   - headline: what stands first: the judgement's, or that the sweep is not complete.
    public init(_ record: SweepRecord, _ rows: [SweepRow], _ judgement: SweepJudgement, headline: String) {
        self.record = record
        self.rows = rows
        self.judgement = judgement
        self.headline = headline
    }

    /// The page.
    public func html() -> String {
        let title = HTML.escape("Sweep: \(record.title)")
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
            <header><div><h1>\(title)</h1><p>\(HTML.escape(facts))</p></div></header>
            \(verdict())\(walk())\(overfitting())\(parameters())\(splits())\(trials())
            <footer>Helios · configuration <code>\(SweepRecord.hash(record.configuration))</code> · data <code>\(record.dataHash)</code></footer>
            </main>
            <div id="tip" role="tooltip" hidden></div>
            <script>
            \(reportScript)
            </script>
            </body>
            </html>

            """
    }

    private var facts: String {
        [
            "\(record.search.rawValue), seed \(record.seed)", "\(NumberText.count(judgement.tried)) trials counted",
            "\(NumberText.count(judgement.compared)) compared", record.grid.text,
        ].joined(separator: " · ")
    }

    private func verdict() -> String {
        let level = headline.hasPrefix("SURVIVES") ? "note" : "wrong"
        var text = "<ul class=\"warnings\">\n<li class=\"level-\(level)\"><strong>\(HTML.escape(headline))</strong> "
        text += "The best of many trials always looks good. These figures say how good luck alone would look.</li>\n"
        for note in judgement.notes { text += "<li class=\"level-caution\">\(HTML.escape(note))</li>\n" }
        text += "</ul>\n<div class=\"cards\">\n"
        for criterion in judgement.criteria {
            let colour = criterion.passes.map { $0 ? "pos" : "neg" } ?? ""
            text += "<div class=\"card\"><span>\(HTML.escape(criterion.name))</span>"
            text += "<b class=\"\(colour)\">\(HTML.escape(criterion.shown))</b>"
            text +=
                "<small>\(HTML.escape(criterion.reason.map { "cannot be told: \($0)" } ?? criterion.needInFull))</small></div>\n"
        }
        return HTML.section("verdict", "Can the best be believed?", text + "</div>\n")
    }

    /// The best trial, which was chosen afterwards, beside what choosing as time went by would have earned.
    private func walk() -> String {
        guard !judgement.walkReturns.isEmpty, let best = judgement.best, let run = rows[best - 1].run else { return "" }
        let places = judgement.walkStart..<(judgement.walkStart + judgement.walkReturns.count)
        guard places.upperBound <= run.returns.count else { return "" }
        func curve(_ returns: [Double]) -> [Double] {
            var level = 1.0
            return [0]
                + returns.map { value in
                    level *= 1 + value
                    return (level - 1) * 1e4
                }
        }
        let first = record.grid.midnights[0].nanoseconds
        var times = places.map { Double(record.grid.end(of: $0).nanoseconds - first) * 1e-9 }
        times.insert((times.first ?? 0) - Double(record.grid.length) * 1e-9, at: 0)
        let chart = ReportChart.lines(
            "Return in basis points over the tests of the walk forward",
            times: times,
            series: [
                ChartSeries(name: "walk forward", style: "a", values: curve(judgement.walkReturns), isFilled: true),
                ChartSeries(
                    name: "trial \(best), chosen afterwards",
                    style: "b",
                    values: curve(Array(run.returns[places]))
                ),
            ]
        )
        return HTML.section(
            "walk",
            "What choosing as time went by would have earned",
            chart + HTML.note("The distance between the lines is what looking back has added.")
        )
    }

    private func overfitting() -> String {
        guard !judgement.logits.isEmpty else { return "" }
        let low = judgement.logits.min() ?? 0
        let high = max(judgement.logits.max() ?? 0, low + 1e-9)
        let count = 24
        var bins = [Int](repeating: 0, count: count)
        for logit in judgement.logits { bins[min(Int((logit - low) / (high - low) * Double(count)), count - 1)] += 1 }
        let width = (high - low) / Double(count)
        let bars = bins.enumerated().map { index, bin in
            let middle = low + (Double(index) + 0.5) * width
            return (
                value: Double(bin), style: middle <= 0 ? "neg" : "pos",
                hover: "logit around \(NumberText.fixed(middle, 2)): \(NumberText.count(bin)) splits"
            )
        }
        let chart = ReportChart.columns(
            "Splits by the logit of the chosen trial's rank on the other half",
            bars: bars,
            labels: [0, count / 2, count - 1].map { index in
                (
                    Double(index) / Double(count) + 0.5 / Double(count),
                    NumberText.fixed(low + (Double(index) + 0.5) * width, 1)
                )
            }
        )
        let note =
            "Left of zero, the best on one half was below the middle on the other: the share of these is the PBO."
        return HTML.section("overfitting", "Does the best stay among the better ones?", chart + HTML.note(note))
    }

    /// The mean of the trials by each parameter's value: a plateau is worth more than a peak.
    private func parameters() -> String {
        var body = ""
        let scores = judgement.scores.filter { $0.periods == judgement.periods }
        for (position, key) in (record.trials.first?.parameters.map(\.key) ?? []).enumerated() {
            var sums: [String: (sum: Double, count: Int, best: Double)] = [:]
            for score in scores {
                let sharpe = score.annualSharpe ?? 0
                let value = rows[score.number - 1].trial.parameters[position].value
                let old = sums[value] ?? (0, 0, -.infinity)
                sums[value] = (old.sum + sharpe, old.count + 1, max(old.best, sharpe))
            }
            guard (2...40).contains(sums.count) else { continue }
            let items = sums.sorted { a, b in
                let (left, right) = (number(a.key), number(b.key))
                return left == right ? a.key < b.key : left < right
            }.map { value, sum in
                let mean = sum.sum / Double(sum.count)
                return (
                    name: value, value: mean, text: NumberText.fixed(mean, 2),
                    hover: "\(sum.count) trials, the best of them \(NumberText.fixed(sum.best, 2))"
                )
            }
            body += "<h3>\(HTML.escape(key))</h3>\n" + ReportChart.rows(items)
        }
        let note =
            "Mean Sharpe ratio a year of the trials with this value. Neighbours that do as well speak for a value."
        return HTML.section("parameters", "By parameter", body.isEmpty ? "" : body + HTML.note(note))
    }

    /// The number that a value begins with.
    private func number(_ text: String) -> Double {
        Double(text.prefix { $0.isNumber || $0 == "." || $0 == "-" }) ?? .infinity
    }

    private func splits() -> String {
        let year = record.grid.periodsPerYear.squareRoot()
        var table = ReportTable(
            columns: [
                "Split", "Chosen by", "Tested on", "Trial", "Sharpe there", "Sharpe in the test", "Return in the test",
            ],
            textColumns: [0, 1, 2]
        )
        table.rows = judgement.splits.map { split in
            [
                .text((split.kind == .walkForward ? "walk forward " : "cross-validation ") + "\(split.number)"),
                .text("\(split.trainPeriods) periods of \(split.trainStart + 1) to \(split.trainEnd + 1)"),
                .text("\(split.testStart + 1) to \(split.testEnd)"),
                split.chosen.map { .count($0) } ?? .text("none"),
                .number(split.trainSharpe.map { $0 * year }, 2),
                .number(split.testSharpe.map { $0 * year }, 2),
                .number(split.testReturn * 1e4, 2, suffix: " bp"),
            ]
        }
        let note =
            "Periods count from 1. \(record.splits.purge) are left out between choice and test, in the cross-validation "
            + "\(record.splits.embargo) more behind the test. Sharpe ratios a year."
        return HTML.section("splits", "Choice and test", table.rows.isEmpty ? "" : table.html + HTML.note(note))
    }

    private func trials() -> String {
        let keys = record.trials.first?.parameters.map(\.key) ?? []
        var table = ReportTable(
            columns: ["Trial"] + keys + [
                "Net profit", "Fills", "Sharpe, a year", "Deflated Sharpe", "Drawdown", "Periods",
            ],
            textColumns: []
        )
        table.rows = judgement.scores.prefix(ReportTable.limit).map { score in
            let row = rows[score.number - 1]
            let values = row.trial.parameters.map { parameter -> ReportCell in
                var cell = ReportCell.text(parameter.value)
                let number = number(parameter.value)
                cell.sortKey = number.isFinite ? number : nil
                return cell
            }
            return [.count(score.number)] + values + [
                .number(row.run?.metrics["netProfit"], 2), .count(row.run?.fills ?? 0), .number(score.annualSharpe, 2),
                .number(score.deflatedSharpe, 3), .number(score.maximumDrawdown * 1e4, 2, suffix: " bp"),
                .count(score.periods),
            ]
        }
        let rest = judgement.scores.count - ReportTable.limit
        return HTML.section(
            "trials",
            "Trials",
            table.html + (rest > 0 ? HTML.note("\(NumberText.count(rest)) more are in the database.") : "")
        )
    }
}
