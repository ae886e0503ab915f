// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// The controls behind the trade, numbered as in `docs/risk-report.md`.
public enum PostTradeControl: UInt8, Sendable, CaseIterable, Codable {
    /// Position integrity.
    case t01 = 1
    /// Drop-copy match.
    case t02
    /// Busts and corrections.
    case t03
    /// Error trade.
    case t04
    /// The monitor itself.
    case t05
    /// Surveillance of our own orders.
    case t06
    /// Value at risk against what came of it.
    case t07
    /// Reconciliation with the clearing firm.
    case t08
    /// Effectiveness of the controls.
    case t09
    /// The yearly pack.
    case t10

    /// `"T01"`.
    public var name: String { rawValue < 10 ? "T0\(rawValue)" : "T\(rawValue)" }

    /// What it is, for a heading.
    public var title: String {
        switch self {
        case .t01: "position integrity"
        case .t02: "drop-copy match"
        case .t03: "busts and corrections"
        case .t04: "error trades"
        case .t05: "monitor"
        case .t06: "surveillance"
        case .t07: "loss against value at risk"
        case .t08: "reconciliation"
        case .t09: "control effectiveness"
        case .t10: "annual pack"
        }
    }
}

/// How much an alert matters.
public enum AlertSeverity: UInt8, Sendable, CaseIterable, Comparable, Codable {
    /// Something that somebody should know.
    case notice = 0
    /// Somebody must look today.
    case warning
    /// Books and reality differ, or a rule may have been broken: somebody must act now.
    case incident

    public static func < (a: AlertSeverity, b: AlertSeverity) -> Bool { a.rawValue < b.rawValue }

    /// `"incident"`.
    public var name: String {
        switch self {
        case .notice: "notice"
        case .warning: "warning"
        case .incident: "incident"
        }
    }
}

/// Who must not trade on.
public enum HaltTarget: Sendable, Equatable {
    /// The strategy with this number.
    case strategy(UInt16)
    /// An account, by its name.
    case account(String)
    /// Everybody: nobody knows whose it is.
    case firm
}

/// What a post-trade control has found.
public struct RiskAlertRecord: Sendable, Equatable {
    public var control: PostTradeControl
    public var severity: AlertSeverity
    /// Which of the control's findings it is: a short name that programs may compare.
    public var finding: String
    /// When what it is about happened, on the market's clock.
    public var time: Timestamp
    /// When it was found, on the same clock.
    public var raised: Timestamp
    /// The journal's record that it was found at; 0 when it is about no record.
    public var sequence: UInt64
    /// Whom it concerns: a scope's name, a strategy's, a venue's; empty for the firm.
    public var scope: String
    public var instrument: Instrument
    public var orderID: OrderID
    public var executionID: UInt64
    public var measure: RiskMeasure
    public var value: Int128
    public var limit: Int128
    /// The finding as a sentence.
    public var text: String
    /// Who must not trade on until a person has looked; nil for nobody.
    public var halts: HaltTarget?
    /// When a claim must be with the venue; nil where there is none to make.
    public var deadline: Timestamp?

    public init(
        _ control: PostTradeControl,
        _ severity: AlertSeverity,
        _ finding: String,
        at time: Timestamp,
        raised: Timestamp,
        sequence: UInt64 = 0,
        scope: String = "",
        instrument: Instrument = .none,
        orderID: OrderID = 0,
        executionID: UInt64 = 0,
        measure: RiskMeasure = .number,
        value: Int128 = 0,
        limit: Int128 = 0,
        text: String
    ) {
        self.control = control
        self.severity = severity
        self.finding = finding
        self.time = time
        self.raised = raised
        self.sequence = sequence
        self.scope = scope
        self.instrument = instrument
        self.orderID = orderID
        self.executionID = executionID
        self.measure = measure
        self.value = value
        self.limit = limit
        self.text = text
    }

    /// Found so long after it happened, on the market's clock.
    public var delay: Nanoseconds { raised - time }
}
