// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket

extension SessionMonitor {
    /// Something about an order or an execution does not add up: books and venue may differ.
    public mutating func doubted(_ doubt: OrderDoubt) {
        var found = found(.t01, doubt.reason.severity, doubt.reason.finding, measure: .quantity)
        found.time = doubt.time
        found.instrument = doubt.instrument
        found.orderID = doubt.orderID
        found.executionID = doubt.executionID
        found.value = Int128(doubt.quantity.raw)
        found.text = doubt.description
        alerts.append(found)
    }
}

extension OrderDoubt.Reason {
    /// What leaves the position in doubt is an incident; what the venue said twice or wrongly, and was not taken, a warning.
    var severity: AlertSeverity {
        switch self {
        case .unverified, .unplaced, .overfill, .unknownOrder, .contradiction, .underflow, .unanswered, .missing:
            .incident
        case .duplicateExecution, .lateFill, .malformed: .warning
        }
    }

    /// The finding's short name.
    var finding: String {
        switch self {
        case .unverified: "unverified-fill"
        case .unplaced: "unplaced-fill"
        case .overfill: "overfill"
        case .unknownOrder: "unknown-order"
        case .contradiction: "contradiction"
        case .duplicateExecution: "duplicate-execution"
        case .lateFill: "late-fill"
        case .malformed: "malformed-report"
        case .underflow: "release-underflow"
        case .unanswered: "unanswered"
        case .missing: "missing"
        }
    }
}
