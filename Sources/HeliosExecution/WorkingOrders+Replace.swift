// SPDX-License-Identifier: MIT
import HeliosMarket

// Each version of an order has a number and a row of its own:
//
//     1 ──► 2 ──► 3        root of all: 1        before/after: the arrows
//     replaced    works, or waits for the venue's answer
//
// Until the venue answers, the old row works and the new one waits; one answer moves what is left from the one to the other.
// Executions are remembered under the root, so that one that is told under two of the numbers is taken once.
extension WorkingOrders {
    /// Whether `order` can take the place of `old`: that one works and nothing else is under way for it, instrument and side are
    /// the same, and its quantity, over the whole life of the chain, is above what was executed.
    public func canReplace(_ old: OrderID, by order: NewOrder) -> Bool {
        guard let slot = slot(of: old), canAdd(order) else { return false }
        // Safe: `slot(of:)` gives initialised slots only.
        let working = unsafe slots[slot]
        return working.leaves.raw > 0 && !working.awaitsReplace && !working.replaceIsPending && !working.cancelIsPending
            && !working.cancelIsConfirmed && working.order.instrument == order.instrument
            && working.order.side == order.side && order.quantity > working.filled
    }

    /// Begins to follow an order that is about to be sent to take the place of `old`.
    ///
    /// False, and nothing changed, when `canReplace` is false: then it must not be sent.
    public mutating func addReplacement(_ order: NewOrder, of old: OrderID, at time: Timestamp) -> Bool {
        guard canReplace(old, by: order), add(order, at: time) else { return false }
        let (from, to) = (Int(old), Int(order.id))
        // Safe: both are initialised.
        var new = unsafe slots[to]
        new.before = UInt32(from)
        new.root = unsafe UInt32(slots[from].chain)
        new.filled = unsafe slots[from].filled
        new.leaves = order.quantity - new.filled
        new.awaitsReplace = true
        unsafe slots[to] = new
        unsafe slots[from].after = UInt32(to)
        unsafe slots[from].replaceIsPending = true
        unsafe slots[from].settle()
        return true
    }

    /// The number under which what is left of an order works: its own, or that of the last order that has taken its place.
    public func workingNumber(of id: OrderID) -> OrderID {
        guard let slot = slot(of: id) else { return id }
        return OrderID(current(slot))
    }

    /// The row that works in the place of one that was replaced.
    func current(_ slot: Int) -> Int {
        var slot = slot
        // Safe: links name orders that were added, and go upward only.
        while unsafe slots[slot].state == .replaced { slot = unsafe Int(slots[slot].after) }
        return slot
    }

    /// Takes the venue's answer to a replacement of the order in `slot`.
    mutating func answerReplace(_ report: Event, _ slot: Int) -> OrderUpdate {
        guard let new = self.slot(of: report.detail), unsafe slots[new].before == UInt32(slot) else {
            // Perhaps something works there that nothing is reserved for.
            unsafe slots[slot].isSuspect = true
            return odd(slot, report, .unknownOrder)
        }
        let order = unsafe slots[new]
        let isYes = report.kind == .orderReplaced
        if order.awaitsReplace { return isYes ? replaced(new, report, isTold: true) : refused(new, report) }
        switch (isYes, order.state == .rejected) {
        case (true, false) where !order.isAccepted:
            // A fill has shown it before.
            unsafe slots[new].isAccepted = true
            unsafe slots[new].settle()
            var update = odd(new, report, [])
            update.kind = .replaced
            update.original = order.original
            return update
        case (true, false), (false, true): return odd(new, report, .duplicateReport)
        default:
            unsafe slots[new].isSuspect = true
            return odd(new, report, [.afterEnd, .contradiction])
        }
    }

    /// The order in `new` works in the place of the one before it; `isTold` is false where another report has shown it.
    mutating func replaced(_ new: Int, _ report: Event, isTold: Bool) -> OrderUpdate {
        // Safe: links name orders that were added.
        let old = unsafe Int(slots[new].before)
        var (order, left) = unsafe (slots[new], slots[old])
        var anomalies: OrderAnomalies = []
        if report.instrument != order.order.instrument, report.instrument != .none { anomalies = .contradiction }
        // Ended by more than its executions, and yet replaced: one of the two is wrong.
        if left.cancelled.raw > 0 { anomalies = .contradiction }
        if left.leaves.raw > 0 { count(left, -1) }
        let done = left.filled.raw + min(left.overfilled.raw, .max - left.filled.raw)
        if report.kind == .orderReplaced {
            if report.quantity.raw > 0 { order.order.quantity = report.quantity }
            if report.price.raw > 0 { order.order.price = report.price }
        }
        // What was executed can't be replaced away: it is then filled.
        order.order.quantity = Quantity(raw: max(order.order.quantity.raw, done))
        order.filled = Quantity(raw: done)
        order.leaves = order.order.quantity - order.filled
        order.cancelled = .zero
        order.lastExecution = max(order.lastExecution, left.lastExecution)
        order.awaitsReplace = false
        order.isAccepted = isTold
        order.isSuspect = order.isSuspect || left.isSuspect || !anomalies.isEmpty
        order.state = .filled
        order.settle()
        if order.leaves.raw == 0 { count(order, -1) }
        left.cancelled += left.leaves
        left.leaves = .zero
        left.replaceIsPending = false
        left.state = .replaced
        unsafe slots[old] = left
        unsafe slots[new] = order
        var update = odd(new, report, anomalies)
        update.kind = .replaced
        update.original = order.original
        return update
    }

    /// The order in `new` will never work; the one before it stays as it was.
    mutating func refused(_ new: Int, _ report: Event) -> OrderUpdate {
        // Safe: links name orders that were added.
        let old = unsafe Int(slots[new].before)
        var order = unsafe slots[new]
        let dead = order.leaves
        count(order, -1)
        order.cancelled += dead
        order.leaves = .zero
        order.awaitsReplace = false
        order.state = .rejected
        unsafe slots[new] = order
        unsafe slots[old].after = 0
        unsafe slots[old].replaceIsPending = false
        unsafe slots[old].settle()
        var update = odd(new, report, [])
        update.kind = .replaceRejected
        update.original = order.original
        update.quantity = dead
        if report.kind == .orderRejected { update.reason = UInt8(truncatingIfNeeded: report.detail) }
        return update
    }

    /// An update of the order in `slot` as it stands, of kind `ignored`.
    private func odd(_ slot: Int, _ report: Event, _ anomalies: OrderAnomalies) -> OrderUpdate {
        // Safe: the callers name initialised slots.
        let order = unsafe slots[slot]
        var update = OrderUpdate(.ignored, of: order.order, at: report.receiveTime)
        update.anomalies = anomalies
        update.leavesQuantity = order.leaves
        update.state = order.state
        update.isFinal = order.isFinal
        update.isSuspect = order.isSuspect
        return update
    }

    private mutating func count(_ order: WorkingOrder, _ change: Int) {
        // Safe: `add` takes only instruments below `instruments`.
        let place = order.order.instrument.index
        unsafe working[place] = UInt32(Int(working[place]) + change)
        workingTotal += change
    }
}
