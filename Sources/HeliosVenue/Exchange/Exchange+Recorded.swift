// SPDX-License-Identifier: MIT
import HeliosMarket

/// The recorded day.
extension Exchange {
    /// Plays one event of a recorded day: its orders rest here too, and what executed them then comes as an order that takes.
    ///
    /// An order of a port that stands before a recorded one is met first; then less of the recorded order is left than it
    /// was, and what the record later says of it that can't be done is counted in `unmatched`.
    public func play(_ event: Event) {
        guard event.instrument.index < symbols.count || event.kind == .systemEvent else { return }
        let time = event.eventTime
        advance(to: time)
        switch event.kind {
        case .addOrder: enter(event.orderID, event.instrument, event.side, event.quantity, event.price, time)
        case .executeOrder, .executeOrderAtPrice: execute(event, time)
        case .cancelOrder: reduce(event.orderID, by: event.quantity, time)
        case .deleteOrder:
            guard let order = resting.removeValue(forKey: event.orderID), open(event.orderID) != nil else {
                return miss()
            }
            apply(.cancel(order.instrument, owner: Exchange.recorded, id: event.orderID, time: time))
        case .replaceOrder:
            guard let order = resting.removeValue(forKey: event.orderID) else { return miss() }
            if open(event.orderID) != nil {
                apply(.cancel(order.instrument, owner: Exchange.recorded, id: event.orderID, time: time))
            }
            enter(event.detail, order.instrument, order.side, event.quantity, event.price, time)
        case .crossTrade: cross(event, time)
        case .tradingStatus: phase(event, time)
        case .systemEvent: systemEvent(event, time)
        default: break
        }
    }

    private func miss() { unmatched += 1 }

    private func open(_ id: OrderID) -> Quantity? { engine.open(owner: Exchange.recorded, id: id) }

    private func enter(
        _ id: OrderID,
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        _ price: Price,
        _ time: Timestamp
    ) {
        resting[id] = RecordedOrder(instrument: instrument, side: side, price: price, left: quantity)
        apply(.enter(instrument, owner: Exchange.recorded, id: id, side, quantity, at: price, time: time))
    }

    /// Takes `quantity` from a recorded order, as far as it is still there.
    private func reduce(_ id: OrderID, by quantity: Quantity, _ time: Timestamp) {
        guard var order = resting[id] else { return miss() }
        order.left = max(order.left - quantity, .zero)
        resting[id] = order.left.raw > 0 ? order : nil
        guard let open = open(id) else { return miss() }
        guard open > order.left else { return }
        apply(.cancel(order.instrument, owner: Exchange.recorded, id: id, keeping: order.left, time: time))
    }

    /// What took the order then takes again: the best that stands here, up to the order's price.
    private func execute(_ event: Event, _ time: Timestamp) {
        guard var order = resting[event.orderID] else { return miss() }
        if !event.flags.contains(.printable) {
            // Belongs to an auction, which is held here too, and is told before the auction's print.
            order.left = max(order.left - event.quantity, .zero)
            resting[event.orderID] = order
            return crossing[order.instrument.index].append(event.orderID)
        }
        // Nothing matches here before the opening auction.
        guard engine.phase(of: order.instrument) == .open else {
            return reduce(event.orderID, by: event.quantity, time)
        }
        order.left = max(order.left - event.quantity, .zero)
        resting[event.orderID] = order.left.raw > 0 ? order : nil
        takerID += 1
        apply(
            .enter(
                order.instrument,
                owner: Exchange.taker,
                id: takerID,
                order.side == .buy ? .sell : .buy,
                event.quantity,
                at: order.price,
                duration: .immediateOrCancel,
                time: time
            )
        )
    }

    /// Holds the auction among the orders that are here, and takes away what met orders that the record does not show.
    private func cross(_ event: Event, _ time: Timestamp) {
        let letter = UInt8(truncatingIfNeeded: event.detail >> 56)
        let kind: CrossKind = letter == UInt8(ascii: "C") ? .closing : letter == UInt8(ascii: "H") ? .halt : .opening
        apply(.uncross(event.instrument, kind, reference: event.price, time: time))
        for id in crossing[event.instrument.index] {
            guard let order = resting[id] else { continue }
            if order.left.raw == 0 { resting[id] = nil }
            guard let open = open(id), open > order.left else { continue }
            apply(.cancel(order.instrument, owner: Exchange.recorded, id: id, keeping: order.left, time: time))
        }
        crossing[event.instrument.index].removeAll()
        guard kind != .closing, states[event.instrument.index] == UInt8(ascii: "T") else { return }
        apply(.phase(event.instrument, .open, time: time))
    }

    /// Before the day's auction nothing matches, whatever the state; after a halt the halt's auction opens again.
    private func phase(_ event: Event, _ time: Timestamp) {
        let state = UInt8(truncatingIfNeeded: event.detail)
        states[event.instrument.index] = state
        let before = engine.phase(of: event.instrument)
        switch state {
        case UInt8(ascii: "T"):
            if before == .halted || before == .paused { apply(.phase(event.instrument, .open, time: time)) }
        case UInt8(ascii: "Q"): apply(.phase(event.instrument, .auctionCall, time: time))
        // Orders go on to come in a recorded halt, and wait for the auction that ends it: in the engine's words, a pause.
        default: apply(.phase(event.instrument, .paused, time: time))
        }
    }

    private func systemEvent(_ event: Event, _ time: Timestamp) {
        let code = UInt8(truncatingIfNeeded: event.detail)
        guard code == UInt8(ascii: "Q") || code == UInt8(ascii: "M") else { return }
        output.feed.systemEvent(code, at: time)
    }
}

/// What must be known of a recorded order beside what the engine knows.
struct RecordedOrder {
    var instrument: Instrument
    var side: Side
    var price: Price
    /// What the record has left of it.
    var left: Quantity
}
