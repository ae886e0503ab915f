// SPDX-License-Identifier: MIT
import HeliosMarket

/// An execution that was taken back, and what it had cost.
public struct BrokenExecution: Sendable, BitwiseCopyable {
    /// Of kind `broken` with the terms of the execution, or `ignored`.
    public var update: OrderUpdate
    /// What the execution had cost; negative is a rebate.
    public var fee: Money
}

extension WorkingOrders {
    /// Remembers the terms of a fill that was just told, so that it can be taken back.
    public mutating func remember(_ update: OrderUpdate, fee: Money) {
        guard update.kind == .filled else { return }
        var entry = LoggedExecution(
            order: update.orderID,
            execution: update.executionID,
            quantity: update.quantity,
            price: update.price,
            feeLow: 0,
            feeHigh: 0,
            tag: update.tag.packed,
            instrument: update.instrument.id,
            flags: (update.side == .sell ? 1 : 0) | (update.isMaker ? 2 : 0)
        )
        entry.fee = fee
        log.append(entry)
    }

    /// Takes an execution back, as an `executionBroken` or `executionCorrected` says.
    ///
    /// The shares never trade again: what was filled counts as cancelled. An execution that was never told, or was taken back
    /// before, changes nothing.
    public mutating func takeBack(_ report: Event) -> BrokenExecution {
        guard let place = place(of: report) else {
            return BrokenExecution(update: ignored(report, .unknownOrder), fee: .zero)
        }
        // Safe: `place` is below the log's count.
        let entry = unsafe log.entries[place]
        guard entry.quantity.raw > 0 else {
            return BrokenExecution(update: ignored(report, .duplicateReport), fee: .zero)
        }
        unsafe log.entries[place].quantity = .zero
        var update = told(entry, report)
        if let named = slot(of: report.orderID) {
            let slot = current(named)
            // Safe: `slot(of:)` gives initialised slots only.
            unsafe slots[slot].takeBack(entry.quantity)
            unsafe update.describe(slots[slot])
        }
        return BrokenExecution(update: update, fee: entry.fee)
    }

    /// Takes the new terms of an execution that was just taken back.
    public mutating func takeAgain(_ report: Event) -> OrderUpdate {
        guard report.quantity.raw > 0, let place = place(of: report) else {
            return ignored(report, .malformed)
        }
        // Safe: `place` is below the log's count.
        var entry = unsafe log.entries[place]
        entry.quantity = report.quantity
        entry.price = report.price
        entry.flags = entry.flags & 1 | (report.flags.contains(.maker) ? 2 : 0)
        unsafe log.entries[place] = entry
        var update = told(entry, report)
        update.kind = .filled
        if let named = slot(of: report.orderID) {
            let slot = current(named)
            unsafe slots[slot].takeAgain(entry.quantity)
            unsafe update.describe(slots[slot])
        }
        return update
    }

    /// What execution `report.detail` costs from now on.
    public mutating func setFee(_ fee: Money, of report: Event) {
        guard let place = place(of: report) else { return }
        unsafe log.entries[place].fee = fee
    }

    /// Whether what a bust or a correction says is known already.
    func knows(_ report: Event) -> Bool {
        guard let place = place(of: report) else { return true }
        // Safe: `place` is below the log's count.
        let entry = unsafe log.entries[place]
        if report.kind == .executionBroken { return entry.quantity.raw == 0 }
        return entry.quantity == report.quantity && entry.price == report.price
    }

    /// Where the log has the execution that a report names by any number of the order's chain; nil when it was never told.
    private func place(of report: Event) -> Int? {
        let chain = order(report.orderID)?.chain ?? report.orderID
        var place = log.last(report.detail, before: log.count)
        while let found = place {
            // Safe: below the log's count.
            let number = unsafe log.entries[found].order
            if number == report.orderID || order(number)?.chain == chain { return found }
            place = log.last(report.detail, before: found)
        }
        return nil
    }

    private func ignored(_ report: Event, _ anomaly: OrderAnomalies) -> OrderUpdate {
        let order = NewOrder(
            id: report.orderID,
            instrument: report.instrument,
            side: report.side,
            quantity: report.quantity,
            price: report.price,
            tag: OrderTag(strategy: .max)
        )
        var update = OrderUpdate(
            .ignored,
            of: slot(of: report.orderID).map { unsafe slots[$0].order } ?? order,
            at: report.receiveTime
        )
        update.anomalies = anomaly
        update.isFinal = true
        return update
    }

    private func told(_ entry: LoggedExecution, _ report: Event) -> OrderUpdate {
        let order = NewOrder(
            id: entry.order,
            instrument: Instrument(id: entry.instrument),
            side: entry.flags & 1 != 0 ? .sell : .buy,
            quantity: entry.quantity,
            price: entry.price,
            tag: OrderTag(packed: entry.tag)
        )
        var update = OrderUpdate(.broken, of: order, at: report.receiveTime)
        update.quantity = entry.quantity
        update.executionID = entry.execution
        update.isMaker = entry.flags & 2 != 0
        update.isFinal = true
        return update
    }
}

extension WorkingOrder {
    /// An execution of `quantity` never was: it goes out of what was filled beyond the order first, then out of what was filled.
    mutating func takeBack(_ quantity: Quantity) {
        let beyond = min(quantity, overfilled)
        overfilled -= beyond
        let rest = min(quantity - beyond, filled)
        filled -= rest
        cancelled += rest
        if state == .filled, filled < order.quantity { state = .canceled }
    }

    mutating func takeAgain(_ quantity: Quantity) {
        let within = min(quantity, cancelled)
        cancelled -= within
        filled += within
        let (sum, overflow) = overfilled.raw.addingReportingOverflow((quantity - within).raw)
        overfilled = Quantity(raw: overflow ? .max : sum)
        if filled == order.quantity { state = .filled }
    }
}

extension OrderUpdate {
    fileprivate mutating func describe(_ order: WorkingOrder) {
        leavesQuantity = order.leaves
        state = order.state
        isFinal = order.isFinal
        isSuspect = order.isSuspect
    }
}
