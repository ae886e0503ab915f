// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// What the matching says about a door's orders.
extension FixPort {
    func take(_ event: MatchingEvent, isContra: Bool) {
        now = event.time
        let id = isContra ? event.contraID : event.id
        switch event.kind {
        case .accepted: accepted(event)
        case .replaced: replaced(event)
        case .executed, .crossExecuted: executed(event, id, isContra: isContra)
        case .cancelled: cancelled(event, id)
        case .rejected: rejected(id, FixProblem(event.rejectReason))
        case .cancelRejected: rejected(id, FixProblem(.tooLate, "too late"))
        case .broken: broken(event, id)
        case .priorityUpdated, .restated:
            let before = orders[id]?.reference ?? 0
            orders[id]?.reference = event.reference
            guard let order = orders[id] else { return }
            copy(.restated, order) {
                $0.price = OrderPort.price(event.price)
                $0.previous = before
            }
        default: break
        }
    }

    private func accepted(_ event: MatchingEvent) {
        guard case .enter(var order) = request, order.id == event.id else { return }
        order.reference = event.reference
        let isDead = event.flags.contains(.dead)
        guard isDead else {
            order.leaves = event.open
            keep(order)
            if let expiry = order.terms.expiry {
                desk.expiries.insert(ExpiryQueue.Entry(time: expiry, owner: owner, id: order.id))
            }
            say(FixReport("0"), order)
            return copy(.accepted, order) { $0.detail = UInt16(OuchOrderState.live.rawValue) }
        }
        // What finds nothing to take was taken and is over; what may not enter the book was not.
        guard event.cancelReason == .immediateOrCancel else {
            return refuse(order, FixProblem(.other, FixPort.words(event.cancelReason)))
        }
        order.leaves = order.terms.quantity
        say(FixReport("0"), order)
        order.end = UInt8(ascii: "4")
        order.leaves = .zero
        keep(order)
        var report = FixReport("4")
        report.text = FixPort.words(event.cancelReason)
        say(report, order)
        copy(.accepted, order) { $0.detail = UInt16(OuchOrderState.dead.rawValue) }
    }

    private func replaced(_ event: MatchingEvent) {
        guard case .replace(var order) = request, let before = orders[event.contraID], order.id == event.id else {
            return
        }
        let isDead = event.flags.contains(.dead)
        let previous = before.reference
        order.reference = event.reference
        order.cumulative = before.cumulative
        order.notional = before.notional
        order.leaves = isDead ? .zero : event.open
        // Less than is executed asks for no more: the order is filled.
        let isFilled = isDead && event.cancelReason == .user
        if isFilled { order.terms.quantity = order.cumulative }
        if isDead, !isFilled { order.leaves = Quantity(raw: order.terms.quantity.raw - order.cumulative.raw) }
        keep(order)
        if order.isLive, let expiry = order.terms.expiry {
            desk.expiries.insert(ExpiryQueue.Entry(time: expiry, owner: owner, id: order.id))
        }
        var report = FixReport("5")
        report.original = before.clOrdID
        say(report, order)
        copy(.replaced, order) {
            $0.previous = previous
            $0.detail = UInt16((isDead ? OuchOrderState.dead : .live).rawValue)
        }
        if isDead, !isFilled { end(order, order.leaves, event.cancelReason) }
        if !isDead, order.terms.timeInForce == UInt8(ascii: "3") { immediate = order.id }
        // From here on an event about the order is one of its own.
        request = .none
    }

    private func executed(_ event: MatchingEvent, _ id: UInt64, isContra: Bool) {
        guard var order = orders[id] else { return }
        order.leaves = isContra ? event.contraOpen : event.open
        order.fill(event.quantity, event.price)
        if order.leg != nil {
            // A leg is open for what its package has left, not for what was entered of it.
            order.leaves = Quantity(raw: max(order.terms.quantity.raw - order.cumulative.raw, 0))
            legFilled(order, event.quantity, event.price)
        }
        orders[id] = order
        let letter = event.liquidity(incoming: isContra)
        var report = FixReport("F")
        report.lastQuantity = event.quantity
        report.lastPrice = event.price
        report.liquidity = FixReport.liquidity(letter)
        report.match = event.match
        let execution = desk.nextExecutionNumber()
        executions.remember(
            FixExecutionKey(match: event.match, id: id),
            FixExecution(id: execution, quantity: event.quantity, price: event.price)
        )
        report.execID = execution
        say(report, order, isSilent: isSilentLeg(order))
        copy(.executed, order) {
            $0.quantity = UInt32(clamping: event.quantity.raw / Quantity.scale)
            $0.price = OrderPort.price(event.price)
            $0.match = event.match
            $0.detail = UInt16(letter)
        }
    }

