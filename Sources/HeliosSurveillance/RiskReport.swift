// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// Everything that the risk report of one day says.
public struct RiskReport: Sendable {
    public var title: String
    /// The trading day, `2026-11-20`.
    public var day: String
    public var review: SessionReview
    public var backtest: VarBacktest
    public var effectiveness: ControlEffectiveness
    public var annual: AnnualPack
    /// In the order of their time.
    public var alerts: [RiskAlertRecord]
    /// The digest of the evidence; empty until it is written.
    public var evidenceRoot = ""
    public var journal = ""

    /// - Parameters:
    ///   - title: what the session is called.
    ///   - day: its trading day.
    ///   - review: of its journal.
    ///   - history: of earlier days; gets the rows of this one.
    ///   - confidence: of the value at risk in the history.
    public init(
        title: String,
        day: String,
        review: SessionReview,
        history: inout RiskHistory,
        confidence: Double = 0.99
    ) {
        self.title = title
        self.day = day
        self.review = review
        history.replace(day, by: RiskReport.rows(day, review))
        backtest = VarBacktest(history, until: day, confidence: confidence)
        effectiveness = ControlEffectiveness(history, day: day, uses: review.uses)
        annual = AnnualPack(history, day: day, review: review)
        alerts = review.alerts
        if let found = backtest.alert(at: review.end) { alerts.append(found) }
        alerts += effectiveness.alerts(at: review.end)
        alerts = alerts.enumerated().sorted { ($0.element.raised, $0.offset) < ($1.element.raised, $1.offset) }
            .map(\.element)
    }

    /// What history keeps of the day.
    private static func rows(_ day: String, _ review: SessionReview) -> [RiskHistory.Entry] {
        let total = review.total
        let profit = Money(raw: total.realised + total.unrealised - total.fees)
        var rows = [RiskHistory.Entry(day: day, kind: "pnl", value: "\(profit)")]
        var refused: [RiskControl: Int] = [:]
        for refusal in review.refusals { refused[refusal.refusal.control, default: 0] += 1 }
        for control in RiskControl.allCases {
            guard let count = refused[control] else { continue }
            rows.append(.init(day: day, kind: "control", name: control.name, value: "\(count)"))
        }
        for use in review.uses {
            rows.append(.init(day: day, kind: "use", name: use.name, value: "\(use.percentile999)"))
            rows.append(.init(day: day, kind: "limit", name: use.name, value: "\(use.limit)"))
        }
        rows.append(.init(day: day, kind: "peak", name: "messages", value: "\(review.pace.peakMessages)"))
        rows.append(.init(day: day, kind: "peak", name: "trades", value: "\(review.pace.peakTrades)"))
        return rows
    }

    /// How many alerts are of this severity.
    public func count(_ severity: AlertSeverity) -> Int { alerts.count { $0.severity == severity } }

    /// Whether nothing needs anybody's attention today.
    public var isClean: Bool { alerts.allSatisfy { $0.severity == .notice } }

    /// Refusals by control and scope, the most frequent first.
    public var refusalsByControl: [(control: RiskControl, strategy: String, count: Int, last: RefusalRecord)] {
        var groups: [String: (RiskControl, String, Int, RefusalRecord)] = [:]
        for refusal in review.refusals {
            let strategy = review.names.strategy(refusal.order.tag.strategy)
            let key = refusal.refusal.control.name + " " + strategy
            groups[key] = (refusal.refusal.control, strategy, (groups[key]?.2 ?? 0) + 1, refusal)
        }
        return groups.sorted { ($1.value.2, $0.key) < ($0.value.2, $1.key) }
            .map { ($0.value.0, $0.value.1, $0.value.2, $0.value.3) }
    }
}

/// T10: what an authority asks for once a year.
public struct AnnualPack: Sendable, Equatable {
    public struct Algorithm: Sendable, Equatable {
        public var name: String
        public var owner: String
        public var account: String
        public var parameters: String
        public var orders: Int
        public var executions: Int
    }

    public var algorithms: [Algorithm]
    /// The peaks of the last six months, in a second, and twice that: what a stress must carry.
    public var peakMessages: Int
    public var peakTrades: Int
    public var stressMessages: Int { peakMessages * 2 }
    public var stressTrades: Int { peakTrades * 2 }
    /// Days on which the kill switch was tested, within a year.
    public var killTests: [String]
    public var limits: Int
    public var days: Int

    init(_ history: RiskHistory, day: String, review: SessionReview) {
        let today = TradingDay(day)?.daysSinceEpoch ?? 0
        func age(_ other: String) -> Int { today - (TradingDay(other)?.daysSinceEpoch ?? .min / 2) }
        let recent = history.entries.filter { $0.kind == "peak" && (0...183).contains(age($0.day)) }
        func peak(_ name: String) -> Int { recent.filter { $0.name == name }.compactMap { Int($0.value) }.max() ?? 0 }
        peakMessages = peak("messages")
        peakTrades = peak("trades")
        killTests = Set(history.entries.filter { $0.kind == "kill" && (0...365).contains(age($0.day)) }.map(\.day))
            .sorted()
        limits = review.names.policy?.limits.count ?? review.uses.count
        days = history.days.count { $0 <= day }
        let names = review.names
        algorithms = names.strategies.indices.map { index in
            let number = UInt16(index)
            return Algorithm(
                name: names.strategies[index],
                owner: names.scope(.trader, of: number),
                account: names.scope(.account, of: number),
                parameters: index < names.parameters.count ? names.parameters[index] : "",
                orders: review.orders.count { $0.order.tag.strategy == number },
                executions: review.executions.count { $0.tag.strategy == number }
            )
        }
    }
}
