// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

// What ExecutionReports say of an order that is known, as records.
extension FixClient {
    private func stamp(_ event: Event, _ report: FixExecutionReport) -> Event {
        var event = event
        event.eventTime = report.time
        event.sequence = report.delivery.sequence
        return event
    }

    private func event(
        _ kind: EventKind,
        _ order: FixClientOrder,
        _ report: FixExecutionReport,
        at now: Timestamp
    ) -> Event {
        stamp(self.report(kind, order, at: now), report)
    }

    /// An order works: told once.
    mutating func begin(_ order: inout FixClientOrder, _ report: FixExecutionReport, at now: Timestamp) {
        // What the venue made of it is what is true.
        if let quantity = report.quantity, quantity.raw > 0 { order.quantity = quantity }
        if let price = report.price, price.raw > 0 { order.price = price }
        order.open = order.quantity
        order.state = .live
        order.isNamed = true
        var event = event(.orderAccepted, order, report, at: now)
        event.quantity = order.quantity
        event.detail = report.message[.orderID]?.venueNumber ?? 0
        tell(.report(event))
    }

    /// Begins an order that was not accepted yet, whatever the report says beside; false when it had ended.
    private mutating func wake(_ order: inout FixClientOrder, _ report: FixExecutionReport, at now: Timestamp) -> Bool {
        switch order.state {
        case .sent where order.replaces != 0 && records[Int(order.replaces) - 1].state == .live:
            replace(&order, report, at: now)
            return true
        case .sent:
            begin(&order, report, at: now)
            return true
        case .live: return true
        case .waiting, .ended: return false
        }
    }

    mutating func accepted(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        var order = records[place]
        guard order.state == .sent, order.replaces == 0 else {
            // Said twice, unless it takes up again an order that was set aside.
            if order.isSuspended { resume(&order, report, at: now) } else { count(report) }
            records[place] = order
            return
        }
        if let quantity = report.quantity, quantity != order.quantity { counters.contradictions += 1 }
        begin(&order, report, at: now)
        records[place] = order
    }

    /// A report that does not fit: a contradiction, unless the venue says that it may be saying it again.
    private mutating func count(_ report: FixExecutionReport) {
        if !report.delivery.possResend { counters.contradictions += 1 }
    }

    mutating func executed(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        guard let (quantity, price) = report.execution else {
            malformedTold(report)
            unbooked(working(place), report.filled)
            return ask(working(place))
        }
        // Under the name of a replacement that has not been told of, the order that works is meant.
        let place = working(place)
        var order = records[place]
        if order.state == .sent { _ = wake(&order, report, at: now) }
        var event = event(.orderFilled, order, report, at: now)
        event.price = price
        event.quantity = quantity
        event.detail = execution(report)
        if isMaker(report) { event.flags.insert(.maker) }
        tell(.report(event))
        fill(&order, quantity, report)
        if let status = dead(report), order.state == .live, order.open.raw > 0 {
            end(&order, status, report, at: now)
        } else if order.open.raw == 0, order.state == .live {
            order.state = .ended
            if order.untold.raw > 0 { tell(.report(gone(order, .user, report, at: now))) }
            ended(order, at: now)
        }
        records[place] = order
    }

    private func working(_ place: Int) -> Int {
        let order = records[place]
        if order.state == .sent, order.replaces != 0 {
            let original = Int(order.replaces) - 1
            return records[original].state == .live ? original : place
        }
        // And under the name of one that was replaced, the one that has taken its place.
        guard order.state == .ended, order.successor != 0 else { return place }
        let successor = Int(order.successor) - 1
        return records[successor].state == .live ? successor : place
    }

