// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosResearch

/// A run that was done: writes its files and shows its figures.
struct FinishedRun {
    var plan: RunPlan
    var result: RunResult
    var statistics: RunStatistics
    /// How many events had been taken in when the user stopped it; nil when it ran to its end.
    var stoppedAfterEvents: Int?

    /// Writes everything into `directory`; the manifest last, so that a directory with one is whole.
    func write(to directory: String) throws -> Manifest {
        let manager = FileManager.default
        try manager.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try? manager.removeItem(atPath: directory + "/" + Manifest.fileName)
        try ResultsWriter(result, statistics: statistics).write(to: directory)
        if plan.writesReport {
            try ReportWriter(result, statistics: statistics).write(to: directory + "/report.html")
        }
        let copy = directory + "/" + Manifest.configurationName
        try Data(plan.text.utf8).write(to: URL(fileURLWithPath: copy), options: .atomic)
        let manifest = Manifest(
            build: .current,
            title: plan.title,
            configuration: try Fingerprint(of: copy, named: Manifest.configurationName),
            data: try Manifest.sources(of: plan),
            assumptions: result.assumptions.described.map { Manifest.Assumption(model: $0.key, value: $0.value) },
            counts: Manifest.Counts(result.counts),
            stoppedAfterEvents: stoppedAfterEvents,
            outputHash: Figures.hash(result.outputHash),
            results: try Manifest.results(in: directory)
        )
        try manifest.write(to: directory)
        return manifest
    }
}

// MARK: - For people

extension FinishedRun {
    /// The result table.
    func text(_ directory: String) -> String {
        let files = plan.writesReport ? "report.html, " : ""
        var text = Console.toned(plan.title, .strong) + "\n"
        for warning in statistics.warnings where warning.severity != .note {
            text += "  " + Console.toned("! \(warning.headline)", warning.severity == .wrong ? .bad : .warning) + "\n"
        }
        text += facts().text() + "\n\n" + figures().text() + "\n\n"
        if let markouts = markouts() { text += markouts + "\n\n" }
        if let latency = latency() { text += latency + "\n\n" }
        return text
            + "  \(directory)/: \(files)summary.json, tca.json, orders.csv, parents.csv, fills.csv, equity.csv, "
            + "positions.csv, manifest.json\n"
            + "  output hash \(Figures.hash(result.outputHash)), 'helios verify \(directory)' compares"
    }

    private func facts() -> TextTable {
        var table = TextTable([.left, .left])
        let counts = result.counts
        let from = Figures.clock(result.start - result.midnight)
        let until = Figures.clock(result.end - result.midnight)
        let rate = Double(counts.messages) / max(result.wallSeconds, 1e-6)
        table.add("data", plan.dataText)
        table.add("time", "\(from) to \(until), \(Figures.counted(counts.instruments, "instrument"))")
        table.add(
            "events",
            "\(Figures.count(counts.messages)) in \(Figures.duration(result.wallSeconds * 1e9)), \(Figures.rate(rate))"
        )
        if counts.malformed + counts.inconsistent > 0 {
            table.add(
                "bad data",
                Console.toned(
                    "\(Figures.count(counts.malformed)) malformed, \(Figures.count(counts.inconsistent)) inconsistent",
                    .warning
                )
            )
        }
        for (index, model) in result.assumptions.described.enumerated() {
            let name = model.name.prefix(1).lowercased() + model.name.dropFirst()
            table.add(index == 0 ? "assumed" : "", "\(name): \(model.value)")
        }
        return table
    }

    private func figures() -> TextTable {
        var table = TextTable([.left, .right, .left, .left, .right])
        let left = orders()
        let right = money()
        for index in 0..<max(left.count, right.count) {
            let first = index < left.count ? left[index] : ("", "")
            let second = index < right.count ? right[index] : ("", "")
            table.add(first.0, first.1, "   ", second.0, second.1)
        }
        return table
    }

    private func orders() -> [(String, String)] {
        let counts = result.counts
        var rows = [
            ("orders", Figures.count(counts.orders)), ("accepted", Figures.count(counts.accepted)),
            ("filled", Figures.count(counts.filledOrders)), ("fills", Figures.count(counts.fills)),
            ("cancelled", Figures.count(counts.cancelled)),
            ("rejected by the venue", Figures.count(counts.rejectedByVenue)),
            ("refused by risk", Figures.count(counts.rejectedByRisk)),
        ]
        if counts.sweeps > 0 { rows.append(("intermarket sweeps", Figures.count(counts.sweeps))) }
        if counts.tradeThroughs > 0 { rows.append(("trade-throughs", Figures.count(counts.tradeThroughs))) }
        rows += result.riskRejects.map { ("  by \($0.control)", Figures.count($0.count)) }
        return rows + figures(["trades", "hitRate", "profitFactor", "makerShare", "sharesTraded"])
    }

    private func money() -> [(String, String)] {
        figures([
            "realisedProfit", "unrealisedProfit", "fees", "netProfit", "returnOnCapital", "maximumDrawdownMoney",
            "maximumDrawdown", "maximumGross", "finalGross", "sharpe", "sortino", "annualVolatility", "turnover",
            "costToEdge", "impactCost", "borrowCost",
        ])
    }

    private func figures(_ keys: [String]) -> [(String, String)] {
        keys.compactMap { key in
            statistics[key].map { item in
                let name = item.definition.name
                return (
                    name.prefix(1).lowercased() + name.dropFirst(),
                    Figures.statistic(item.value, item.definition.unit)
                )
            }
        }
    }

    /// What the price did after our fills, in basis points with the standard error; nil without a fill.
    private func markouts() -> String? {
        let horizons = FillRecord.markoutHorizons.indices
        let names = FillRecord.markoutNames
        var table = TextTable(
            [.left, .right] + horizons.map { _ in .right },
            header: ["markout, bps", "fills"] + names
        )
        let kinds = [("resting", statistics.costs.makerMarkouts), ("taking", statistics.costs.takerMarkouts)]
        for (name, samples) in kinds where samples[FillRecord.oneSecond].count > 0 {
            let values = samples.map { sample in
                guard let mean = sample.mean else { return "–" }
                let error = sample.standardError.map { "±" + Figures.fixed($0, 2) } ?? ""
                return Figures.fixed(mean, 2) + error
            }
            table.add([name, Figures.count(samples[FillRecord.oneSecond].count)] + values)
        }
        return kinds.contains { $0.1[FillRecord.oneSecond].count > 0 } ? table.text() : nil
    }

    /// Event to order on this machine; nil when no order was sent.
    private func latency() -> String? {
        let latency = result.orderLatency
        guard latency.count > 0 else { return nil }
        var table = TextTable(
            [.left, .right, .right, .right, .right, .right, .right],
            header: ["measured", "count", "p50", "p90", "p99", "p99.9", "max"]
        )
        for (name, summary) in [("event to order", latency), ("any event", result.eventLatency)] {
            let values = [summary.p50, summary.p90, summary.p99, summary.p999, summary.maximum]
            table.add([name, Figures.count(summary.count)] + values.map { Figures.duration(Double($0)) })
        }
        return table.text()
    }
}
