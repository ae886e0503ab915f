// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

extension TradingNode where Trader: ~Copyable, Sink: ~Copyable {
    /// Makes a following node the writer, under an epoch above all before it.
    ///
    /// New orders are held until the venue's orders and ours have been compared; cancels go at once.
    @inlinable
    public mutating func promote(epoch: UInt64) {
        guard role == .following, epoch > self.epoch else { return }
        role = .reconciling
        // What was derived and not recorded was perhaps sent, perhaps not: reconciliation will tell.
        expected.removeAll()
        let now = engine.market.now
        take(Event(eventTime: now, receiveTime: now, kind: .epoch, detail: epoch))
        for place in doors.indices { open(place, false) }
    }

    /// Lets new orders go to the venue at `place`, or holds them back.
    ///
    /// One of several venues that is lost holds back nobody else's orders.
    @inlinable
    mutating func open(_ place: Int, _ isOpen: Bool) {
        doors[place].isOpen = isOpen
        guard doors.count > 1 else { return hold(.venue, !isOpen) }
        guard engine.market.heldVenues.contains(place) == isOpen else { return }
        let now = engine.market.now
        let reasons: OrderHold = isOpen ? [] : .venue
        var record = Event(eventTime: now, receiveTime: now, kind: .orderHold, detail: reasons.rawValue)
        record.venue = Venue(place: place)
        take(record)
    }

    /// It trades as long as one venue can be traded at.
    @inlinable
    mutating func judgeRole() {
        guard isPrimary else { return }
        role = doors.contains { $0.isOpen } ? .active : .reconciling
    }

    /// Acts on what the journal still takes: new orders stop first, then market data, so that reports and cancels can go on
    /// to the end.
    @inlinable
    public mutating func watch(_ state: JournalState) {
        #if HELIOS_BUG_BANK
        if isOn(.journalFullIgnored) { return }
        #endif
        hold(.journal, state >= .noOrders)
        takesMarketData = state < .reportsOnly
    }

    /// Records a change of what the feed is worth: 0 whole, 1 a gap is open, 2 its lines have contradicted each other.
    ///
    /// A disputed book stays so: nobody knows which message was wrong, so nothing that comes later makes it right.
    @inlinable
    public mutating func feedChanged(isWhole: Bool, isDisputed: Bool) {
        let quality: UInt64 = isDisputed || engine.feedQuality == 2 ? 2 : isWhole && takesMarketData ? 0 : 1
        guard quality != engine.feedQuality else { return }
        let now = engine.market.now
        take(Event(eventTime: now, receiveTime: now, kind: .feedGap, detail: quality))
    }

    /// Sets or clears one reason to hold new orders back.
    @inlinable
    public mutating func hold(_ reason: OrderHold, _ isHeld: Bool) {
        var holds = engine.holds
        if isHeld { holds.insert(reason) } else { holds.remove(reason) }
        guard holds != engine.holds else { return }
        let now = engine.market.now
        take(Event(eventTime: now, receiveTime: now, kind: .orderHold, detail: holds.rawValue))
    }

    /// The connection to a venue is gone: what was under way there is of unknown fate and stays reserved.
    ///
    /// - Parameter venue: which; of one it need not be said.
    @inlinable
    public mutating func venueLost(_ venue: Venue = Venue(id: 0)) {
        guard isPrimary else { return }
        let place = place(of: venue)
        doors[place].isOpen = false
        judgeRole()
        counters.dropped += dropWaiting(place)
        control = control.filter { self.place(of: $0.venue) != place }
        dropUnanswered(place)
        doors[place].reconciliation.isRequested = false
        open(place, false)
        #if HELIOS_BUG_BANK
        if isOn(.unknownReleasedOnDisconnect) { releaseUnknown() }
        #endif
    }

    #if HELIOS_BUG_BANK
    @inlinable
    mutating func releaseUnknown() {
        for id in 1..<max(engine.nextOrderID, 2) {
            if let order = engine.market.orders.order(id), !order.isFinal {
                engine.market.risk.released(order.order.instrument, order.order.side, order.leaves)
            }
        }
    }
    #endif

    /// Forgets what has not left for a venue; how much that is.
    @inlinable
    mutating func dropWaiting(_ place: Int) -> Int {
        let before = waitingCount
        if doors.count > 1 {
            waiting = waiting[waitingHead...].filter { self.place(ofOutput: $0) != place }
        } else {
            waiting.removeAll(keepingCapacity: true)
        }
        waitingHead = 0
        return before - waitingCount
    }

    /// Forgets whose answers a venue owes us.
    @inlinable
    mutating func dropUnanswered(_ place: Int) {
        if doors.count > 1 {
            unanswered = unanswered[unansweredHead...].filter { self.place(ofOrder: $0.id) != place }
        } else {
            unanswered.removeAll(keepingCapacity: true)
        }
        unansweredHead = 0
    }

