// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk

/// What a report of the venue, or the gate, did to an order, in words.
enum LifeText {
    static func report(_ update: OrderUpdate, _ report: Event) -> String {
        var words = change(update, report)
        let odd = anomalies(update.anomalies)
        if !odd.isEmpty { words += " (\(odd.joined(separator: ", ")))" }
        return words
    }

    private static func change(_ update: OrderUpdate, _ report: Event) -> String {
        switch update.kind {
        case .accepted: "accepted, venue number \(report.detail)"
        case .filled: "filled \(update.quantity) at \(update.price)"
        case .cancelled: "cancelled \(update.quantity): \(cancelReason(update.reason))"
        case .rejected: "rejected by the venue: \(rejectReason(update.reason))"
        case .broken: "execution \(update.executionID) taken back: \(update.quantity) at \(update.price)"
        case .refusedByRisk: "refused by the risk gate"
        case .cancelRejected: "cancel refused by the venue"
        case .replaced: "replaced order \(update.original): \(update.leavesQuantity) left at \(update.price)"
        case .replaceRejected: "the venue refused that it replaces order \(update.original)"
        case .suspended: "suspended by the venue"
        case .resumed: "resumed by the venue"
        case .doneForDay: "done for the day, works again on the next"
        case .ignored: "ignored: \(EventText.words(report.kind))"
        }
    }

    /// `P01: order quantity 1001, must be at most 1000`.
    static func failure(_ check: RiskCheck) -> String {
        let compared = "\(check.control.name): \(check.subject)" + (check.value == nil ? "" : " \(check.valueText)")
        guard check.limit != nil, check.relation != .holds else { return compared + " does not hold" }
        return compared + ", must be \(check.relation.rawValue) \(check.limitText)"
    }

    private static func cancelReason(_ raw: UInt8) -> String {
        switch CancelReason(rawValue: raw) {
        case .user: "we asked"
        case .immediateOrCancel: "nothing more to take"
        case .endOfSession: "the session ended"
        case .halted: "the instrument was halted"
        case nil: "reason \(raw)"
        }
    }

    private static func rejectReason(_ raw: UInt8) -> String {
        switch RejectReason(rawValue: raw) {
        case .unknownInstrument: "unknown instrument"
        case .neverArrived: "it never reached the venue (found on reconciliation)"
        case .halted: "the instrument is halted"
        case .closed: "the venue is closed"
        case .invalidPrice: "invalid price"
        case .invalidQuantity: "invalid quantity"
        case .duplicateOrder: "the number was used before"
        case .capacity: "its table of orders is full"
        case nil: "reason \(raw)"
        }
    }

    static func anomalies(_ anomalies: OrderAnomalies) -> [String] {
        let names: [(OrderAnomalies, String)] = [
            (.unknownOrder, "unknown order"), (.duplicateExecution, "told before"), (.duplicateReport, "known already"),
            (.afterEnd, "after the end"), (.beforeAcceptance, "before the acceptance"),
            (.overfill, "more than was asked for"), (.contradiction, "contradicts the order"),
            (.malformed, "malformed"), (.unverified, "not known whether it is new"),
        ]
        return names.filter { anomalies.contains($0.0) }.map(\.1)
    }
}
