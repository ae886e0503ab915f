// SPDX-License-Identifier: MIT
import HeliosMarket

// Replacing at an OUCH 5.0 port.
//
//     live ──► Replace Order ──► Order Replaced: the new number works, with the total less what was executed
//                            ──► Rejected: the old one stays as it was
//                            ──► nothing, when the old one has ended before: its end stands in the stream then, and is the answer
extension OuchClient {
    /// Takes a record of kind `replaceRequest`: order `record.detail` in the place of `record.orderID`.
    mutating func replace(_ record: Event, at now: Timestamp, into output: inout WireOutput) -> OuchSubmission {
        guard phase == .ready else { return .refused(.notReady) }
        guard record.detail != 0, byOrder[record.detail] == nil else { return .refused(.duplicate) }
        guard let original = byOrder[record.orderID] else { return .refused(.unknownOrder) }
        let (shares, rest) = record.quantity.raw.quotientAndRemainder(dividingBy: Quantity.scale)
        guard rest == 0, shares >= 1, shares <= Int64(Ouch50.largestQuantity) else {
            return .refused(.unsayable(.quantity))
        }
        let (price, fraction) = record.price.raw.quotientAndRemainder(dividingBy: 10_000)
        guard fraction == 0, price >= 0, price <= Int64(Ouch50.largestPrice) else {
            return .refused(.unsayable(.price))
        }
        guard nextReference < .max else { return .refused(.unsayable(.reference)) }
        guard record.timeInForce == .day || record.timeInForce == .immediateOrCancel else {
            return .refused(.unsayable(.timeInForce))
        }
        // Safe: tables hold places below `count`.
        let old = unsafe records[original]
        let order = OuchOrder(
            order: record.detail,
            reference: 0,
            quantity: UInt32(shares),
            filled: 0,
            untold: 0,
            open: UInt32(shares),
            instrument: old.instrument,
            price: record.price,
            isSell: old.isSell,
            isImmediate: record.flags.contains(.immediateOrCancel),
            isSweep: record.isSweep,
            wantsCancel: false,
            state: .waiting,
            replaces: UInt32(original) + 1
        )
        if old.state == .ended { return .answered(replaceRejected(order, at: now)) }
        // One at a time: of two that wait for the same order the venue would ignore the second without a word.
        if isWaiting(old.successor) { return .answered(replaceRejected(order, at: now)) }
        return queue(order, at: now, into: &output)
    }

    private func isWaiting(_ successor: UInt32) -> Bool {
        guard successor != 0 else { return false }
        // Safe: a link holds one more than a place below `count`.
        let state = unsafe records[Int(successor) - 1].state
        return state == .waiting || state == .sent
    }

    /// Writes the replacement in `place`; one whose original has ended was told of and is passed over.
    mutating func sendReplacement(_ place: Int, at now: Timestamp, into output: inout WireOutput) -> Bool {
        // Safe: a link holds one more than a place below `count`.
        let (order, old) = unsafe (records[place], records[Int(records[place].replaces) - 1])
        let (reference, display) = (nextReference, display)
        let isSent = say(
            { output throws(OuchError) in
                try Ouch50.ReplaceOrder.write(
                    originalUserRefNum: old.reference,
                    userRefNum: reference,
                    quantity: order.quantity,
                    price: UInt64(order.price.raw / 10_000),
                    timeInForce: OuchCode(order.isImmediate ? .immediateOrCancel : .day),
                    display: display,
                    sweep: OuchCode(order.isSweep ? .yes : .no),
                    clientOrderID: OuchToken(order: order.order),
                    to: &output
                )
            },
            at: now,
            into: &output
        )
        if isSent { number(place) }
        return isSent
    }

    /// An order has ended: the venue ignores what was to take its place, or it need not leave any more.
    mutating func ended(_ order: OuchOrder, at now: Timestamp) {
        guard isWaiting(order.successor) else { return }
        let place = Int(order.successor) - 1
        unsafe records[place].state = .ended
        unsafe records[place].open = 0
        pendingRefusal = unsafe replaceRejected(records[place], at: now)
    }

    /// `order` will not take the place that it was meant for.
    func replaceRejected(_ order: OuchOrder, at now: Timestamp) -> Event {
        // Safe: a link holds one more than a place below `count`.
        var event = unsafe report(.replaceRejected, records[Int(order.replaces) - 1], at: now)
        event.detail = order.order
        return event
    }

    mutating func replaced(
        _ view: Ouch50.OrderReplaced,
        _ number: UInt64,
        _ message: WireBytes,
        at now: Timestamp
    ) -> OuchClientEvent {
        use(view.userRefNum)
        guard let original = byReference[UInt64(view.originalUserRefNum)], let wire = view.clientOrderID.order else {
            return renamed(view, number, message)
        }
        // Safe: tables hold places below `count`.
        var old = unsafe records[original]
        var known = byReference[UInt64(view.userRefNum)]
        if let place = known, unsafe isAnothers(wire, records[place]) { known = nil }
        guard known != nil || count < orderCapacity else {
            counters.forgotten += 1
            return renamed(view, number, message)
        }
        let place = known ?? remember(rebuilt(view, wire, of: original))
        if known == nil { byReference.insert(UInt64(view.userRefNum), place) }
        var order = unsafe records[place]
        if known != nil, order.state != .sent || order.replaces != UInt32(original) + 1 { counters.contradictions += 1 }
        // What the order asked for less what was executed: all of that stands before this in the stream.
        let total = known == nil ? view.quantity : order.quantity
        order.open = total - min(old.filled, total)
        // Some venues repeat the total, some say what is open.
        if view.quantity != total, view.quantity != order.open { counters.contradictions += 1 }
        order.filled = old.filled
        order.quantity = max(total, old.filled)
        order.price = OuchClient.price(view.price)
        order.state = .live
        var event = stamp(report(.orderReplaced, old, at: now), view.timestamp, number)
        event.price = order.price
        event.quantity = Quantity(Int(order.quantity))
        event.detail = wire
        (old.state, old.open, old.wantsCancel) = (.ended, 0, false)
        if view.state.meaning == .dead || order.open == 0 {
            // Dead with something open: no cancel follows.
            if order.open > 0 {
                var gone = order
                gone.untold = order.open
                pending = end(gone, .immediateOrCancel, view.timestamp, number, at: now)
            }
            (order.state, order.open) = (.ended, 0)
        }
        unsafe records[original] = old
        unsafe records[place] = order
        let its = wire >> 40
        if its > epoch, its != OuchToken.foreignEpoch, its > overtakenBy, pending == nil {
            overtakenBy = its
            pending = event
            return .overtaken(epoch: its)
        }
        return .report(event)
    }

    /// An earlier process's replacement, found again in the venue's stream.
    private func rebuilt(_ view: Ouch50.OrderReplaced, _ wire: OrderID, of original: Int) -> OuchOrder {
        // Safe: the caller names a place below `count`.
        let old = unsafe records[original]
        return OuchOrder(
            order: wire,
            reference: view.userRefNum,
            quantity: view.quantity,
            filled: old.filled,
            untold: 0,
            open: view.quantity,
            instrument: old.instrument,
            price: OuchClient.price(view.price),
            isSell: old.isSell,
            isImmediate: view.timeInForce.meaning == .immediateOrCancel,
            wantsCancel: false,
            state: .live,
            replaces: UInt32(original) + 1
        )
    }
}
