// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// What a good-till order takes into the next day.
struct CarriedOrder: BitwiseCopyable {
    var order: NewOrder
    var leaves: Quantity
}

extension HistoricalVenue {
    /// A replacement of ours arrives at `time`.
    public mutating func replace(_ original: OrderID, by order: NewOrder, at time: Timestamp) {
        guard let slot = slot(of: original), refusal(order) == nil,
            resting[slot].order.instrument == order.instrument, resting[slot].order.side == order.side
        else {
            var report = Event(kind: .replaceRejected)
            report.orderID = original
            report.instrument = order.instrument
            report.eventTime = time
            report.detail = order.id
            return send(report)
        }
        let done = resting[slot].order.quantity - resting[slot].leaves
        let old = resting[slot].order
        unlink(slot)
        remember(order.id)
        var next = order
        // What was executed can't be replaced away.
        next.quantity = max(order.quantity, done)
        report(.orderReplaced, old, time) { report in
            report.price = next.price
            report.quantity = next.quantity
            report.detail = next.id
        }
        if next.quantity > done { work(next, next.quantity - done, time) }
    }

    public func touch(_ instrument: Instrument) -> (bid: Price, ask: Price)? {
        guard instrument.index < heads.count, books.phase == .regular, books.tradingState(instrument) == .trading
        else { return nil }
        let quote = books.quote(instrument)
        return quote.isTwoSided ? (quote.bidPrice, quote.askPrice) : nil
    }

    // MARK: The next day

    /// Puts a good-till order aside at the close; false for one that ends today.
    mutating func carry(_ slot: Int, _ time: Timestamp) -> Bool {
        let (order, leaves) = (resting[slot].order, resting[slot].leaves)
        guard order.timeInForce.carries(beyond: day, expireDay: order.expireDay) else { return false }
        carried.append(CarriedOrder(order: order, leaves: leaves))
        report(.orderDoneForDay, order, time) { $0.quantity = leaves }
        unlink(slot)
        return true
    }

    /// The orders of the days before arrive as soon as their instruments trade.
    mutating func resume(_ event: Event) {
        guard books.phase == .regular else { return }
        var kept: [CarriedOrder] = []
        let waiting = carried
        carried = []
        for order in waiting {
            if books.tradingState(order.order.instrument) == .trading {
                work(order.order, order.leaves, event.eventTime)
            } else {
                kept.append(order)
            }
        }
        carried = kept
    }

    /// Cancels an order that waits for the next day; false when none of that number does.
    mutating func cancelCarried(_ id: OrderID, _ time: Timestamp) -> Bool {
        guard let place = carried.firstIndex(where: { $0.order.id == id }) else { return false }
        let order = carried.remove(at: place)
        report(.orderCancelled, order.order, time) { report in
            report.quantity = order.leaves
            report.detail = UInt64(CancelReason.user.rawValue)
        }
        return true
    }
}
