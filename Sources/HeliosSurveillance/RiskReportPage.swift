// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosResearch
import HeliosRisk

/// The risk report as one self-contained page, in the dress of a run's report.
public struct RiskReportPage: Sendable {
    private let report: RiskReport
    private var review: SessionReview { report.review }
    private var names: EvidenceNames { report.review.names }

    public init(_ report: RiskReport) { self.report = report }

    /// The page.
    public var html: String {
        let title = HTML.escape("Risk report, \(report.title)")
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
            \(alerts)\(profit)\(limits)\(refusals)\(backtest)\(dropCopy)\(reconciliation)\(conduct)\(quality)\(effectiveness)\(commands)\(annual)
            <footer>Helios · the evidence, this page with it, and its digest: <code>evidence/manifest.json</code></footer>
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
        let orders = NumberText.count(review.orders.count)
        let executions = NumberText.count(review.positions.count)
        return "\(report.day) · \(orders) orders · \(executions) executions · \(report.count(.incident)) incidents · "
            + "\(report.count(.warning)) warnings"
    }

    private func clock(_ time: Timestamp) -> String {
        names.midnight == .zero ? UTCText.text(time) : TimeText.ofDay(time, midnight: names.midnight)
    }

    private var alerts: String {
        guard !report.alerts.isEmpty else {
            return HTML.section("alerts", "Alerts", HTML.note("No control behind the trade has found anything."))
        }
        var table = ReportTable(
            columns: ["Control", "Severity", "Time", "Instrument", "What", "Value", "Limit"],
            textColumns: [0, 1, 2, 3, 4]
        )
        let worstFirst = report.alerts.enumerated()
            .sorted { ($1.element.severity, $0.offset) < ($0.element.severity, $1.offset) }.map(\.element)
        table.rows = worstFirst.prefix(ReportTable.limit).map { alert in
            [
                .text(alert.control.name), .text(alert.severity.name), .text(clock(alert.time)),
                .text(names.instrument(alert.instrument)), .text(alert.text), .text(alert.measure.text(alert.value)),
                .text(alert.measure.text(alert.limit)),
            ]
        }
        var body = table.html
        if report.alerts.count > ReportTable.limit { body += HTML.note("More are in alerts.csv.") }
        return HTML.section("alerts", "Alerts", body)
    }

    private var profit: String {
        var table = ReportTable(
            columns: ["Strategy", "Group", "Instrument", "Position", "Realised", "Unrealised", "Fees", "Net"],
            textColumns: [0, 1, 2]
        )
        for (key, line) in review.profit.ordered.prefix(ReportTable.limit) {
            let unrealised = line.unrealised(at: review.marks[key.instrument] ?? .zero)
            table.rows.append([
                .text(names.strategy(key.strategy)),
                .text(names.group(OrderTag(strategy: key.strategy, group: key.group))),
                .text(names.instrument(Instrument(id: key.instrument))),
                .number(Double(line.position) * 1e-8, 0), .money(Money(raw: line.realised), signed: true),
                .money(Money(raw: unrealised), signed: true), .money(Money(raw: line.fees)),
                .money(Money(raw: line.realised + unrealised - line.fees), signed: true),
            ])
        }
        let total = review.total
        let net = Money(raw: total.realised + total.unrealised - total.fees)
        let note =
            "Net \(NumberText.money(net)): realised \(NumberText.money(Money(raw: total.realised))), unrealised "
            + "\(NumberText.money(Money(raw: total.unrealised))), fees \(NumberText.money(Money(raw: total.fees))). Cash "
            + "\(NumberText.money(Money(raw: review.positions.cash))). Executions that were taken back: \(review.broken.count)."
        return HTML.section("profit", "Positions and profit", HTML.note(note) + table.html)
    }

