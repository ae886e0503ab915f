// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosResearch

/// What trading cost, as tables for people.
struct TcaView {
    private let report: CostReport

    init(_ report: CostReport) { self.report = report }

    /// Everything, or one breakdown.
    func text(_ dimension: CostDimension?) -> String {
        let all = report.all
        var parts = [
            Console.toned(report.title.isEmpty ? "What trading cost" : "\(report.title): what trading cost", .strong)
        ]
        if all.orders == 0 { return parts[0] + "\n  no order was sent" }
        if dimension == nil {
            if let shortfall = shortfall() { parts.append(shortfall) }
            parts.append(fills())
            if let horizons = horizons() { parts.append(horizons) }
        }
        for shown in dimension.map({ [$0] }) ?? CostDimension.allCases {
            let rows = report[shown] ?? []
            // One value is everything, which was shown above.
            if rows.count > 1 || dimension != nil { parts += breakdown(shown, rows) }
        }
        if report.overflows > 0 {
            let count = Figures.count(report.overflows)
            let text = "! \(count) orders, parents and later mids found no room and are left out"
            parts.append("  " + Console.toned(text, .warning))
        }
        return parts[0] + "\n" + parts.dropFirst().joined(separator: "\n\n")
    }

    /// The parts of the shortfall in money and in basis points; nil without one.
    private func shortfall() -> String? {
        guard let parents = report.all.parents, let points = parents.shortfallBasisPoints else { return nil }
        var table = TextTable([.left, .right, .right], header: ["shortfall", "money", "bps"])
        let money = parents.shortfall
        for (name, amount, share) in [
            ("delay", money.delay, points.delay), ("trading", money.trading, points.trading),
            ("opportunity", money.opportunity, points.opportunity), ("fees", money.fees, points.fees),
            ("together", money.total, points.total),
        ] {
            table.add(name, Figures.fixed(amount, 2), Figures.fixed(share, 2))
        }
        let ordered = Figures.fixed(parents.orderedValue, 0)
        let count = Figures.counted(parents.count, "order and parent", "orders and parents")
        return table.text() + "\n  of \(count) worth \(ordered) when decided"
    }

    private func fills() -> String {
        let all = report.all
        let parents = all.parents
        let left: [(String, String)] = [
            ("orders", Figures.count(all.orders)), ("rejected", Figures.count(all.rejected)),
            ("fills", Figures.count(all.fills)), ("value traded", Figures.fixed(all.value, 0)),
            ("fees", Figures.fixed(all.fees, 2)), ("fill rate", TcaView.share(all.fillRate)),
            ("  of orders that take", TcaView.share(all.takingFillRate)),
            ("  of orders that rest", TcaView.share(all.restingFillRate)), ("fade", TcaView.share(all.fade)),
        ]
        let right: [(String, String)] = [
            ("slippage against arrival", TcaView.mean(all.arrivalSlippage)),
            ("against the market's average", TcaView.mean(parents?.vwapSlippage)),
            ("  first order to last fill", TcaView.mean(parents?.intervalSlippage)),
            ("effective spread", TcaView.mean(all.effectiveSpread)), ("fees", TcaView.points(all.feesBasisPoints)),
            ("reversion", TcaView.mean(parents?.reversion)), ("toxicity", TcaView.points(all.toxicityBasisPoints)),
            ("maker share", TcaView.share(all.makerShare)), ("", ""),
        ]
        var table = TextTable([.left, .right, .left, .left, .right], header: ["", "", "   ", "", "bps"])
        for (first, second) in zip(left, right) { table.add(first.0, first.1, "   ", second.0, second.1) }
        return table.text()
    }

    /// What the price did after fills; nil without any.
    private func horizons() -> String? {
        let all = report.all
        guard all.markout.contains(where: { $0 != nil }) else { return nil }
        let names = report.horizonNames
        var table = TextTable([.left] + names.map { _ in .right }, header: ["after a fill, bps"] + names)
        for (name, means) in [
            ("realised spread", all.realisedSpread), ("impact", all.impact), ("markout", all.markout),
        ] {
            table.add([name] + means.map(TcaView.mean))
        }
        return table.text()
    }

    private func breakdown(_ dimension: CostDimension, _ rows: [CostReport.Row]) -> [String] {
        guard !rows.isEmpty else { return ["  by \(dimension.word): nothing is known"] }
        let second = CostReport.oneSecond
        let header = [
            "by \(dimension.word)", "orders", "filled", "fills", "value", "maker", "fees", "arrival", "effective",
            "realised 1 s", "markout 1 s", "toxicity", "fade",
        ]
        var table = TextTable([.left] + header.dropFirst().map { _ in .right }, header: header)
        for row in rows {
            table.add([
                row.name, Figures.count(row.orders), TcaView.share(row.fillRate), Figures.count(row.fills),
                Figures.fixed(row.value, 0), TcaView.share(row.makerShare), TcaView.points(row.feesBasisPoints),
                TcaView.mean(row.arrivalSlippage), TcaView.mean(row.effectiveSpread),
                TcaView.mean(row.realisedSpread[second]), TcaView.mean(row.markout[second]),
                TcaView.points(row.toxicityBasisPoints), TcaView.share(row.fade),
            ])
        }
        return [table.text()] + (parents(dimension, rows).map { [$0] } ?? [])
    }

    /// The shortfall by a dimension; nil where no parent counts, as by venue.
    private func parents(_ dimension: CostDimension, _ rows: [CostReport.Row]) -> String? {
        let header = [
            "by \(dimension.word)", "ended", "ordered", "done", "delay", "trading", "opportunity", "fees", "shortfall",
            "bps", "VWAP bps", "interval bps", "reversion bps",
        ]
        var table = TextTable([.left] + header.dropFirst().map { _ in .right }, header: header)
        for row in rows {
            guard let parents = row.parents, parents.count > 0 else { continue }
            let parts = parents.shortfall
            let done = parents.orderedShares > 0 ? parents.doneShares / parents.orderedShares : nil
            table.add(
                [
                    row.name, Figures.count(parents.count), Figures.fixed(parents.orderedValue, 0), TcaView.share(done),
                ]
                    + [parts.delay, parts.trading, parts.opportunity, parts.fees, parts.total].map {
                        Figures.fixed($0, 2)
                    } + [
                        TcaView.points(parents.shortfallBasisPoints?.total), TcaView.mean(parents.vwapSlippage),
                        TcaView.mean(parents.intervalSlippage), TcaView.mean(parents.reversion),
                    ]
            )
        }
        return table.isEmpty ? nil : table.text()
    }

    private static func share(_ value: Double?) -> String { value.map { Figures.fixed($0 * 100, 1) + " %" } ?? "–" }
    private static func points(_ value: Double?) -> String { value.map { Figures.fixed($0, 2) } ?? "–" }
    private static func mean(_ mean: CostReport.Mean?) -> String { points(mean?.mean) }
}
