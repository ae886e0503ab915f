// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosRisk

extension RiskReport {
    /// Writes the report's tables as chained files beside the evidence.
    ///
    /// - Throws: `EvidenceError` when something can't be written.
    public func writeTables(in directory: String) throws(EvidenceError) -> [EvidenceFile.Summary] {
        [
            try alertTable(directory), try refusalTable(directory), try limitTable(directory),
            try qualityTable(directory), try reconciliationTable(directory), try profitTable(directory),
        ]
    }

    private func alertTable(_ directory: String) throws(EvidenceError) -> EvidenceFile.Summary {
        let file = try EvidenceFile(
            "alerts.csv",
            in: directory,
            columns: [
                "control", "severity", "finding", "time_ns", "time_utc", "raised_ns", "record", "scope", "instrument",
                "order",
                "execution", "value", "limit", "deadline_utc", "halts", "text",
            ]
        )
        for alert in alerts {
            file.add([
                alert.control.name, alert.severity.name, alert.finding, "\(alert.time.nanoseconds)",
                UTCText.text(alert.time),
                "\(alert.raised.nanoseconds)", alert.sequence == 0 ? "" : "\(alert.sequence)", alert.scope,
                review.names.instrument(alert.instrument), alert.orderID == 0 ? "" : "\(alert.orderID)",
                alert.executionID == 0 ? "" : "\(alert.executionID)", alert.measure.text(alert.value),
                alert.measure.text(alert.limit), alert.deadline.map(UTCText.text) ?? "",
                alert.halts.map { review.names.scope($0) } ?? "", alert.text,
            ])
        }
        return try file.close()
    }

    private func refusalTable(_ directory: String) throws(EvidenceError) -> EvidenceFile.Summary {
        let file = try EvidenceFile(
            "refusals.csv",
            in: directory,
            columns: [
                "record", "time_ns", "time_utc", "order", "control", "reason", "scope", "limit_index", "strategy",
                "instrument",
                "side", "quantity", "price", "value", "limit", "version",
            ]
        )
        for record in review.refusals {
            let (order, refusal) = (record.order, record.refusal)
            let place = refusal.place(in: review.names)
            file.add([
                "\(record.sequence)", "\(record.time.nanoseconds)", UTCText.text(record.time), "\(order.id)",
                refusal.control.name, "\(refusal.reason)", place.scope, place.limit,
                review.names.strategy(order.tag.strategy), review.names.instrument(order.instrument), "\(order.side)",
                "\(order.quantity)", "\(order.price)", refusal.measure.text(refusal.value),
                refusal.measure.text(refusal.limit), place.version,
            ])
        }
        return try file.close()
    }

    private func limitTable(_ directory: String) throws(EvidenceError) -> EvidenceFile.Summary {
        let file = try EvidenceFile(
            "limits.csv",
            in: directory,
            columns: [
                "name", "kind", "limit", "peak", "percentile_99_9", "use_percent", "samples", "too_wide",
            ]
        )
        for (use, limit) in zip(review.uses, effectiveness.limits) {
            let measure = use.kind.measure
            file.add([
                use.name, "\(use.kind)", measure.text(use.limit), measure.text(use.peak),
                measure.text(limit.percentile999), RiskReport.percent(use.basisPoints), "\(use.samples)",
                limit.isNeverUsed ? "never used" : limit.isTooWide ? "yes" : "no",
            ])
        }
        return try file.close()
    }

    private func qualityTable(_ directory: String) throws(EvidenceError) -> EvidenceFile.Summary {
        let file = try EvidenceFile(
            "execution-quality.csv",
            in: directory,
            columns: [
                "instrument", "sort", "orders", "refused_orders", "shares", "executed_shares", "cancelled_shares",
                "effective_spread", "quoted_spread", "effective_over_quoted", "improved_shares", "improvement",
                "mean_time_to_execution_ns",
            ] + ExecutionQuality.horizonNames.map { "realised_spread_\($0)" }
        )
        func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        for row in review.quality {
            file.add(
                [
                    review.names.instrument(row.instrument), row.sort.rawValue, "\(row.orders)", "\(row.refusedOrders)",
                    "\(row.shares)", "\(row.executedShares)", "\(row.cancelledShares)", number(row.effectiveSpread),
                    number(row.quotedSpread), number(row.effectiveOverQuoted), "\(row.improvedShares)",
                    "\(row.improvement)",
                    number(row.meanTime),
                ] + ExecutionQuality.horizonNames.indices.map { number(row.realisedSpread($0)) }
            )
        }
        return try file.close()
    }

    private func reconciliationTable(_ directory: String) throws(EvidenceError) -> EvidenceFile.Summary {
        let file = try EvidenceFile(
            "reconciliation.csv",
            in: directory,
            columns: ["item", "symbol", "ours", "theirs", "difference"]
        )
        for line in review.reconciliation ?? [] {
            file.add([
                line.item, line.symbol, line.measure.text(line.ours), line.measure.text(line.theirs),
                line.measure.text(line.difference),
            ])
        }
        return try file.close()
    }

    private func profitTable(_ directory: String) throws(EvidenceError) -> EvidenceFile.Summary {
        let file = try EvidenceFile(
            "profit.csv",
            in: directory,
            columns: [
                "account", "strategy", "group", "instrument", "position", "mark", "realised", "unrealised", "fees",
                "executions",
            ]
        )
        for (key, line) in review.profit.ordered {
            let tag = OrderTag(strategy: key.strategy, group: key.group)
            let mark = review.marks[key.instrument] ?? .zero
            file.add([
                review.names.scope(.account, of: key.strategy), review.names.strategy(key.strategy),
                review.names.group(tag),
                review.names.instrument(Instrument(id: key.instrument)), RiskMeasure.quantity.text(line.position),
                "\(mark)",
                RiskMeasure.money.text(line.realised), RiskMeasure.money.text(line.unrealised(at: mark)),
                RiskMeasure.money.text(line.fees), "\(line.executions)",
            ])
        }
        return try file.close()
    }

    /// Hundredths of a per cent as per cent with two places.
    static func percent(_ basisPoints: Int128) -> String {
        let fraction = "\(abs(basisPoints) % 100)"
        return (basisPoints < 0 ? "-" : "") + "\(abs(basisPoints) / 100)." + (fraction.count < 2 ? "0" : "") + fraction
    }
}

extension RiskRefusal {
    /// The scope and the limit that refused, and the edition of the limits, as text.
    func place(in names: EvidenceNames) -> (scope: String, limit: String, version: String) {
        let scopes = names.policy?.scopes ?? []
        let scope = scopes.indices.contains(Int(self.scope)) ? scopes[Int(self.scope)].name : "\(self.scope)"
        return (scope, limitIndex == .max ? "" : "\(limitIndex)", String(version, radix: 16))
    }
}