    private var limits: String {
        let bars = review.uses.map { use in
            let share = Double(use.basisPoints) / 100
            return (
                name: use.name, value: share, text: NumberText.fixed(share, 1) + " %",
                hover: "peak \(use.kind.measure.text(use.peak)) of \(use.kind.measure.text(use.limit))"
            )
        }
        guard !bars.isEmpty else { return "" }
        var table = ReportTable(columns: ["Limit", "Value", "Peak", "99.9 %", "Use", ""], textColumns: [0, 5])
        table.rows = zip(review.uses, report.effectiveness.limits).map { use, limit in
            [
                .text(use.name), .text(use.kind.measure.text(use.limit)), .text(use.kind.measure.text(use.peak)),
                .text(use.kind.measure.text(limit.percentile999)),
                .number(Double(use.basisPoints) / 100, 2, suffix: " %"),
                .text(limit.isNeverUsed ? "never used" : limit.isTooWide ? "too wide" : ""),
            ]
        }
        let shown = bars.sorted { $0.value > $1.value }.prefix(24)
        return HTML.section("limits", "Use of limits", ReportChart.rows(Array(shown)) + table.html)
    }

    private var refusals: String {
        let groups = report.refusalsByControl
        guard !groups.isEmpty else {
            return HTML.section("refusals", "Refusals", HTML.note("The gate refused nothing."))
        }
        var table = ReportTable(
            columns: ["Control", "Strategy", "Orders", "Last reason", "Last value", "Limit"],
            textColumns: [0, 1, 3]
        )
        table.rows = groups.map { group in
            let refusal = group.last.refusal
            return [
                .text(group.control.name), .text(group.strategy), .count(group.count), .text("\(refusal.reason)"),
                .text(refusal.measure.text(refusal.value)), .text(refusal.measure.text(refusal.limit)),
            ]
        }
        return HTML.section("refusals", "Refusals", table.html + HTML.note("Each of them stands in refusals.csv."))
    }

    private var backtest: String {
        let test = report.backtest
        guard !test.days.isEmpty else {
            return HTML.section("backtest", "Loss against value at risk", HTML.note("No day has both in the history."))
        }
        func number(_ value: Double?) -> String { value.map { NumberText.fixed($0, 4) } ?? "–" }
        let chart = ReportChart.lines(
            "Profit and loss, and value at risk, by day",
            times: test.days.indices.map { Double($0) * 86_400 },
            series: [
                ChartSeries(name: "Profit and loss", style: "a", values: test.days.map(\.pnl)),
                ChartSeries(name: "Value at risk", style: "neg", values: test.days.map { -$0.valueAtRisk }),
            ]
        )
        let note =
            "\(test.exceptions) of \(test.days.count) days lost more. Kupiec \(number(test.kupiec?.statistic)) (probability "
            + "\(number(test.kupiec?.probability))), Christoffersen \(number(test.christoffersen?.statistic)) (probability "
            + "\(number(test.christoffersen?.probability))), zone \(test.zone.map { "\($0)" } ?? "–")."
            + (test.incomplete.isEmpty
                ? "" : " Days with only one of the two, which don't count: \(test.incomplete.count).")
        return HTML.section("backtest", "Loss against value at risk", HTML.note(note) + chart)
    }

    private var dropCopy: String {
        guard let match = review.dropCopy else {
            return HTML.section("drop-copy", "Drop copy", HTML.note("No drop copy was given."))
        }
        let note =
            "\(match.matched) executions matched, \(match.mismatched) with other terms, \(match.unmatched) without a counterpart. "
            + "We have \(match.own), the copy has \(match.copied)."
        return HTML.section("drop-copy", "Drop copy", HTML.note(note))
    }

    private var reconciliation: String {
        guard let lines = review.reconciliation else {
            return HTML.section("reconciliation", "Reconciliation", HTML.note("No clearing file was given."))
        }
        var table = ReportTable(columns: ["Item", "Symbol", "Ours", "Theirs", "Difference"], textColumns: [0, 1])
        let sorted = lines.filter { !$0.isEqual } + lines.filter(\.isEqual)
        table.rows = sorted.prefix(ReportTable.limit).map { line in
            [
                line.item, line.symbol, line.measure.text(line.ours), line.measure.text(line.theirs),
                line.measure.text(line.difference),
            ]
            .map(ReportCell.text)
        }
        let different = lines.count { !$0.isEqual }
        let note = different == 0 ? "Everything agrees." : "\(different) of \(lines.count) items differ."
        return HTML.section("reconciliation", "Reconciliation", HTML.note(note) + table.html)
    }

