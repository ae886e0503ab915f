// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

// Orders that were called over and are not.
extension FixClient {
    /// Takes an order that was called over, and that the venue says still works, for what it is: the node is told, and since nothing is
    /// reserved for it any more it is cancelled.
    mutating func revive(_ place: Int, _ report: FixExecutionReport, at now: Timestamp) {
        var order = records[place]
        guard order.state == .ended, report.isWorking, let open = report.open else { return }
        if let heir = heir(of: order) {
            // It works under another name.
            if records[heir].state == .ended { ask(heir) }
            return
        }
        if isReplacing(order), report.isReplacing {
            // Not in the other's place yet.
            (order.state, order.isDenied) = (.sent, false)
            records[place] = order
            firstOpen = min(firstOpen, place)
            return ask(place, isLater: true)
        }
        // An older word than what we know, or one that is said again: the venue's present one is what counts.
        ask(place)
        let isOld = report.filled.map { $0 < order.filled } ?? false
        guard !isOld, !report.delivery.possResend else { return }
        order = records[place]
        if isReplacing(order) {
            replace(&order, report, at: now)
        } else {
            let left = order.filled
            begin(&order, report, at: now)
            order.filled = left
            order.quantity = max(order.quantity, FixClient.sum(left, open))
        }
        order.untold = .zero
        order.open = open
        order.isSuspended = report.status == UInt8(ascii: "9")
        if let filled = report.filled, filled > order.filled {
            lost(order, told: order.filled, counted: filled)
            order.filled = filled
        }
        firstOpen = min(firstOpen, place)
        if !order.wantsCancel, cancels.append(place) { order.wantsCancel = true }
        records[place] = order
    }

    /// The last of those that have taken an order's place; nil when none has.
    private func heir(of order: FixClientOrder) -> Int? {
        var (heir, next): (Int?, UInt32) = (nil, order.successor)
        // A chain has no more members than there are orders.
        for _ in 0..<count {
            guard next != 0 else { break }
            let place = Int(next) - 1
            guard records[place].isNamed else { break }
            heir = place
            next = records[place].successor
        }
        return heir
    }
}
