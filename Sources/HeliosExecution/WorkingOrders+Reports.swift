// SPDX-License-Identifier: MIT
import HeliosMarket

// MARK: - Reports
extension WorkingOrders {
    /// Takes one report of the venue: `orderAccepted`, `orderFilled`, `orderCancelled`, `orderRejected`, `cancelRejected`,
    /// `orderReplaced`, `replaceRejected`, `orderSuspended`, `orderResumed` or `orderDoneForDay`.
    ///
    /// Any other kind is ignored as malformed. An execution under the number of an order that was replaced counts for, and is told
    /// of, the order that works in its place.
    public mutating func apply(_ report: Event) -> OrderUpdate {
        let update: OrderUpdate
        if let slot = slot(of: report.orderID) {
            let isAnswer = report.kind == .orderReplaced || report.kind == .replaceRejected
            update = isAnswer ? answerReplace(report, slot) : take(report, slot)
        } else {
            update = applyUnknown(report)
        }
        counts.count(update.anomalies)
        return update
    }

    private mutating func take(_ report: Event, _ named: Int) -> OrderUpdate {
        var (slot, original) = (named, OrderID(0))
        // Safe: `slot(of:)` gives initialised slots only, and links name orders that were added.
        if unsafe slots[slot].awaitsReplace {
            switch report.kind {
            case .orderAccepted: return replaced(slot, report, isTold: true)
            case .orderRejected: return refused(slot, report)
            // It can't trade or end before it has been replaced: that word is still on its way, or was lost.
            case .orderFilled, .orderCancelled:
                let isNew = report.kind == .orderCancelled || report.quantity.raw > 0 && !hasExecution(report)
                if isNew { original = replaced(slot, report, isTold: false).original }
            default: break
            }
        } else if unsafe slots[slot].state == .replaced, report.kind == .orderFilled {
            slot = current(slot)
        }
        var order = unsafe slots[slot]
        var update = apply(report, to: &order)
        unsafe slots[slot] = order
        update.original = original
        return update
    }

    private func hasExecution(_ report: Event) -> Bool { hasExecution(report.orderID, report.detail) }

    /// Whether `report` would change nothing but the counts of odd reports: it was told before, or is about no order of ours.
    ///
    /// A fill changes something when it is told for the first time, whosever it is, and so does the first report that
    /// contradicts what is known.
    public func changesNothing(_ report: Event) -> Bool {
        let order = order(report.orderID)
        if let order, !order.isSuspect, report.instrument != order.order.instrument, report.instrument != .none {
            return false
        }
        switch report.kind {
        case .orderFilled: return hasExecution(report.orderID, report.detail)
        case .orderAccepted:
            guard let order, !order.isAccepted else { return true }
            return order.isFinal && (order.state != .rejected || order.isSuspect)
        case .orderCancelled: return order.map { $0.isFinal || $0.cancelIsConfirmed } ?? true
        case .orderRejected: return order?.isFinal ?? true
        case .cancelRejected: return order.map { !$0.cancelIsPending } ?? true
        case .orderReplaced:
            guard let new = self.order(report.detail), new.original == report.orderID else { return true }
            return !new.awaitsReplace && (new.isAccepted || new.isSuspect)
        case .replaceRejected:
            guard let new = self.order(report.detail), new.original == report.orderID else { return true }
            return !new.awaitsReplace && (new.state == .rejected || new.isSuspect)
        case .orderSuspended: return order.map { $0.isFinal || $0.isSuspended } ?? true
        case .orderResumed: return order.map { $0.isFinal || !$0.isSuspended } ?? true
        case .orderDoneForDay: return order.map { $0.isFinal || $0.isDoneForDay } ?? true
        case .executionBroken, .executionCorrected: return knows(report)
        default: return false
        }
    }

