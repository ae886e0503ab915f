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
        nextAsk = now + patience
        pump(at: now, into: &output)
    }

    /// Whether the fate of an order that has left is not known.
    var isInDoubt: Bool {
        for place in firstOpen..<max(count, firstOpen) where records[place].state == .sent { return true }
        return false
    }

    /// Asks after an order now, or after a while.
    ///
    /// Of a venue that answers no questions an order that was never answered waits for a word all the same.
    mutating func ask(_ place: Int, isLater: Bool = false) {
        guard !records[place].isAsked, !refusesStatus || records[place].state == .sent else { return }
        records[place].isAsked = true
        records[place].isDenied = false
        asked += 1
        firstOpen = min(firstOpen, place)
        // Without room it is asked for again after a while.
        if !refusesStatus, !isLater { _ = asks.append(place) }
    }

    /// The venue does not know an order.
    mutating func denied(_ place: Int, at now: Timestamp) {
        let order = records[place]
        guard order.state == .sent || order.state == .live else { return }
        if order.state == .sent, isReplacing(order) {
            // It may be under way there: what it is to replace says whether.
            answered(place)
            records[place].isDenied = true
            ask(Int(order.replaces) - 1)
            nextAsk = min(nextAsk, now + patience)
            return
        }
        // What worked before is forgotten there: the node finds it missing among the named.
        if order.state == .live { counters.contradictions += 1 }
        tell(.report(neverArrived(place, at: now)))
        ended(order, at: now)
    }

    /// Whether an order is to take the place of one that works.
    func isReplacing(_ order: FixClientOrder) -> Bool {
        order.replaces != 0 && records[Int(order.replaces) - 1].state == .live
    }

    /// What a word about a working order says of the replacement that the venue did not know.
    mutating func judgeDenied(_ place: Int, isPending: Bool, at now: Timestamp) {
        guard records[place].state == .live, records[place].successor != 0 else { return }
        let successor = Int(records[place].successor) - 1
        let order = records[successor]
        guard order.state == .sent, order.isDenied else { return }
        if isPending { return ask(successor, isLater: true) }
        tell(.report(neverArrived(successor, at: now)))
        ended(order, at: now)
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
        if wantsStatus || phase == .querying {
            for place in firstOpen..<max(count, firstOpen) where records[place].state == .sent { ask(place) }
        }
        guard asked > 0 else {
            if isMarked, !wantsStatus { nextAsk = .never }
            return
        }
        guard asks.count == 0, !refusesStatus else { return }
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
        for place in 0..<count where records[place].state != .sent { answered(place) }
        tell(.statusRefused)
    }
}
