// SPDX-License-Identifier: MIT
import HeliosMarket

extension MatchingVenue {
    /// A replacement of ours arrives at `time`.
    public mutating func replace(_ original: OrderID, by order: NewOrder, at time: Timestamp) {
        let isOpen =
            original < ours.count && ours[Int(original)].isUsed
            && desk.engine.open(owner: MatchingVenue.owner, id: original) != nil
        guard isOpen, refusal(order) == nil, ours[Int(original)].instrument == order.instrument,
            ours[Int(original)].side == order.side
        else { return refuseReplace(original, order, time) }
        remember(order)
        // The engine knows nothing of earlier days.
        let total = order.quantity - min(ours[Int(original)].done, order.quantity)
        var command = MatchingCommand.replace(
            order.instrument,
            owner: MatchingVenue.owner,
            id: original,
            newID: order.id,
            total,
            at: order.price,
            time: time
        )
        command.duration = .day
        desk.apply(command)
        // Refused by the engine: the old order stays as it was, and the number is free again.
        if desk.output.events.contains(where: { $0.kind == .rejected }) {
            desk.output.events.removeAll(keepingCapacity: true)
            ours[Int(order.id)] = OwnOrder()
            return refuseReplace(original, order, time)
        }
        tellAll()
    }

    private mutating func refuseReplace(_ original: OrderID, _ order: NewOrder, _ time: Timestamp) {
        report(.replaceRejected, original, OwnOrder(order), time) { $0.detail = order.id }
    }

    public func touch(_ instrument: Instrument) -> (bid: Price, ask: Price)? {
        guard isTrading(instrument), let bid = displayed(instrument, .buy), let ask = displayed(instrument, .sell)
        else { return nil }
        return (bid.price, ask.price)
    }

    // MARK: The next day

    /// Puts a good-till order aside that the close has cancelled; false for one that ends today.
    mutating func carry(_ event: MatchingEvent) -> Bool {
        let own = ours[Int(event.id)]
        guard own.timeInForce.carries(beyond: day, expireDay: own.expireDay) else { return false }
        let order = NewOrder(
            id: event.id,
            instrument: own.instrument,
            side: own.side,
            timeInForce: own.timeInForce,
            quantity: own.quantity,
            price: own.price,
            tag: OrderTag(packed: 0),
            expireDay: own.expireDay
        )
        carried.append(CarriedOrder(order: order, leaves: event.quantity))
        ours[Int(event.id)].done = own.quantity - event.quantity
        report(.orderDoneForDay, event.id, own, event.time) { $0.quantity = event.quantity }
        return true
    }

    /// The orders of the days before arrive as soon as their instruments trade.
    mutating func resume(_ event: Event) {
        var kept: [CarriedOrder] = []
        let waiting = carried
        carried = []
        for order in waiting {
            guard trades(order.order.instrument) else {
                kept.append(order)
                continue
            }
            isResuming = true
            enter(order.order, order.leaves, event.eventTime)
            isResuming = false
        }
        carried += kept
    }

    /// Cancels an order that waits for the next day; false when none of that number does.
    mutating func cancelCarried(_ id: OrderID, _ time: Timestamp) -> Bool {
        guard let place = carried.firstIndex(where: { $0.order.id == id }) else { return false }
        let order = carried.remove(at: place)
        report(.orderCancelled, id, OwnOrder(order.order), time) { report in
            report.quantity = order.leaves
            report.detail = UInt64(CancelReason.user.rawValue)
        }
        return true
    }
}
