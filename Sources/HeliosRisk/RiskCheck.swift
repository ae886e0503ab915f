// SPDX-License-Identifier: MIT
import HeliosMarket

/// One control of the gate's chain, as it met one order.
///
/// `RiskGate.trace` makes the list; it is for people and logs, never for the way of an order.
public struct RiskCheck: Sendable, Equatable {
    /// What became of the control.
    public enum Verdict: String, Sendable, CaseIterable {
        case passed, failed
        /// It does not bind an order that can only bring the position nearer to zero.
        case waived
        /// A control before it had refused the order.
        case notReached = "not reached"
    }

    /// How `value` has to stand to `limit`.
    public enum Relation: String, Sendable, CaseIterable {
        /// `value ≤ limit`.
        case atMost = "at most"
        /// `value ≥ limit`.
        case atLeast = "at least"
        /// `value > limit`.
        case above
        /// `0 ≤ value < limit`.
        case below
        /// `0 ≤ value ≤ limit`.
        case within
        /// Not `within`: longer ago, or never (no value).
        case outside
        /// `1 ≤ value ≤ limit`.
        case numbered = "1 to"
        /// A multiple of `limit`, which is above zero.
        case multiple = "multiple of"
        /// `value = limit`.
        case equal = "equal to"
        /// Something that is or is not so; there is nothing to compare.
        case holds
    }

    /// The control; its `name` is its code.
    public var control: RiskControl
    /// Which of the control's conditions: the reason that a refusal names.
    public var reason: RiskReason
    /// What was compared, in words.
    public var subject: String
    public var relation: Relation
    /// What `value` and `limit` are measured in.
    public var measure: RiskMeasure
    /// Nil where there was nothing to measure, and where the control was not reached.
    public var value: Int128?
    public var limit: Int128?
    public var verdict: Verdict
    /// The scope, its place in `RiskPolicy.scopes`; 0, the firm, for controls that have none.
    public var scope: UInt16
    /// The limit's place in `RiskPolicy.limits`; nil where it was none of them.
    public var limitIndex: UInt32?

    public init(
        _ control: RiskControl,
        _ reason: RiskReason,
        _ subject: String,
        _ relation: Relation,
        _ measure: RiskMeasure = .number,
        value: Int128? = nil,
        limit: Int128? = nil,
        verdict: Verdict,
        scope: UInt16 = 0,
        limitIndex: UInt32? = nil
    ) {
        self.control = control
        self.reason = reason
        self.subject = subject
        self.relation = relation
        self.measure = measure
        self.value = value
        self.limit = limit
        self.verdict = verdict
        self.scope = scope
        self.limitIndex = limitIndex
    }

    /// A refusal that no control of the chain gave (such as that of an order for which there is no record left).
    public init(_ refusal: RiskRefusal) {
        self.init(
            refusal.control,
            refusal.reason,
            "\(refusal.reason)",
            .holds,
            refusal.measure,
            value: refusal.value,
            limit: refusal.limit,
            verdict: .failed,
            scope: refusal.scope,
            limitIndex: refusal.limitIndex == .max ? nil : refusal.limitIndex
        )
    }
}

extension RiskCheck {
    /// The value as text in its unit, states by name; empty without one.
    public var valueText: String { text(value) }

    /// The limit as text in its unit, states by name; empty without one.
    public var limitText: String { text(limit) }

    private func text(_ raw: Int128?) -> String {
        guard let raw else { return "" }
        return stateName(raw) ?? measure.text(raw)
    }

    /// The name of a state that is held as its number.
    private func stateName(_ raw: Int128) -> String? {
        guard let byte = UInt8(exactly: raw) else { return nil }
        return switch reason {
        case .stateForbids: RiskState(rawValue: byte).map { "\($0)" }
        case .notTrading: TradingState(rawValue: byte).map { "\($0)" }
        case .phase: MarketPhase(rawValue: byte).map { "\($0)" }
        default: nil
        }
    }
}

extension RiskMeasure {
    /// `raw` as exact text with the unit that people read it in.
    public func text(_ raw: Int128) -> String {
        switch self {
        case .number: String(raw)
        case .quantity: Int64(exactly: raw).map { Quantity(raw: $0).description } ?? "\(raw)e-8"
        case .price: Int64(exactly: raw).map { Price(raw: $0).description } ?? "\(raw)e-8"
        case .money: Money(raw: raw).description
        case .time: "\(raw) ns"
        case .basisPoints: "\(raw) bp"
        }
    }
}