    /// Counts an execution: the venue's own count is what is true.
    private mutating func fill(_ order: inout FixClientOrder, _ quantity: Quantity, _ report: FixExecutionReport) {
        let before = order.filled
        let sum = FixClient.sum(before, quantity)
        let filled = report.filled ?? sum
        if filled < sum {
            // Told again, or a count that can't be.
            if report.delivery.possResend || filled == before {
                counters.repeated += 1
            } else {
                counters.contradictions += 1
            }
        } else if filled > sum {
            lost(order, told: sum, counted: filled)
        }
        order.isCountOpen = false
        order.filled = max(filled, before)
        if order.filled > order.quantity || order.state == .ended && filled > before { counters.contradictions += 1 }
        // No overflow: each of them is below `FixClient.most` or twice that.
        let rest = Quantity(raw: max(order.quantity.raw - order.filled.raw - order.untold.raw, 0))
        if let open = report.open, open != rest, dead(report) == nil, open > order.open { counters.contradictions += 1 }
        order.open = min(rest, order.open)
    }

    /// Added up, and never more than twice `most`.
    static func sum(_ a: Quantity, _ b: Quantity) -> Quantity {
        let (sum, overflow) = a.raw.addingReportingOverflow(b.raw)
        return Quantity(raw: overflow ? most.raw * 2 : min(sum, most.raw * 2))
    }

    /// An execution that can't be booked counts as one that was never told.
    mutating func unbooked(_ place: Int, _ counted: Quantity?) {
        records[place].isCountOpen = false
        let told = records[place].filled
        // Without a count of the venue's it is a share at least; what it counts will be seen in its answer.
        lost(records[place], told: told, counted: max(counted ?? .zero, FixClient.sum(told, Quantity(1))))
    }

    /// The venue counts executions that were never told.
    mutating func lost(_ order: FixClientOrder, told: Quantity, counted: Quantity) {
        // To whom nothing was told since the process began it may have been told before: the node compares.
        if order.isCountOpen { return }
        counters.contradictions += 1
        let scale = UInt64(Quantity.scale)
        tell(
            .lost(
                order: order.order,
                told: UInt64(told.raw.magnitude) / scale,
                counted: UInt64(counted.raw.magnitude) / scale
            )
        )
    }

    /// Whether an order's state says that nothing of it is left to trade, though it was not filled; and why it ended.
    private func dead(_ report: FixExecutionReport) -> CancelReason? {
        guard report.open.map({ $0.raw == 0 }) ?? true else { return nil }
        switch report.status {
        case UInt8(ascii: "4"): return reason(report)
        case UInt8(ascii: "C"): return .endOfSession
        default: return nil
        }
    }

    private func reason(_ report: FixExecutionReport) -> CancelReason {
        if report.token?.kind == .cancel || report.original != nil { return .user }
        return report.message[.execRestatementReason]?.int == 6 ? .halted : .user
    }

    private func gone(
        _ order: FixClientOrder,
        _ reason: CancelReason,
        _ report: FixExecutionReport,
        at now: Timestamp
    ) -> Event {
        var event = event(.orderCancelled, order, report, at: now)
        event.quantity = order.untold
        let isUnasked = reason == .user && order.cancelsOut == 0 || reason == .endOfSession
        event.detail = UInt64(
            (order.timeInForce.isImmediate && isUnasked ? .immediateOrCancel : reason).rawValue
        )
        return event
    }

    /// What is left of an order will not trade any more.
    private mutating func end(
        _ order: inout FixClientOrder,
        _ reason: CancelReason,
        _ report: FixExecutionReport,
        at now: Timestamp
    ) {
        if let filled = report.filled, filled > order.filled {
            lost(order, told: order.filled, counted: filled)
            order.filled = filled
        }
        order.untold = FixClient.sum(order.untold, order.open)
        order.open = .zero
        order.state = .ended
        tell(.report(gone(order, reason, report, at: now)))
        order.cancelsOut = 0
        order.wantsCancel = false
        ended(order, at: now)
    }

    mutating func cancelled(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        finish(place, reason(report), report, at: now)
    }

    mutating func expired(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        finish(place, .endOfSession, report, at: now)
    }

    private mutating func finish(
        _ place: Int,
        _ reason: CancelReason,
        _ report: FixExecutionReport,
        at now: Timestamp
    ) {
        // Some of it is gone, and the rest works.
        if report.isWorking { return restated(place, report, at: now) }
        var order = records[place]
        guard order.state != .ended, wake(&order, report, at: now) else { return count(report) }
        end(&order, reason, report, at: now)
        records[place] = order
    }

