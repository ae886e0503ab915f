// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

// MARK: - Orders out
extension FixClient {
    /// Takes a record of kind `newOrder`, `replaceRequest`, `cancelRequest`, `quoteRequest`, `quoteAccepted`, or `orderStatus` (a
    /// request for the state of all orders).
    public mutating func submit(_ record: Event, at now: Timestamp, into output: inout WireOutput) -> FixSubmission {
        if record.eventTime > marketTime { marketTime = record.eventTime }
        switch record.kind {
        case .newOrder: return enter(record, at: now, into: &output)
        case .replaceRequest: return replace(record, at: now, into: &output)
        case .cancelRequest: return cancel(record, at: now, into: &output)
        case .orderStatus:
            requestStatus(at: now, into: &output)
            return .waiting
        case .quoteRequest: return ask(record, at: now, into: &output)
        case .quoteAccepted:
            // The order behind it says so to the venue.
            quotes.accept(record)
            return .waiting
        default: return .refused(.kind)
        }
    }

    private func refusal(_ record: Event) -> FixClientRefusal? {
        guard record.quantity.raw > 0 else { return .quantity }
        return record.price.raw >= 0 ? nil : .price
    }

    private mutating func enter(_ record: Event, at now: Timestamp, into output: inout WireOutput) -> FixSubmission {
        guard phase == .ready else { return .refused(.notReady) }
        guard record.orderID != 0, byOrder[record.orderID] == nil else { return .refused(.duplicate) }
        guard record.instrument.index < instruments else { return .refused(.symbol) }
        if let refusal = refusal(record) { return .refused(refusal) }
        var order = FixClientOrder(
            order: record.orderID,
            quantity: record.quantity,
            open: record.quantity,
            price: record.price,
            instrument: record.instrument,
            isSell: record.side == .sell,
            state: .waiting
        )
        describe(&order, record)
        if let dealer = quotes.place(of: record.venue) {
            guard let quote = quotes.take(record, dealer) else { return .refused(.quote) }
            (order.dealer, order.quote) = (record.venue.id, quote)
        }
        if record.side == .sell {
            order.mark = record.flags.contains(.exempt) ? .exempt : record.flags.contains(.short) ? .short : .none
        }
        return queue(order, at: now, into: &output)
    }

    private func describe(_ order: inout FixClientOrder, _ record: Event) {
        order.time = record.eventTime
        order.timeInForce = record.timeInForce
        order.expireDay = record.expireDay
        order.isSweep = record.isSweep
    }

    /// Takes a record of kind `replaceRequest`: order `record.detail` in the place of `record.orderID`.
    private mutating func replace(_ record: Event, at now: Timestamp, into output: inout WireOutput) -> FixSubmission {
        guard phase == .ready else { return .refused(.notReady) }
        guard record.detail != 0, byOrder[record.detail] == nil else { return .refused(.duplicate) }
        guard let original = byOrder[record.orderID] else { return .refused(.unknownOrder) }
        if let refusal = refusal(record) { return .refused(refusal) }
        let old = records[original]
        var order = FixClientOrder(
            order: record.detail,
            quantity: record.quantity,
            open: record.quantity,
            price: record.price,
            instrument: old.instrument,
            isSell: old.isSell,
            state: .waiting
        )
        describe(&order, record)
        order.mark = old.mark
        order.replaces = UInt32(original) + 1
        // One at a time: of two that wait for the same order a venue takes the first at most.
        if old.state == .ended || isWaiting(old.successor) { return .answered(replaceRejected(order, at: now)) }
        return queue(order, at: now, into: &output)
    }

    func isWaiting(_ successor: UInt32) -> Bool {
        guard successor != 0 else { return false }
        let state = records[Int(successor) - 1].state
        return state == .waiting || state == .sent
    }