    private var conduct: String {
        let found = ["layering", "wash", "momentum-ignition", "marking-the-close"]
            .map { "\($0) \(review.conduct[$0] ?? 0)" }.joined(separator: ", ")
        return HTML.section("conduct", "Surveillance", HTML.note("Found: \(found). Definitions: docs/surveillance.md."))
    }

    private var quality: String {
        var table = ReportTable(
            columns: [
                "Instrument", "Sort", "Orders", "Shares", "Executed", "Effective", "Quoted", "E/Q",
            ] + ExecutionQuality.horizonNames,
            textColumns: [0, 1]
        )
        table.rows = review.quality.prefix(ReportTable.limit).map { row in
            [
                .text(names.instrument(row.instrument)), .text(row.sort.rawValue), .count(row.orders),
                .number(row.shares, 0),
                .number(row.executedShares, 0), .number(row.effectiveSpread, 4), .number(row.quotedSpread, 4),
                .number(row.effectiveOverQuoted, 2),
            ] + ExecutionQuality.horizonNames.indices.map { .number(row.realisedSpread($0), 4) }
        }
        return HTML.section(
            "quality",
            "Execution quality",
            table.html.isEmpty ? "" : HTML.note("Spreads in the currency for each share.") + table.html
        )
    }

    private var effectiveness: String {
        var table = ReportTable(
            columns: ["Control", "Today", "Last fired", "Last tested", ""],
            textColumns: [0, 2, 3, 4]
        )
        table.rows = report.effectiveness.controls.map { control in
            [
                .text(control.control.name), .count(control.today), .text(control.lastFired ?? "–"),
                .text(control.lastTested ?? "–"), .text(control.isStale ? "not seen for 30 days" : ""),
            ]
        }
        return HTML.section("effectiveness", "Effectiveness of the controls", table.html)
    }

    private var commands: String {
        var table = ReportTable(
            columns: ["Time", "Record", "What", "Of", "Before", "After", "Who", "Why", "The gate"],
            textColumns: [0, 2, 3, 4, 5, 6, 7, 8]
        )
        table.rows = review.commands.prefix(ReportTable.limit).map { command in
            let words = CommandWords(command, names)
            let isChange = !words.limit.isEmpty
            let subject = [words.scope, words.target == "all" ? "" : words.target, isChange ? words.text : ""]
            return [
                .text(clock(command.event.receiveTime)), .count(Int(command.event.sequence)),
                .text(words.action.isEmpty ? "\(command.event.kind)" : words.action),
                .text(subject.filter { !$0.isEmpty }.joined(separator: " ")),
                .text(isChange ? words.before : "\(command.stateBefore)"),
                .text(isChange ? words.after : "\(command.stateAfter)"),
                .text([words.first, words.second].filter { !$0.isEmpty }.joined(separator: ", ")),
                .text(command.said.reason), .text(command.outcome),
            ]
        }
        return HTML.section("commands", "Commands and changes of limits", table.html)
    }

    private var annual: String {
        let pack = report.annual
        var table = ReportTable(
            columns: ["Algorithm", "Owner", "Account", "Orders", "Executions", "Parameters"],
            textColumns: [0, 1, 2, 5]
        )
        table.rows = pack.algorithms.map { algorithm in
            [
                .text(algorithm.name), .text(algorithm.owner), .text(algorithm.account), .count(algorithm.orders),
                .count(algorithm.executions), .text(algorithm.parameters),
            ]
        }
        let tests = pack.killTests.isEmpty ? "none within a year" : pack.killTests.joined(separator: ", ")
        let note =
            "Peaks of six months in a second: \(pack.peakMessages) messages, \(pack.peakTrades) trades; a stress must carry "
            + "\(pack.stressMessages) and \(pack.stressTrades). Tests of the kill switch: \(tests). Limits: \(pack.limits)."
        return HTML.section("annual", "Annual pack", HTML.note(note) + table.html)
    }
}