    /// An order for the day is over with it; another one works again tomorrow.
    mutating func doneForDay(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        var order = records[place]
        guard order.timeInForce == .goodTillCancel || order.timeInForce == .goodTillDate else {
            return finish(place, .endOfSession, report, at: now)
        }
        guard order.state != .ended, wake(&order, report, at: now) else { return count(report) }
        tell(.report(event(.orderDoneForDay, order, report, at: now)))
        records[place] = order
    }

    mutating func rejected(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        let order = records[place]
        switch order.state {
        case .sent:
            refuse(place, report, at: now)
        case .live:
            // Said to be dead after it was said to work.
            guard report.status == UInt8(ascii: "8") else { return count(report) }
            counters.contradictions += 1
            finish(place, .user, report, at: now)
        case .waiting, .ended: count(report)
        }
    }

    private mutating func refuse(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        let order = records[place]
        records[place].state = .ended
        records[place].open = .zero
        records[place].wantsCancel = false
        if order.replaces != 0 {
            tell(.report(stamp(replaceRejected(order, at: now), report)))
        } else {
            var event = event(.orderRejected, order, report, at: now)
            event.quantity = order.open
            event.detail = UInt64(report.rejectReason.rawValue)
            tell(.report(event))
        }
        ended(order, at: now)
    }

    // MARK: Replaced

    mutating func replaced(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        var order = records[place]
        guard order.state == .sent else { return count(report) }
        if order.replaces == 0, let original = report.original, let old = byOrder[original.number], old != place {
            order.replaces = UInt32(old) + 1
        }
        guard order.replaces != 0 else {
            // What it takes the place of is not known: it works, and that is all.
            counters.foreign += 1
            begin(&order, report, at: now)
            settle(&order, report, at: now)
            records[place] = order
            return
        }
        replace(&order, report, at: now)
        settle(&order, report, at: now)
        records[place] = order
    }

    /// `order` works in the place of the one before it.
    mutating func replace(_ order: inout FixClientOrder, _ report: FixExecutionReport, at now: Timestamp) {
        let before = Int(order.replaces) - 1
        var old = records[before]
        if let quantity = report.quantity, quantity.raw > 0 {
            if quantity != order.quantity, quantity != old.filled { counters.contradictions += 1 }
            order.quantity = quantity
        }
        if let price = report.price, price.raw > 0 { order.price = price }
        order.filled = old.filled
        order.isCountOpen = old.isCountOpen
        order.quantity = max(order.quantity, order.filled)
        order.open = order.quantity - order.filled
        order.state = .live
        order.isNamed = true
        var event = event(.orderReplaced, old, report, at: now)
        event.price = order.price
        event.quantity = order.quantity
        event.detail = order.order
        tell(.report(event))
        (old.state, old.open, old.wantsCancel, old.cancelsOut) = (.ended, .zero, false, 0)
        if let place = byOrder[order.order] { old.successor = UInt32(place) + 1 }
        records[before] = old
    }

    /// What a report says of the rest, when it is about something else.
    private mutating func settle(_ order: inout FixClientOrder, _ report: FixExecutionReport, at now: Timestamp) {
        if let filled = report.filled, filled > order.filled {
            lost(order, told: order.filled, counted: filled)
            order.filled = filled
            order.open = Quantity(raw: max(order.quantity.raw - filled.raw, 0))
        }
        if report.filled != nil { order.isCountOpen = false }
        if let status = dead(report), order.open.raw > 0 {
            end(&order, status, report, at: now)
        } else if order.open.raw == 0 {
            order.state = .ended
            ended(order, at: now)
        }
    }

    // MARK: Set aside, restated

    mutating func suspended(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        var order = records[place]
        guard order.state != .ended, wake(&order, report, at: now) else { return count(report) }
        if !order.isSuspended { tell(.report(event(.orderSuspended, order, report, at: now))) }
        order.isSuspended = true
        records[place] = order
    }