    /// Lets an order leave as soon as the rate allows.
    private mutating func queue(
        _ order: FixClientOrder,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> FixSubmission {
        guard hasReserve, count < orderCapacity, newOrders.append(count) else { return .refused(.full) }
        let place = remember(order)
        // Before it leaves: what ends the other tells of this one.
        if order.replaces != 0 { records[Int(order.replaces) - 1].successor = UInt32(place) + 1 }
        pump(at: now, into: &output)
        if records[place].state != .waiting { return .sent }
        counters.throttled += 1
        return .waiting
    }

    private mutating func cancel(_ record: Event, at now: Timestamp, into output: inout WireOutput) -> FixSubmission {
        guard let place = byOrder[record.orderID] else { return .refused(.unknownOrder) }
        let order = records[place]
        switch order.state {
        case .ended: return .answered(report(.cancelRejected, order, at: now))
        case .waiting where order.replaces != 0:
            records[place].state = .ended
            records[place].open = .zero
            return .answered(replaceRejected(order, at: now))
        case .waiting:
            records[place].state = .ended
            records[place].open = .zero
            var answer = report(.orderCancelled, order, at: now)
            answer.quantity = order.open
            answer.detail = UInt64(CancelReason.user.rawValue)
            return .answered(answer)
        case .sent, .live:
            if !order.wantsCancel {
                guard cancels.append(place) else { return .refused(.full) }
                records[place].wantsCancel = true
            }
            pump(at: now, into: &output)
            return records[place].wantsCancel ? .waiting : .sent
        }
    }

    /// `order` will not take the place that it was meant for.
    func replaceRejected(_ order: FixClientOrder, at now: Timestamp) -> Event {
        var event = report(.replaceRejected, records[Int(order.replaces) - 1], at: now)
        event.detail = order.order
        return event
    }

    // MARK: Leaving

    /// Sends what waits as far as rate and room allow: cancels before questions before orders.
    mutating func pump(at now: Timestamp, into output: inout WireOutput) {
        guard session.state.isLoggedOn else { return }
        while let place = cancels.first {
            let order = records[place]
            // It ended in the meantime, or its cancel has left.
            if order.state != .ended, order.wantsCancel {
                guard hasRoom(output), bucket.take(at: now), sendCancel(place, at: now, into: &output) else { return }
            }
            cancels.removeFirst()
        }
        while let place = asks.first {
            if records[place].isAsked {
                guard hasRoom(output), bucket.take(at: now), sendQuestion(place, at: now, into: &output) else { return }
            }
            asks.removeFirst()
        }
        guard phase == .ready, !withdraws else { return }
        while let place = newOrders.first {
            if records[place].state == .waiting {
                // An order goes into the output or nowhere: in the session's store nobody could take it back any more.
                guard !session.isBehind, hasReserve, hasRoom(output), bucket.take(at: now),
                    sendOrder(place, at: now, into: &output)
                else { return }
            }
            newOrders.removeFirst()
        }
    }

    /// The store has room for more than this: the last of it is kept for cancels and questions.
    var hasReserve: Bool { session.store.room >= 1 << 16 }

    /// A message of ours is never longer.
    private func hasRoom(_ output: borrowing WireOutput) -> Bool { output.remaining >= 1_024 }

    /// An order has ended: the venue refuses what was to take its place, or it need not leave any more.
    mutating func ended(_ order: FixClientOrder, at now: Timestamp) {
        guard order.successor != 0 else { return }
        let place = Int(order.successor) - 1
        if records[place].state == .sent, records[place].isDenied { ask(place) }
        guard records[place].state == .waiting else { return }
        records[place].state = .ended
        records[place].open = .zero
        tell(.report(replaceRejected(records[place], at: now)))
    }

    /// Remembers what left under a number.
    mutating func note(_ sequence: UInt64, _ kind: Sent.Kind, _ place: Int) {
        hasSpoken = true
        sent[Int(truncatingIfNeeded: sequence) & (FixClient.recent - 1)] =
            Sent(sequence: sequence, place: UInt32(truncatingIfNeeded: place), kind: kind)
    }

    /// What left under `sequence`, if that is not too long ago.
    func whatLeft(_ sequence: UInt64) -> Sent? {
        let entry = sent[Int(truncatingIfNeeded: sequence) & (FixClient.recent - 1)]
        return entry.sequence == sequence && entry.kind != .none ? entry : nil
    }
}

// MARK: - Pulling the plug
extension FixClient {
    /// Takes back every new order that waits for the rate: `next` tells of each that it never arrived.
    public mutating func withdraw() { withdraws = true }

    /// The order whose bytes were taken back before they left never arrives; false when it is none of ours.
    mutating func takeBack(_ number: OrderID) -> Bool {
        guard let place = byOrder[number], records[place].state == .sent else { return false }
        records[place].state = .waiting
        return true
    }

    /// Asks for the cancel of every order that may still trade, also of those that a cancel has been sent for.
    ///
    /// - Returns: the orders that were asked for.
    @discardableResult
    public mutating func cancelAll(
        at now: Timestamp,
        into output: inout WireOutput,
        where isMeant: (OrderID) -> Bool = { _ in true }
    ) -> Int {
        skipEnded()
        var asked = 0
        for place in firstOpen..<max(count, firstOpen) {
            let order = records[place]
            guard order.state == .sent || order.state == .live, isMeant(order.order) else { continue }
            asked += 1
            if order.wantsCancel { continue }
            guard cancels.append(place) else { break }
            records[place].wantsCancel = true
        }
        pump(at: now, into: &output)
        return asked
    }

    /// Gives `body` each order that may still trade, the oldest first; how many there are.
    @discardableResult
    public mutating func forEachOpen(_ body: (FixClientOrder) -> Void) -> Int {
        skipEnded()
        var open = 0
        for place in firstOpen..<max(count, firstOpen) where records[place].state != .ended {
            open += 1
            body(records[place])
        }
        return open
    }

    /// Ended orders before the first open one need not be looked at again.
    mutating func skipEnded() {
        while firstOpen < count, records[firstOpen].state == .ended, !records[firstOpen].isAsked { firstOpen += 1 }
    }
}