    private mutating func apply(_ report: Event, to order: inout WorkingOrder) -> OrderUpdate {
        var update = OrderUpdate(.ignored, of: order.order, at: report.receiveTime)
        if report.eventTime > .zero { update.venueTime = report.eventTime }
        let wasWorking = order.leaves.raw > 0
        if report.instrument != order.order.instrument, report.instrument != .none {
            update.anomalies.insert(.contradiction)
        }
        switch report.kind {
        case .orderAccepted: WorkingOrders.accept(report, &order, &update)
        case .orderFilled: fill(report, &order, &update)
        case .orderCancelled: WorkingOrders.cancel(report, &order, &update)
        case .orderRejected: WorkingOrders.reject(report, &order, &update)
        case .cancelRejected: WorkingOrders.rejectCancel(&order, &update)
        case .orderSuspended: WorkingOrders.note(.suspended, order.isSuspended, &order, &update)
        case .orderResumed: WorkingOrders.note(.resumed, !order.isSuspended, &order, &update)
        case .orderDoneForDay: WorkingOrders.note(.doneForDay, order.isDoneForDay, &order, &update)
        default: update.anomalies.insert(.malformed)
        }
        if !update.anomalies.isDisjoint(with: [.overfill, .contradiction, .unverified]) { order.isSuspect = true }
        if wasWorking, order.leaves.raw == 0 {
            // Safe: `add` takes only instruments below `instruments`.
            unsafe working[order.order.instrument.index] -= 1
            workingTotal -= 1
        }
        update.leavesQuantity = order.leaves
        update.state = order.state
        update.isFinal = order.isFinal
        update.isSuspect = order.isSuspect
        return update
    }

    /// A report about an order that we never sent: a fill is told, so that the position takes it.
    private mutating func applyUnknown(_ report: Event) -> OrderUpdate {
        let order = NewOrder(
            id: report.orderID,
            instrument: report.instrument,
            side: report.side,
            quantity: report.quantity,
            price: report.price,
            tag: OrderTag(strategy: .max)
        )
        var update = OrderUpdate(.ignored, of: order, at: report.receiveTime)
        update.anomalies = .unknownOrder
        update.isFinal = true
        update.isSuspect = true
        guard report.kind == .orderFilled else { return update }
        guard report.quantity.raw > 0 else {
            update.anomalies.insert(.malformed)
            return update
        }
        switch executions.insert(order: report.orderID, execution: report.detail) {
        case .present: update.anomalies.insert(.duplicateExecution)
        case .full: update.anomalies.insert(.unverified)
        case .inserted:
            update.kind = .filled
            update.quantity = report.quantity
            update.executionID = report.detail
            update.isMaker = report.flags.contains(.maker)
        }
        return update
    }

    private static func accept(_ report: Event, _ order: inout WorkingOrder, _ update: inout OrderUpdate) {
        if order.isAccepted || order.isFinal {
            update.anomalies.insert(order.isAccepted ? .duplicateReport : .afterEnd)
            // Accepted after refused: the order may be alive at the venue while nothing is reserved for it.
            if order.state == .rejected { update.anomalies.insert(.contradiction) }
            return
        }
        order.isAccepted = true
        order.venueNumber = report.detail
        order.settle()
        update.kind = .accepted
    }

    private mutating func fill(_ report: Event, _ order: inout WorkingOrder, _ update: inout OrderUpdate) {
        guard report.quantity.raw > 0 else {
            update.anomalies.insert(.malformed)
            return
        }
        switch executions.insert(order: order.chain, execution: report.detail) {
        case .inserted: break
        case .present:
            #if HELIOS_BUG_BANK
            if isOn(.executionsNotDeduplicated) { break }
            #endif
            update.anomalies.insert(.duplicateExecution)
            return
        case .full:
            // An id above all before it is new for certain; below, nobody can tell any more.
            if report.detail <= order.lastExecution {
                update.anomalies.insert(.unverified)
                return
            }
        }
        order.lastExecution = max(order.lastExecution, report.detail)
        if !order.isAccepted { update.anomalies.insert(.beforeAcceptance) }
        if order.isFinal { update.anomalies.insert(.afterEnd) }
        WorkingOrders.take(report.quantity, &order, &update)
        update.kind = .filled
        update.quantity = report.quantity
        update.price = report.price
        update.executionID = report.detail
        update.isMaker = report.flags.contains(.maker)
    }