    private mutating func resume(_ order: inout FixClientOrder, _ report: FixExecutionReport, at now: Timestamp) {
        guard order.isSuspended, report.status != UInt8(ascii: "9") else { return }
        order.isSuspended = false
        tell(.report(event(.orderResumed, order, report, at: now)))
    }

    /// An order that shrinks is not told before it ends: a record of a cancel means the whole rest.
    mutating func restated(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        var order = records[place]
        guard order.state != .ended, wake(&order, report, at: now) else { return count(report) }
        resume(&order, report, at: now)
        if let price = report.price, price.raw > 0 { order.price = price }
        if let open = report.open {
            if open > order.open { counters.contradictions += 1 }
            let left = min(open, order.open)
            order.untold = FixClient.sum(order.untold, order.open - left)
            order.open = left
            if left.raw == 0 { end(&order, dead(report) ?? .user, report, at: now) }
        }
        records[place] = order
    }

    // MARK: Taken back

    /// The shares do not come back to us: where the venue lets them trade again, the order is cancelled, because nothing is reserved
    /// for them any more.
    mutating func broken(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        guard let reference = report.message[.execRefID] else { return brokenUnread(place, report) }
        let number = first(reference.venueNumber)
        var order = records[place]
        var event = event(.executionBroken, order, report, at: now)
        event.price = .zero
        event.quantity = .zero
        event.detail = number
        tell(.report(event))
        takeBack(&order, place, report)
        records[place] = order
    }

    mutating func corrected(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        guard let reference = report.message[.execRefID], let quantity = report.message[.lastQty]?.quantity,
            let price = report.message[.lastPx]?.price, quantity.raw >= 0, quantity <= FixClient.most
        else {
            // What it was corrected to is not known.
            unbooked(place, report.filled)
            return brokenUnread(place, report)
        }
        let number = first(reference.venueNumber)
        // A later word about it may name this one.
        if corrections.count < FixClient.recent { corrections[execution(report)] = number }
        var order = records[place]
        var event = event(.executionCorrected, order, report, at: now)
        event.price = price
        event.quantity = quantity
        event.detail = number
        if isMaker(report) { event.flags.insert(.maker) }
        tell(.report(event))
        takeBack(&order, place, report)
        records[place] = order
    }

    private func first(_ number: UInt64) -> UInt64 { corrections[number] ?? number }

    private mutating func brokenUnread(_ place: Int, _ report: FixExecutionReport) {
        malformedTold(report)
        ask(place)
    }

    private mutating func malformedTold(_ report: FixExecutionReport) {
        counters.malformed += 1
        tell(.malformed(report.delivery.sequence))
    }

    private mutating func takeBack(_ order: inout FixClientOrder, _ place: Int, _ report: FixExecutionReport) {
        if let filled = report.filled { order.filled = filled }
        guard let open = report.open, open > order.open else { return }
        order.open = open
        if order.state == .ended { order.untold = .zero }
        order.state = .live
        firstOpen = min(firstOpen, place)
        if !order.wantsCancel, cancels.append(place) { order.wantsCancel = true }
    }

    // MARK: Status

    /// The answer to a question: what it says that was not told before.
    mutating func told(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        var order = records[place]
        if report.isUnknown { return denied(place, at: now) }
        if report.status == UInt8(ascii: "8") {
            if order.state == .sent { refuse(place, report, at: now) } else if order.state == .live { count(report) }
            return
        }
        // That it is pending does not say that it works: it is asked for again.
        if order.state == .sent, isReplacing(order), report.isReplacing { return }
        guard order.state != .ended, wake(&order, report, at: now) else { return }
        if report.status == UInt8(ascii: "9") {
            if !order.isSuspended { tell(.report(event(.orderSuspended, order, report, at: now))) }
            order.isSuspended = true
        } else {
            resume(&order, report, at: now)
        }
        settle(&order, report, at: now)
        if order.state == .live, report.status == UInt8(ascii: "2") {
            // Filled, by executions that were never told.
            order.open = .zero
            order.state = .ended
            ended(order, at: now)
        }
        records[place] = order
        judgeDenied(place, isPending: report.isReplacing, at: now)
    }
}
