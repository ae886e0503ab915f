// SPDX-License-Identifier: MIT
import HeliosMarket

/// Something a reader must know before believing the figures.
public struct ReportWarning: Sendable, Equatable {
    public enum Severity: Int, Sendable, Comparable {
        case wrong, caution, note

        public static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
    }

    public let severity: Severity
    public let headline: String
    /// What it means and what to do.
    public let explanation: String
}

extension RunStatistics {
    /// What speaks against the result, the worst first.
    public var warnings: [ReportWarning] {
        let found = integrityWarnings + edgeWarnings + simulationWarnings + operationWarnings
        return [ReportWarning.Severity.wrong, .caution, .note].flatMap { level in
            found.filter { $0.severity == level }
        }
    }

    private var result: RunResult { inputs.result }

    private func text(_ key: String) -> String { self[key].map { StatisticText.shown($0).text } ?? "–" }

    private var integrityWarnings: [ReportWarning] {
        var found: [ReportWarning] = []
        if !ledger.mismatched.isEmpty {
            let names = ledger.mismatched.prefix(5).map { result.instruments.name(of: $0) }.joined(separator: ", ")
            found.append(
                .init(
                    severity: .wrong,
                    headline: "Fills do not add up to positions in \(ledger.mismatched.count) instruments",
                    explanation:
                        "\(names): the sum of the fills differs from the final position. Trust no figure of this run."
                )
            )
        }
        let odd = result.counts.malformed + result.counts.inconsistent
        if odd > 0 {
            found.append(
                .init(
                    severity: .caution,
                    headline: "\(NumberText.count(odd)) messages of the input were bad",
                    explanation: "\(NumberText.count(result.counts.malformed)) malformed, "
                        + "\(NumberText.count(result.counts.inconsistent)) inconsistent with the book, of "
                        + "\(NumberText.count(result.counts.messages)). They were skipped; `helios inspect` lists them."
                )
            )
        }
        return found
    }

    private var edgeWarnings: [ReportWarning] {
        let closed = inputs.trades.closed.count
        var found: [ReportWarning] = []
        if result.fills.isEmpty {
            found.append(
                .init(
                    severity: .caution,
                    headline: "Nothing was traded",
                    explanation: "\(NumberText.count(result.counts.orders)) orders were sent, none was filled."
                )
            )
            return found
        }
        if closed < 30 {
            found.append(
                .init(
                    severity: .caution,
                    headline: "Too few trades: \(closed)",
                    explanation: "Below thirty closed trades an average says little about the next one."
                )
            )
        }
        found += costWarnings
        if let net = inputs.netProfit, net > .zero, closed > 1, let best = inputs.trades.profits.last, net < best {
            found.append(
                .init(
                    severity: .caution,
                    headline: "One trade carries the result",
                    explanation: "Without the best trade (\(NumberText.money(best))) the run would have lost money."
                )
            )
        }
        if let needed = self["minimumTrackRecord"]?.value.number, needed > Double(series.count) {
            found.append(
                .init(
                    severity: .note,
                    headline: "The record is shorter than its Sharpe ratio needs",
                    explanation:
                        "\(NumberText.count(series.count)) periods; \(NumberText.fixed(needed, 0)) would be needed "
                        + "to say with 95 % confidence that the Sharpe ratio is above zero."
                )
            )
        }
        return found
    }

    private var costWarnings: [ReportWarning] {
        guard let edge = inputs.edgeBeforeCosts else { return [] }
        let cost = inputs.totalCost
        let figures =
            "Edge before costs \(NumberText.money(edge)), fees \(NumberText.money(costs.fees)), slippage "
            + "\(NumberText.money(costs.slippage))."
        if edge <= .zero {
            return [.init(severity: .caution, headline: "No edge even before costs", explanation: figures)]
        }
        if cost >= edge {
            return [
                .init(
                    severity: .caution,
                    headline: "Costs above edge",
                    explanation: figures + " Trade less often, demand a larger deviation, or rest instead of crossing."
                )
            ]
        }
        guard cost + cost > edge else { return [] }
        return [.init(severity: .note, headline: "Costs take \(text("costToEdge")) of the edge", explanation: figures)]
    }

    private var simulationWarnings: [ReportWarning] {
        var found: [ReportWarning] = []
        let honesty = HonestyCheck(costs)
        if let mean = honesty.mean, mean > 0 {
            let isClear = honesty.verdict == .tooKind
            let error = honesty.standardError.map { " ± \(NumberText.fixed(2 * $0, 3))" } ?? ""
            found.append(
                .init(
                    severity: isClear ? .caution : .note,
                    headline: isClear
                        ? "The simulator is too kind to passive orders" : "Passive fills look a little lucky",
                    explanation:
                        "One second after a passive fill the price stood \(NumberText.fixed(mean, 3))\(error) bps in our favour "
                        + "over \(NumberText.count(honesty.fills)) fills (± two standard errors). Real queues fill us when the "
                        + "price is about to run against us: expect zero or less."
                )
            )
        }
        let assumed = result.assumptions
        if assumed.orderLatency == 0 || assumed.feedLatency == 0 {
            found.append(
                .init(
                    severity: .caution,
                    headline: "Zero latency assumed",
                    explanation: "Nothing reaches a venue in no time: set the feed and order latency of the real path."
                )
            )
        }
        if assumed.makerFee == .zero, assumed.takerFee == .zero {
            found.append(
                .init(severity: .caution, headline: "No fees assumed", explanation: "Set the venue's fees per share.")
            )
        }
        let hasTaken = result.fills.contains { !$0.isMaker }
        if hasTaken, assumed.models.contains(where: { $0.key == "impact" && $0.isKind }) {
            found.append(
                .init(
                    severity: .note,
                    headline: "No market impact assumed",
                    explanation:
                        "Taking moved no price. Choose `impact.model` when orders are large against the displayed depth."
                )
            )
        }
        if inputs.selection == nil {
            found.append(
                .init(
                    severity: .note,
                    headline: "Number of trials not declared",
                    explanation:
                        "If this configuration was chosen among several, the Sharpe ratio is too high by selection."
                )
            )
        }
        return found
    }

    private var operationWarnings: [ReportWarning] {
        var found: [ReportWarning] = []
        if result.counts.rejectedByRisk > 0 {
            let controls = result.riskRejects.map { "\($0.control): \(NumberText.count($0.count))" }.joined(
                separator: ", "
            )
            found.append(
                .init(
                    severity: .caution,
                    headline: "Risk refused \(NumberText.count(result.counts.rejectedByRisk)) orders",
                    explanation: "By control: \(controls.isEmpty ? "not given" : controls)."
                )
            )
        }
        if result.counts.rejectedByVenue > 0 {
            found.append(
                .init(
                    severity: .note,
                    headline: "The venue rejected \(NumberText.count(result.counts.rejectedByVenue)) orders",
                    explanation: "The column `reason` of orders.csv says why."
                )
            )
        }
        let open = result.finalPositions.count { $0.quantity != .zero }
        if open > 0 {
            found.append(
                .init(
                    severity: .note,
                    headline: "\(open) positions were open at the end",
                    explanation:
                        "They are valued at the mid price; closing them would cost about half the spread and fees."
                )
            )
        }
        return found
    }
}