    /// Moves a fill into the order: from what is left, then from what was thought cancelled, then beyond its quantity.
    private static func take(_ quantity: Quantity, _ order: inout WorkingOrder, _ update: inout OrderUpdate) {
        let fromLeaves = min(quantity, order.leaves)
        order.leaves -= fromLeaves
        order.filled += fromLeaves
        update.released = fromLeaves
        var rest = quantity - fromLeaves
        if rest.raw > 0 {
            let fromCancelled = min(rest, order.cancelled)
            order.cancelled -= fromCancelled
            order.filled += fromCancelled
            rest -= fromCancelled
            if fromCancelled.raw > 0 { update.anomalies.insert(.contradiction) }
        }
        if rest.raw > 0 {
            let (sum, overflow) = order.overfilled.raw.addingReportingOverflow(rest.raw)
            order.overfilled = Quantity(raw: overflow ? .max : sum)
            update.anomalies.insert(.overfill)
        }
        if order.filled == order.order.quantity {
            order.state = .filled
        } else if order.leaves.raw == 0 {
            if order.state != .rejected && order.state != .expired { order.state = .canceled }
        } else {
            order.settle()
        }
    }

    private static func cancel(_ report: Event, _ order: inout WorkingOrder, _ update: inout OrderUpdate) {
        if order.isFinal || order.cancelIsConfirmed {
            update.anomalies.insert(order.cancelIsConfirmed ? .duplicateReport : .afterEnd)
            return
        }
        let gone = min(max(report.quantity, .zero), order.leaves)
        // Less than is left: the difference traded, and its fills are still on their way; it stays reserved for them.
        if report.quantity != order.leaves { update.anomalies.insert(.contradiction) }
        order.leaves -= gone
        order.cancelled += gone
        order.cancelIsConfirmed = true
        order.cancelIsPending = false
        let expired = report.detail == UInt64(CancelReason.endOfSession.rawValue)
        order.state = order.leaves.raw > 0 ? .pendingCancel : expired ? .expired : .canceled
        update.kind = .cancelled
        update.quantity = gone
        update.released = gone
        update.reason = UInt8(truncatingIfNeeded: report.detail)
    }

    private static func reject(_ report: Event, _ order: inout WorkingOrder, _ update: inout OrderUpdate) {
        if order.isFinal {
            update.anomalies.insert(order.state == .rejected ? .duplicateReport : .afterEnd)
            return
        }
        if order.isAccepted || order.filled.raw > 0 { update.anomalies.insert(.contradiction) }
        update.kind = .rejected
        update.quantity = order.leaves
        update.released = order.leaves
        update.reason = UInt8(truncatingIfNeeded: report.detail)
        order.cancelled += order.leaves
        order.leaves = .zero
        order.cancelIsPending = false
        order.state = .rejected
    }

    private static func rejectCancel(_ order: inout WorkingOrder, _ update: inout OrderUpdate) {
        guard order.cancelIsPending else {
            update.anomalies.insert(.duplicateReport)
            return
        }
        order.cancelIsPending = false
        // While a replacement was under way both numbers were asked for, and one of them is always refused.
        let isMoot = order.state == .replaced || order.before != 0 && order.state == .rejected
        update.kind = isMoot ? .ignored : .cancelRejected
        // When it traded, was replaced or ended while the cancel was on its way, the usual race, its state stays.
        order.settle()
    }

    /// The venue sets an order aside, or takes it up again.
    private static func note(
        _ kind: OrderUpdateKind,
        _ isKnown: Bool,
        _ order: inout WorkingOrder,
        _ update: inout OrderUpdate
    ) {
        guard !order.isFinal, !isKnown else {
            update.anomalies.insert(order.isFinal ? .afterEnd : .duplicateReport)
            return
        }
        if kind == .doneForDay { order.isDoneForDay = true } else { order.isSuspended = kind == .suspended }
        update.kind = kind
        order.settle()
    }
}
