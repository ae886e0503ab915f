// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosRisk

/// An alert as programs read it.
public struct AlertAnswer: Encodable, Sendable {
    public var control: String
    public var severity: String
    public var finding: String
    public var time: String
    public var timeNanoseconds: Int64
    public var raisedNanoseconds: Int64
    public var record: UInt64?
    public var scope: String
    public var instrument: String
    public var order: UInt64?
    public var execution: UInt64?
    public var value: String
    public var limit: String
    public var deadline: String?
    /// Who should be halted, as `helios kill` takes it.
    public var halts: String?
    public var text: String

    public init(_ alert: RiskAlertRecord, _ names: EvidenceNames) {
        control = alert.control.name
        severity = alert.severity.name
        finding = alert.finding
        time = UTCText.text(alert.time)
        timeNanoseconds = alert.time.nanoseconds
        raisedNanoseconds = alert.raised.nanoseconds
        record = alert.sequence == 0 ? nil : alert.sequence
        scope = alert.scope
        instrument = names.instrument(alert.instrument)
        order = alert.orderID == 0 ? nil : alert.orderID
        execution = alert.executionID == 0 ? nil : alert.executionID
        value = alert.measure.text(alert.value)
        limit = alert.measure.text(alert.limit)
        deadline = alert.deadline.map(UTCText.text)
        halts = alert.halts.map { names.scope($0) }
        text = alert.text
    }
}

/// The report as programs read it.
public struct RiskReportAnswer: Encodable, Sendable {
    public struct Profit: Encodable, Sendable {
        public var realised: String
        public var unrealised: String
        public var fees: String
        public var net: String
    }

    public struct Refusals: Encodable, Sendable {
        public var control: String
        public var strategy: String
        public var count: Int
        public var lastValue: String
        public var lastLimit: String
    }

    public struct Limit: Encodable, Sendable {
        public var name: String
        public var kind: String
        public var limit: String
        public var peak: String
        public var usePercent: String
        public var percentile999: String
        public var tooWide: Bool
        public var neverUsed: Bool
    }

    public struct Backtest: Encodable, Sendable {
        public var days: Int
        /// Days with a profit or a value at risk and not the other, which don't count.
        public var incompleteDays: Int
        public var confidence: Double
        public var exceptions: Int
        public var kupiec: Double?
        public var kupiecProbability: Double?
        public var christoffersen: Double?
        public var christoffersenProbability: Double?
        public var zone: String?
    }

    public struct DropCopy: Encodable, Sendable {
        public var own: Int
        public var copied: Int
        public var matched: Int
        public var mismatched: Int
        public var unmatched: Int
    }

    public struct Annual: Encodable, Sendable {
        public struct Algorithm: Encodable, Sendable {
            public var name: String
            public var owner: String
            public var account: String
            public var parameters: String
            public var orders: Int
            public var executions: Int
        }

        public var algorithms: [Algorithm]
        public var limits: Int
        public var peakMessagesPerSecond: Int
        public var peakTradesPerSecond: Int
        public var stressMessagesPerSecond: Int
        public var stressTradesPerSecond: Int
        public var killTests: [String]
        public var daysOfHistory: Int
    }

    public var title: String
    public var day: String
    public var journal: String
    public var clean: Bool
    public var incidents: Int
    public var warnings: Int
    public var notices: Int
    public var records: Int
    public var orders: Int
    public var executions: Int
    public var brokenExecutions: Int
    public var profit: Profit
    public var cash: String
    public var refusals: [Refusals]
    public var limits: [Limit]
    public var staleControls: [String]
    public var backtest: Backtest
    public var dropCopy: DropCopy?
    public var reconciled: Bool?
    public var conduct: [String: Int]
    public var annual: Annual
    public var alerts: [AlertAnswer]
    /// The digest of the evidence; missing in `risk.json`, which is a part of it.
    public var evidenceRoot: String?

    public init(_ report: RiskReport) {
        let review = report.review
        title = report.title
        day = report.day
        journal = report.journal
        clean = report.isClean
        incidents = report.count(.incident)
        warnings = report.count(.warning)
        notices = report.count(.notice)
        records = review.outcome.records
        orders = review.orders.count
        executions = review.positions.count
        brokenExecutions = review.broken.count
        let total = review.total
        profit = Profit(
            realised: RiskMeasure.money.text(total.realised),
            unrealised: RiskMeasure.money.text(total.unrealised),
            fees: RiskMeasure.money.text(total.fees),
            net: RiskMeasure.money.text(total.realised + total.unrealised - total.fees)
        )
        cash = RiskMeasure.money.text(review.positions.cash)
        refusals = report.refusalsByControl.map { group in
            let refusal = group.last.refusal
            return Refusals(
                control: group.control.name,
                strategy: group.strategy,
                count: group.count,
                lastValue: refusal.measure.text(refusal.value),
                lastLimit: refusal.measure.text(refusal.limit)
            )
        }
        limits = zip(review.uses, report.effectiveness.limits).map { use, limit in
            Limit(
                name: use.name,
                kind: "\(use.kind)",
                limit: use.kind.measure.text(use.limit),
                peak: use.kind.measure.text(use.peak),
                usePercent: RiskReport.percent(use.basisPoints),
                percentile999: use.kind.measure.text(limit.percentile999),
                tooWide: limit.isTooWide,
                neverUsed: limit.isNeverUsed
            )
        }
        staleControls = report.effectiveness.controls.filter(\.isStale).map(\.control.name)
        let test = report.backtest
        backtest = Backtest(
            days: test.days.count,
            incompleteDays: test.incomplete.count,
            confidence: test.confidence,
            exceptions: test.exceptions,
            kupiec: test.kupiec?.statistic,
            kupiecProbability: test.kupiec?.probability,
            christoffersen: test.christoffersen?.statistic,
            christoffersenProbability: test.christoffersen?.probability,
            zone: test.zone.map { "\($0)" }
        )
        dropCopy = review.dropCopy.map {
            DropCopy(
                own: $0.own,
                copied: $0.copied,
                matched: $0.matched,
                mismatched: $0.mismatched,
                unmatched: $0.unmatched
            )
        }
        reconciled = review.reconciliation.map { $0.allSatisfy(\.isEqual) }
        conduct = review.conduct
        annual = Annual(
            algorithms: report.annual.algorithms.map {
                Annual.Algorithm(
                    name: $0.name,
                    owner: $0.owner,
                    account: $0.account,
                    parameters: $0.parameters,
                    orders: $0.orders,
                    executions: $0.executions
                )
            },
            limits: report.annual.limits,
            peakMessagesPerSecond: report.annual.peakMessages,
            peakTradesPerSecond: report.annual.peakTrades,
            stressMessagesPerSecond: report.annual.stressMessages,
            stressTradesPerSecond: report.annual.stressTrades,
            killTests: report.annual.killTests,
            daysOfHistory: report.annual.days
        )
        alerts = report.alerts.map { AlertAnswer($0, review.names) }
        evidenceRoot = report.evidenceRoot.isEmpty ? nil : report.evidenceRoot
    }
}