    /// A venue can be reached again: asks to be let in under our epoch.
    ///
    /// - Parameter venue: which; of one it need not be said.
    @inlinable
    public mutating func venueConnected(_ venue: Venue = Venue(id: 0)) {
        guard isPrimary else { return }
        var login = Event(orderID: identity, kind: .epoch, detail: epoch)
        login.venue = self.venue(at: place(of: venue))
        control.append(login)
    }

    /// Takes a message of a venue.
    @inlinable
    public mutating func receive(_ message: Event) {
        guard isPrimary else { return }
        switch message.kind {
        case .epoch: answered(message)
        case .orderStatus: compare(message)
        default:
            var report = message
            if let id = place.numbers.own(message.orderID) {
                report.orderID = id
            } else if doors.count > 1 {
                report.orderID = place.numbers.foreign(message.orderID, at: message.venue)
            }
            if message.kind == .orderReplaced || message.kind == .replaceRejected {
                // One that is not ours has no number here.
                report.detail = place.numbers.own(message.detail) ?? 0
            }
            // A venue that is asked for the state of our orders tells the whole day again: in a journal with little room left
            // that would take the place of cancels.
            if doors[place(of: message.venue)].reconciliation.isRequested, engine.market.orders.changesNothing(report) {
                counters.retold += 1
                return
            }
            take(report)
        }
    }

    @inlinable
    mutating func answered(_ message: Event) {
        // Two writers may have come to the same number: the venue says whom it let in.
        guard message.detail < epoch || (message.detail == epoch && message.orderID == identity) else {
            #if HELIOS_BUG_BANK
            if isOn(.writerIgnoresFence) { return requestStatus(place(of: message.venue)) }
            #endif
            role = .fenced
            fencedBy = message.detail
            return
        }
        #if HELIOS_BUG_BANK
        if isOn(.tradesWithoutReconciliation) {
            role = .active
            return open(place(of: message.venue), true)
        }
        #endif
        requestStatus(place(of: message.venue))
    }

    @inlinable
    mutating func requestStatus(_ place: Int) {
        open(place, false)
        guard isPrimary else { return }
        judgeRole()
        withdrawWaiting(place)
        doors[place].reconciliation.begin()
        var request = Event(kind: .orderStatus)
        request.venue = venue(at: place)
        control.append(request)
    }

    /// Orders that have not left yet stay here: on their way they could pass the request, and would then be missing in its
    /// answer.
    @inlinable
    mutating func withdrawWaiting(_ place: Int) {
        var left: [Event] = []
        for index in waitingHead..<waiting.count {
            let isThere = doors.count == 1 || self.place(ofOutput: waiting[index]) == place
            switch waiting[index].kind {
            case .newOrder where isThere: withheld.append(waiting[index].orderID)
            case .replaceRequest where isThere: withheld.append(waiting[index].detail)
            // Its order stays here with it.
            case .quoteAccepted where isThere: break
            default: left.append(waiting[index])
            }
        }
        waiting = left
        waitingHead = 0
        forgetWithheld()
    }

    /// Compares what a venue says of one order with what we know; its executions have come before.
    @inlinable
    mutating func compare(_ status: Event) {
        let there = place(of: status.venue)
        guard doors[there].reconciliation.isRequested else { return }
        guard status.orderID != 0 else { return finishReconciliation(there) }
        guard let id = place.numbers.own(status.orderID), let order = engine.market.orders.order(id),
            place(of: order.order.venue) == there
        else {
            counters.foundUnknown += 1
            // Sent by a writer whose last records are lost: nobody wants it any more.
            if status.detail != 0 {
                doors[there].reconciliation.strangers += 1
                cancel(status)
            }
            return
        }
        doors[there].reconciliation.name(id)
        if status.flags.contains(.printable) { compareCount(status, id, order) }
        if order.isFinal {
            // Nothing is reserved for it any more.
            if status.detail != 0 {
                doors[there].reconciliation.strangers += 1
                cancel(status)
            }
            return
        }
        if status.detail == 0, order.awaitsReplace {
            // Had it taken the other's place, the venue would have said so again before.
            counters.foundEnded += 1
            settle(.orderRejected, id, order, reason: UInt64(RejectReason.neverArrived.rawValue))
        } else if status.detail == 0 {
            counters.foundEnded += 1
            settle(.orderCancelled, id, order, reason: UInt64(CancelReason.user.rawValue))
        } else {
            if !order.isAccepted { settle(.orderAccepted, id, order, reason: status.orderID) }
            if order.cancelIsPending { cancel(status) }
        }
    }

    /// A venue that counts more executed shares than it has told has lost executions: the firm is halted.
    @usableFromInline
    mutating func compareCount(_ status: Event, _ id: OrderID, _ order: WorkingOrder) {
        let (known, overflow) = order.filled.raw.addingReportingOverflow(order.overfilled.raw)
        guard !overflow, status.quantity.raw > known else { return }
        counters.missing += 1
        let now = engine.market.now
        take(RiskCommand(.lower, .halted).record(at: now))
        engine.observer.doubted(
            OrderDoubt(.missing, order: id, order.order.instrument, quantity: status.quantity - order.filled, at: now)
        )
    }

