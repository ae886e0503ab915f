// SPDX-License-Identifier: MIT
import HeliosMarket

extension WorkingOrders {
    /// Appends every order of the day, the executions taken, and the counts of odd reports.
    public func save(to writer: inout StateWriter) {
        writer.mark("orders")
        writer.write(capacity)
        writer.write(instruments)
        writer.write(counts)
        writer.write(initialised)
        writer.reserve(initialised * MemoryLayout<SavedProgress>.size * 2)
        for slot in 0..<initialised {
            // Safe: initialised.
            let order = unsafe slots[slot]
            guard order.state != .none else { continue }
            order.order.save(to: &writer)
            writer.write(SavedProgress(order))
        }
        writer.write(UInt64(0))
        executions.save(to: &writer)
        log.save(to: &writer)
    }

    /// Takes saved orders; there must be none here yet, and the capacities must be the same.
    ///
    /// - Throws: `StateError`; then the table must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        guard initialised == 0 else {
            throw reader.error(.unsupported, "a table of orders that is in use can't take saved ones")
        }
        try reader.expect("orders")
        try reader.match(capacity, "room for orders")
        try reader.match(instruments, "instruments of the table of orders")
        counts = try reader.read(OrderAnomalyCounts.self)
        let slots = try reader.readCount(upTo: capacity + 1, "order numbers")
        while initialised < slots {
            // Safe: at most `capacity` + 1 slots.
            unsafe (self.slots + initialised).initialize(to: .vacant)
            initialised += 1
        }
        var before: OrderID = 0
        while try reader.peek(UInt64.self) != 0 {
            let order = try NewOrder(from: &reader)
            let progress = try reader.read(SavedProgress.self)
            guard order.id > before, order.id < UInt64(slots), order.instrument.index < instruments else {
                throw reader.error(.damaged, "order \(order.id) is not in order, or of no instrument")
            }
            guard let restored = progress.order(order) else {
                throw reader.error(.damaged, "order \(order.id) does not add up")
            }
            before = order.id
            // Safe: below `slots`, which are initialised; the instrument was checked.
            unsafe self.slots[Int(order.id)] = restored
            guard restored.isLinked(below: slots) else {
                throw reader.error(.damaged, "order \(order.id) belongs to a chain that is not there")
            }
            if !restored.isFinal {
                unsafe working[order.instrument.index] += 1
                workingTotal += 1
            }
        }
        _ = try reader.read(UInt64.self)
        try executions.restore(from: &reader)
        try log.restore(from: &reader)
    }
}

extension WorkingOrder {
    /// Whether its links can be those of a chain: they lead upward to what took its place, and downward to where it came from.
    fileprivate func isLinked(below slots: Int) -> Bool {
        guard root < order.id, before < order.id, after < slots, after == 0 || after > order.id else { return false }
        return (state != .replaced && !replaceIsPending || after != 0) && (!awaitsReplace || before != 0)
    }
}

/// What the venue has said of an order, as plain numbers without gaps.
private struct SavedProgress: BitwiseCopyable {
    let leaves: Quantity
    let filled: Quantity
    let cancelled: Quantity
    let overfilled: Quantity
    let venueNumber: UInt64
    let sentTime: Timestamp
    let lastExecution: UInt64
    let root: UInt32
    let before: UInt32
    let after: UInt32
    let reserved: UInt32
    let state: UInt32
    let flags: UInt32

    init(_ order: WorkingOrder) {
        leaves = order.leaves
        filled = order.filled
        cancelled = order.cancelled
        overfilled = order.overfilled
        venueNumber = order.venueNumber
        sentTime = order.sentTime
        lastExecution = order.lastExecution
        root = order.root
        before = order.before
        after = order.after
        reserved = 0
        state = UInt32(order.state.rawValue)
        flags =
            (order.isAccepted ? 1 : 0) | (order.cancelIsPending ? 2 : 0) | (order.cancelIsConfirmed ? 4 : 0)
            | (order.isSuspect ? 8 : 0) | (order.replaceIsPending ? 16 : 0) | (order.awaitsReplace ? 32 : 0)
            | (order.isSuspended ? 64 : 0) | (order.isDoneForDay ? 128 : 0)
    }

    /// The order again; nil when its quantities do not add up or it has no state.
    func order(_ order: NewOrder) -> WorkingOrder? {
        guard let state = OrderState(rawValue: UInt8(truncatingIfNeeded: state)), self.state < 256, state != .none,
            flags < 256, reserved == 0, min(leaves, filled, cancelled, overfilled).raw >= 0, order.quantity.raw > 0
        else { return nil }
        let (partly, overflow) = leaves.raw.addingReportingOverflow(filled.raw)
        let (sum, overflow2) = partly.addingReportingOverflow(cancelled.raw)
        guard !overflow, !overflow2, sum == order.quantity.raw else { return nil }
        var restored = WorkingOrder(order, at: sentTime)
        restored.leaves = leaves
        restored.filled = filled
        restored.cancelled = cancelled
        restored.overfilled = overfilled
        restored.venueNumber = venueNumber
        restored.lastExecution = lastExecution
        restored.state = state
        restored.isAccepted = flags & 1 != 0
        restored.cancelIsPending = flags & 2 != 0
        restored.cancelIsConfirmed = flags & 4 != 0
        restored.isSuspect = flags & 8 != 0
        restored.replaceIsPending = flags & 16 != 0
        restored.awaitsReplace = flags & 32 != 0
        restored.isSuspended = flags & 64 != 0
        restored.isDoneForDay = flags & 128 != 0
        restored.root = root
        restored.before = before
        restored.after = after
        return restored
    }
}
