// SPDX-License-Identifier: MIT
import HeliosMarket

// MARK: - Bytes in
extension OuchClient {
    /// The next event in what was read; call it until nil, with an empty `chunk` too after `disconnected`.
    public mutating func next(
        _ chunk: inout WireBytes,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> OuchClientEvent? {
        while true {
            if let event = told(at: now, into: &output) { return event }
            guard let event = soup.next(&chunk, at: now) else { return nil }
            if let event = judge(event, at: now, into: &output) { return event }
        }
    }

    private mutating func judge(
        _ event: SoupClientEvent,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> OuchClientEvent? {
        switch event {
        case .loggedIn(let session, let requested, let answer, let isNew):
            return loggedIn(session, requested, answer, isNew, at: now, into: &output)
        case .sequenced(let number, let message):
            let event = take(message, number, at: now)
            if phase == .replaying, let head, soup.next >= head { ask(at: now, into: &output) }
            return event
        case .unsequenced(let message): return .notice(0, message)
        case .ended:
            fallDown()
            return .ended
        case .closed(let reason):
            fallDown()
            return .closed(reason)
        }
    }

    private mutating func loggedIn(
        _ session: SoupText,
        _ requested: UInt64,
        _ answer: UInt64,
        _ isNew: Bool,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> OuchClientEvent? {
        if isNew { forgetAll() }
        if phase == .probing {
            head = answer
            if !isNew { return .reconnect }
            reconnectIsDue = true
            return .newSession(session)
        }
        if soup.next >= head ?? 0 { ask(at: now, into: &output) }
        if isNew { return .newSession(session) }
        return requested != answer && requested != 0 ? .discontinuity(requested: requested, next: answer) : nil
    }

    /// Cancels can go, and the query follows the replay.
    private mutating func ask(at now: Timestamp, into output: inout WireOutput) {
        phase = .querying
        query(at: now, into: &output)
        pump(at: now, into: &output)
    }

    private mutating func forgetAll() {
        count = 0
        firstOpen = 0
        nextReference = 1
        replacements = 0
        byReference.removeAll()
        byOrder.removeAll()
        newOrders.removeAll()
        cancels.removeAll()
        scan = .none
        pending = nil
        pendingRefusal = nil
    }

    /// What is to be told before anything else is read.
    private mutating func told(at now: Timestamp, into output: inout WireOutput) -> OuchClientEvent? {
        if let event = pending {
            pending = nil
            return .report(event)
        }
        if let event = pendingRefusal {
            pendingRefusal = nil
            return .report(event)
        }
        if reconnectIsDue {
            reconnectIsDue = false
            return .reconnect
        }
        if withdraws, scan == .none {
            withdraws = false
            newOrders.removeAll()
            scan = .unsent
            cursor = 0
        }
        while scan != .none {
            while cursor < count {
                cursor += 1
                if let event = look(at: cursor - 1, at: now) { return .report(event) }
            }
            if let event = endScan(at: now, into: &output) { return event }
        }
        return nil
    }

    /// What the scan under way has to say about an order.
    private mutating func look(at place: Int, at now: Timestamp) -> Event? {
        let order = unsafe records[place]
        switch scan {
        case .none: return nil
        case .unsent:
            #if HELIOS_BUG_BANK
            if isOn(.unansweredCalledDead), order.state == .sent { return neverArrived(place, at: now) }
            #endif
            return order.state == .waiting ? neverArrived(place, at: now) : nil
        case .unanswered:
            #if HELIOS_BUG_BANK
            if isOn(.ordersSentAgainAfterReconnect), order.state == .sent, order.reference < queried {
                unsafe records[place].state = .waiting
                _ = newOrders.append(place)
                return nil
            }
            #endif
            return order.state == .sent && order.reference < queried ? neverArrived(place, at: now) : nil
        case .status:
            guard order.state == .live || order.state == .ended, order.reference != 0 else { return nil }
            var status = report(.orderStatus, order, at: now)
            status.quantity = Quantity(Int(order.filled))
            status.price = Price(raw: Int64(order.open) * Quantity.scale)
            status.detail = order.state == .live ? 1 : 0
            return status
        }
    }

    private mutating func endScan(at now: Timestamp, into output: inout WireOutput) -> OuchClientEvent? {
        let ended = scan
        scan = .none
        switch ended {
        case .none, .unsent: return nil
        case .status: return .report(Event(eventTime: now, receiveTime: now, venue: venue, kind: .orderStatus))
        case .unanswered:
            let isNew = phase == .querying
            phase = .ready
            if wantsStatus {
                wantsStatus = false
                scan = .status
                cursor = 0
            }
            pump(at: now, into: &output)
            return isNew ? .ready : nil
        }
    }

    private mutating func neverArrived(_ place: Int, at now: Timestamp) -> Event {
        var event = unsafe report(.orderRejected, records[place], at: now)
        event.quantity = unsafe Quantity(Int(records[place].open))
        event.detail = UInt64(RejectReason.neverArrived.rawValue)
        unsafe records[place].state = .ended
        unsafe records[place].open = 0
        // Not named when status is asked for: the venue does not know it.
        unsafe records[place].reference = 0
        return event
    }
}

// MARK: - Messages
extension OuchClient {
    private mutating func take(_ message: WireBytes, _ number: UInt64, at now: Timestamp) -> OuchClientEvent? {
        do throws(OuchFault) {
            switch try Ouch50.Outbound(message) {
            case .orderAccepted(let view): return accepted(view, number, at: now)
            case .orderReplaced(let view): return replaced(view, number, message, at: now)
            case .orderExecuted(let view): return executed(view, number, at: now)
            case .orderCancelled(let view):
                let reason = view.reason.meaning?.neutral ?? .user
                return cancelled(view.userRefNum, view.decrement, reason, view.timestamp, number, at: now)
            case .selfMatchCancelled(let view):
                return cancelled(view.userRefNum, view.decrement, .user, view.timestamp, number, at: now)
            case .orderModified(let view):
                guard let place = byReference[UInt64(view.userRefNum)] else { return .notice(number, message) }
                let open = unsafe records[place].open
                let gone = open - min(open, view.quantity)
                if gone == 0 { return .notice(number, message) }
                return cancelled(view.userRefNum, gone, .user, view.timestamp, number, at: now)
            case .orderRejected(let view): return rejected(view, number, message, at: now)
            case .cancelRejected(let view):
                guard let place = byReference[UInt64(view.userRefNum)] else { return .notice(number, message) }
                return .report(unsafe stamp(report(.cancelRejected, records[place], at: now), view.timestamp, number))
            case .accountQueryResponse(let view):
                answered(view.nextUserRefNum, number)
                return nil
            case .massCancelResponse(let view):
                use(view.userRefNum)
                return .notice(number, message)
            case .disableResponse(let view):
                use(view.userRefNum)
                return .notice(number, message)
            case .enableResponse(let view):
                use(view.userRefNum)
                return .notice(number, message)
            case .brokenTrade(let view):
                return broken(view.userRefNum, view.matchNumber, view.timestamp, number, message, at: now)
            case .tradeCorrection(let view): return corrected(view, number, message, at: now)
            case .systemEvent, .cancelPending, .priorityUpdate, .orderRestated:
                return .notice(number, message)
            }
        } catch {
            counters.malformed += 1
            return .malformed(number, error)
        }
    }

    /// The answer to a query: an old one's stands before the head of the stream.
    private mutating func answered(_ next: UInt32, _ number: UInt64) {
        guard queryIsOut, number >= head ?? 0 else { return }
        queryIsOut = false
        nextReference = max(nextReference, next)
        scan = .unanswered
        cursor = 0
    }

    mutating func use(_ reference: UInt32) {
        // The last number is never used by us.
        if reference >= nextReference { nextReference = reference < .max ? reference + 1 : .max }
    }

    func stamp(_ event: Event, _ timestamp: UInt64, _ number: UInt64) -> Event {
        var event = event
        // A time beyond two days is none: it stays within the bounds of a timestamp.
        event.eventTime = midnight + Int64(min(timestamp, 172_800_000_000_000))
        event.sequence = number
        return event
    }

    /// A price in 1e-4 as ours; what no venue can mean is cut.
    static func price(_ price: UInt64) -> Price { Price(raw: Int64(min(price, 0xFFFF_FFFF)) * 10_000) }

    private mutating func accepted(
        _ view: Ouch50.OrderAccepted,
        _ number: UInt64,
        at now: Timestamp
    ) -> OuchClientEvent? {
        let reference = view.userRefNum
        use(reference)
        let wire = view.clientOrderID.order ?? OuchToken.foreignEpoch << 40 | UInt64(reference)
        if view.clientOrderID.order == nil { counters.foreign += 1 }
        var known = byReference[UInt64(reference)]
        if let place = known, unsafe isAnothers(wire, records[place]) { known = nil }
        if known == nil, count >= orderCapacity {
            counters.forgotten += 1
        }
        let place = known ?? (count < orderCapacity ? remember(rebuilt(view, wire)) : nil)
        var order = place.map { unsafe records[$0] } ?? rebuilt(view, wire)
        if known != nil, order.order != wire || order.quantity != view.quantity || order.state != .sent {
            counters.contradictions += 1
        }
        // What the venue made of it is what is true.
        order.reference = reference
        order.quantity = view.quantity
        order.open = view.quantity
        order.filled = 0
        order.price = OuchClient.price(view.price)
        order.state = .live
        var event = stamp(report(.orderAccepted, order, at: now), view.timestamp, number)
        event.quantity = Quantity(Int(view.quantity))
        event.detail = view.orderReference
        if view.state.meaning == .dead {
            order.state = .ended
            order.open = 0
            var end = event
            end.kind = .orderCancelled
            end.detail = UInt64(CancelReason.immediateOrCancel.rawValue)
            pending = end
        }
        if let place {
            unsafe records[place] = order
            if known == nil { byReference.insert(UInt64(reference), place) }
        }
        let its = wire >> 40
        if its > epoch, its != OuchToken.foreignEpoch, its > overtakenBy {
            overtakenBy = its
            // Told behind what the message says.
            if pending == nil { pending = event } else { return .report(event) }
            return .overtaken(epoch: its)
        }
        return .report(event)
    }

    /// Whether another writer has used the number of `order` before it arrived: then the answer is not about ours, which never
    /// arrives any more, and is settled with those that nobody answers.
    func isAnothers(_ wire: OrderID, _ order: OuchOrder) -> Bool {
        #if HELIOS_BUG_BANK
        if isOn(.answerTakenByNumberOnly) { return false }
        #endif
        return order.state == .sent && order.order != wire
    }

    private func rebuilt(_ view: Ouch50.OrderAccepted, _ wire: OrderID) -> OuchOrder {
        OuchOrder(
            order: wire,
            reference: view.userRefNum,
            quantity: view.quantity,
            filled: 0,
            untold: 0,
            open: view.quantity,
            instrument: bySymbol[view.symbol.packed].map { Instrument(id: UInt32($0)) } ?? .none,
            price: OuchClient.price(view.price),
            isSell: view.side.rawValue != 0x42,
            isImmediate: view.timeInForce.meaning == .immediateOrCancel,
            wantsCancel: false,
            state: .live
        )
    }

    /// A replacement of which nothing is known but that another writer of this port has made it.
    mutating func renamed(
        _ view: Ouch50.OrderReplaced,
        _ number: UInt64,
        _ message: WireBytes
    ) -> OuchClientEvent {
        counters.foreign += 1
        if let place = byReference[UInt64(view.originalUserRefNum)] {
            unsafe records[place].reference = view.userRefNum
            unsafe records[place].open = view.quantity
            unsafe records[place].price = OuchClient.price(view.price)
            if view.state.meaning == .dead { unsafe records[place].state = .ended }
            // Safe: the table has room for two numbers an order; more replacements than that are found by no number.
            if replacements < orderCapacity {
                replacements += 1
                byReference.insert(UInt64(view.userRefNum), place)
            } else {
                counters.forgotten += 1
            }
        }
        return .notice(number, message)
    }

    private mutating func executed(
        _ view: Ouch50.OrderExecuted,
        _ number: UInt64,
        at now: Timestamp
    ) -> OuchClientEvent {
        let place = byReference[UInt64(view.userRefNum)]
        var order = place.map { unsafe records[$0] } ?? stranger(view.userRefNum)
        if place == nil { counters.foreign += 1 }
        let taken = min(view.quantity, order.open)
        if taken != view.quantity, place != nil { counters.contradictions += 1 }
        order.open -= taken
        order.filled =
            order.filled.addingReportingOverflow(view.quantity).overflow ? .max : order.filled + view.quantity
        var event = stamp(report(.orderFilled, order, at: now), view.timestamp, number)
        event.price = OuchClient.price(view.price)
        event.quantity = Quantity(Int(view.quantity))
        event.detail = view.matchNumber
        if view.liquidity.meaning?.isMaker ?? false { event.flags.insert(.maker) }
        if order.open == 0, order.state == .live {
            order.state = .ended
            if order.untold > 0 { pending = end(order, .user, view.timestamp, number, at: now) }
            ended(order, at: now)
        }
        if let place { unsafe records[place] = order }
        return .report(event)
    }

    /// The shares do not come back: the order is no longer than it was.
    private mutating func broken(
        _ reference: UInt32,
        _ match: UInt64,
        _ timestamp: UInt64,
        _ number: UInt64,
        _ message: WireBytes,
        at now: Timestamp
    ) -> OuchClientEvent {
        guard let place = byReference[UInt64(reference)] else {
            counters.foreign += 1
            return .notice(number, message)
        }
        var event = unsafe stamp(report(.executionBroken, records[place], at: now), timestamp, number)
        // The message repeats neither.
        event.price = .zero
        event.quantity = .zero
        event.detail = match
        return .report(event)
    }

    private mutating func corrected(
        _ view: Ouch50.TradeCorrection,
        _ number: UInt64,
        _ message: WireBytes,
        at now: Timestamp
    ) -> OuchClientEvent {
        guard let place = byReference[UInt64(view.userRefNum)] else {
            counters.foreign += 1
            return .notice(number, message)
        }
        var event = unsafe stamp(report(.executionCorrected, records[place], at: now), view.timestamp, number)
        event.price = OuchClient.price(view.price)
        event.quantity = Quantity(Int(view.quantity))
        event.detail = view.matchNumber
        if view.liquidity.meaning?.isMaker ?? false { event.flags.insert(.maker) }
        return .report(event)
    }

    /// An order that shrinks is not told before it ends: a record of a cancel means the whole rest.
    private mutating func cancelled(
        _ reference: UInt32,
        _ decrement: UInt32,
        _ reason: CancelReason,
        _ timestamp: UInt64,
        _ number: UInt64,
        at now: Timestamp
    ) -> OuchClientEvent? {
        guard let place = byReference[UInt64(reference)] else {
            counters.foreign += 1
            return nil
        }
        var order = unsafe records[place]
        guard order.state == .live else {
            counters.contradictions += 1
            return nil
        }
        if decrement > order.open { counters.contradictions += 1 }
        let gone = min(decrement, order.open)
        order.open -= gone
        // Safe: all that was untold was open before, and `quantity` is 32 bits.
        order.untold += gone
        if order.open == 0 {
            order.state = .ended
            ended(order, at: now)
        }
        unsafe records[place] = order
        return order.open == 0 ? .report(end(order, reason, timestamp, number, at: now)) : nil
    }

    func end(
        _ order: OuchOrder,
        _ reason: CancelReason,
        _ timestamp: UInt64,
        _ number: UInt64,
        at now: Timestamp
    ) -> Event {
        var event = stamp(report(.orderCancelled, order, at: now), timestamp, number)
        event.quantity = Quantity(Int(order.untold))
        event.detail = UInt64(reason.rawValue)
        return event
    }

    private mutating func rejected(
        _ view: Ouch50.OrderRejected,
        _ number: UInt64,
        _ message: WireBytes,
        at now: Timestamp
    ) -> OuchClientEvent {
        use(view.userRefNum)
        let wire = view.clientOrderID.order
        if let place = byReference[UInt64(view.userRefNum)], unsafe !isAnothers(wire ?? 0, records[place]) {
            let order = unsafe records[place]
            guard order.state == .sent else { return .notice(number, message) }
            unsafe records[place].state = .ended
            unsafe records[place].open = 0
            ended(order, at: now)
            var event = stamp(report(.orderRejected, order, at: now), view.timestamp, number)
            event.quantity = Quantity(Int(order.open))
            event.detail = UInt64((view.reason.meaning?.neutral ?? .capacity).rawValue)
            return .report(event)
        }
        // An earlier writer's: all that is known is its number.
        guard let wire else { return .notice(number, message) }
        var event = stamp(report(.orderRejected, stranger(view.userRefNum), at: now), view.timestamp, number)
        event.orderID = wire
        event.detail = UInt64((view.reason.meaning?.neutral ?? .capacity).rawValue)
        return .report(event)
    }

    private func stranger(_ reference: UInt32) -> OuchOrder {
        OuchOrder(
            order: OuchToken.foreignEpoch << 40 | UInt64(reference),
            reference: reference,
            quantity: 0,
            filled: 0,
            untold: 0,
            open: 0,
            instrument: .none,
            price: .zero,
            isSell: false,
            isImmediate: false,
            wantsCancel: false,
            state: .ended
        )
    }
}