    /// Asks for the end of an order that a venue has named.
    @inlinable
    mutating func cancel(_ status: Event) {
        var cancel = Event(cancelOf: status.orderID, of: status.instrument, at: .zero)
        cancel.venue = venue(at: place(of: status.venue))
        control.append(cancel)
    }

    /// Tells the engine, as a report would have, what became of an order.
    @inlinable
    mutating func settle(_ kind: EventKind, _ id: OrderID, _ order: WorkingOrder, reason: UInt64) {
        let now = engine.market.now
        var report = Event(eventTime: now, receiveTime: now, orderID: id, kind: kind, detail: reason)
        report.instrument = order.order.instrument
        if doors.count > 1 { report.venue = order.order.venue }
        report.price = order.order.price
        report.quantity = order.leaves
        if order.order.side == .sell { report.flags.insert(.sell) }
        take(report)
    }

    /// Whatever a venue has not named never reached it; then trading may go on there.
    @inlinable
    mutating func finishReconciliation(_ there: Int) {
        doors[there].reconciliation.isRequested = false
        var id: OrderID = 1
        while id < engine.nextOrderID {
            if let order = engine.market.orders.order(id), !order.isFinal, place(of: order.order.venue) == there,
                !doors[there].reconciliation.isNamed(id), isPrimary
            {
                #if HELIOS_BUG_BANK
                if isOn(.missingOrdersKept) { break }
                #endif

                counters.neverArrived += 1
                settle(.orderRejected, id, order, reason: UInt64(RejectReason.neverArrived.rawValue))
            }
            id += 1
        }
        dropUnanswered(there)
        guard isPrimary else { return }
        // Until the strangers are dead no limit can be trusted.
        doors[there].unknownSince = nil
        if doors[there].reconciliation.strangers > 0 { return requestStatus(there) }
        counters.reconciled += 1
        role = .active
        open(there, true)
    }

    /// Asks after orders that nobody has answered, and halts a venue that does not say for too long what became of them.
    ///
    /// An order is never sent a second time: that is how one becomes two.
    ///
    /// - Parameter clock: a clock by which a venue's silence is measured; nil for the market's. Where a feed is caught up with, the
    ///   market's runs faster than any venue can answer.
    @inlinable
    public mutating func checkAnswers(at clock: Timestamp? = nil) {
        guard isPrimary else { return }
        for place in doors.indices where !doors[place].isOpen { checkSilence(place, at: clock ?? engine.market.now) }
        guard role == .active else { return }
        while unansweredHead < unanswered.count {
            let oldest = unanswered[unansweredHead]
            let place = place(ofOrder: oldest.id)
            // What a venue that is being asked says of all its orders answers for this one too.
            if doors[place].isOpen, let order = engine.market.orders.order(oldest.id), !order.isFinal,
                oldest.isCancel ? order.cancelIsPending : !order.isAccepted
            {
                guard engine.market.now - oldest.time > answerTimeout else { return }
                counters.timeouts += 1
                #if HELIOS_BUG_BANK
                if isOn(.resentOnTimeout) {
                    var again = Event(order: order.order, at: engine.market.now)
                    again.sequence = sequence
                    waiting.append(again)
                    unansweredHead += 1
                    return
                }
                #endif
                return requestStatus(place)
            }
            unansweredHead += 1
        }
        unanswered.removeAll(keepingCapacity: true)
        unansweredHead = 0
    }

    /// Orders are of unknown fate: after too long the venue that has some is halted, which takes two people to lift.
    @usableFromInline
    mutating func checkSilence(_ place: Int, at now: Timestamp) {
        guard engine.market.orders.workingCount > 0, doors.count == 1 || hasWorking(place) else {
            doors[place].unknownSince = nil
            return
        }
        guard let since = doors[place].unknownSince else {
            doors[place].unknownSince = now
            return
        }
        guard now - since > haltTimeout else { return }
        var id = engine.market.risk.firstLiveOrder
        while id != 0, isPrimary {
            let next = engine.market.risk.liveOrder(after: id)
            // Without a floor orders may name venues all the same; one connection leads to all of them.
            if let order = engine.market.orders.order(id), !order.isFinal, engine.market.risk.mayLeave(id),
                doors.count == 1 || self.place(of: order.order.venue) == place
            {
                haltVenue(of: order)
            }
            id = next
        }
        doors[place].unknownSince = now
    }

    /// Whether an order of ours may still trade at one of several venues.
    private func hasWorking(_ place: Int) -> Bool {
        var id = engine.market.risk.firstLiveOrder
        while id != 0 {
            if let order = engine.market.orders.order(id), !order.isFinal, self.place(of: order.order.venue) == place {
                return true
            }
            id = engine.market.risk.liveOrder(after: id)
        }
        return false
    }

    private mutating func haltVenue(of order: WorkingOrder) {
        counters.halts += 1
        let now = engine.market.now
        take(RiskCommand(.lower, .halted, target: .venue, venue: order.order.venue).record(at: now))
        engine.observer.doubted(
            OrderDoubt(
                .unanswered,
                order: order.order.id,
                order.order.instrument,
                quantity: order.leaves,
                at: now
            )
        )
    }
}
