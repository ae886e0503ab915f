// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

// Asking the venue what became of orders: by OrderStatusRequest (H), one for each.
extension FixClient {
    /// Asks after an order that there is not: the answer stands in the venue's stream, and behind all that was told before.
    mutating func showEpoch(at now: Timestamp, into output: inout WireOutput) {
        if refusesStatus {
            isMarked = true
            return
        }
        nextAsk = now + patience
        // Without room it is tried again.
        markSince = sendMark(at: now, into: &output) ? now : .zero
    }

    /// Asks after every order that may still trade.
    mutating func askAll(at now: Timestamp, into output: inout WireOutput) {
        guard !refusesStatus else { return }
        skipEnded()
        for place in firstOpen..<max(count, firstOpen) {
            if records[place].state == .sent || records[place].state == .live { ask(place) }
        }
        nextAsk = now + patience
        pump(at: now, into: &output)
    }

    /// Asks after what left and was not answered, and behind the answers tells the state of all orders.
    mutating func requestStatus(at now: Timestamp, into output: inout WireOutput) {
        wantsStatus = true
        // What waits for the rate would be missing in the answer, and be called dead before it left.
        if newOrders.count > 0, scan == .none {
            newOrders.removeAll()
            scan = .unsent
            cursor = 0
        }
        guard phase == .ready else { return }
        skipEnded()
        for place in firstOpen..<max(count, firstOpen) {
            let order = records[place]
            if order.state == .sent || order.state == .live && order.cancelsOut > 0 { ask(place) }
        }
        nextAsk = asked > 0 ? now + patience : .never
        pump(at: now, into: &output)
    }

    private mutating func ask(_ place: Int) {
        guard !refusesStatus, !records[place].isAsked, asks.append(place) else { return }
        records[place].isAsked = true
        asked += 1
    }

    /// One that is asked after was told of.
    mutating func answered(_ place: Int) {
        guard records[place].isAsked else { return }
        records[place].isAsked = false
        asked -= 1
    }

    /// Who does not answer is asked again.
    mutating func askAgain(at now: Timestamp, into output: inout WireOutput) {
        guard now >= nextAsk, session.state == .active, phase == .querying || phase == .ready else { return }
        nextAsk = now + patience
        if phase == .querying, !isMarked { showEpoch(at: now, into: &output) }
        guard asked > 0 else {
            if isMarked { nextAsk = .never }
            return
        }
        guard asks.count == 0 else { return }
        for place in firstOpen..<max(count, firstOpen) where records[place].isAsked { _ = asks.append(place) }
    }

    /// The venue does not answer questions: what it has told must do.
    ///
    /// An order that may still trade is as it was told; one that was never answered stays in doubt.
    mutating func noteStatusRefused() {
        guard !refusesStatus else { return }
        refusesStatus = true
        isMarked = true
        asks.removeAll()
        for place in firstOpen..<max(count, firstOpen) where records[place].isAsked && records[place].state == .live {
            answered(place)
        }
        tell(.statusRefused)
    }
}