    private func cancelled(_ event: MatchingEvent, _ id: UInt64) {
        guard var order = orders[id], order.leg == nil else { return }
        order.leaves = event.open
        if case .cancel(let asked, let clOrdID) = request, asked == id, event.cancelReason == .user {
            let original = order.clOrdID
            order.clOrdID = clOrdID
            order.end = UInt8(ascii: "4")
            order.leaves = .zero
            keep(order)
            var report = FixReport("4")
            report.original = original
            say(report, order)
            return copyCancel(order, event.quantity, event.cancelReason)
        }
        guard event.open > .zero else { return end(order, event.quantity, event.cancelReason) }
        // Only a part is gone: what is left is told as a smaller order.
        order.terms.quantity = Quantity(raw: order.cumulative.raw + event.open.raw)
        orders[id] = order
        var report = FixReport("D")
        report.restatement = .smaller
        report.text = FixPort.words(event.cancelReason)
        say(report, order)
        copyCancel(order, event.quantity, event.cancelReason)
    }

    /// Ends an order that nobody asked to end.
    func end(_ order: FixOrder, _ quantity: Quantity, _ reason: MatchingCancelReason) {
        var order = order
        let isExpired = reason == .closed || reason == .timeout
        order.end = UInt8(ascii: isExpired ? "C" : "4")
        order.leaves = .zero
        orders[order.id] = order
        var report = FixReport(isExpired ? "C" : "4")
        report.text = FixPort.words(reason)
        say(report, order, isSilent: isSilentLeg(order))
        copyCancel(order, quantity, reason)
    }

    private func copyCancel(_ order: FixOrder, _ quantity: Quantity, _ reason: MatchingCancelReason) {
        copy(.cancelled, order) {
            $0.quantity = UInt32(clamping: quantity.raw / Quantity.scale)
            $0.detail = UInt16(reason.ouchCode)
        }
    }

    private func rejected(_ id: UInt64, _ refusal: FixProblem) {
        switch request {
        case .enter(let order) where order.id == id: refuse(order, refusal)
        case .replace(let order) where order.id == id:
            guard let before = orders[order.id] else { return }
            sayCancelReject(before, order.clOrdID, before.clOrdID, refusal, isReplace: true)
            request = .none
        case .cancel(id, let clOrdID):
            guard let order = orders[id] else { return }
            sayCancelReject(order, clOrdID, order.clOrdID, refusal, isReplace: false)
        default: ignored += 1
        }
    }

    /// A trade is undone; what it took from the order does not come back into the book.
    private func broken(_ event: MatchingEvent, _ id: UInt64) {
        guard var order = orders[id] else { return }
        order.undoTrade(event.quantity, event.price)
        orders[id] = order
        var report = FixReport("H")
        report.reference = executions[FixExecutionKey(match: event.match, id: id)]?.id
        report.match = event.match
        report.lastQuantity = event.quantity
        report.lastPrice = event.price
        say(report, order, isSilent: isSilentLeg(order))
        copy(.broken, order) { $0.match = event.match }
        if order.leg != nil { legBroken(order) }
    }

    /// Why an order ended, in words.
    static func words(_ reason: MatchingCancelReason) -> String {
        switch reason {
        case .user: "cancelled"
        case .immediateOrCancel: "nothing more to take"
        case .timeout: "its time is up"
        case .supervisory: "cancelled by the venue"
        case .selfTrade: "it would trade with an order of the same owner"
        case .crossCancelled: "left over from its auction"
        case .bands: "beyond the price bands"
        case .closed: "the market has closed"
        case .postOnlyDisplayed, .postOnlyHidden: "it would take liquidity"
        case .disconnected: "the connection was lost"
        case .capacity: "no room for its price"
        }
    }
}
