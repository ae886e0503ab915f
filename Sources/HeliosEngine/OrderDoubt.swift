// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

/// Something about an order or an execution that does not add up: a person should look.
@frozen
public struct OrderDoubt: Sendable, BitwiseCopyable, Equatable {
    /// What does not add up, the gravest first.
    @frozen
    public enum Reason: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        /// A fill that may be new or not, because the memory of executions is full: it was not taken, and the firm is halted.
        case unverified = 1
        /// A fill that found no place in the ledger; the firm is halted.
        case unplaced
        /// More was filled than the order asked for.
        case overfill
        /// A report about an order or an execution that we do not know.
        case unknownOrder
        /// A report that contradicts the order.
        case contradiction
        /// An execution that was told before.
        case duplicateExecution
        /// A fill after the order's end.
        case lateFill
        /// Not a report about an order, or a fill of nothing.
        case malformed
        /// More was released than was reserved.
        case underflow
        /// The venue has not said for long what became of an order; the venue is halted.
        case unanswered
        /// The venue counts more executed shares of an order than it has told; the firm is halted.
        case missing
    }

    public var orderID: OrderID
    /// The venue's number of the execution; 0 for none.
    public var executionID: UInt64
    /// What is in doubt.
    public var quantity: Quantity
    /// When it was found.
    public var time: Timestamp
    public var instrument: Instrument
    public var reason: Reason

    public init(
        _ reason: Reason,
        order: OrderID,
        _ instrument: Instrument,
        quantity: Quantity = .zero,
        execution: UInt64 = 0,
        at time: Timestamp
    ) {
        self.reason = reason
        orderID = order
        executionID = execution
        self.quantity = quantity
        self.instrument = instrument
        self.time = time
    }

    /// What is odd about a report; nil where it is nothing that a person needs to see: a fill ahead of its acceptance, an
    /// acceptance or a cancel that is told twice or after the end.
    ///
    /// - Parameters:
    ///   - update: what the report meant.
    ///   - report: what the venue said.
    public init?(_ update: OrderUpdate, _ report: Event) {
        guard let reason = OrderDoubt.reason(update) else { return nil }
        self.init(
            reason,
            order: update.orderID,
            update.instrument,
            quantity: report.quantity,
            execution: report.kind == .orderFilled || report.kind == .executionBroken ? report.detail : 0,
            at: update.time
        )
    }

    private static func reason(_ update: OrderUpdate) -> Reason? {
        let anomalies = update.anomalies
        if anomalies.contains(.unverified) { return .unverified }
        if anomalies.contains(.overfill) { return .overfill }
        if anomalies.contains(.unknownOrder) { return .unknownOrder }
        if anomalies.contains(.contradiction) { return .contradiction }
        if anomalies.contains(.duplicateExecution) { return .duplicateExecution }
        if anomalies.contains(.malformed) { return .malformed }
        return anomalies.contains(.afterEnd) && update.kind == .filled ? .lateFill : nil
    }
}

extension OrderDoubt: CustomStringConvertible {
    /// `order 17: overfill of 100`.
    public var description: String {
        let what =
            switch reason {
            case .unverified: "a fill that can't be told from an earlier one was not taken, and the firm is halted"
            case .unplaced: "a fill found no place in the ledger, and the firm is halted"
            case .overfill: "more was filled than the order asked for"
            case .unknownOrder: "the venue reports on what we do not know"
            case .contradiction: "the venue contradicts itself"
            case .duplicateExecution: "an execution was told twice"
            case .lateFill: "a fill came after the order's end"
            case .malformed: "a report makes no sense"
            case .underflow: "more was released than was reserved"
            case .unanswered: "the venue does not say what became of it: the venue is halted"
            case .missing: "the venue counts more executed shares than it has told: the firm is halted"
            }
        return "order \(orderID): \(what) (\(quantity), execution \(executionID))"
    }
}
