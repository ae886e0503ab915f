// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

extension ReportWriter {
    /// What trading cost: the shortfall's parts, what the price did after fills, and both by everything they are broken down by.
    func tradingCosts() -> String {
        guard let costs = CostReport(result), costs.all.orders > 0 else { return "" }
        var body = shortfall(costs.all) + spreads(costs)
        body += HTML.note(
            "Tables are in basis points, weighted by value traded, and the shortfall's parts in money: a cost is above zero, "
                + "a good markout too. In charts each fill counts the same."
        )
        for dimension in CostDimension.allCases {
            guard let rows = costs[dimension], !rows.isEmpty else { continue }
            body += breakdown(dimension, rows)
        }
        if costs.overflows > 0 {
            body += HTML.note(
                "\(NumberText.count(costs.overflows)) orders, parents and later mids found no room and are left out."
            )
        }
        return HTML.section("tca", "What trading cost", body + HTML.note("The same figures are in tca.json."))
    }

    /// The parts as bars: what each took from the result, so that a cost is to the left.
    private func shortfall(_ row: CostReport.Row) -> String {
        guard let parents = row.parents, let points = parents.shortfallBasisPoints else { return "" }
        let parts: [(name: String, value: Double, points: Double, meaning: String)] = [
            ("Delay", parents.shortfall.delay, points.delay, "what the market moved before the first order"),
            ("Trading", parents.shortfall.trading, points.trading, "against the mid at the first order"),
            ("Opportunity", parents.shortfall.opportunity, points.opportunity, "of what was not traded"),
            ("Fees", parents.shortfall.fees, points.fees, "rebates subtracted"),
            ("Together", parents.shortfall.total, points.total, "the implementation shortfall"),
        ]
        let bars = parts.map { part in
            let shown = "\(NumberText.fixed(-part.value, 2)) (\(NumberText.fixed(-part.points, 2)) bps)"
            return (name: part.name, value: -part.value, text: shown, hover: "\(part.name): \(part.meaning)")
        }
        let caption =
            "Implementation shortfall of \(NumberText.count(parents.count)) orders and parents worth "
            + "\(NumberText.fixed(parents.orderedValue, 0)) when they were decided, as it changed the result: "
            + "a cost is below zero."
        return HTML.note(caption) + ReportChart.rows(bars)
    }

    /// Realised spread and impact by horizon: they add up to the effective spread.
    private func spreads(_ costs: CostReport) -> String {
        func points(_ means: [CostReport.Mean?]) -> [(mean: Double, error: Double?, hover: String)?] {
            zip(means, costs.horizonNames).map { mean, name in mean.map { CostFigure.point($0, name, of: "fills") } }
        }
        let effective = costs.all.effectiveSpread.map { " of \(NumberText.fixed($0.plainMean, 3)) bps" } ?? ""
        return ReportChart.whiskers(
            "Where the effective spread\(effective) of a fill went, with two standard errors: to others, and into impact",
            categories: costs.horizonNames,
            series: [("realised", "a", points(costs.all.realisedSpread)), ("impact", "b", points(costs.all.impact))]
        )
    }

    private func breakdown(_ dimension: CostDimension, _ rows: [CostReport.Row]) -> String {
        let second = CostReport.oneSecond
        let chart =
            rows.count > 1
            ? ReportChart.whiskers(
                "\(CostFigure.title(dimension)): bps with two standard errors",
                categories: rows.map(\.name),
                series: [
                    (
                        "slippage against arrival", "a",
                        rows.map { row in row.arrivalSlippage.map { CostFigure.point($0, row.name, of: "fills") } }
                    ),
                    (
                        "markout after 1 s", "b",
                        rows.map { row in row.markout[second].map { CostFigure.point($0, row.name, of: "fills") } }
                    ),
                ]
            ) : ""
        var table = ReportTable(
            columns: [
                CostFigure.column(dimension), "Orders", "Fill rate", "Fills", "Value",
                "Maker", "Fees", "Arrival", "Effective", "Realised 1 s", "Markout 1 s", "Toxicity", "Fade",
            ]
        )
        table.rows = rows.map { row in
            [
                .text(row.name), .count(row.orders), .share(row.fillRate), .count(row.fills), .number(row.value, 0),
                .share(row.makerShare), .number(row.feesBasisPoints, 2), .number(row.arrivalSlippage?.mean, 2),
                .number(row.effectiveSpread?.mean, 2), .number(row.realisedSpread[second]?.mean, 2),
                .number(row.markout[second]?.mean, 2), .number(row.toxicityBasisPoints, 2), .share(row.fade),
            ]
        }
        return "<h3>\(CostFigure.title(dimension))</h3>\n" + chart + table.html + parents(dimension, rows)
    }

    private func parents(_ dimension: CostDimension, _ rows: [CostReport.Row]) -> String {
        let known = rows.compactMap { row in row.parents.map { (row.name, $0) } }.filter { $0.1.count > 0 }
        if known.isEmpty { return "" }
        var table = ReportTable(
            columns: [
                "\(CostFigure.column(dimension)), parents", "Ended", "Ordered", "Done", "Delay", "Trading",
                "Opportunity", "Fees", "Shortfall", "bps", "VWAP", "Interval", "Reversion",
            ]
        )
        table.rows = known.map { name, parents in
            let parts = parents.shortfall
            let done = ReturnSeries.quotient(parents.doneShares, parents.orderedShares)
            return [
                .text(name), .count(parents.count), .number(parents.orderedValue, 0), .share(done),
                .number(parts.delay, 2), .number(parts.trading, 2), .number(parts.opportunity, 2),
                .number(parts.fees, 2), .number(parts.total, 2), .number(parents.shortfallBasisPoints?.total, 2),
                .number(parents.vwapSlippage?.mean, 2), .number(parents.intervalSlippage?.mean, 2),
                .number(parents.reversion?.mean, 2),
            ]
        }
        return table.html
    }
}

extension ReportCell {
    /// A share of one in per cent.
    fileprivate static func share(_ value: Double?) -> ReportCell { .number(value.map { $0 * 100 }, 1, suffix: " %") }
}

/// Words for figures on the page.
private enum CostFigure {
    static func title(_ dimension: CostDimension) -> String {
        switch dimension {
        case .venue: "By venue"
        case .algorithm: "By algorithm"
        case .strategy: "By strategy"
        case .timeOfDay: "By time of day"
        case .size: "By size of the order, shares"
        }
    }

    static func column(_ dimension: CostDimension) -> String {
        dimension.word.prefix(1).uppercased() + dimension.word.dropFirst()
    }

    static func point(
        _ mean: CostReport.Mean,
        _ name: String,
        of what: String
    ) -> (mean: Double, error: Double?, hover: String) {
        let error = mean.standardError.map { " ± \(NumberText.fixed(2 * $0, 3))" } ?? ""
        let value = NumberText.fixed(mean.plainMean, 3)
        let text = "\(name): \(value)\(error) bps over \(NumberText.count(mean.count)) \(what)"
        return (mean.plainMean, mean.standardError, text)
    }
}
