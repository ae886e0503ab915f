// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// What is known of a comparison with the venue that is under way.
public struct Reconciliation: Sendable {
    /// Our orders that the venue has named; by our number.
    @usableFromInline var named: [Bool] = []
    /// The request for status was sent.
    @usableFromInline var isRequested = false
    /// Orders that work at the venue and that we do not know: nothing is reserved for them.
    @usableFromInline var strangers = 0

    @usableFromInline
    init() {}

    @usableFromInline
    mutating func begin() {
        named.removeAll(keepingCapacity: true)
        isRequested = true
        strangers = 0
    }

    @usableFromInline
    mutating func name(_ id: OrderID) {
        while named.count <= Int(id) { named.append(false) }
        named[Int(id)] = true
    }

    @usableFromInline
    func isNamed(_ id: OrderID) -> Bool { Int(id) < named.count && named[Int(id)] }
}

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
        hold(.venue, true)
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

    /// The connection to the venue is gone: what was under way is of unknown fate and stays reserved.
    @inlinable
    public mutating func venueLost() {
        guard isPrimary else { return }
        role = .reconciling
        counters.dropped += waitingCount
        waiting.removeAll(keepingCapacity: true)
        waitingHead = 0
        control.removeAll(keepingCapacity: true)
        unanswered.removeAll(keepingCapacity: true)
        unansweredHead = 0
        reconciliation.isRequested = false
        hold(.venue, true)
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

    /// The venue can be reached again: asks to be let in under our epoch.
    @inlinable
    public mutating func venueConnected() {
        guard isPrimary else { return }
        control.append(Event(orderID: identity, kind: .epoch, detail: epoch))
    }

    /// Takes a message of the venue.
    @inlinable
    public mutating func receive(_ message: Event) {
        guard isPrimary else { return }
        switch message.kind {
        case .epoch: answered(message)
        case .orderStatus: compare(message)
        default:
            var report = message
            if let id = place.numbers.own(message.orderID) { report.orderID = id }
            if message.kind == .orderReplaced || message.kind == .replaceRejected {
                // One that is not ours has no number here.
                report.detail = place.numbers.own(message.detail) ?? 0
            }
            // A venue that is asked for the state of our orders tells the whole day again: in a journal with little room left
            // that would take the place of cancels.
            if reconciliation.isRequested, engine.market.orders.changesNothing(report) {
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
            if isOn(.writerIgnoresFence) { return requestStatus() }
            #endif
            role = .fenced
            fencedBy = message.detail
            return
        }
        #if HELIOS_BUG_BANK
        if isOn(.tradesWithoutReconciliation) {
            role = .active
            return hold(.venue, false)
        }
        #endif
        requestStatus()
    }

    @inlinable
    mutating func requestStatus() {
        hold(.venue, true)
        guard isPrimary else { return }
        role = .reconciling
        withdrawWaiting()
        reconciliation.begin()
        control.append(Event(kind: .orderStatus))
    }

    /// Orders that have not left yet stay here: on their way they could pass the request, and would then be missing in its
    /// answer.
    @inlinable
    mutating func withdrawWaiting() {
        var cancels: [Event] = []
        for index in waitingHead..<waiting.count {
            switch waiting[index].kind {
            case .newOrder: withheld.append(waiting[index].orderID)
            case .replaceRequest: withheld.append(waiting[index].detail)
            default: cancels.append(waiting[index])
            }
        }
        waiting = cancels
        waitingHead = 0
        forgetWithheld()
    }

    /// Compares what the venue says of one order with what we know; its executions have come before.
    @inlinable
    mutating func compare(_ status: Event) {
        guard reconciliation.isRequested else { return }
        guard status.orderID != 0 else { return finishReconciliation() }
        guard let id = place.numbers.own(status.orderID), let order = engine.market.orders.order(id) else {
            counters.foundUnknown += 1
            // Sent by a writer whose last records are lost: nobody wants it any more.
            if status.detail != 0 {
                reconciliation.strangers += 1
                control.append(Event(cancelOf: status.orderID, of: status.instrument, at: .zero))
            }
            return
        }
        reconciliation.name(id)
        guard !order.isFinal else { return }
        if status.detail == 0, order.awaitsReplace {
            // Had it taken the other's place, the venue would have said so again before.
            counters.foundEnded += 1
            settle(.orderRejected, id, order, reason: UInt64(RejectReason.neverArrived.rawValue))
        } else if status.detail == 0 {
            counters.foundEnded += 1
            settle(.orderCancelled, id, order, reason: UInt64(CancelReason.user.rawValue))
        } else {
            if !order.isAccepted { settle(.orderAccepted, id, order, reason: status.orderID) }
            if order.cancelIsPending {
                control.append(Event(cancelOf: status.orderID, of: order.order.instrument, at: .zero))
            }
        }
    }

    /// Tells the engine, as a report would have, what became of an order.
    @inlinable
    mutating func settle(_ kind: EventKind, _ id: OrderID, _ order: WorkingOrder, reason: UInt64) {
        let now = engine.market.now
        var report = Event(eventTime: now, receiveTime: now, orderID: id, kind: kind, detail: reason)
        report.instrument = order.order.instrument
        report.price = order.order.price
        report.quantity = order.leaves
        if order.order.side == .sell { report.flags.insert(.sell) }
        take(report)
    }

    /// Whatever the venue has not named never reached it; then trading may go on.
    @inlinable
    mutating func finishReconciliation() {
        reconciliation.isRequested = false
        var id: OrderID = 1
        while id < engine.nextOrderID {
            if let order = engine.market.orders.order(id), !order.isFinal, !reconciliation.isNamed(id), isPrimary {
                #if HELIOS_BUG_BANK
                if isOn(.missingOrdersKept) { break }
                #endif

                counters.neverArrived += 1
                settle(.orderRejected, id, order, reason: UInt64(RejectReason.neverArrived.rawValue))
            }
            id += 1
        }
        unanswered.removeAll(keepingCapacity: true)
        unansweredHead = 0
        guard isPrimary else { return }
        // Until the strangers are dead no limit can be trusted.
        unknownSince = nil
        if reconciliation.strangers > 0 { return requestStatus() }
        counters.reconciled += 1
        role = .active
        hold(.venue, false)
    }

    /// Asks after orders that nobody has answered, and halts a venue that does not say for too long what became of them.
    ///
    /// An order is never sent a second time: that is how one becomes two.
    ///
    /// - Parameter clock: a clock by which a venue's silence is measured; nil for the market's. Where a feed is caught up with, the
    ///   market's runs faster than any venue can answer.
    @inlinable
    public mutating func checkAnswers(at clock: Timestamp? = nil) {
        if role == .reconciling { return checkSilence(at: clock ?? engine.market.now) }
        guard role == .active else { return }
        while unansweredHead < unanswered.count {
            let oldest = unanswered[unansweredHead]
            if let order = engine.market.orders.order(oldest.id), !order.isFinal,
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
                return requestStatus()
            }
            unansweredHead += 1
        }
        unanswered.removeAll(keepingCapacity: true)
        unansweredHead = 0
    }

    /// Orders are of unknown fate: after too long every venue that has some is halted, which takes two people to lift.
    @usableFromInline
    mutating func checkSilence(at now: Timestamp) {
        guard engine.market.orders.workingCount > 0 else {
            unknownSince = nil
            return
        }
        guard let since = unknownSince else {
            unknownSince = now
            return
        }
        guard now - since > haltTimeout else { return }
        var id = engine.market.risk.firstLiveOrder
        while id != 0, isPrimary {
            let next = engine.market.risk.liveOrder(after: id)
            if let order = engine.market.orders.order(id), !order.isFinal, engine.market.risk.mayLeave(id) {
                haltVenue(of: order)
            }
            id = next
        }
        unknownSince = now
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
