// SPDX-License-Identifier: MIT
import HeliosMarket

extension ReportWriter {
    /// Profit by pair or instrument: the best and the worst as bars, all of them as a table.
    func groups() -> String {
        let ranked = statistics.ledger.groups.enumerated()
            .sorted { ($1.element.profit, $0.offset) < ($0.element.profit, $1.offset) }.map(\.element)
        if ranked.isEmpty { return "" }
        let ends = ranked.count <= 24 ? ranked : Array(ranked.prefix(12) + ranked.suffix(12))
        let bars = ends.map { item in
            (
                name: item.name, value: item.profit.value, text: NumberText.money(item.profit),
                hover: "\(item.name): \(NumberText.money(item.profit)) after fees of \(NumberText.money(item.fees)), "
                    + "\(NumberText.count(item.trades)) closed trades, \(NumberText.count(item.winners)) winners"
            )
        }
        let caption =
            ranked.count <= 24
            ? "After fees, open positions at the mid."
            : "The twelve best and the twelve worst of \(NumberText.count(ranked.count)), after fees, open positions at the mid."
        var body = HTML.note(caption) + ReportChart.rows(bars) + breakdown(ranked, "Group", limitNote: "summary.json")
        let instruments = statistics.ledger.instruments
        if !instruments.isEmpty {
            let sorted = instruments.enumerated()
                .sorted { ($1.element.profit, $0.offset) < ($0.element.profit, $1.offset) }.map(\.element)
            body +=
                "<details><summary>By instrument (\(NumberText.count(sorted.count)))</summary>"
                + breakdown(sorted, "Instrument", limitNote: "summary.json") + "</details>\n"
        }
        return HTML.section("groups", "Profit by pair", body + HTML.list(pick(.profit)))
    }

    private func breakdown(_ ranked: [ProfitBreakdown], _ first: String, limitNote: String) -> String {
        let isGroup = first == "Group"
        var table = ReportTable(
            columns: [first, "Profit", "Realised", "Unrealised", "Fees"] + (isGroup ? ["Trades", "Hit rate"] : [])
                + ["Fills", "Value traded", "bps"]
        )
        let half = ReportTable.limit / 2
        let kept = ranked.count <= ReportTable.limit ? ranked : Array(ranked.prefix(half) + ranked.suffix(half))
        table.rows = kept.map { item in
            let hits = ReturnSeries.quotient(Double(item.winners) * 100, Double(item.trades))
            let edge = ReturnSeries.quotient(item.profit.value * 10_000, item.traded.value)
            return [
                .text(item.name), .money(item.profit, signed: true), .money(item.realised), .money(item.unrealised),
                .money(item.fees),
            ] + (isGroup ? [.count(item.trades), .number(hits, 0, suffix: " %")] : [])
                + [.count(item.fills), .money(item.traded), .number(edge, 2)]
        }
        let note =
            kept.count < ranked.count
            ? HTML.note(
                "The \(half) best and the \(half) worst of \(NumberText.count(ranked.count)); all are in \(limitNote)."
            )
            : ""
        return table.html + note
    }

    /// The distribution of trade results, and the trades at its ends.
    func trades() -> String {
        let closed = statistics.inputs.trades.closed
        var body = ReportHistogram.profits(statistics.inputs.trades.profits.map(\.value))
        if !closed.isEmpty {
            let ranked = closed.enumerated()
                .sorted { ($1.element.profit, $0.offset) < ($0.element.profit, $1.offset) }.map(\.element)
            let shown = ranked.count <= 20 ? ranked : Array(ranked.prefix(10) + ranked.suffix(10))
            var table = ReportTable(
                columns: ["Group", "Opened", "Closed", "Held", "Profit", "bps", "Fees", "Fills"],
                textColumns: [0]
            )
            table.rows = shown.map { trade in
                let name = TradeLedger.name(of: OrderTag(strategy: trade.strategy, group: trade.group), in: result)
                return [
                    .text(name), time(trade.opened), time(trade.closed), .duration(trade.holding),
                    .money(trade.profit, signed: true), .number(trade.basisPoints, 2), .money(trade.fees),
                    .count(trade.fills),
                ]
            }
            body += table.html
            if shown.count < ranked.count {
                body += HTML.note("The ten best and the ten worst of \(NumberText.count(ranked.count)) closed trades.")
            }
        }
        return HTML.section("trades", "Trades", body + HTML.list(pick(.trades)))
    }

    private func time(_ time: Timestamp) -> ReportCell {
        ReportCell(
            text: TimeText.ofDay(time, midnight: result.midnight),
            sortKey: Double(time - result.midnight) * 1e-9
        )
    }

    /// What became of the orders.
    func orders() -> String {
        let counts = result.counts
        let stages: [(String, Int)] = [
            ("Wanted", counts.orders), ("Refused by risk", counts.rejectedByRisk),
            ("Rejected by venue", counts.rejectedByVenue), ("Accepted", counts.accepted),
            ("Filled in full", counts.filledOrders), ("Cancelled", counts.cancelled),
        ]
        var body = ReportChart.rows(
            stages.map { stage in
                let share = ReturnSeries.quotient(Double(stage.1) * 100, Double(counts.orders))
                let text = share.map { ", \(NumberText.fixed($0, 1)) % of all" } ?? ""
                return (
                    stage.0, Double(stage.1), NumberText.count(stage.1), "\(NumberText.count(stage.1)) orders\(text)"
                )
            }
        )
        if !result.riskRejects.isEmpty {
            var table = ReportTable(columns: ["Risk control", "Orders refused"])
            table.rows = result.riskRejects.map { [.text($0.control), .count($0.count)] }
            body += table.html
        }
        let note = "All orders are in orders.csv, all fills in fills.csv."
        return HTML.section("orders", "Orders and fills", body + HTML.list(pick(.orders)) + HTML.note(note))
    }

    /// Slippage, spreads and what the price did after our fills.
    func costs() -> String {
        let names = FillRecord.markoutHorizons.map { DurationText.short($0) }
        func points(_ samples: [SampleMean]) -> [(mean: Double, error: Double?, hover: String)?] {
            zip(samples, names).map { sample, name in
                sample.mean.map { mean in
                    let error = sample.standardError.map { " ± \(NumberText.fixed(2 * $0, 3))" } ?? ""
                    return (
                        mean, sample.standardError,
                        "\(name): \(NumberText.fixed(mean, 3))\(error) bps over \(NumberText.count(sample.count)) fills"
                    )
                }
            }
        }
        let chart = ReportChart.whiskers(
            "Markout in bps with two standard errors; above zero is good for us",
            categories: names,
            series: [
                ("maker", "a", points(statistics.costs.makerMarkouts)),
                ("taker", "b", points(statistics.costs.takerMarkouts)),
            ]
        )
        let kept = pick(.costs).filter { !$0.definition.key.hasPrefix("markout") }
        return HTML.section("costs", "Slippage and markouts", chart + HTML.list(kept))
    }

    /// How fast the engine was on the machine that ran this.
    func latency() -> String {
        var body = ""
        let kinds = [
            ("From an event's bytes to our order", result.orderLatency), ("Any event", result.eventLatency),
        ]
        for (name, summary) in kinds where summary.count > 0 {
            body += ReportHistogram.latency("\(name): events per latency, both scales logarithmic", summary)
            let figures = [
                ("count", NumberText.count(summary.count)), ("p50", DurationText.short(Int64(summary.p50))),
                ("p90", DurationText.short(Int64(summary.p90))), ("p99", DurationText.short(Int64(summary.p99))),
                ("p99.9", DurationText.short(Int64(summary.p999))),
                ("worst", DurationText.short(Int64(summary.maximum))),
            ]
            body +=
                "<dl class=\"facts\">"
                + figures.map { "<div><dt>\($0.0)</dt><dd>\(HTML.escape($0.1))</dd></div>" }.joined() + "</dl>\n"
        }
        if body.isEmpty { return "" }
        return HTML.section("latency", "Engine latency", body + HTML.note("Wall-clock time on the machine of the run."))
    }

    /// What was held at the end.
    func positions() -> String {
        let open = result.finalPositions.filter { $0.quantity != .zero }
        if open.isEmpty {
            return HTML.section("positions", "Positions at the end", HTML.note("Flat in every instrument."))
        }
        var table = ReportTable(columns: ["Instrument", "Quantity", "Mark", "Value", "Unrealised", "Realised", "Fees"])
        let values = open.map { ($0, Money($0.mark, times: $0.quantity)) }
            .sorted { ($1.1.magnitude, $0.0.instrument) < ($0.1.magnitude, $1.0.instrument) }
        table.rows = values.prefix(ReportTable.limit).map { position, value in
            [
                .text(result.instruments.name(of: position.instrument)),
                ReportCell(text: NumberText.fixed(position.quantity.value, 0), sortKey: position.quantity.value),
                ReportCell(text: position.mark.description, sortKey: position.mark.value), .money(value),
                .money(position.unrealised, signed: true), .money(position.realised, signed: true),
                .money(position.fees),
            ]
        }
        let note =
            open.count > ReportTable.limit
            ? HTML.note(
                "The \(ReportTable.limit) largest of \(NumberText.count(open.count)); all are in positions.csv."
            ) : ""
        return HTML.section("positions", "Positions at the end", table.html + note)
    }

    /// The strategies as they were configured.
    func configuration() -> String {
        var body = ""
        for strategy in result.strategies {
            body += "<h3>\(HTML.escape(strategy.name))</h3>\n"
            body += HTML.note("\(NumberText.count(strategy.groups.count)) groups")
            var table = ReportTable(columns: ["Parameter", "Value"], textColumns: [0, 1])
            table.rows = strategy.parameters.map { [.text($0.name), .text($0.value)] }
            body += table.html
        }
        return HTML.section("configuration", "Configuration", body)
    }

    /// Every statistic with its definition, for reading and for print.
    func allStatistics() -> String {
        var table = ReportTable(columns: ["Statistic", "Value", "Definition", "Source"], textColumns: [0, 2, 3])
        table.rows = statistics.values.map { item in
            let shown = StatisticText.shown(item)
            return [
                .text(item.definition.name),
                ReportCell(text: shown.text + (shown.reason.map { " (\($0))" } ?? ""), sortKey: item.value.number),
                .text(item.definition.definition), .text(item.definition.source),
            ]
        }
        return HTML.section(
            "statistics",
            "Confidence and definitions",
            HTML.list(pick(.confidence))
                + "<details><summary>All \(statistics.values.count) statistics with their definitions</summary>\(table.html)</details>\n"
        )
    }
}
